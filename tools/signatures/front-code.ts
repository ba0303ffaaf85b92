/** Names as what they add to the one before: a digit, or one of the signs behind it, for the number of segments they share, and the rest. */
export function frontCode(names: readonly string[]): string[] {
  let last: readonly string[] = [];
  return names.map((name) => {
    const segments = name.split(".");
    let shared = 0;
    while (shared < Math.min(last.length, segments.length, 16) && last[shared] === segments[shared])
      shared += 1;
    last = segments;
    return String.fromCharCode(48 + shared) + segments.slice(shared).join(".");
  });
}
