import { UnfoldError } from "../errors.ts";
import { findJsonExcess } from "./json-size.ts";
import { ExpansionBudget } from "./snapshot-budget.ts";
import { JSON_LIMITS } from "./snapshot-limits.ts";
import { type HeaderColumns, type IndexColumns, isHeaderColumns, isIndexColumns } from "./snapshot-schema.ts";

/** Header text → columns, or undefined where the columns would not give back every byte. */
export function encodeHeader(json: Uint8Array): HeaderColumns | undefined {
  const header = parseObject(json);
  if (header === undefined) return undefined;
  const metadata = header.__metadata__ ?? null;
  const names = Object.keys(header).filter((name) => name !== "__metadata__");
  const kinds = new Map<string, number>();
  const kindList: [string, number[], number][] = [];
  const kindNumbers: number[] = [];
  for (const name of names) {
    const tensor = header[name] as ParsedEntry | null;
    if (!Array.isArray(tensor?.data_offsets) || !Array.isArray(tensor.shape)) return undefined;
    const bytes = (tensor.data_offsets[1] ?? 0) - (tensor.data_offsets[0] ?? 0);
    const key = JSON.stringify([tensor.dtype, tensor.shape, bytes]);
    if (!kinds.has(key)) kindList.push([tensor.dtype, tensor.shape, bytes]);
    kindNumbers.push(kinds.get(key) ?? kinds.set(key, kinds.size).size - 1);
  }
  let padding = 0;
  while (json[json.length - 1 - padding] === 0x20) padding++;
  const columns: HeaderColumns = {
    metadata: metadata as HeaderColumns["metadata"],
    padding,
    kinds: kindList,
    names: frontCode(names),
    kindRuns: runLengths(kindNumbers),
  };
  // Entries of a damaged header may be anything: only what a snapshot can hold is tried.
  if (!isHeaderColumns(columns)) return undefined;
  return givesBack(json, (budget) => decodeHeader(columns, budget)) ? columns : undefined;
}

/** What is taken for an entry before its columns are held against the schema. */
interface ParsedEntry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: readonly number[];
}

/** Columns → header text, as the reference writer spells it. */
export function decodeHeader(columns: HeaderColumns, budget: ExpansionBudget): Uint8Array {
  budget.reserve(columns.padding);
  const kinds = columns.kinds.map(
    ([dtype, shape]) =>
      `:{"dtype":${JSON.stringify(dtype)},"shape":${JSON.stringify(shape)},"data_offsets":[`,
  );
  const { kindRuns } = columns;
  for (let k = 0; k < kindRuns.length; k += 2)
    budget.reserve((kinds[kindRuns[k] as number] as string).length * (kindRuns[k + 1] as number));
  const parts: string[] = [];
  if (columns.metadata !== null) parts.push(`"__metadata__":${JSON.stringify(columns.metadata)}`);
  const names = expandNames(columns.names, budget);
  let offset = 0;
  let at = 0;
  for (let k = 0; k < kindRuns.length; k += 2) {
    const kind = kinds[kindRuns[k] as number] as string;
    const bytes = columns.kinds[kindRuns[k] as number]?.[2] as number;
    for (const stop = at + (kindRuns[k + 1] as number); at < stop; at++) {
      const end = offset + bytes;
      const name = names[at] as string;
      const part = `${JSON.stringify(name)}${kind}${offset},${end}]}`;
      budget.reserve(part.length - name.length - kind.length);
      parts.push(part);
      offset = end;
    }
  }
  return toBytes(`{${parts.join(",")}}${" ".repeat(columns.padding)}`, budget);
}

/** Index text → columns, or undefined where the columns would not give back every byte. */
export function encodeIndex(json: Uint8Array): IndexColumns | undefined {
  const { metadata, weight_map: map } = parseObject(json) ?? {};
  if (typeof map !== "object" || map === null) return undefined;
  const values = Object.values(map);
  const shards = [...new Set(values)];
  const numbers = new Map(shards.map((shard, k) => [shard, k]));
  const columns: IndexColumns = {
    metadata,
    shards,
    names: frontCode(Object.keys(map)),
    shardRuns: runLengths(values.map((shard) => numbers.get(shard) ?? -1)),
    newlineAtEnd: json[json.length - 1] === 0x0a,
  };
  if (!isIndexColumns(columns)) return undefined;
  return givesBack(json, (budget) => decodeIndex(columns, budget)) ? columns : undefined;
}

