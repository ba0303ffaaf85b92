import type { TensorRow } from "../analysis/list.ts";
import type { TensorData, TensorRowData } from "./data.ts";
import { membersOf } from "./ranges.ts";

/** A folded row with what names are made from; made once a row. */
interface Fold {
  readonly row: TensorRowData;
  readonly members: readonly (readonly number[])[];
  readonly elements: number;
}

/** The tensors of a component by number, none of them kept: a name is made when it is shown. */
export class Tensors {
  private readonly folds: readonly Fold[];
  private readonly shards: readonly string[];
  private readonly spreads: TensorData["spreads"];
  readonly count: number;

  constructor({ rows, shards, shardEnds: [before, after] = ["", ""], spreads }: TensorData) {
    this.shards = shards.map((each) => before + each + after);
    this.spreads = spreads;
    this.folds = rows.map((row) => ({
      row,
      members: row.parts.flatMap((part, at) => (at % 2 === 1 ? [membersOf(part)] : [])),
      elements: row.shape.reduce((product, dim) => product * dim, 1),
    }));
    this.count = rows.reduce((sum, { count }) => sum + count, 0);
  }

  get foldCount(): number {
    return this.folds.length;
  }

  fold(at: number): TensorRowData {
    return (this.folds[at] as Fold).row;
  }

  /** What `ls` says of a tensor of a row; byte offsets are left to it. */
  tensor(fold: number, index: number): TensorRow {
    const { row, members, elements } = this.folds[fold] as Fold;
    return {
      name: nameAt(row, members, index),
      dtype: row.dtype,
      shape: row.shape,
      elements,
      bytes: row.bytesEach,
      shard: this.shards[shardAt(this.spreads[row.spread] ?? [], index)] ?? "",
      begin: 0,
      end: 0,
    };
  }
}

function nameAt({ parts }: TensorRowData, members: readonly (readonly number[])[], index: number): string {
  let rest = index;
  let name = parts[parts.length - 1] as string;
  for (let set = members.length - 1; set >= 0; set--) {
    const own = members[set] as readonly number[];
    name = `${parts[set * 2]}${own[rest % own.length]}${name}`;
    rest = Math.floor(rest / own.length);
  }
  return name;
}

function shardAt(spread: readonly number[], index: number): number {
  let before = 0;
  for (let at = 0; at < spread.length; at += 2) {
    before += spread[at + 1] as number;
    if (index < before) return spread[at] as number;
  }
  return -1;
}

/** A folded row in one line: `model.layers.{0-61}.mlp.up_proj.weight`. */
export function patternOf({ parts }: Pick<TensorRowData, "parts">): string {
  return parts.map((part, at) => (at % 2 === 1 ? `{${part}}` : part)).join("");
}
