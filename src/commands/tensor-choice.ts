import { type Note, note } from "../checkpoint/notes.ts";
import type { TensorFilter } from "../checkpoint/tensor-filter.ts";
import { UnfoldError } from "../errors.ts";
import { formatQuantity } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import { compileGlob } from "../patterns/glob.ts";
import { looser, looserWords, NamesSeen } from "./near-names.ts";
import { matchGlob } from "./options.ts";

/** The patterns of a run that choose among tensors. */
export interface TensorPatterns {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** The command's own, beside `--include`: a tensor has to match one of both. */
  readonly filter?: readonly string[] | undefined;
}

/**
 * Which tensors of a run are looked at. It remembers what it was asked, so that a choice of nothing can be told with what
 * there is: figures of no tensors, or checks that pass on none, would look like an answer.
 */
export class TensorChoice {
  /** Undefined where every tensor is looked at. */
  readonly filter: TensorFilter | undefined;
  private readonly wanted: readonly Wanted[];
  private readonly unwanted: Wanted;
  private readonly seen = new NamesSeen();
  private asked = 0;
  private kept = 0;

  constructor({ include = [], filter = [], exclude = [] }: TensorPatterns) {
    this.wanted = [new Wanted("--include", include), new Wanted("--filter", filter)].filter(
      ({ globs }) => globs.length > 0,
    );
    this.unwanted = new Wanted("--exclude", exclude);
    const isKept = (name: string) => {
      // Each is asked of every name: what matches nothing is told, whatever the others say.
      const isUnwanted = this.unwanted.matches(name);
      return this.wanted.reduce((all, each) => each.matches(name) && all, true) && !isUnwanted;
    };
    const isAnything = this.wanted.length + exclude.length === 0;
    this.filter = isAnything ? undefined : (name) => this.note(name, isKept(name));
  }

  /** What names have is kept in mind until the first that was meant: after it, nobody asks. */
  private note(name: string, isKept: boolean): boolean {
    this.asked++;
    if (isKept) this.kept++;
    else if (this.kept === 0) {
      this.seen.add(name);
      for (const each of this.wanted) each.noteMissed(name);
    }
    return isKept;
  }

  /** Throws where there were tensors and none of them was chosen. */
  requireSome(): void {
    const empty = this.whyEmpty();
    if (empty !== undefined) throw empty;
  }

  /** Patterns that match no tensor, where others do: a slip in one of several would go unseen. */
  unmatched(): Note[] {
    if (this.asked === 0 || this.kept === 0) return [];
    return [...this.wanted, this.unwanted].flatMap((each) =>
      each
        .unmatched()
        .map((pattern) => note("PATTERN_UNMATCHED", null, { option: each.option, pattern, all: this.asked })),
    );
  }

  /** What chose none of the tensors that there are, and what is near to it; undefined where some were chosen. */
  whyEmpty(): UnfoldError | undefined {
    if (this.asked === 0 || this.kept > 0) return undefined;
    const all = `none of ${formatQuantity(this.asked, "tensor")}`;
    const guilty = this.wanted.find(({ hits }) => hits === 0);
    if (guilty !== undefined) {
      const { option, globs } = guilty;
      const message = `${option}: ${all} matches ${globs.map(quoteForMessage).join(" or ")}`;
      const hints = globs.map((glob, k) => this.seen.nearTo(glob) || guilty.looserWords(k));
      return nothing(message, hints);
    }
    const options = [
      ...this.wanted.map(({ option }) => option),
      ...(this.unwanted.globs.length > 0 ? ["--exclude"] : []),
    ];
    return nothing(`${options.join(" and ")} ${options.length === 1 ? "leaves" : "leave"} ${all}`, []);
  }
}

function nothing(message: string, hints: readonly string[]): UnfoldError {
  const hint = [...hints.filter((each) => each !== ""), "`unfold ls SOURCE` lists all names."].join(" ");
  return new UnfoldError("USAGE", { message }, { hint });
}

/** The patterns of one option, of which a name has to match one. */
class Wanted {
  readonly option: string;
  readonly globs: readonly string[];
  /** Names that matched, whatever else was asked of them. */
  hits = 0;
  private readonly matchers: readonly ((name: string) => boolean)[];
  private readonly looser: readonly ((name: string) => boolean)[];
  private readonly missed: number[];
  /** Patterns that no name has matched yet. */
  private idle: number[];

  constructor(option: string, globs: readonly string[]) {
    this.option = option;
    this.globs = globs;
    this.matchers = globs.map(matchGlob);
    this.looser = globs.map((glob) => compileGlob(looser(glob)) ?? (() => false));
    this.missed = globs.map(() => 0);
    this.idle = [...globs.keys()];
  }

  matches(name: string): boolean {
    const isMatch = this.matchers.some((matches) => matches(name));
    if (!isMatch) return false;
    this.hits++;
    if (this.idle.length > 0) this.idle = this.idle.filter((k) => this.matchers[k]?.(name) !== true);
    return true;
  }

  unmatched(): string[] {
    return this.idle.map((k) => this.globs[k] as string);
  }

  noteMissed(name: string): void {
    if (this.hits > 0) return;
    for (const [k, matches] of this.looser.entries())
      if (matches(name)) this.missed[k] = (this.missed[k] as number) + 1;
  }

  looserWords(k: number): string {
    return looserWords(this.globs[k] as string, this.missed[k] as number, "tensors");
  }
}
