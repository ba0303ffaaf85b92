const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const;

/** `230121630720` → `230.1 GB`. Decimal units, as disk and hub sizes are quoted. */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  // 999.96 kB would print as "1000.0 kB": step up where the rounded value reaches the next unit.
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}
