import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";
import { placeOfFirst, quantizedOnes } from "./stored.ts";

/** Groups that Marlin has kernels for; -1 is a whole column. */
export const MARLIN_GROUPS: ReadonlySet<unknown> = new Set([-1, 32, 64, 128]);

/** GPTQ and AWQ: bits, symmetry, groups and order. */
export function judgeIntegers(ask: Ask): Said[] {
  return ask.declared?.method === "gptq" ? judgeGptq(ask) : judgeAwq(ask);
}

function judgeGptq(ask: Ask): Said[] {
  const { engine, declared } = ask;
  const value = declared?.value;
  const missing = ["bits", "group_size", "desc_act", "sym"].filter((key) => member(value, key) === undefined);
  if (missing.length > 0)
    return [say("key-missing", null, { keys: missing.join(", "), engine, method: "gptq" })];
  if (engine === "vllm" && ordersGroups(value))
    return [say("gptq-act-order", indexed(ask), { group: Number(member(value, "group_size")) })];
  for (const settings of [value, ...rulesOf(value)]) {
    const of = (key: string) => member(settings, key) ?? member(value, key);
    const told = judgeSettings(ask, of("bits"), of("sym"), of("group_size"));
    if (told !== undefined) return [told];
  }
  const { capability, plan } = ask;
  if (engine === "sglang" && capability !== null && capability < 8)
    return [
      say("gpu-below-method", null, {
        method: "gptq_marlin",
        gpu: plan.gpu?.name ?? "",
        capability,
        minimum: "8.0",
      }),
    ];
  return [];
}

/** What Marlin has no kernel for. */
function judgeSettings(ask: Ask, bits: unknown, sym: unknown, group: unknown): Said | undefined {
  const { engine } = ask;
  const at = placeOfFirst(quantizedOnes(ask));
  if ((bits !== 4 && bits !== 8) || sym !== true) {
    const told = sym === true ? "True" : "False";
    return say("gptq-bits", at, { bits: Number(bits), sym: told, group: Number(group), engine });
  }
  return MARLIN_GROUPS.has(group) ? undefined : say("gptq-group", at, { group: Number(group), engine });
}

/** Settings of single modules; what a rule with a minus names stays plain. */
function rulesOf(value: unknown): readonly unknown[] {
  const dynamic = member(value, "dynamic");
  if (typeof dynamic !== "object" || dynamic === null) return [];
  return Object.entries(dynamic).flatMap(([pattern, settings]) =>
    pattern.startsWith("-:") ? [] : [settings],
  );
}

/** `desc_act` with groups, for all modules or in a rule for some. */
function ordersGroups(value: unknown): boolean {
  const isOrdered = (own: unknown, fallback: unknown) =>
    (member(own, "desc_act") ?? member(fallback, "desc_act")) === true &&
    (member(own, "group_size") ?? member(fallback, "group_size")) !== -1;
  return (
    isOrdered(value, {}) ||
    rulesOf(value).some((own) => member(own, "desc_act") === true && isOrdered(own, value))
  );
}

function indexed({ linears }: Ask) {
  return linears.find(({ weight }) => weight.tensors.some(({ suffix }) => suffix === "g_idx"))?.at ?? null;
}

function judgeAwq(ask: Ask): Said[] {
  const { engine, declared } = ask;
  const value = declared?.value;
  const either = [["w_bit", "bits"], ["q_group_size", "group_size"], ["zero_point"]] as const;
  const missing = either.filter((keys) => keys.every((key) => member(value, key) === undefined));
  if (missing.length > 0)
    return [
      say("key-missing", null, {
        keys: missing.map((keys) => keys.join(" or ")).join(", "),
        engine,
        method: "awq",
      }),
    ];
  const bits = member(value, "bits") ?? member(value, "w_bit");
  if (bits !== 4) return [say("awq-bits", null, { bits: Number(bits) })];
  const layout = ask.linears.find(({ weight }) => /^awq-gemv/.test(weight.scheme));
  if (layout !== undefined)
    return [say("awq-version", layout.at, { version: layout.weight.scheme.slice(4) })];
  const version = member(value, "version");
  return typeof version === "string" && !/^gemm$/i.test(version)
    ? [say("awq-version", null, { version })]
    : [];
}

/** Whether SGLang is left with the plain AWQ kernel: spelling of the keys, groups, or the GPU. */
export function isPlainAwq(ask: Ask): boolean {
  const value = ask.declared?.value;
  const group = member(value, "group_size");
  const isMarlin = member(value, "bits") !== undefined && MARLIN_GROUPS.has(group);
  return !isMarlin || (ask.capability !== null && ask.capability < 8);
}
