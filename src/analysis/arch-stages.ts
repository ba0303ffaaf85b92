import type { Model } from "../architecture/model.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import type { PatternSegment } from "../checkpoint/repeats.ts";
import { compareNatural } from "../format/natural.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { type StoredShare, storedShares } from "./arch-stored.ts";

/**
 * What runs through stages of unlike width in place of one list of layers: a UNet, half of an autoencoder, a residual
 * network. Order and sums are those that the names of these layouts stand for; widths are those of the convolutions.
 */
export interface StageChain {
  /** Path of the module that holds the stages; empty for the model as a whole. */
  readonly path: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly nodes: readonly StageNode[];
  readonly edges: readonly StageEdge[];
}

export interface StageNode {
  readonly id: string;
  /** `beside`: time and text that every stage is given, and what follows no stage. */
  readonly kind: "in" | "down" | "middle" | "up" | "stage" | "out" | "beside";
  readonly module: string;
  /** Channels that come in and go out; null where no convolution tells. */
  readonly in: number | null;
  readonly out: number | null;
  readonly parameters: number;
  readonly bytes: number;
  /** Blocks by what they are, in the order in which they run. */
  readonly blocks: readonly { readonly word: StageWord; readonly count: number }[];
  readonly convolutions: readonly Convolution[];
  readonly stored: readonly StoredShare[];
}

export interface Convolution {
  /** Inside of the stage, numbers as ranges. */
  readonly module: string;
  readonly in: number;
  readonly out: number;
  readonly kernel: readonly number[];
  readonly count: number;
}

export interface StageEdge {
  readonly from: string;
  readonly to: string;
  /** Whether it skips what lies between. */
  readonly isSkip: boolean;
}

/** In the order in which they run. */
const WORDS = [
  "block",
  "residual block",
  "transformer",
  "attention block",
  "downsample",
  "upsample",
] as const;
export type StageWord = (typeof WORDS)[number];

type StageKind = StageNode["kind"];

/** Names of stages by layout: diffusers, its original, torchvision's and timm's residual networks. `turned`: the last runs first. */
const LISTS: readonly { readonly names: RegExp; readonly kind: StageKind; readonly turned?: true }[] = [
  { names: /^(?:down_blocks|down)$/, kind: "down" },
  { names: /^up_blocks$/, kind: "up" },
  { names: /^up$/, kind: "up", turned: true },
  { names: /^stages$/, kind: "stage" },
];
/** Modules that stand alone. */
const SINGLES: readonly { readonly names: RegExp; readonly kind: StageKind }[] = [
  { names: /^(?:conv_in|conv1|bn1|stem)$/, kind: "in" },
  { names: /^(?:mid_block|mid)$/, kind: "middle" },
  { names: /^layer[1-9]$/, kind: "stage" },
  { names: /^(?:conv_norm_out|norm_out|conv_out|fc|head|classifier)$/, kind: "out" },
];
const ORDER: readonly StageKind[] = ["in", "down", "stage", "middle", "up", "out", "beside"];

/** What a stage is made of, by the name of its list. */
const BLOCKS: readonly (readonly [names: RegExp, word: StageWord])[] = [
  [/^(?:resnets|block|resblocks)$/, "residual block"],
  [/^(?:attentions|attn)$/, "attention block"],
  [/^(?:downsamplers|downsample|downsampler)$/, "downsample"],
  [/^(?:upsamplers|upsample|upsampler)$/, "upsample"],
];

/** Fewest stages that make a chain: one list of layers is none. */
const MIN_STAGES = 2;

/** Chains of a component; a hostile one may have thousands. */
const MAX_CHAINS = 8;

/** Stages of a chain that are told. */
const MAX_STAGES = 40;

