/** One value → plain text. Exact and short forms of counts; decimal units throughout. */

const THOUSANDS = /\B(?=(\d{3})+(?!\d))/g;

/** `8030261248` → `8,030,261,248`. */
export function formatCount(count: number | bigint): string {
  return String(count).replace(THOUSANDS, ",");
}

const SHORT_UNITS = [
  { from: 1e12, suffix: "T" },
  { from: 1e9, suffix: "B" },
  { from: 1e6, suffix: "M" },
  { from: 1e3, suffix: "K" },
] as const;

/** `228689764864` → `228.69B`: five significant digits at most, as model cards write parameter counts. */
export function formatShortCount(count: number): string {
  // 999,996 rounds to "1000.00K": the unit is chosen after rounding, so that it reads "1.00M".
  const unit = SHORT_UNITS.find(({ from }) => count >= from * 0.999995);
  return unit === undefined ? String(count) : `${(count / unit.from).toFixed(2)}${unit.suffix}`;
}

/** `96103, "tensor"` → `96,103 tensors`; `1, "tensor"` → `1 tensor`. */
export function formatQuantity(count: number | bigint, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 || count === 1n ? noun : plural}`;
}

/** `8.050089` → `8.050089`, `16` → `16`; null, for not known, → `?`. */
export function formatBits(bits: number | null): string {
  return bits === null ? "?" : String(Number(bits.toFixed(6)));
}

/** The same for screens, in two decimals: `8.05`, and `8.00` for 8 bits with scales; the exact value is in JSON. */
export function formatBitsShort(bits: number | null): string {
  if (bits === null) return "?";
  return Number.isInteger(bits) ? String(bits) : bits.toFixed(2);
}

/** A share between 0 and 1 → `98.25 %`; something that is there never shows as nothing. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.00005) return "< 0.01 %";
  if (share < 1 && share > 0.99995) return "> 99.99 %";
  return `${(share * 100).toFixed(2)} %`;
}
