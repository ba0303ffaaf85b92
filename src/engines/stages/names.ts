import { PlaceSet } from "../../checkpoint/place-set.ts";
import { isQuantized } from "../../quantization/folded-weights.ts";
import { type Ask, type Said, say } from "../ask.ts";
import type { SkipList } from "../entry-list.ts";
import { type FusedGroup, fusedOf, type Linear } from "../linears.ts";
import { NO_TARGET, NOT_LISTED, skipListOf } from "../skip-list.ts";
import { judgeAbsentParts } from "./absent-parts.ts";
import { judgeHead } from "./heads.ts";
import { judgeMissing } from "./missing.ts";
import { isPackedInShape } from "./stored.ts";
import { toldPlain } from "./told-plain.ts";

/** Whether every stored module has a place in what the engine builds, and every place something stored. */
export function judgeNames(ask: Ask): Said[] {
  const fused = judgeFused(ask);
  const listed = fused.length > 0 ? fused : judgeList(ask);
  return [...listed, ...judgeHead(ask), ...judgeEmbedding(ask), ...judgeMissing(ask)];
}

/** Parts of a fused module have to be stored alike, and to be skipped alike. */
function judgeFused(ask: Ask): Said[] {
  const { declared } = ask;
  if (ask.engine === "trtllm" && declared !== null) return judgeFirstForAll(ask);
  if (!ask.isServing || declared === null) return [];
  const list = skipListOf(ask, declared);
  return fusedOf(ask.component)
    .filter((group) => isBuiltFused(ask, group))
    .flatMap(
      (group) =>
        judgeStoredParts(ask, group) ??
        judgeAbsentParts(ask, group) ??
        judgeListedParts(ask, group, list) ??
        [],
    );
}

/** TensorRT-LLM takes the scheme of the first part for all of them, without a word. */
function judgeFirstForAll(ask: Ask): Said[] {
  return fusedOf(ask.component).flatMap(({ name, parts, at }) => {
    const settings = new Set(parts.map(({ weight }) => settingsOf(weight)));
    if (settings.size === 1) return [];
    const told = parts.map(({ leaf, weight }) => `${leaf} ${settingsOf(weight)}`).join(", ");
    return [say("fused-scheme-uneven", at, { fused: name, parts: told })];
  });
}

/** vLLM knows the parts that a class lists, and builds most others from parts all the same; SGLang knows these two for all. */
function isBuiltFused(ask: Ask, { name }: FusedGroup): boolean {
  if (name !== "fused_qkv_a_proj") return true;
  const position = ask.native?.[1][2];
  const own = position == null ? undefined : ask.serving?.packed[position];
  return own !== undefined && Object.keys(own).some((each) => each.startsWith("fused_qkv_a_proj"));
}

const PHRASES = {
  "compressed-tensors": "Found different quantization schemes for the shards of",
  other: "Detected some but not all shards of",
} as const;

function phraseOf(ask: Ask): string {
  return ask.declared?.method === "compressed-tensors" ? PHRASES["compressed-tensors"] : PHRASES.other;
}

function judgeStoredParts(ask: Ask, { name, parts, at }: FusedGroup): Said[] | undefined {
  const packed = parts.filter(({ weight }) => isQuantized(weight));
  if (packed.length === 0) return undefined;
  const plain = parts.filter(({ weight }) => !isQuantized(weight));
  if (plain.length > 0)
    return [
      say("fused-skip-uneven", at, {
        fused: name,
        skipped: leaves(plain),
        kept: leaves(packed),
        phrase: `${phraseOf(ask)} ${name}`,
      }),
    ];
  const settings = new Set(packed.map(({ weight }) => settingsOf(weight)));
  if (settings.size === 1) return undefined;
  const told = packed.map(({ leaf, weight }) => `${leaf} ${settingsOf(weight)}`).join(", ");
  const isMixed = ask.declared?.method === "modelopt" && /MIXED/i.test(ask.declared.written ?? "MIXED");
  const phrase = isMixed ? `Mixed quant_algo within fused layer ${name}` : "AssertionError";
  return [say("fused-shape-uneven", at, { fused: name, parts: told, phrase })];
}

function settingsOf({ scheme, bits, group, block }: Linear["weight"]): string {
  const size = group !== null ? ` group ${group}` : block !== null ? ` block ${block.join("×")}` : "";
  return `${scheme} ${bits ?? "?"} bits${size}`;
}

function leaves(parts: readonly Linear[]): string {
  return parts.map(({ leaf }) => leaf).join(", ");
}