/** Stages of everything in a component that is built of them. */
export function drawStages(model: Model): StageChain[] {
  const chains = new Map<string, Map<string, Draft>>();
  const add = (path: string, key: string, draft: Omit<Draft, "places">, place: Place) => {
    const stages = chains.get(path) ?? new Map<string, Draft>();
    chains.set(path, stages);
    const known = stages.get(key) ?? { ...draft, places: [] };
    stages.set(key, known);
    known.places.push(place);
  };
  const rest: { readonly names: readonly PatternSegment[]; readonly role: TensorRole }[] = [];
  for (const role of model.tensorRoles) {
    const found = findStages(role);
    if (found.length === 0) rest.push({ names: role.segments, role });
    for (const { path, key, kind, order, inner } of found)
      add(path, key, { module: key, kind, order }, { role, inner, share: found.length });
  }
  const kept = [...chains]
    .filter(([, stages]) => [...stages.values()].filter(({ kind }) => isListed(kind)).length >= MIN_STAGES)
    .sort(([, a], [, b]) => Number(leadsDown(b)) - Number(leadsDown(a)))
    .slice(0, MAX_CHAINS);
  if (kept.length === 0) return [];
  for (const { role, names } of rest) {
    const [first] = names;
    const key = typeof first === "string" ? first : undefined;
    const owner = kept.find(([path]) => path === "" || path === key || key?.startsWith(`${path}.`));
    if (owner !== undefined && key !== undefined && owner[0] === "")
      add("", key, { module: key, kind: "beside", order: 0 }, { role, inner: names.slice(1), share: 1 });
  }
  return kept.map(([path, stages]) => toChain(path, [...stages.values()], model));
}

/** An encoder comes before its decoder. */
function leadsDown(stages: ReadonlyMap<string, Draft>): boolean {
  return [...stages.values()].some(({ kind }) => kind === "down");
}

interface Draft {
  readonly module: string;
  readonly kind: StageKind;
  readonly order: number;
  readonly places: Place[];
}

/** Tensors of one place within a stage; a place of several stages is shared by them. */
interface Place {
  readonly role: TensorRole;
  readonly inner: readonly PatternSegment[];
  readonly share: number;
}

function isListed(kind: StageKind): boolean {
  return kind === "down" || kind === "up" || kind === "stage";
}

interface Found {
  readonly path: string;
  readonly key: string;
  readonly kind: StageKind;
  readonly order: number;
  readonly inner: readonly PatternSegment[];
}

/** The stages that a place lies in: several where these are alike. */
function findStages({ segments }: TensorRole): Found[] {
  for (let at = 0; at < Math.min(segments.length - 1, MAX_DEPTH); at++) {
    const part = segments[at] as PatternSegment;
    const path = segments.slice(0, at).map(textOf).join(".");
    const next = segments[at + 1] as PatternSegment;
    const list = typeof part === "string" ? LISTS.find(({ names }) => names.test(part)) : undefined;
    const inner = segments.slice(at + 2);
    if (list !== undefined)
      return numbersOf(next).map((number) => ({
        path,
        key: `${textOf(part)}.${number}`,
        kind: list.kind,
        order: list.turned ? -number : number,
        inner,
      }));
    const texts = typeof part === "string" ? [part] : part.members.map((member) => `${part.prefix}${member}`);
    const single = SINGLES.find(({ names }) => texts.every((text) => names.test(text)));
    if (single !== undefined) return texts.map((text) => toSingle(single.kind, path, text, segments, at));
  }
  return [];
}

/** What stands before the first stage, or behind the last, is one stage whatever its modules are called. */
function toSingle(
  kind: StageKind,
  path: string,
  text: string,
  segments: readonly PatternSegment[],
  at: number,
): Found {
  if (kind === "in" || kind === "out")
    return { path, key: kind, kind, order: 0, inner: [text, ...segments.slice(at + 1)] };
  const order = Number(/\d+$/.exec(text)?.[0] ?? 0);
  return { path, key: text, kind, order, inner: segments.slice(at + 1) };
}

/** Names before a stage: a box around the model, and one around its half. */
const MAX_DEPTH = 4;

function numbersOf(part: PatternSegment): readonly number[] {
  if (typeof part !== "string") return part.prefix === "" ? part.members : [];
  return /^\d{1,4}$/.test(part) ? [Number(part)] : [];
}

function textOf(part: PatternSegment): string {
  return typeof part === "string" ? part : `${part.prefix}{${formatIndexRanges(part.members)}}`;
}

function toChain(path: string, drafts: readonly Draft[], model: Model): StageChain {
  const nodes = drafts
    .toSorted(
      (a, b) =>
        ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) ||
        a.order - b.order ||
        compareNatural(a.module, b.module),
    )
    .slice(0, MAX_STAGES)
    .map((draft, at) => toNode(draft, `s${at}`, model));
  return {
    path,
    parameters: nodes.reduce((sum, { parameters }) => sum + parameters, 0),
    bytes: nodes.reduce((sum, { bytes }) => sum + bytes, 0),
    nodes,
    edges: edgesOf(nodes),
  };
}

