/** What `get` answers for a pair that is not there. */
export const ABSENT = -1;

/** Whole numbers from 0 by pairs of such: open addressing, as a map of objects takes ten times the memory. */
export class IntPairs {
  private first = new Int32Array(64).fill(ABSENT);
  private second = new Int32Array(64);
  private values = new Int32Array(64);
  private count = 0;

  get(first: number, second: number): number {
    const at = this.place(first, second);
    return this.first[at] === ABSENT ? ABSENT : (this.values[at] as number);
  }

  set(first: number, second: number, value: number): void {
    if (this.count * 2 >= this.first.length) this.grow();
    const at = this.place(first, second);
    if (this.first[at] === ABSENT) this.count++;
    this.first[at] = first;
    this.second[at] = second;
    this.values[at] = value;
  }

  private place(first: number, second: number): number {
    const mask = this.first.length - 1;
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let at = hash & mask; ; at = (at + 1) & mask)
      if (this.first[at] === ABSENT || (this.first[at] === first && this.second[at] === second)) return at;
  }

  private grow(): void {
    const { first, second, values } = this;
    this.first = new Int32Array(first.length * 2).fill(ABSENT);
    this.second = new Int32Array(first.length * 2);
    this.values = new Int32Array(first.length * 2);
    for (let at = 0; at < first.length; at++) {
      if (first[at] === ABSENT) continue;
      const to = this.place(first[at] as number, second[at] as number);
      this.first[to] = first[at] as number;
      this.second[to] = second[at] as number;
      this.values[to] = values[at] as number;
    }
  }
}
