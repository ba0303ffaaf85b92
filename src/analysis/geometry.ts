import type { Component } from "../checkpoint/checkpoint.ts";
import { compareNatural } from "../format/natural.ts";
import { NONE } from "../safetensors/tensor-names.ts";
import type { ArchResult } from "./arch.ts";
import type { LayerRow } from "./params.ts";

/** How large a model is in the numbers that people compare. Null is not known, or does not apply. */
export interface Geometry {
  /** Stacks of layers, the one with most parameters first. */
  readonly stacks: readonly { readonly stack: string; readonly layers: number }[];
  /** What mixes positions, over all layers: `GQA`, `hybrid: …`; null where nothing does, or nobody knows. */
  readonly mixers: string | null;
  readonly heads: number | null;
  readonly headDim: number | null;
  readonly kvHeads: number | null;
  readonly experts: number | null;
  readonly expertsPerToken: number | null;
  readonly expertWidth: number | null;
  readonly hidden: number | null;
  readonly vocabulary: number | null;
  /** Channels that the first convolution takes and the last gives, and the width of the text that layers look at. */
  readonly channels: {
    readonly in: number | null;
    readonly out: number | null;
    readonly text: number | null;
    /** By how much an autoencoder makes pictures smaller. */
    readonly downscale: number | null;
  } | null;
}

/** Stacks of layers that are told; what a model has beside them is small. */
const MAX_STACKS = 4;

export function geometryOf(component: Component, arch: ArchResult, layers: readonly LayerRow[]): Geometry {
  const seeing = largeTower(arch);
  const single =
    seeing === undefined && arch.attention?.geometries.length === 1
      ? arch.attention.geometries[0]
      : undefined;
  return {
    stacks: stacksOf(seeing?.stack ?? arch.layers.stack, layers),
    mixers:
      seeing !== undefined || arch.layers.kinds.length === 0 || arch.layers.mixers === "none"
        ? null
        : arch.layers.mixers,
    heads: single?.heads.value ?? null,
    headDim: single?.headDim.value ?? null,
    kvHeads: single?.kvHeads.value ?? null,
    experts: arch.moe?.experts.value ?? null,
    expertsPerToken: arch.moe?.topK.value ?? null,
    expertWidth: arch.moe?.expertWidth ?? null,
    hidden: seeing === undefined ? arch.hidden.value : seeing.width,
    vocabulary: arch.embedding.rows.value,
    channels: channelsOf(component),
  };
}

/** The tower that a vision model is, where what stands beside it merely reads its answer (SAM's mask decoder). */
function largeTower({ kind, towers, parameters }: ArchResult): ArchResult["towers"][number] | undefined {
  if (kind !== "vision") return undefined;
  return towers.find((tower) => tower.layers > 0 && tower.parameters * 2 > parameters.total);
}

/** Numbered lists by what they hold, the main one first; a list of one, and lists within others, are no stacks. */
function stacksOf(main: string | null, layers: readonly LayerRow[]): Geometry["stacks"] {
  const sums = new Map<string, { layers: number; parameters: number }>();
  for (const { stack, count, parameters } of layers) {
    const sum = sums.get(stack) ?? { layers: 0, parameters: 0 };
    sums.set(stack, { layers: sum.layers + count, parameters: sum.parameters + parameters });
  }
  const stacks = Array.from(sums, ([stack, sum]) => ({ stack, ...sum })).filter((each) => each.layers > 1);
  stacks.sort((a, b) => b.parameters - a.parameters);
  const rank = ({ stack }: { readonly stack: string }) => (stack === main ? 0 : 1);
  const shown = stacks.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_STACKS);
  // Lists that are numbered by their names, a ResNet's layer1 to layer4, stand in that order.
  const names = new Set(shown.map(({ stack }) => stack.replace(/\d+$/, "")));
  const isSeries = shown.length > 1 && names.size === 1;
  return (isSeries ? shown.sort((a, b) => compareNatural(a.stack, b.stack)) : shown).map(
    ({ stack, layers: count }) => ({ stack, layers: count }),
  );
}

/** `conv_in` and `conv_out` of diffusers' UNets and autoencoders, the latter by what they decode. */
function channelsOf(component: Component): Geometry["channels"] {
  const at = (name: string, axis: number) => shapeOf(component, name)?.[axis] ?? null;
  const isAutoencoder = shapeOf(component, "decoder.conv_in.weight") !== undefined;
  const found = isAutoencoder
    ? {
        in: at("encoder.conv_in.weight", 1),
        out: at("decoder.conv_in.weight", 1),
        text: null,
        downscale: downscaleOf(component),
      }
    : {
        in: at("conv_in.weight", 1),
        out: at("conv_out.weight", 0),
        text: textWidthOf(component),
        downscale: null,
      };
  return found.in === null && found.out === null ? null : found;
}

/** Where the middle of a UNet looks at the text. */
const TEXT_KEYS = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight";

function textWidthOf(component: Component): number | null {
  return shapeOf(component, TEXT_KEYS)?.[1] ?? null;
}

/** Blocks of an encoder that are looked at; real ones have four or five. */
const MAX_BLOCKS = 16;

/** Each block of the encoder that ends in a downsampler halves the picture. */
function downscaleOf(component: Component): number | null {
  let factor = 1;
  for (let block = 0; block < MAX_BLOCKS; block++)
    if (shapeOf(component, `encoder.down_blocks.${block}.downsamplers.0.conv.weight`) !== undefined)
      factor *= 2;
  return factor === 1 ? null : factor;
}

function shapeOf({ table }: Component, name: string): readonly number[] | undefined {
  const node = table.names.find(name);
  const row = node === NONE ? undefined : table.rowAt(node);
  return row === undefined ? undefined : table.shape(row);
}
