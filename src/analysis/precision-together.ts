import { bitsPerWeight } from "../quantization/folded-weights.ts";
import { shareOf } from "./params.ts";
import { within } from "./params-together.ts";
import type {
  DeclaredFacts,
  PrecisionDtype,
  PrecisionResult,
  RoleRow,
  SchemeRow,
  SchemeVariant,
} from "./precision.ts";

/** One part of a whole, and how it is stored. */
export interface StoredPart {
  readonly component: string;
  readonly result: PrecisionResult;
}

/** How a pipeline is stored: what its parts store, added up. Patterns begin with the part that they are of. */
export function addPrecision(parts: readonly StoredPart[]): PrecisionResult {
  const results = parts.map(({ result }) => result);
  const byRole = merge(
    results.flatMap((each) => each.byRole),
    ({ role }) => role,
    addRoles,
  );
  const isQuantized = (role: string) => results.some(({ quantizedRoles }) => quantizedRoles.includes(role));
  const scales = results.map((each) => each.scales);
  return {
    dtypes: addDtypes(results),
    schemes: merge(
      results.flatMap((each) => each.schemes),
      ({ scheme, bits }) => `${scheme} ${bits}`,
      addSchemes,
    ),
    scales: {
      paired: scales.reduce((sum, { paired }) => sum + paired, 0),
      missing: sumKnown(scales.map(({ missing }) => missing)),
      orphan: sumKnown(scales.map(({ orphan }) => orphan)),
      mismatched: scales.reduce((sum, { mismatched }) => sum + mismatched, 0),
      details: scales.flatMap(({ details }) => details),
    },
    byRole,
    quantizedRoles: byRole.map(({ role }) => role).filter(isQuantized),
    unquantizedRoles: byRole.map(({ role }) => role).filter((role) => !isQuantized(role)),
    declared: addDeclared(results.flatMap(({ declared }) => (declared === null ? [] : [declared]))),
    activations: results.find(({ activations }) => activations !== null)?.activations ?? null,
    kvCache: results.find(({ kvCache }) => kvCache !== null)?.kvCache ?? null,
    rotations: results.find(({ rotations }) => rotations !== null)?.rotations ?? null,
    modules: parts.flatMap(({ component, result }) =>
      result.modules.map((row) => ({ ...row, pattern: within(component, row.pattern) })),
    ),
  };
}

/** Rows of one key as one, in the order of first sight. */
function merge<Row>(rows: readonly Row[], keyOf: (row: Row) => string, add: (a: Row, b: Row) => Row): Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = merged.get(key);
    merged.set(key, known === undefined ? row : add(known, row));
  }
  return [...merged.values()];
}

function sumKnown(counts: readonly (number | null)[]): number | null {
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

function addDtypes(results: readonly PrecisionResult[]): PrecisionDtype[] {
  const rows = merge(
    results.flatMap(({ dtypes }) => dtypes),
    ({ dtype }) => dtype,
    (a, b) => ({
      dtype: a.dtype,
      tensors: a.tensors + b.tensors,
      elements: a.elements + b.elements,
      parameters: a.parameters + b.parameters,
      bytes: a.bytes + b.bytes,
      share: 0,
    }),
  );
  const all = rows.reduce((sum, { bytes }) => sum + bytes, 0);
  return rows
    .map((row) => ({ ...row, share: shareOf(row.bytes, all) }))
    .sort((a, b) => b.bytes - a.bytes || (a.dtype < b.dtype ? -1 : 1));
}

type Weighed = Pick<RoleRow, "parameters" | "bitsPerWeight">;

function averageBits(a: Weighed, b: Weighed): number | null {
  if (a.bitsPerWeight === null || b.bitsPerWeight === null) return a.bitsPerWeight ?? b.bitsPerWeight;
  const parameters = a.parameters + b.parameters;
  const bits = a.bitsPerWeight * a.parameters + b.bitsPerWeight * b.parameters;
  return bitsPerWeight(bits, parameters);
}

function addRoles(a: RoleRow, b: RoleRow): RoleRow {
  return {
    role: a.role,
    dtypes: addCounts(a.dtypes, b.dtypes),
    schemes: addCounts(a.schemes, b.schemes),
    bits: addWidths(a.bits, b.bits),
    parameters: a.parameters + b.parameters,
    bitsPerWeight: averageBits(a, b),
  };
}

function addWidths(a: RoleRow["bits"], b: RoleRow["bits"]): RoleRow["bits"] {
  const schemes = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return Object.fromEntries(
    schemes.map((scheme) => [
      scheme,
      [...new Set([...(a[scheme] ?? []), ...(b[scheme] ?? [])])].sort((one, other) => one - other),
    ]),
  );
}

function addCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const sums = { ...a };
  for (const [key, count] of Object.entries(b)) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}

/** What two rows say, null where they differ. */
function same<Value>(a: Value, b: Value): Value | null {
  return JSON.stringify(a) === JSON.stringify(b) ? a : null;
}

function addSchemes(a: SchemeRow, b: SchemeRow): SchemeRow {
  const shared = {
    weightDtype: same(a.weightDtype, b.weightDtype),
    scaleDtype: same(a.scaleDtype, b.scaleDtype),
    scaleSuffix: same(a.scaleSuffix, b.scaleSuffix),
    granularity: same(a.granularity, b.granularity),
    block: same(a.block, b.block),
    group: same(a.group, b.group),
  };
  const isAlike = (Object.keys(shared) as (keyof typeof shared)[]).every(
    (key) => same(a[key], b[key]) !== null || (a[key] === null && b[key] === null),
  );
  const isUniform = isAlike && a.variants === undefined && b.variants === undefined;
  return {
    ...a,
    ...shared,
    modules: a.modules + b.modules,
    symmetric: same(a.symmetric, b.symmetric),
    zeroPoints: same(a.zeroPoints, b.zeroPoints),
    storedBits: same(a.storedBits, b.storedBits),
    parameters: a.parameters + b.parameters,
    bytes: a.bytes + b.bytes,
    bitsPerWeight: averageBits(a, b),
    evidence: [...new Set([...a.evidence, ...b.evidence])],
    ...(isUniform ? {} : { variants: [...variantsOf(a), ...variantsOf(b)] }),
  };
}

function variantsOf(row: SchemeRow): readonly SchemeVariant[] {
  const { modules, weightDtype, scaleDtype, scaleSuffix, granularity, block, group, variants } = row;
  return variants ?? [{ modules, weightDtype, scaleDtype, scaleSuffix, granularity, block, group }];
}

function addDeclared([first, ...rest]: readonly DeclaredFacts[]): DeclaredFacts | null {
  return first === undefined ? null : rest.reduce(declareTogether, first);
}

/** What the parts declare, null where they differ; together they agree where each agrees. */
function declareTogether(a: DeclaredFacts, b: DeclaredFacts): DeclaredFacts {
  return {
    ...a,
    method: same(a.method, b.method),
    format: same(a.format, b.format),
    bits: same(a.bits, b.bits),
    group: same(a.group, b.group),
    block: same(a.block, b.block),
    activations: same(a.activations, b.activations),
    ignored: [...a.ignored, ...b.ignored],
    agrees: a.agrees && b.agrees,
    disagreements: [...a.disagreements, ...b.disagreements],
  };
}
