import type { Component } from "../../checkpoint/checkpoint.ts";
import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { formatPattern, walkPatterns } from "../../checkpoint/repeats.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Types that a plain weight is kept in. */
const PLAIN: ReadonlySet<string> = new Set(["F16", "BF16", "F32", "F64"]);

/** Below this share of the bytes a part is kept finer on purpose: embeddings of time, norms, heads. */
const MIN_SHARE = 0.1;

/** Parts of one model that are each wholly of one float type, and not of the same: large ones, or matrices of 64 bits. */
export function findUnevenDtypes({ component }: Scene): Fault[] {
  if (component.kinds.root < 0) return [];
  const parts = unevenParts(component);
  return parts.length > 0 ? parts : doublesAmongOthers(component);
}

/** Nothing is trained in 64 bits: matrices of that type among others were made on the way. */
function doublesAmongOthers({ kinds }: Component): Fault[] {
  const at = new PatternJoiner();
  const types = new Map<string, { bytes: number; readonly part: string }>();
  let count = 0;
  walkPatterns(kinds, ({ kind, segments, count: alike }) => {
    const row = kinds.tensorRow(kind);
    if (row === undefined || kinds.table.shape(row).length < 2) return true;
    const dtype = kinds.table.dtype(row);
    const seen = types.get(dtype) ?? { bytes: 0, part: formatPattern(segments) };
    types.set(dtype, seen);
    seen.bytes += kinds.table.bytes(row) * alike;
    if (dtype !== "F64") return true;
    at.add([...segments]);
    count += alike;
    return true;
  });
  const [[usual, most] = ["", { bytes: 0, part: "" }]] = [...types].sort(([, a], [, b]) => b.bytes - a.bytes);
  if (count === 0 || !PLAIN.has(usual) || usual === "F64") return [];
  const data = { dtype: "F64", part: most.part, usual };
  return [fault("dtype.uneven", PlaceSet.tensorPaths(at.patterns(), count), data)];
}

function unevenParts({ kinds }: Component): Fault[] {
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
