import type { ArchResult } from "../../analysis/arch.ts";
import type { ParamsResult } from "../../analysis/params.ts";
import type { Finding } from "../../checks/check.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity, formatShortCount } from "../../format/count.ts";
import { MAX_QUOTED_CHARACTERS, shortenMiddle } from "../../format/escape.ts";
import type { Report } from "../report.ts";
import type { Block } from "./document.ts";
import { problemPhrase } from "./problem-phrases.ts";

/** `228,689,764,864 (228.69B)`: exact and short form travel together. */
export function exactAndShort(count: number): string {
  return count < 1000 ? formatCount(count) : `${formatCount(count)} (${formatShortCount(count)})`;
}

/** A role in words: `shared experts` of `shared_experts`. */
export function roleName(role: string): string {
  return role.replaceAll("_", " ");
}

/** What of the total is counted by packings that are not certain; none where all are. */
export function uncertainRow(count: number): (readonly [string, string])[] {
  if (count === 0) return [];
  return [
    [
      "",
      `${exactAndShort(count)} of them as the likeliest packing has them: headers do not settle it (unfold precision)`,
    ],
  ];
}

/** What each kind of thing is called. */
export const KIND_WORDS: Readonly<Record<ArchResult["kind"], string>> = {
  "language-model": "language model",
  encoder: "encoder",
  seq2seq: "encoder and decoder",
  multimodal: "multimodal model",
  "diffusion-transformer": "diffusion transformer",
  unet: "UNet",
  autoencoder: "autoencoder",
  controlnet: "ControlNet",
  adapter: "adapter",
  vision: "vision model",
  audio: "audio model",
  classifier: "classifier",
  pipeline: "pipeline",
  other: "another kind of model",
  unknown: "unknown kind",
};

/** Kinds whose layers mix positions by something that has a name; a stage of convolutions has none to be missed. */
export const MIXING_KINDS: ReadonlySet<ArchResult["kind"]> = new Set<ArchResult["kind"]>([
  "language-model",
  "encoder",
  "seq2seq",
  "multimodal",
  "diffusion-transformer",
  "other",
  "unknown",
]);

/** What each kind of attention is in words, where its short name stands for the first time. */
export const ATTENTION_WORDS = {
  MHA: "multi-head",
  GQA: "grouped-query",
  MQA: "multi-query",
  MLA: "multi-head latent",
  "shared-KV MQA": "multi-query, keys shared with values",
} as const satisfies Readonly<
  Record<NonNullable<ArchResult["attention"]>["geometries"][number]["kind"], string>
>;

/** `hybrid: 28 × Mamba + 4 × grouped-query attention (GQA)`: kinds of attention by name, with what they are called for short. */
export function mixersInWords(mixers: string): string {
  return mixers.replaceAll(
    /shared-KV MQA|\b(?:MHA|GQA|MQA|MLA)\b/g,
    (kind) => `${ATTENTION_WORDS[kind as keyof typeof ATTENTION_WORDS]} attention (${kind})`,
  );
}

/** Heads that score what a language model wrote. */
const REWARDS = /Reward/;

/** Heads that go without saying: the kind has said it. */
const PLAIN_TASKS: ReadonlySet<string> = new Set(["CausalLM", "ConditionalGeneration"]);

/** What a model is called by its kind and its head: `vision-language model`, by what it reads where it writes words. */
export function kindTitle(
  { kind, task }: Pick<ArchResult, "kind" | "task">,
  parts: readonly string[],
  hasCache: boolean,
): string {
  if (task !== null && REWARDS.test(task)) return "reward model";
  if (kind !== "multimodal" || !hasCache) return KIND_WORDS[kind];
  if (parts.includes("vision"))
    return parts.includes("audio") ? "vision, audio and language model" : "vision-language model";
  return parts.includes("audio") ? "audio-language model" : KIND_WORDS[kind];
}

/** `sequence classification` of `SequenceClassification`, `CTC` as it is; null where the kind has said it. */
export function headTitle(task: string | null): string | null {
  if (task === null || PLAIN_TASKS.has(task) || REWARDS.test(task)) return null;
  return task
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(" ")
    .map((word) => (/^[A-Z]+$/.test(word) ? word : word.toLowerCase()))
    .join(" ");
}

/** Methods whose short names are written in capitals. */
const METHODS: Readonly<Record<string, string>> = {
  lora: "LoRA",
  dora: "DoRA",
  adalora: "AdaLoRA",
  loha: "LoHa",
  lokr: "LoKr",
  oft: "OFT",
  boft: "BOFT",
  ia3: "IA3",
  vera: "VeRA",
  "ip-adapter": "IP-Adapter",
  full: "full differences",
};

/** `LoRA adapter (kohya names), rank 16, 986 modules`. */
export function adapterPhrase({
  kind,
  naming,
  rank,
  modules,
}: Pick<NonNullable<ArchResult["adapter"]>, "kind" | "naming" | "rank" | "modules">): string {
  const method = METHODS[kind] ?? kind.replaceAll("-", " ");
  const own = METHODS[kind] !== undefined && kind !== "ip-adapter" ? `${method} adapter` : method;
  return [
    `${own} (${naming} names)`,
    ...(rank === null ? [] : [`rank ${formatCount(rank)}`]),
    ...(modules === 0 ? [] : [formatQuantity(modules, "module")]),
  ].join(", ");
}

