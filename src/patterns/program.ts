import { ABSENT, IntPairs } from "./int-pairs.ts";
import type { Node, Piece, Sequence, Test } from "./pieces.ts";
import type { StepBudget } from "./step-budget.ts";

/** States that one piece may be written out into: bounds what counted repeats of counted repeats multiply to. */
const MAX_STATES_OF_A_PIECE = 10_000;
/** Steps that a new state costs, and one more piece: in time some ten of those that follow a state. */
const STEPS_OF_A_STATE = 4;

/**
 * What a state is. A `HUB` stands between two pieces: characters lead on from it by edges, and without a character it
 * leads to other states. What has come to a `SETTLED` state has matched, whatever follows.
 */
export const HUB = 0;
export const SETTLED = 1;
export const TEST = 2;
export const SPLIT = 3;
export const AT_START = 4;
export const AT_END = 5;

/** No state. */
export const NOWHERE = -1;

/** Spellings are numbered above all characters, so that both lead on from a hub by one map. */
const FIRST_SPELLING = 0x1_0000;

export const FIRST_HUB = 0;
const NONE: readonly number[] = [];

/**
 * Many patterns as one automaton, grown pattern by pattern. What patterns have in common from their start they share,
 * so that ten thousand names, or patterns that begin with `.*`, are one tree and not ten thousand loops.
 */
export class Program {
  // A column a field, as there may be a million states: the kind, where it leads, and the other way of a split or the
  // number of a test. A hub leads to the first of its ways.
  readonly kinds: number[] = [];
  readonly nexts: number[] = [];
  readonly others: number[] = [];
  readonly tests: Test[] = [];
  private readonly edges = new IntPairs();
  private readonly spellings = new Map<string, number>();
  private readonly matches = new Map<number, number[]>();
  private readonly settled = new Map<number, number>();
  private readonly budget: StepBudget;

  constructor(budget: StepBudget) {
    this.budget = budget;
    this.push(HUB, NOWHERE, NOWHERE);
  }

  get stateCount(): number {
    return this.kinds.length;
  }

  /**
   * Adds one alternative of a pattern. `isPrefix` is for patterns that only the start of a text must match. False where
   * it is too large; the automaton then lacks it.
   */
  add(sequence: Sequence, pattern: number, isPrefix: boolean): boolean {
    let hub = FIRST_HUB;
    for (const piece of sequence) {
      const next = this.budget.spend(STEPS_OF_A_STATE) ? this.follow(hub, piece) : undefined;
      if (next === undefined) return false;
      hub = next;
    }
    const end = isPrefix ? this.settledAfter(hub) : hub;
    const known = this.matches.get(end);
    if (known === undefined) this.matches.set(end, [pattern]);
    else known.push(pattern);
    return true;
  }

  /** Where a character leads from a hub, `ABSENT` where nowhere. */
  edge(hub: number, code: number): number {
    return this.edges.get(hub, code);
  }

  /** Patterns that a text matches which ends in this state. */
  matchesAt(state: number): readonly number[] {
    return this.matches.get(state) ?? NONE;
  }

  /** Adds a state; `other` is the second way of a split, or the number of a test. */
  push(kind: number, next: number, other: number): number {
    this.nexts.push(next);
    this.others.push(other);
    return this.kinds.push(kind) - 1;
  }

  private follow(hub: number, { node, spelling }: Piece): number | undefined {
    const key = node.kind === "literal" ? node.code : this.spellingNumber(spelling);
    const known = this.edges.get(hub, key);
    if (known !== ABSENT) return known;
    const next = this.push(HUB, NOWHERE, NOWHERE);
    if (node.kind !== "literal") {
      const way = new Fragment(this, this.budget).build(node, next);
      if (way === undefined) return undefined;
      this.addWay(hub, way);
    }
    this.edges.set(hub, key, next);
    return next;
  }

  /** Ways of a hub are a chain of splits. */
  private addWay(hub: number, way: number): void {
    const before = this.nexts[hub] as number;
    this.nexts[hub] = before === NOWHERE ? way : this.push(SPLIT, way, before);
  }

  private settledAfter(hub: number): number {
    let state = this.settled.get(hub);
    if (state === undefined) {
      state = this.push(SETTLED, NOWHERE, NOWHERE);
      this.settled.set(hub, state);
      this.addWay(hub, state);
    }
    return state;
  }

  private spellingNumber(spelling: string): number {
    let number = this.spellings.get(spelling);
    if (number === undefined) {
      number = FIRST_SPELLING + this.spellings.size;
      this.spellings.set(spelling, number);
    }
    return number;
  }
}

/** Writes one piece out, back to front: each part is told where to go on. */
class Fragment {
  private readonly program: Program;
  private readonly budget: StepBudget;
  private built = 0;

  constructor(program: Program, budget: StepBudget) {
    this.program = program;
    this.budget = budget;
  }

  /** The state that the piece begins with, undefined where it is too large. */
  build(node: Node, next: number): number | undefined {
    // Parts without a state of their own count too: `((){64}){64}` has none and repeats them all the same.
    if (++this.built > MAX_STATES_OF_A_PIECE || !this.budget.spend(STEPS_OF_A_STATE)) return undefined;
    switch (node.kind) {
      case "literal": {
        const { code } = node;
        return this.test((each) => each === code, next);
      }
      case "test":
        return this.test(node.test, next);
      case "start":
        return this.program.push(AT_START, next, NOWHERE);
      case "end":
        return this.program.push(AT_END, next, NOWHERE);
      case "sequence":
        return this.chain(node.parts, next);
      case "either":
        return this.choice(node.parts, next);
      case "repeat":
        return this.repeat(node, next);
    }
  }

  private chain(parts: readonly Node[], next: number): number | undefined {
    let entry: number | undefined = next;
    for (let at = parts.length - 1; at >= 0 && entry !== undefined; at--)
      entry = this.build(parts[at] as Node, entry);
    return entry;
  }

  private choice(parts: readonly Node[], next: number): number | undefined {
    let entry: number | undefined;
    for (const part of parts) {
      const way = this.build(part, next);
      if (way === undefined) return undefined;
      entry = entry === undefined ? way : this.program.push(SPLIT, way, entry);
    }
    return entry;
  }

  private repeat({ part, min, max }: Extract<Node, { kind: "repeat" }>, next: number): number | undefined {
    let entry: number | undefined = next;
    if (Number.isFinite(max)) {
      for (let count = min; count < max && entry !== undefined; count++) {
        const way = this.build(part, entry);
        entry = way === undefined ? undefined : this.program.push(SPLIT, way, next);
      }
    } else {
      const loop = this.program.push(SPLIT, next, next);
      const way = this.build(part, loop);
      if (way === undefined) return undefined;
      this.program.nexts[loop] = way;
      entry = loop;
    }
    for (let count = 0; count < min && entry !== undefined; count++) entry = this.build(part, entry);
    return entry;
  }

  private test(test: Test, next: number): number {
    return this.program.push(TEST, next, this.program.tests.push(test) - 1);
  }
}
