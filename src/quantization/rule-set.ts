import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { type PatternSegment, walkPatterns } from "../checkpoint/repeats.ts";
import { Matcher, type MatchState } from "../patterns/matcher.ts";
import type { StepBudget } from "../patterns/step-budget.ts";
import type { NameRule } from "./name-rules.ts";

/** Why a rule is not judged: it is beyond the subset of patterns, or all of them are beyond the work allowed. */
export type Unjudged = "beyond" | "costly";

/** Steps of a rule that is kept with a place, and of a character that is parsed: they bound memory and time. */
const STEPS_OF_A_KEPT_RULE = 4;
const STEPS_OF_A_CHARACTER = 2;

/**
 * The patterns of a configuration, asked all at once. A name is read through one automaton of them, so the work grows
 * with the lengths of the names and not with rules times names; entries without wildcards are not in it. The names of
 * a component are all read once at the start: what comes to more than the budget is then not judged for any name, and
 * what is said of a name does not depend on which was asked first.
 */
export class RuleSet {
  /** Rules that are not judged, by their positions. */
  readonly unjudged: ReadonlyMap<number, Unjudged>;
  private readonly matcher: Matcher;
  private readonly budget: StepBudget;
  private readonly known = new Map<MatchState, readonly number[]>();
  /** Whether there are patterns that are judged. */
  readonly hasJudged: boolean;
  private readonly isCostly: boolean;

  constructor(rules: readonly NameRule[], budget: StepBudget, kinds: ModuleKinds | undefined) {
    this.budget = budget;
    this.matcher = new Matcher(budget);
    const unjudged = new Map<number, Unjudged>();
    const patterns = rules
      .map((_, position) => position)
      .filter((position) => rules[position]?.exact === null);
    for (const position of patterns)
      if (!this.add(rules[position] as NameRule, position))
        unjudged.set(position, budget.isSpent ? "costly" : "beyond");
    if (patterns.length > 0) this.matcher.close();
    if (kinds !== undefined && patterns.length > 0) this.rehearse(kinds);
    this.isCostly = patterns.length > 0 && budget.isSpent;
    if (this.isCostly)
      for (const position of patterns)
        if (unjudged.get(position) === undefined) unjudged.set(position, "costly");
    this.unjudged = unjudged;
    this.hasJudged = unjudged.size < patterns.length;
  }

  /** Before the first character of a name. */
  get start(): MatchState {
    return this.matcher.start;
  }

  /** Reads on from a place; undefined where the patterns are not judged. */
  read(text: string, from: MatchState): MatchState | undefined {
    return this.isCostly ? undefined : this.matcher.read(text, from);
  }

  /** Positions of the rules that a name matches which ends at this place, ascending. */
  matchesAt(place: MatchState): readonly number[] {
    let known = this.known.get(place);
    if (known === undefined) {
      const found = new Set<number>();
      this.matcher.visitMatches(place, (position) => found.add(position));
      known = [...found].sort((a, b) => a - b);
      this.budget.spend(known.length * STEPS_OF_A_KEPT_RULE);
      this.known.set(place, known);
    }
    return known;
  }

  private add({ pattern, alternatives }: NameRule, position: number): boolean {
    if (!this.budget.spend(pattern.length * STEPS_OF_A_CHARACTER)) return false;
    const parsed = alternatives();
    return parsed?.every(({ sequence, isPrefix }) => this.matcher.add(sequence, position, isPrefix)) === true;
  }

  /** Reads every name of the component, equal beginnings once. */
  private rehearse(kinds: ModuleKinds): void {
    const places: (readonly MatchState[])[] = [[this.matcher.start]];
    walkPatterns(kinds, ({ segments }) => {
      const depth = segments.length;
      const before = depth === 1 ? "" : ".";
      const from = places[depth - 1] as readonly MatchState[];
      const reached = readParts(this.matcher, from, before, segments[depth - 1] as PatternSegment);
      for (const place of reached) this.matchesAt(place);
      places[depth] = reached;
      return !this.budget.isSpent;
    });
  }
}

type Reader = Pick<Matcher, "read">;

/** Where the names of one part of a pattern lead from some places, each place once. Empty once the budget is spent. */
export function readParts(
  reader: Reader,
  from: readonly MatchState[],
  before: string,
  part: PatternSegment,
): readonly MatchState[] {
  const reached = new Set<MatchState>();
  for (const place of from) {
    const stem = reader.read(before + (typeof part === "string" ? part : part.prefix), place);
    if (stem === undefined) return [];
    if (typeof part === "string") reached.add(stem);
    else
      for (const member of part.members) {
        const to = reader.read(String(member), stem);
        if (to === undefined) return [];
        reached.add(to);
      }
  }
  return [...reached];
}
