import { ABSENT, IntPairs } from "./int-pairs.ts";
import type { Sequence } from "./pieces.ts";
import { AT_END, AT_START, FIRST_HUB, HUB, NOWHERE, Program, SETTLED, SPLIT, TEST } from "./program.ts";
import type { StepBudget } from "./step-budget.ts";

/** Steps of following a set of states one character further, beside one for each of its members. */
const STEPS_OF_A_MOVE = 20;
/** Steps of a member of a set that is kept: they bound memory, to a byte a step. */
const STEPS_OF_A_KEPT_STATE = 4;

/** A place in the reading of a text: which patterns may still come true. */
export type MatchState = number;

/**
 * Follows many patterns through a text at once, without going back. The sets of states that texts come to are kept, so
 * that equal beginnings are worked out once: a character then costs one look into a map, whatever the number of patterns.
 */
export class Matcher {
  /** Before the first character. */
  start: MatchState = 0;
  private readonly program: Program;
  private readonly budget: StepBudget;
  private readonly sets: Int32Array[] = [];
  private readonly byHash = new Map<number, MatchState[]>();
  private readonly moves = new IntPairs();
  private marks = new Int32Array(0);
  private readonly pending: number[] = [];
  private round = 0;
  private kept = 0;

  constructor(budget: StepBudget) {
    this.budget = budget;
    this.program = new Program(budget);
  }

  /** Adds an alternative of a pattern, before any text is read; false where it is too large (see `Program.add`). */
  add(sequence: Sequence, pattern: number, isPrefix: boolean): boolean {
    return this.program.add(sequence, pattern, isPrefix);
  }

  /** Ends the adding of patterns. */
  close(): void {
    this.marks = new Int32Array(this.program.stateCount);
    this.start = this.intern(this.settle([FIRST_HUB], AT_START));
  }

  /** Where a text leads from a place; undefined once the budget is spent. */
  read(text: string, from: MatchState): MatchState | undefined {
    let place = from;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      let next = this.moves.get(place, code);
      if (next === ABSENT) {
        const moved = this.move(place, code);
        if (moved === undefined) return undefined;
        next = moved;
      }
      place = next;
    }
    return place;
  }

  /** Tells which patterns a text matches that ends at this place; false once the budget is spent. */
  visitMatches(place: MatchState, visit: (pattern: number) => void): boolean {
    for (const state of this.settle(this.sets[place] as Int32Array, AT_END)) {
      const patterns = this.program.matchesAt(state);
      this.budget.spend(patterns.length);
      for (const pattern of patterns) visit(pattern);
    }
    return !this.budget.isSpent;
  }

  /** Whether any pattern matches a text that ends at this place. */
  matchesAny(place: MatchState): boolean {
    let any = false;
    this.visitMatches(place, () => {
      any = true;
    });
    return any;
  }

  /** What is kept, in places and members of their sets. */
  get keptSize(): number {
    return this.kept;
  }

  private move(place: MatchState, code: number): MatchState | undefined {
    const set = this.sets[place] as Int32Array;
    if (!this.budget.spend(STEPS_OF_A_MOVE + set.length)) return undefined;
    const to = this.moveAlone(set, code) ?? this.moveAll(set, code);
    this.moves.set(place, code, to);
    this.kept++;
    return to;
  }

  /** The move from one state to one other, as in a list of plain names; undefined where there is more to it. */
  private moveAlone(set: Int32Array, code: number): MatchState | undefined {
    const [from] = set;
    if (set.length !== 1 || from === undefined || this.program.kinds[from] !== HUB) return undefined;
    const next = this.program.edge(from, code);
    if (next === ABSENT || this.program.nexts[next] !== NOWHERE) return undefined;
    this.budget.spend(1);
    return this.intern([next]);
  }

  private moveAll(set: Int32Array, code: number): MatchState {
    const { kinds, nexts, others, tests } = this.program;
    const next: number[] = [];
    for (const at of set) {
      const kind = kinds[at];
      if (kind === SETTLED) next.push(at);
      else if (kind === HUB) {
        const edge = this.program.edge(at, code);
        if (edge !== ABSENT) next.push(edge);
      } else if (kind === TEST && tests[others[at] as number]?.(code) === true)
        next.push(nexts[at] as number);
    }
    return this.intern(this.settle(next, NOWHERE));
  }

  /** The states that these lead to without a character, and that wait for one or for the end. */
  private settle(from: Iterable<number>, where: number): number[] {
    const { marks, pending } = this;
    const { kinds, nexts, others } = this.program;
    const round = ++this.round;
    const kept: number[] = [];
    let visited = 0;
    for (const state of from) pending.push(state);
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (marks[at] === round) continue;
      marks[at] = round;
      visited++;
      const kind = kinds[at] as number;
      if (kind !== SPLIT && kind !== AT_START) kept.push(at);
      // What waits for the end waits on before it.
      if (kind === SPLIT || kind === HUB || kind === where) {
        const next = nexts[at] as number;
        if (next !== NOWHERE) pending.push(next);
        if (kind === SPLIT) pending.push(others[at] as number);
      }
    }
    this.budget.spend(visited);
    return kept;
  }

  private intern(states: readonly number[]): MatchState {
    const set = new Int32Array(states).sort();
    let hash = set.length;
    for (const at of set) hash = Math.imul(hash ^ at, 0x01000193);
    const alike = this.byHash.get(hash) ?? [];
    const known = alike.find((place) => areEqual(this.sets[place] as Int32Array, set));
    if (known !== undefined) return known;
    this.budget.spend(set.length * STEPS_OF_A_KEPT_STATE);
    this.kept += set.length + 1;
    const place = this.sets.push(set) - 1;
    this.byHash.set(hash, [...alike, place]);
    return place;
  }
}

function areEqual(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
