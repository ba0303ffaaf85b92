/** `[6144, 3072]` → `[6144, 3072]`; a scalar is `[]`. Dimensions carry no thousands separators. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
