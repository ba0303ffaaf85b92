import { type Ask, type Said, say } from "../ask.ts";
import { fusedOf, type Linear } from "../linears.ts";
import { distinctMoe } from "./split.ts";

/** FP8 weights with a scale for each block: blocks have to stay whole where they are cut. */
export function judgeBlocks(ask: Ask): Said[] {
  if (!ask.isServing || ask.declared === null) return [];
  const dense = ask.linears.filter(isBlocked);
  if (dense.length === 0) return [];
  // Modules are built before weights are read: what stops the building comes first.
  const rows = dense.flatMap((linear) => judgeRow(ask, linear));
  const columns = judgeColumns(ask, dense);
  return [...rows, ...columns, ...judgeExpertBlocks(ask)];
}

function isBlocked({ weight, isExpert, cut }: Linear): boolean {
  return (
    weight.block !== null && /^fp8-(?:block|pb-wo)$/.test(weight.scheme) && !isExpert && cut !== "vocabulary"
  );
}

/** GPUs over which a projection of this kind is cut: keys and values of few heads are copied. */
function slicesOf(ask: Ask, { role, cut }: Linear): number {
  const { tp } = ask.plan;
  if (cut === "whole") return 1;
  const kvHeads = ask.claims.integer("kvHeads")?.value;
  const isCopied = (role === "attn.k" || role === "attn.v") && kvHeads !== undefined && kvHeads < tp;
  return isCopied ? Math.max(1, kvHeads) : tp;
}

function judgeRow(ask: Ask, linear: Linear): Said[] {
  const { weight, cut, inputs, at } = linear;
  const slices = slicesOf(ask, linear);
  if (cut !== "row" || slices === 1 || inputs === null || weight.block === null || inputs % slices !== 0)
    return [];
  const inputsPerRank = inputs / slices;
  const [, block] = weight.block;
  return inputsPerRank % block === 0 ? [] : [say("block-row", at, { inputsPerRank, block })];
}

function judgeColumns(ask: Ask, dense: readonly Linear[]): Said[] {
  const groups = fusedOf(ask.component).filter(({ parts }) => parts.every(isBlocked));
  const fused = new Set(groups.flatMap(({ parts }) => parts));
  const alone = dense.filter((linear) => linear.cut === "column" && !fused.has(linear));
  return [
    ...alone.flatMap((linear) => judgeColumn(ask, linear)),
    ...groups.filter(({ name }) => !isOnePart(ask, name)).flatMap(({ parts }) => judgeMerged(ask, parts)),
  ];
}

/** SGLang keeps both latent projections in one linear that is whole on every GPU: nothing of it is checked. */
function isOnePart({ engine }: Ask, name: string): boolean {
  return engine === "sglang" && name === "fused_qkv_a_proj";
}

function judgeColumn(ask: Ask, linear: Linear): Said[] {
  const { weight, outputs, at, role } = linear;
  const slices = slicesOf(ask, linear);
  if (slices === 1 || outputs === null || weight.block === null || outputs % slices !== 0) return [];
  // Stored fused: its parts are cut one by one.
  const parts = /gate_up$/.test(role) ? 2 : 1;
  const outputsPerRank = outputs / parts / slices;
  const [block] = weight.block;
  // ModelOpt's weight-only blocks are padded.
  if (weight.scheme === "fp8-pb-wo" || outputsPerRank % block === 0) return [];
  return [say("block-column", at, { outputsPerRank, block })];
}

/** Several parts in one module. vLLM leaves the check out where `quant_method` is fp8, and fails while reading scales. */
function judgeMerged(ask: Ask, parts: readonly Linear[]): Said[] {
  const sizes = parts.map((part) => ({ part, whole: part.outputs, slices: slicesOf(ask, part) }));
  if (sizes.some(({ whole, slices }) => whole === null || whole % slices !== 0)) return [];
  const own = sizes.map(({ part, whole, slices }) => ({
    part,
    whole: whole ?? 0,
    slices,
    size: (whole ?? 0) / slices,
  }));
  const block = parts[0]?.weight.block?.[0] ?? 0;
  if (block === 0 || parts.some(({ weight }) => weight.scheme === "fp8-pb-wo")) return [];
  const isChecked = ask.engine === "sglang" || ask.declared?.method !== "fp8";
  if (isChecked) {
    // Not split among GPUs, the last part may end inside a block.
    const isLastFree = ask.engine === "vllm" && own.every(({ slices }) => slices === 1);
    const ragged = own.slice(0, isLastFree ? -1 : undefined).find(({ size }) => size % block !== 0);
    if (ragged === undefined) return [];
    return [say("block-column", ragged.part.at, { outputsPerRank: ragged.size, block })];
  }
  return judgeLoading(own, block, ask.plan.tp);
}

interface Part {
  readonly part: Linear;
  readonly whole: number;
  readonly slices: number;
  /** Outputs per GPU. */
  readonly size: number;
}

/** Whether each part's rows of scales fit where the loader puts them: offsets and lengths are rounded up to blocks. */
function judgeLoading(parts: readonly Part[], block: number, tp: number): Said[] {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const rows = Math.ceil(total / block);
  let offset = 0;
  let ragged: Said | undefined;
  for (const { part, whole, slices, size } of parts) {
    const start = Math.ceil(offset / block);
    const length = Math.ceil(size / block);
    const values = { outputsPerRank: size, block };
    // The last GPU's rows of the stored scale: where blocks are not cut whole, they lie beyond its end.
    const stored = Math.ceil(whole / block);
    if (tp > 1 && stored !== slices * length)
      return [
        say("block-scale-rows", part.at, { ...values, start: (slices - 1) * length, length, rows: stored }),
      ];
    if (start + length > rows) return [say("block-scale-rows", part.at, { ...values, start, length, rows })];
    if (offset % block !== 0) ragged ??= say("block-off-boundary", part.at, { outputsPerRank: size, block });
    offset += size;
  }
  return ragged === undefined ? [] : [ragged];
}

/** The smallest block that vLLM refines to. */
const MIN_REFINED = 32;

function judgeExpertBlocks(ask: Ask): Said[] {
  const { tp, ep, gpu } = ask.plan;
  const experts = ask.linears.filter(
    ({ isExpert, weight }) => isExpert && weight.block !== null && weight.scheme === "fp8-block",
  );
  const stored = experts.find(({ cut }) => cut === "column") ?? experts[0];
  const blocks = stored?.weight.block;
  if (stored === undefined || blocks == null) return [];
  const [rows, columns] = blocks;
  const slices = ep > 1 ? 1 : tp;
  return distinctMoe(ask).flatMap(({ width }): Said[] => {
    if (width === null || width % slices !== 0) return [];
    const widthPerRank = width / slices;
    if (widthPerRank % rows === 0 && (tp === 1 || widthPerRank % columns === 0)) return [];
    const isRefining = ask.engine === "vllm" && ask.declared?.method === "fp8";
    const divisor = [rows, columns, widthPerRank, ask.model.hidden ?? 1].reduce(gcd);
    if (!isRefining || divisor < MIN_REFINED)
      return [
        say("block-experts", stored.at, { widthPerRank, block: rows, divisor: isRefining ? divisor : 0 }),
      ];
    if (ask.capability !== null && ask.capability < 8.9)
      return [say("block-experts-gpu", stored.at, { divisor, gpu: gpu?.name ?? "" })];
    return [say("block-experts-refined", stored.at, { widthPerRank, block: rows, divisor })];
  });
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
