/** `0-2,5` → `[0, 1, 2, 5]`. */
export function membersOf(ranges: string): number[] {
  const members: number[] = [];
  for (const range of ranges.split(",")) {
    if (range === "") continue;
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    for (let member = first; member <= last; member++) members.push(member);
  }
  return members;
}

/** How many numbers a set has. */
export function sizeOf(ranges: string): number {
  let size = 0;
  for (const range of ranges.split(",")) {
    if (range === "") continue;
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    size += last - first + 1;
  }
  return size;
}