/** Layers whose numbers an entry may name: each is looked up by its own name. */
function judgeListedParts(ask: Ask, group: FusedGroup, list: SkipList | undefined): Said[] | undefined {
  if (list === undefined) return undefined;
  const uneven: number[] = [];
  let told: { skipped: string; kept: string } | undefined;
  for (const layer of group.layers) {
    const states = group.parts.map((part) => [part, list.entryFor(nameIn(part, layer))] as const);
    // Of MIXED_PRECISION what is listed goes for parts that are not.
    if (states.some(([, entry]) => entry === undefined || entry === NOT_LISTED)) return undefined;
    if (list.entryFor(fusedName(group, layer)) != null) continue;
    const skipped = states.filter(([, entry]) => entry !== null);
    if (skipped.length === 0 || skipped.length === states.length) continue;
    uneven.push(layer);
    told ??= {
      skipped: leaves(skipped.map(([part]) => part)),
      kept: leaves(states.filter(([, entry]) => entry === null).map(([part]) => part)),
    };
  }
  if (told === undefined) return undefined;
  return [
    say("fused-skip-uneven", group.at, {
      fused: group.name,
      ...told,
      phrase: `${phraseOf(ask)} ${group.name}`,
    }),
  ];
}

/** Path of a part in one layer. */
function nameIn({ path }: Linear, layer: number): string {
  let isFirst = true;
  return path
    .map((part) => {
      if (typeof part === "string") return part;
      const number = isFirst ? layer : part.members[0];
      isFirst = false;
      return `${part.prefix}${number}`;
    })
    .join(".");
}

function fusedName({ name, parts }: FusedGroup, layer: number): string {
  const own = nameIn(parts[0] as Linear, layer);
  return `${own.slice(0, own.lastIndexOf(".") + 1)}${name}`;
}

/** Projections that every class of these engines builds by the method, whatever else it leaves plain. */
const BUILT = /^(?:attn\.(?:q|k|v|qkv|o|q_a|q_b|kv_a|kv_b)|mlp\.|expert\.)/;

function judgeList(ask: Ask): Said[] {
  const { declared } = ask;
  if (!ask.isServing || declared === null) return [];
  const list = skipListOf(ask, declared);
  if (list === undefined) return [];
  return ask.linears.flatMap((linear) => judgeListed(ask, linear, list));
}

/** Names looked up of one folded module: entries may name layers. */
const MAX_NAMES = 400;

function judgeListed(ask: Ask, linear: Linear, list: SkipList): Said[] {
  const isStoredPacked = isQuantized(linear.weight);
  if (linear.cut === "vocabulary" || linear.role === "moe.router") return [];
  if (!isStoredPacked && (!list.isBinding || !BUILT.test(linear.role) || linear.weight.scheme !== "none"))
    return [];
  const names = lookedUp(linear);
  const found = names.map((name) => list.entryFor(name));
  if (found.some((entry) => entry === undefined)) return [];
  if (isStoredPacked) {
    const entry = found.find((each) => each !== null);
    if (entry == null || entry === NO_TARGET) return [];
    const leaf = linear.weight.tensors.find(({ part }) => part === "scale")?.suffix ?? linear.leaf;
    const isSilent = ask.engine === "sglang" && !isPackedInShape(linear);
    const values = { entry, scheme: linear.weight.scheme, leaf: `${linear.name}.${leaf}` };
    return [say(isSilent ? "skipped-but-packed-silently" : "skipped-but-packed", linear.at, values)];
  }
  if (found.every((entry) => entry !== null)) return [];
  return [toldPlain(ask, linear)];
}

/** Of experts the list of them, as engines keep it in one module. */
function lookedUp(linear: Linear): string[] {
  if (!linear.isExpert) return linear.at.names(MAX_NAMES);
  const at = linear.path.findIndex((part) => part === "experts" || part === "local_experts");
  if (at < 0) return linear.at.names(1);
  return PlaceSet.modules([linear.path.slice(0, at + 1)]).names(MAX_NAMES);
}

function judgeEmbedding(ask: Ask): Said[] {
  const table = ask.linears.find(({ role }) => role === "embed.token");
  if (table === undefined || !ask.isServing || ask.declared === null || !isQuantized(table.weight)) return [];
  const { method } = ask.declared;
  const { scheme } = table.weight;
  const values = { scheme };
  if (ask.engine === "vllm") {
    const isTaken = method === "compressed-tensors" && (scheme === "ct-pack-int" || scheme === "int8");
    return isTaken ? [] : [say("embedding-quantized", table.at, values)];
  }
  return method === "compressed-tensors" ? [say("embedding-unfilled", table.at, values)] : [];
}
