import { PlaceSet } from "../../checkpoint/place-set.ts";
import { walkPatterns } from "../../checkpoint/repeats.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Types that a plain weight is kept in. */
const PLAIN: ReadonlySet<string> = new Set(["F16", "BF16", "F32", "F64"]);

/** Below this share of the bytes a part is kept finer on purpose: embeddings of time, norms, heads. */
const MIN_SHARE = 0.1;

/** Large parts of one model, each wholly of one float type, and not of the same. */
export function findUnevenDtypes({ component }: Scene): Fault[] {
  const { kinds } = component;
  if (kinds.root < 0) return [];
  const parts = new Map<string, Map<string, number>>();
  walkPatterns(kinds, ({ kind, count, segments }) => {
    const row = kinds.tensorRow(kind);
    const [part] = segments;
    if (row === undefined || typeof part !== "string" || kinds.table.shape(row).length < 2) return true;
    const dtypes = parts.get(part) ?? new Map<string, number>();
    parts.set(part, dtypes);
    const dtype = kinds.table.dtype(row);
    dtypes.set(dtype, (dtypes.get(dtype) ?? 0) + kinds.table.bytes(row) * count);
    return true;
  });
  const all = kinds.bytes(kinds.root);
  const whole = [...parts].flatMap(([part, dtypes]) => {
    const [[dtype, bytes] = ["", 0], second] = dtypes;
    return second === undefined && PLAIN.has(dtype) && bytes >= MIN_SHARE * all
      ? [{ part, dtype, bytes }]
      : [];
  });
  const [most, ...others] = whole.sort((a, b) => b.bytes - a.bytes);
  const odd = others.filter(({ dtype }) => dtype !== most?.dtype);
  if (most === undefined || odd.length === 0) return [];
  const at = PlaceSet.modules(odd.map(({ part }) => [part]));
  return [fault("dtype.uneven", at, { dtype: odd[0]?.dtype ?? "", part: most.part, usual: most.dtype })];
}
