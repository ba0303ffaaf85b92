import type { PlaceSet } from "../checkpoint/place-set.ts";

/** A fault in words. Outside text in it is raw: whoever prints it escapes it. */
export interface Words {
  readonly expected: string | null;
  readonly found: string | null;
  /** What it is about, where it is a number or a property of the model. */
  readonly subject?: string;
  /** What was expected by, where that is not the configuration. */
  readonly basis?: "config" | "headers";
  /** What to do in this case, where that is more exact than the check's own advice. */
  readonly fix?: string;
  /** The file that it is about, where it is not that of its places. */
  readonly file?: string;
  /** The configuration's side and the headers', where these are not what was expected and what was found. */
  readonly declared?: string;
  readonly stored?: string;
}

/** Words for every kind of a table of data: a kind without them does not compile. */
export type WordsOf<Data> = {
  readonly [Kind in keyof Data]: (data: Data[Kind], at: PlaceSet) => Words;
};