/** Active parameters with shared blocks counted at each call, as a row below the other figures; none without such blocks. */
export function sharedRow({
  sharedBlocks,
  activeCountingCalls,
}: Pick<ParamsResult["parameters"], "sharedBlocks" | "activeCountingCalls">): (readonly [string, string])[] {
  if (sharedBlocks === null || activeCountingCalls === null) return [];
  const { stored, calls } = sharedBlocks;
  const blocks = stored === 1 ? "the shared block" : `the ${formatQuantity(stored, "shared block")}`;
  return [
    ["", `${exactAndShort(activeCountingCalls)} effective, ${blocks} counted at each of ${calls} calls`],
  ];
}

/** Patterns of tensors that no rule knows, a line each; of one that is very long, both ends. */
export function unknownRoles(patterns: readonly string[]): Block {
  return {
    kind: "lines",
    lines: patterns.map((pattern) => [
      { text: shortenMiddle(pattern, MAX_QUOTED_CHARACTERS), meaning: "name" as const },
    ]),
  };
}

/** `1,234 parameters`, and of what where shards are missing. */
export function parametersPhrase(report: Report, count: number): string {
  const partial =
    report.checkpoint.shardsRead < report.checkpoint.shards ? " in the shards that could be read" : "";
  return `${exactAndShort(count)} logical ${count === 1 ? "parameter" : "parameters"}${partial}`;
}

/** ` (8 places)` behind a finding that stands for several. */
export function placesPhrase({ count, where }: Pick<Finding, "count" | "where">): string {
  return count > 1 && where !== null ? ` (${formatQuantity(count, "place")})` : "";
}

/** The findings that are told: another explains the rest, and tells of the same. */
export function toldOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ because }) => because.length === 0);
}

/** A finding as one sentence, where no layout of its own says in which component and how often. */
export function findingPhrase(finding: Finding): string {
  const { component, message } = finding;
  return `${component === null || component === "." ? "" : `[${component}] `}${message}${placesPhrase(finding)}`;
}

/** Name and size of the checkpoint, and whether it is whole: the first lines of every view. */
export function titleOf(report: Report): Block {
  const { checkpoint, source } = report;
  const { shards, shardsRead, tensors, tensorsIndexed } = checkpoint;
  const read = shardsRead === shards ? "" : `${formatCount(shardsRead)} read of `;
  const known = !checkpoint.whole && tensorsIndexed !== null && tensorsIndexed > tensors;
  const count = known
    ? `${formatCount(tensors)} of ${formatCount(tensorsIndexed)} tensors`
    : formatQuantity(tensors, "tensor");
  const subtitle = `${read}${formatQuantity(shards, checkpoint.layout === "single" ? "file" : "shard")} · ${count} · ${formatBytes(checkpoint.tensorBytes)}`;
  const at = source.revision === null ? "" : `@${source.revision}`;
  const alarm = checkpoint.whole ? {} : { alarm: alarmOf(report) };
  return { kind: "title", text: `${source.id}${at}`, ...repositoryOf(source), subtitle, ...alarm };
}

/** `owner/name` and nothing else: what stands in an address is no other text of outside. */
function repositoryOf({ kind, id }: Report["source"]): { repository?: string } {
  return kind === "hub" && /^[\w.-]+(\/[\w.-]+)?$/.test(id) ? { repository: id } : {};
}

/** `NOT WHOLE: 120 of 125 shards are missing`; figures below are those of what could be read. */
function alarmOf({ checkpoint, problems }: Report): string {
  const { missingShards, shards, shardsRead } = checkpoint;
  const damaged = shards - shardsRead - missingShards.length;
  const parts: string[] = [];
  if (missingShards.length > 0) {
    parts.push(
      `${formatCount(missingShards.length)} of ${formatQuantity(shards, "shard")} ${missingShards.length === 1 ? "is" : "are"} missing`,
    );
  }
  if (damaged > 0) parts.push(`${formatQuantity(damaged, "shard")} could not be read`);
  const others = [
    ...new Set(problems.filter(({ code }) => !/^SHARDS?_MISSING$/.test(code)).map(({ code }) => code)),
  ];
  if (damaged === 0) for (const code of others) parts.push(faultPhrase(code, problems));
  return `NOT WHOLE: ${parts.join("; ") || formatQuantity(problems.length, "problem")}`;
}

/**
 * The file to say before a finding: the shard it is about, the configuration or the index. Null where the message says
 * it, and where the file is only where what is named happens to lie.
 */
export function openedFile({
  shard,
  file,
  message,
}: Pick<Finding, "shard" | "file" | "message">): string | null {
  const opened = shard ?? (file?.endsWith(".json") ? file : null);
  return opened !== null && message.includes(opened) ? null : opened;
}

/** A code of the loader in words, with the number of files that it was met in. */
function faultPhrase(code: string, problems: Report["problems"]): string {
  const files = new Set(problems.filter((problem) => problem.code === code).map(({ shard }) => shard));
  // The index is no shard of those that are counted.
  const [only] = files;
  if (files.size === 1 && only?.endsWith(".index.json") && !SAYS_INDEX.test(code))
    return problemPhrase(code, 1).replace(/^1 shard\b/, "the index");
  return problemPhrase(code, files.size);
}

/** Codes whose words name the index themselves. */
const SAYS_INDEX = /^(?:INDEX_INVALID|TENSOR_MISSING|SHARD_NAME_UNSAFE)$/;

/** The class that something was held against: `Qwen3MoeForCausalLM of transformers 5.23.0`. */
export function classPhrase(held: {
  readonly library: string;
  readonly version: string;
  readonly class: string;
}): string {
  return `${held.class} of ${held.library} ${held.version}`;
}