/** Columns → index text, as huggingface_hub spells it. */
export function decodeIndex(columns: IndexColumns, budget: ExpansionBudget): Uint8Array {
  const { shardRuns, metadata } = columns;
  const shards = columns.shards.map((shard) => `: ${JSON.stringify(shard)}`);
  for (let k = 0; k < shardRuns.length; k += 2)
    budget.reserve((shards[shardRuns[k] as number] as string).length * (shardRuns[k + 1] as number));
  budget.reserve(indentOf(metadata, 2));
  const pretty = JSON.stringify(metadata, null, 2)?.replaceAll("\n", "\n  ");
  const head = pretty === undefined ? "" : `  "metadata": ${pretty},\n`;
  const names = expandNames(columns.names, budget);
  const lines: string[] = [];
  for (let k = 0; k < shardRuns.length; k += 2) {
    const shard = shards[shardRuns[k] as number] as string;
    for (const stop = lines.length + (shardRuns[k + 1] as number); lines.length < stop; ) {
      const name = names[lines.length] as string;
      const line = `    ${JSON.stringify(name)}${shard}`;
      budget.reserve(line.length - name.length - shard.length);
      lines.push(line);
    }
  }
  return toBytes(
    `{\n${head}  "weight_map": {\n${lines.join(",\n")}\n  }\n}${columns.newlineAtEnd ? "\n" : ""}`,
    budget,
  );
}

/** Blanks and line breaks that writing a value with an indent adds to it. */
function indentOf(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null) return 0;
  let characters = 2 * depth + 1;
  for (const member of Object.values(value)) characters += 2 * depth + 4 + indentOf(member, depth + 1);
  return characters;
}

function parseObject(json: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (findJsonExcess(json, JSON_LIMITS) !== undefined) return undefined;
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined; // no JSON: kept as it is, for whoever reads the snapshot to say so
  }
}

function givesBack(json: Uint8Array, decode: (budget: ExpansionBudget) => Uint8Array): boolean {
  try {
    return Buffer.from(json.buffer, json.byteOffset, json.byteLength).equals(decode(new ExpansionBudget()));
  } catch (error) {
    if (error instanceof UnfoldError) return false; // written anew it is longer than any header
    throw error;
  }
}

/** The finished text; characters beyond ASCII take more bytes than were reserved for them. */
function toBytes(text: string, budget: ExpansionBudget): Uint8Array {
  budget.reserve(Buffer.byteLength(text) - text.length);
  return Buffer.from(text, "utf8");
}

function frontCode(names: readonly string[]): (number | string)[] {
  const coded: (number | string)[] = [];
  let before = "";
  for (const name of names) {
    let shared = 0;
    while (shared < name.length && name.charCodeAt(shared) === before.charCodeAt(shared)) shared++;
    coded.push(shared, name.slice(shared));
    before = name;
  }
  return coded;
}

function expandNames(coded: readonly (number | string)[], budget: ExpansionBudget): string[] {
  let characters = 0;
  for (let k = 0; k < coded.length; k += 2)
    characters += (coded[k] as number) + (coded[k + 1] as string).length;
  budget.reserve(characters);
  const names: string[] = [];
  let before = "";
  for (let k = 0; k < coded.length; k += 2) {
    before = before.slice(0, coded[k] as number) + (coded[k + 1] as string);
    names.push(before);
  }
  return names;
}

function runLengths(values: readonly number[]): number[] {
  const runs: number[] = [];
  for (const value of values) {
    if (runs.length > 0 && runs[runs.length - 2] === value)
      runs[runs.length - 1] = (runs[runs.length - 1] as number) + 1;
    else runs.push(value, 1);
  }
  return runs;
}
