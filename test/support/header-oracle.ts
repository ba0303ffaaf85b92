import { type JsonNode, walkJson } from "./json-walk.ts";

/**
 * A second opinion on headers, as slow and plain as the rules themselves: `JSON.parse` for the grammar, a walk over
 * the text for what `JSON.parse` does not see, then each rule of the format in big integers. It shares no code with
 * the scanner in src/, its table of dtypes included.
 */
export type Opinion =
  | { readonly verdict: "accept"; readonly tensors: readonly OracleTensor[]; readonly metadata: Metadata }
  | { readonly verdict: "bad-header"; readonly why: string }
  | { readonly verdict: "bad-layout"; readonly faults: ReadonlySet<LayoutFault> };

export type LayoutFault = "DATA_HOLE" | "DATA_OVERLAP" | "SIZE_MISMATCH" | "DATA_TRAILING" | "FILE_TRUNCATED";

export interface OracleTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly bigint[];
  readonly begin: bigint;
  readonly end: bigint;
}

type Metadata = ReadonlyMap<string, string> | null;

const MAX_DEPTH = 127;
const U64 = 2n ** 64n;
/** unfold's own rule on top of the format's: whatever a report tells is exact as a JSON number. */
const EXACT = 2n ** 53n - 1n;

const BITS = new Map<string, bigint>([
  ...["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"].map(
    (name) => [name, 8n] as const,
  ),
  ...["I16", "U16", "F16", "BF16"].map((name) => [name, 16n] as const),
  ...["I32", "U32", "F32"].map((name) => [name, 32n] as const),
  ...["C64", "F64", "I64", "U64"].map((name) => [name, 64n] as const),
  ["F4", 4n],
  ["F6_E2M3", 6n],
  ["F6_E3M2", 6n],
]);

/** What to think of a header over a data area of `dataBytes`. */
export function judgeHeader(json: Uint8Array, dataBytes: number): Opinion {
  let header: { tensors: OracleTensor[]; metadata: Metadata };
  try {
    header = readHeader(json);
  } catch (error) {
    return { verdict: "bad-header", why: (error as Error).message };
  }
  const faults = layoutFaults(header.tensors, BigInt(dataBytes));
  return faults.size > 0 ? { verdict: "bad-layout", faults } : { verdict: "accept", ...header };
}

function readHeader(json: Uint8Array): { tensors: OracleTensor[]; metadata: Metadata } {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
  JSON.parse(text);
  const root = walkJson(text, MAX_DEPTH);
  demand(root.kind === "object", "the root is no object");
  let metadata: Metadata = null;
  const tensors: OracleTensor[] = [];
  for (const [name, value] of root.kind === "object" ? root.members : []) {
    if (name === "__metadata__") metadata = readMetadata(value);
    else tensors.push(readTensor(name, value));
  }
  return { tensors, metadata };
}

function readMetadata(value: JsonNode): Metadata {
  if (value.kind === "literal" && value.word === "null") return null;
  if (value.kind !== "object") throw new Error("metadata is no object");
  return new Map(
    value.members.map(([key, text]) => {
      if (text.kind !== "string") throw new Error("a metadata value is no string");
      return [key, text.text];
    }),
  );
}

function readTensor(name: string, value: JsonNode): OracleTensor {
  if (value.kind !== "object") throw new Error("an entry is no object");
  const field = (key: string): JsonNode => {
    const found = value.members.find(([known]) => known === key);
    if (found === undefined) throw new Error(`no ${key}`);
    return found[1];
  };
  const dtype = field("dtype");
  if (dtype.kind !== "string") throw new Error("dtype is no string");
  const bits = BITS.get(dtype.text);
  if (bits === undefined) throw new Error("unknown dtype");
  const shape = readIntegers(field("shape"));
  const offsets = readIntegers(field("data_offsets"));
  demand(offsets.length === 2, "not two offsets");
  const [begin, end] = offsets as [bigint, bigint];
  demand(end >= begin, "the end before the begin");
  const bitCount = countElements(shape) * bits;
  demand(bitCount < U64, "too many bits");
  demand(bitCount % 8n === 0n, "not whole bytes");
  return { name, dtype: dtype.text, shape, begin, end };
}

function readIntegers(value: JsonNode): bigint[] {
  if (value.kind !== "array") throw new Error("no array");
  return value.items.map((item) => {
    if (item.kind !== "number" || !/^[0-9]+$/.test(item.token)) throw new Error("no unsigned integer");
    const integer = BigInt(item.token);
    demand(integer < U64, "beyond 64 bits");
    demand(integer <= EXACT, "beyond 2^53");
    return integer;
  });
}

function countElements(shape: readonly bigint[]): bigint {
  let product = 1n;
  for (const dimension of shape) {
    product *= dimension;
    demand(product < U64, "the product overflows");
  }
  demand(product * 8n <= EXACT, "bytes beyond 2^53");
  return product;
}

/** Each rule asked of each tensor on its own, against all that lie before it. */
function layoutFaults(tensors: readonly OracleTensor[], dataBytes: bigint): Set<LayoutFault> {
  const faults = new Set<LayoutFault>();
  const sorted = [...tensors].sort((a, b) => compare(a.begin, b.begin) || compare(a.end, b.end));
  sorted.forEach((tensor, position) => {
    const reached = furthestEnd(sorted.slice(0, position));
    if (tensor.begin > reached) faults.add("DATA_HOLE");
    if (tensor.begin < reached) faults.add("DATA_OVERLAP");
    const bits = countElements(tensor.shape) * (BITS.get(tensor.dtype) as bigint);
    if ((tensor.end - tensor.begin) * 8n !== bits) faults.add("SIZE_MISMATCH");
  });
  const end = furthestEnd(sorted);
  if (dataBytes > end) faults.add("DATA_TRAILING");
  if (dataBytes < end) faults.add("FILE_TRUNCATED");
  return faults;
}

function furthestEnd(tensors: readonly OracleTensor[]): bigint {
  let furthest = 0n;
  for (const { end } of tensors) if (end > furthest) furthest = end;
  return furthest;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function demand(holds: boolean, why: string): void {
  if (!holds) throw new Error(why);
}