/** One after another; past what lies between, where a stage that goes up takes in more than the one before it gives. */
function edgesOf(nodes: readonly StageNode[]): StageEdge[] {
  const chain = nodes.filter(({ kind }) => kind !== "beside");
  const edges = chain.slice(1).map(({ id }, at) => ({ from: chain[at]?.id ?? "", to: id, isSkip: false }));
  const downs = chain.filter(({ kind }) => kind === "down");
  const ups = chain.filter(({ kind }) => kind === "up");
  if (downs.length !== ups.length) return edges;
  const skips = ups.flatMap((up, at) => {
    const before = chain[chain.indexOf(up) - 1]?.out ?? null;
    const from = downs[downs.length - 1 - at];
    const joins = up.in !== null && before !== null && up.in > before;
    return joins && from !== undefined ? [{ from: from.id, to: up.id, isSkip: true }] : [];
  });
  return [...edges, ...skips];
}

function toNode({ module, kind, places }: Draft, id: string, model: Model): StageNode {
  const sum = (of: (role: TensorRole) => number) =>
    places.reduce((total, { role, share }) => total + (of(role) * role.count) / share, 0);
  const convolutions = convolutionsOf(places, kind);
  return {
    id,
    kind,
    module,
    ...widthsOf(convolutions),
    parameters: sum((role) => role.parametersEach),
    bytes: sum((role) => role.bytesEach),
    blocks: blocksOf(places),
    convolutions,
    stored: storedShares(places, model),
  };
}

/** Largest side of a kernel: what is larger there is no kernel, and the sides come in another order. */
const MAX_KERNEL = 16;

function convolutionsOf(places: readonly Place[], kind: StageKind): Convolution[] {
  return places
    .flatMap(({ role, inner, share }): Convolution[] => {
      const [out, input, ...kernel] = role.shape;
      // A head is the one linear among them.
      const isMatrix = kernel.length > 0 || kind === "out";
      const isWeight = role.part === "weight" && inner.at(-1) === "weight" && isMatrix;
      if (!isWeight || out === undefined || input === undefined || kernel.some((side) => side > MAX_KERNEL))
        return [];
      const name = inner.slice(0, -1).map(textOf).join(".");
      return [{ module: name, in: input, out, kernel, count: role.count / share }];
    })
    .sort((a, b) => compareNatural(a.module, b.module));
}

/** What is beside the stream of a stage, or changes its grid alone. */
const ASIDE = /shortcut|downsample|upsample|attn|attention|skip/;

/** What changes the grid at the end of a stage may change the width too. */
const RESAMPLE = /^(?:down|up)sampl/;

function widthsOf(convolutions: readonly Convolution[]): Pick<StageNode, "in" | "out"> {
  const own = convolutions.filter(({ module }) => !ASIDE.test(module));
  const isFirst = (name: string) => own.filter(({ module }) => blockOf(module) === blockOf(name));
  const first = own[0] === undefined ? [] : isFirst(own[0].module);
  const resample = convolutions.find(({ module }) => RESAMPLE.test(module));
  return { in: first[0]?.in ?? null, out: (resample ?? own.at(-1))?.out ?? null };
}

function blockOf(module: string): string {
  return module.split(".").slice(0, -1).join(".");
}

function blocksOf(places: readonly Place[]): StageNode["blocks"] {
  const words = new Map<StageWord, Set<string>>();
  for (const { inner } of places) {
    const [name, next] = inner;
    const isNumbered = name !== undefined && numbersOf(name).length > 0;
    const row = typeof name === "string" ? BLOCKS.find(([names]) => names.test(name)) : undefined;
    const isTransformer = inner.some((part) => part === "transformer_blocks");
    const word = row?.[1] ?? (isNumbered ? "block" : undefined);
    if (word === undefined) continue;
    const own = isTransformer && word === "attention block" ? "transformer" : word;
    const members = words.get(own) ?? new Set<string>();
    words.set(own, members);
    const numbers = isNumbered ? numbersOf(name) : next === undefined ? [] : numbersOf(next);
    for (const number of numbers.length > 0 ? numbers : [0])
      members.add(`${isNumbered ? "" : String(name)}.${number}`);
  }
  // Norm and projections around the transformers of an attention belong to it.
  if (words.has("transformer")) words.delete("attention block");
  return [...words]
    .map(([word, members]) => ({ word, count: members.size }))
    .sort((a, b) => WORDS.indexOf(a.word) - WORDS.indexOf(b.word));
}
