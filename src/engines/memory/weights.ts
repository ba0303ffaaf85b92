import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import type { Ask } from "../ask.ts";
import { shareOf } from "./shares.ts";

/** Bytes of weights that each GPU holds once they are loaded. */
export interface RankWeights {
  /** In the files. */
  readonly stored: number;
  /** One number a GPU: stages one after the other, the GPUs of each in a row. */
  readonly perRank: readonly number[];
  /** On each GPU beyond its even share: what is copied to all. */
  readonly replicated: {
    readonly kv: number;
    readonly mla: number;
    readonly norms: number;
    readonly embedding: number;
  };
  /** Parts whose share is not known, and that are counted whole. */
  readonly unsure: readonly string[];
}

/** Sums every tensor by its share under the plan: exact as long as the engine loads the layout as it is stored. */
export function weightsPerRank(ask: Ask): RankWeights {
  const { tp, ep, pp } = ask.plan;
  const ranks = Math.max(tp, ep);
  const perRank = new Array<number>(ranks * pp).fill(0);
  const replicated = { kv: 0, mla: 0, norms: 0, embedding: 0 };
  const unsure = new Set<string>();
  let stored = 0;
  for (const tensorRole of ask.model.tensorRoles) {
    const bytes = tensorRole.bytesEach * tensorRole.count;
    stored += bytes;
    const weight = weightOf(ask, tensorRole);
    const share = shareOf(ask, tensorRole, weight);
    if (share.isUnsure) unsure.add(tensorRole.bucket);
    for (const [stage, part] of stagesOf(ask, tensorRole)) {
      for (let rank = 0; rank < ranks; rank++) {
        const at = stage * ranks + rank;
        perRank[at] = (perRank[at] ?? 0) + bytes * part * share.on(rank);
      }
    }
    if (share.replicates !== null) replicated[share.replicates] += bytes * share.beyond;
  }
  return {
    stored,
    perRank: perRank.map((bytes) => Math.round(bytes)),
    replicated: {
      kv: Math.round(replicated.kv),
      mla: Math.round(replicated.mla),
      norms: Math.round(replicated.norms),
      embedding: Math.round(replicated.embedding),
    },
    unsure: [...unsure],
  };
}

/** The weight that a tensor is part of, with its scheme and grain. */
function weightOf({ model, quantization }: Ask, tensorRole: TensorRole): Weight | undefined {
  const { owner, parameter } = model.weights.tensor(tensorRole.node);
  const { weights } = quantization.module(quantization.kinds.kindOf(owner));
  return weights.find((each) => each.parameter === parameter) ?? weights[0];
}

/** Stages that hold a tensor, each with the part of its layers. */
function stagesOf(ask: Ask, tensorRole: TensorRole): [stage: number, part: number][] {
  const { pp } = ask.plan;
  if (pp === 1) return [[0, 1]];
  const layers = tensorRole.stack === ask.model.main?.prefix ? tensorRole.layers : null;
  if (layers === null) {
    const isLast = tensorRole.role === "head.lm" || tensorRole.role === "norm.final";
    return [[isLast ? pp - 1 : 0, 1]];
  }
  const stages = new Map<number, number>();
  for (const layer of layers) {
    const stage = stageOf(layer, ask.model.layerCount, pp);
    stages.set(stage, (stages.get(stage) ?? 0) + 1 / layers.length);
  }
  return [...stages];
}

/** The remainder of an even split goes one each to the stages before the last, counted from the back. */
export function stageOf(layer: number, layers: number, pp: number): number {
  const even = Math.floor(layers / pp);
  const rest = layers % pp;
  let end = 0;
  for (let stage = 0; stage < pp; stage++) {
    const isLarger = stage < pp - 1 && stage >= pp - 1 - rest;
    end += even + (isLarger ? 1 : 0);
    if (layer < end) return stage;
  }
  return pp - 1;
}
