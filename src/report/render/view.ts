/** What a text can mean; how a meaning looks is decided where colour is known. */
export type Meaning =
  | "plain"
  | "title"
  | "muted"
  | "name"
  | "dtype"
  | "number"
  | "good"
  | "warning"
  | "error"
  | "info"
  | "accent"
  /** Dtypes and schemes by the bits of a value, so that what is kept otherwise stands out. */
  | "bits4"
  | "bits8"
  | "bits16"
  | "bits32";

export type Style = Readonly<Record<Meaning, (text: string) => string>> & {
  /** Makes a text lead to an address; not given where a terminal has no links. */
  readonly link?: (text: string, address: string) => string;
};

/** How a report is to be shown. */
export interface View {
  /** Columns there are; lines are kept within them. */
  readonly width: number;
  /**
   * Width of tables, lists and trees where it is another: without end into a pipe or a file, as a name that was cut
   * there is a name that `grep` does not find.
   */
  readonly tableWidth?: number;
  readonly style: Style;
  /** Address of the hub that repositories are on; not given where that is not known. */
  readonly hub?: string;
  /** Whether box-drawing characters may be used; ASCII otherwise. */
  readonly unicode: boolean;
}

const same = (text: string) => text;

/** Text without any colour: just another style. */
export const PLAIN_STYLE: Style = {
  plain: same,
  title: same,
  muted: same,
  name: same,
  dtype: same,
  number: same,
  good: same,
  warning: same,
  error: same,
  info: same,
  accent: same,
  bits4: same,
  bits8: same,
  bits16: same,
  bits32: same,
};

/** Columns below which no line of a report says anything: it is made for these. */
export const MIN_WIDTH = 20;

/** Columns assumed where the output is no terminal. */
export const DEFAULT_WIDTH = 100;

export function tableWidthOf(view: View): number {
  return view.tableWidth ?? view.width;
}
