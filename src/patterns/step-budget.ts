/**
 * A number of steps that work on outside patterns may take. Steps, not time: the same input gives the same answer on
 * every machine. Once it is overdrawn it stays so.
 */
export class StepBudget {
  private left: number;

  constructor(steps: number) {
    this.left = steps;
  }

  get isSpent(): boolean {
    return this.left < 0;
  }

  /** Steps left, 0 once it is overdrawn. */
  get remaining(): number {
    return Math.max(0, this.left);
  }

  /** Takes some steps; false where there were not that many. */
  spend(steps: number): boolean {
    if (this.left >= 0) this.left -= steps;
    return this.left >= 0;
  }
}
