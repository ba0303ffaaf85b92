/** Counts what passed and tells each failure in one line. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  private readonly write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.write = write;
  }

  /** A check and what is wrong with it; no faults, no line. */
  check(name: string, faults: readonly string[]): void {
    if (faults.length === 0) this.passed++;
    else {
      this.failed++;
      this.write(`FAIL ${name}: ${faults.join("; ")}`);
    }
  }

  /** Something that could not be checked here is said, never passed over. */
  skip(name: string, why: string): void {
    this.skipped++;
    this.write(`skip ${name}: ${why}`);
  }

  /** Counts what one set of cases gave, so that each can be read apart. */
  async set(name: string, run: () => void | Promise<void>): Promise<void> {
    const before = { passed: this.passed, failed: this.failed };
    await run();
    const passed = this.passed - before.passed;
    this.write(`${name}: ${passed} of ${passed + this.failed - before.failed}`);
  }

  close(): void {
    const skipped = this.skipped === 0 ? "" : `, ${this.skipped} skipped`;
    this.write(`${this.passed} passed, ${this.failed} failed${skipped}`);
  }
}
