import type { Checkpoint, Component, Shard } from "../checkpoint/checkpoint.ts";
import { UnfoldError } from "../errors.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { suffixOf } from "../quantization/suffixes.ts";
import { DTYPE_BITS } from "../safetensors/dtype.ts";
import type { Source } from "../sources/source.ts";
import { decoderOf } from "./decode-values.ts";
import { ScaleTally } from "./scale-tally.ts";

/** What the values of one scale tensor are like. */
export interface ScaleStats {
  readonly tensor: string;
  readonly suffix: string;
  readonly dtype: string;
  readonly count: number;
  readonly zeros: number;
  readonly negatives: number;
  readonly nans: number;
  readonly infinities: number;
  readonly denormals: number;
  /** Of the finite values; NaN where there is none. */
  readonly least: number;
  readonly most: number;
  /** Whether all values are whole numbers from 64 to 192: bytes of exponents, not factors. */
  readonly looksLikeExponents: boolean;
}

export interface ScaleValues {
  readonly byComponent: ReadonlyMap<Component, readonly ScaleStats[]>;
  /** Bytes of scale tensors that were read. */
  readonly bytesRead: number;
}

/** Bytes of scales read at the most: those of the largest public FP8 models are below 1 GB. */
const MAX_SCALE_BYTES = 4_000_000_000;

/** Bytes of one ranged read: scales that lie side by side are read together, weights between them never. */
const MAX_RANGE_BYTES = 16_000_000;

/** Endings of tensors whose values are factors, fused experts' (`gate_up_proj_scale_inv`) among them. */
const READ =
  /(?:^|_)(?:weight_scale|weight_scale_2|weight_global_scale|scale_inv|scales_inv|input_scale|input_global_scale|activation_scale|scale_weight|scale_input|qscale_weight|qscale_act|k_scale|v_scale|scales|SCB)$/;

/** Reads the values of scale tensors, and of nothing else. Throws what the source throws. */
export async function readScaleValues(source: Source, checkpoint: Checkpoint): Promise<ScaleValues> {
  if (source.facts.kind === "snapshot")
    throw new UnfoldError(
      "USAGE",
      { message: "--values needs the files: a snapshot holds headers only" },
      { hint: "Name the checkpoint itself, or leave --values out." },
    );
  const byComponent = new Map<Component, ScaleStats[]>();
  let bytesRead = 0;
  for (const component of checkpoint.components) {
    const stats: ScaleStats[] = [];
    byComponent.set(component, stats);
    for (const [number, shard] of component.shards.entries()) {
      const rows = scaleRows(component, number);
      if (shard.status !== "read" || rows.length === 0) continue;
      const ranges = joinRanges(component.table, rows, shard.fileBytes - shard.headerBytes);
      bytesRead += ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
      // Before any is read: scales may lie over each other, so a small file can ask for as much as it likes.
      if (bytesRead > MAX_SCALE_BYTES)
        throw new UnfoldError("LIMIT_EXCEEDED", {
          what: "bytes of scales",
          found: bytesRead,
          limit: MAX_SCALE_BYTES,
        });
      await readShard(source, component, shard, ranges, stats);
    }
  }
  return { byComponent, bytesRead };
}

function scaleRows(component: Component, shard: number): number[] {
  const { table } = component;
  const rows: number[] = [];
  for (let row = 0; row < table.count; row++) {
    if (table.shards.data[row] !== shard) continue;
    const suffix = suffixAt(table, row);
    if (!READ.test(suffix) || decoderOf(table.dtype(row)) === undefined) continue;
    if (suffixOf(suffix)?.sure === true || isPartOfQuantized(component, row, suffix)) rows.push(row);
  }
  return rows.sort((a, b) => (table.begins.data[a] as number) - (table.begins.data[b] as number));
}

/** Names such as `scales` are parameters too: they are scales beside packed values only. */
function isPartOfQuantized(component: Component, row: number, name: string): boolean {
  const { kinds, table } = component;
  const kind = kinds.kindOf(table.names.parent(table.nodes.data[row] as number));
  if (kind < 0) return false;
  return quantizationOf(component)
    .module(kind)
    .weights.some(
      ({ scheme, tensors: parts }) => scheme !== "none" && parts.some(({ tensor }) => tensor.name === name),
    );
}

function suffixAt(table: Component["table"], row: number): string {
  const { names } = table;
  return names.segments.text(names.segment(table.nodes.data[row] as number));
}

async function readShard(
  source: Source,
  { table }: Component,
  shard: Extract<Shard, { status: "read" }>,
  ranges: readonly Range[],
  into: ScaleStats[],
): Promise<void> {
  const reader = await source.open(shard.path);
  try {
    for (const { begin, end, rows } of ranges) {
      const tallies = rows.map(() => new ScaleTally());
      // More than one piece only for a single tensor: pieces are whole numbers of values.
      for (let at = begin; at < end; at += MAX_RANGE_BYTES) {
        const until = Math.min(end, at + MAX_RANGE_BYTES);
        const bytes = await reader.read(shard.headerBytes + at, shard.headerBytes + until);
        for (const [k, row] of rows.entries())
          addValues(tallies[k] as ScaleTally, table, row, bytes, { begin: at, end: until });
      }
      for (const [k, row] of rows.entries()) into.push(toStats(table, row, tallies[k] as ScaleTally));
    }
  } finally {
    await reader.close();
  }
}

/** Counts the values of a tensor that lie within a piece of the data. */
function addValues(
  tally: ScaleTally,
  table: Component["table"],
  row: number,
  bytes: Uint8Array,
  piece: { readonly begin: number; readonly end: number },
): void {
  const decode = decoderOf(table.dtype(row));
  const begin = Math.max(piece.begin, table.begins.data[row] as number);
  const end = Math.min(piece.end, table.ends.data[row] as number);
  if (decode === undefined || end <= begin) return;
  const count = ((end - begin) * 8) / DTYPE_BITS[table.dtype(row)];
  tally.add(bytes.subarray(begin - piece.begin, end - piece.begin), decode, count);
}

interface Range {
  readonly begin: number;
  end: number;
  readonly rows: number[];
}

/** Scales that touch each other become one read; one that lies beyond the file, or is wrong in size, is left out. */
function joinRanges(table: Component["table"], rows: readonly number[], dataBytes: number): Range[] {
  const ranges: Range[] = [];
  for (const row of rows) {
    const begin = table.begins.data[row] as number;
    const end = table.ends.data[row] as number;
    if (end > dataBytes || end - begin !== table.bytes(row) || end === begin) continue;
    const open = ranges.at(-1);
    if (open !== undefined && open.end === begin && end - open.begin <= MAX_RANGE_BYTES) {
      open.end = end;
      open.rows.push(row);
    } else ranges.push({ begin, end, rows: [row] });
  }
  return ranges;
}

function toStats(table: Component["table"], row: number, tally: ScaleTally): ScaleStats {
  const dtype = table.dtype(row);
  const { count, zeros, negatives, nans, infinities, denormals, least, most } = tally;
  const looksLikeExponents = tally.areExponents && count > 1 && dtype !== "F8_E8M0" && dtype !== "U8";
  const counts = { count, zeros, negatives, nans, infinities, denormals };
  const tensor = table.name(row);
  return { tensor, suffix: suffixAt(table, row), dtype, ...counts, least, most, looksLikeExponents };
}
