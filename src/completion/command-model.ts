/** What follows an option, or stands as an argument, as a shell can offer it. */
export type Value =
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** Files and folders. */
  | { readonly kind: "path" }
  /** Something that only its writer knows. */
  | { readonly kind: "free" };

export interface OptionModel {
  readonly long: string;
  /** `-o`; undefined where there is none. */
  readonly short?: string;
  /** Undefined for a switch. */
  readonly value?: Value;
  /** What stands for the value in the help: `<file>`; empty for a switch. */
  readonly placeholder: string;
  readonly says: string;
}

export interface CommandModel {
  readonly name: string;
  readonly says: string;
  /** Those of its commands too, where it has some. */
  readonly options: readonly OptionModel[];
  /** Names of its own commands: `show`, `clear` of `cache`. */
  readonly parts: readonly string[];
  /** What its first argument is; undefined without any. */
  readonly argument?: Value;
  /** How the arguments are written: `<source>`. */
  readonly usage: string;
}

/** The program as its own definitions tell it: completion and the manual are made from this and nothing else. */
export interface ProgramModel {
  readonly name: string;
  readonly says: string;
  readonly commands: readonly CommandModel[];
}

/** Spellings of an option: `--output`, and `-o` where there is one. */
export function spellingsOf({ long, short }: OptionModel): string[] {
  return short === undefined ? [long] : [long, short];
}
