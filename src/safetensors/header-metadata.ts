/**
 * `__metadata__` of a header. It remembers what it was asked: where another header answers the same, what followed from
 * these answers follows there too, whatever else trainers wrote into both.
 */
export class HeaderMetadata extends Map<string, string> {
  private readonly entriesAsked = new Set<string>();
  private readonly textsAsked = new Set<string>();
  private isAskedWhole = false;

  override get(key: string): string | undefined {
    this.entriesAsked.add(key);
    return super.get(key);
  }

  override has(key: string): boolean {
    this.entriesAsked.add(key);
    return super.has(key);
  }

  override get size(): number {
    this.isAskedWhole = true;
    return super.size;
  }

  override entries(): ReturnType<Map<string, string>["entries"]> {
    this.isAskedWhole = true;
    return super.entries();
  }

  override [Symbol.iterator](): ReturnType<Map<string, string>["entries"]> {
    return this.entries();
  }

  override keys(): ReturnType<Map<string, string>["keys"]> {
    this.isAskedWhole = true;
    return super.keys();
  }

  override values(): ReturnType<Map<string, string>["values"]> {
    this.isAskedWhole = true;
    return super.values();
  }

  override forEach(visit: (value: string, key: string, map: Map<string, string>) => void): void {
    this.isAskedWhole = true;
    super.forEach(visit);
  }

  /** Entries whose value has this text in it. */
  holding(text: string): (readonly [key: string, value: string])[] {
    this.textsAsked.add(text);
    return this.find(text);
  }

  /** Whether `other` would have given the answers that were given here. Asks nothing of either. */
  answersLike(other: HeaderMetadata): boolean {
    if (this.isAskedWhole) return sameEntries([...super.entries()], [...other.all()]);
    for (const key of this.entriesAsked) if (super.get(key) !== other.peek(key)) return false;
    for (const text of this.textsAsked) if (!sameEntries(this.find(text), other.find(text))) return false;
    return true;
  }

  private all(): ReturnType<Map<string, string>["entries"]> {
    return super.entries();
  }

  private peek(key: string): string | undefined {
    return super.get(key);
  }

  private find(text: string): (readonly [string, string])[] {
    return [...super.entries()].filter(([, value]) => value.includes(text));
  }
}

function sameEntries(
  some: readonly (readonly [string, string])[],
  others: readonly (readonly [string, string])[],
): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
