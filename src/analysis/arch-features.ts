import type { LayerFacts } from "../architecture/layer-facts.ts";
import { runsInParallel } from "../architecture/layer-facts.ts";
import type { Model } from "../architecture/model.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import { formatCount } from "../format/count.ts";
import { formatIndexSummary } from "../format/ranges.ts";
import { attentionName, attentionSize, known } from "./arch-words.ts";

type Feature = (model: Model) => readonly string[];

const FEATURES: readonly Feature[] = [attention, sparse, gates, experts, schedule, sideParts, parallel];

/** What is worth knowing about a model beside its figures, in sentences, from headers unless the sentence says otherwise. */
export function listFeatures(model: Model): string[] {
  return [...FEATURES.flatMap((feature) => feature(model)), ...model.family.remarks];
}

interface AttentionLayers {
  readonly layers: readonly number[];
  readonly facts: Extract<LayerFacts["mixers"][number], { type: "attention" }>["facts"];
}

function attentionLayers({ layers }: Model): AttentionLayers[] {
  return layers.flatMap((layer) =>
    layer.mixers.flatMap((mixer) =>
      mixer.type === "attention" ? [{ layers: layer.members, facts: mixer.facts }] : [],
    ),
  );
}

function attention(model: Model): string[] {
  const names = new Map<string, number[]>();
  for (const { facts, layers } of attentionLayers(model)) {
    if (facts.kind === "MLA") continue;
    const heads = facts.kvHeads.value === null ? "" : `, ${facts.kvHeads.value} key/value heads`;
    const name = `${attentionName(facts)} attention, ${attentionSize(facts)}${heads}`;
    names.set(name, [...(names.get(name) ?? []), ...layers]);
  }
  const norms = new Set(attentionLayers(model).map(({ facts }) => facts.qkNorm));
  const qk = [...norms].filter((norm) => norm !== null).map((norm) => `queries and keys normalised, ${norm}`);
  // Of one kind all is said by its figures.
  return names.size > 1
    ? [...[...names].map(([name, layers]) => `${name} in layers ${summary(layers)}`), ...qk]
    : [];
}

function sparse(model: Model): string[] {
  const layers = attentionLayers(model).filter(({ facts }) => facts.indexer !== null);
  const first = layers[0]?.facts.indexer;
  if (!first) return [];
  const where = summary(layers.flatMap((each) => each.layers));
  return [`an indexer of ${known(first.heads)} × ${first.keyWidth} picks what layers ${where} attend to`];
}

function gates(model: Model): string[] {
  const all = attentionLayers(model);
  const gate = all.find(({ facts }) => facts.outputGate !== null)?.facts.outputGate;
  return [
    ...(gate === undefined
      ? []
      : [`attention output is gated, ${gate === "separate" ? "by a projection of its own" : gate}`]),
    ...(all.some(({ facts }) => facts.sinks)
      ? ["a learned sink for each head takes attention that no position should have"]
      : []),
  ];
}

function experts({ layers }: Model): string[] {
  const routed = layers.filter((layer) => layer.feedForward.moe !== null);
  const moe = routed[0]?.feedForward.moe;
  if (!moe) return [];
  return [
    ...(moe.latentWidth === null ? [] : [`experts work on a latent of ${formatCount(moe.latentWidth)}`]),
  ];
}

function schedule({ schedule: plan, layers, layerCount }: Model): string[] {
  if (plan.source === null) return [];
  const attending = layers
    .filter((layer) => layer.mixers.some(({ type }) => type === "attention"))
    .flatMap((layer) => layer.members)
    .filter((layer) => layer < layerCount);
  const windowed = attending.filter((layer) => plan.window(layer) !== null);
  const window = plan.window(windowed[0] ?? -1);
  if (windowed.length === 0 || window === null) return [];
  return [
    `${windowed.length} of ${attending.length} attention layers look back ${formatCount(window)} positions, says config.json (${plan.source})`,
  ];
}

/** Parts that few models have, by what they are called there. */
const SIDE_PARTS: readonly (readonly [TensorRole["role"], string])[] = [
  ["embed.per_layer", "a second embedding table gives every layer vectors of its own"],
  ["altup", "AltUp: several residual streams, one of them computed"],
  ["laurel", "LAuReL: a low-rank path beside the residual"],
  ["hyper", "hyper-connections: several residual streams mixed at each block"],
  ["residual.scale", "a learned scale on the residual stream"],
  ["xattn.k", "cross-attention to another sequence"],
  ["attn.rel_bias", "relative position bias"],
  ["adapter.inline", "low-rank adapters that belong to the base model"],
  ["adapter.lora_a", "LoRA: factors of updates, no base weights"],
];

function sideParts({ tensorRoles }: Model): string[] {
  return SIDE_PARTS.filter(([role]) => tensorRoles.some((tensorRole) => tensorRole.role === role)).map(
    ([, words]) => words,
  );
}

function parallel({ layers, claims }: Model): string[] {
  return layers.some((layer) => runsInParallel(layer, claims))
    ? ["attention and feed-forward run in parallel on the same input"]
    : [];
}

function summary(layers: readonly number[]): string {
  return formatIndexSummary([...layers].sort((a, b) => a - b));
}
