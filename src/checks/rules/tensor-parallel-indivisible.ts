import type { Model } from "../../architecture/model.ts";
import type { Role } from "../../architecture/roles.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { defineCheck, remark, type Seen } from "../check.ts";
import page from "./tensor-parallel-indivisible.md";

interface Indivisible extends Seen {
  readonly text: string;
}

/** Which dimension is cut: outputs of the first projection of a block, inputs of the last. */
const CUT: Partial<Record<Role, "rows" | "columns">> = {
  "attn.q": "rows",
  "attn.k": "rows",
  "attn.v": "rows",
  "attn.qkv": "rows",
  "attn.q_b": "rows",
  "attn.kv_b": "rows",
  "attn.o": "columns",
  "mlp.gate": "rows",
  "mlp.up": "rows",
  "mlp.gate_up": "rows",
  "mlp.down": "columns",
  "expert.gate": "rows",
  "expert.up": "rows",
  "expert.gate_up": "rows",
  "expert.down": "columns",
  "shared_expert.gate": "rows",
  "shared_expert.up": "rows",
  "shared_expert.gate_up": "rows",
  "shared_expert.down": "columns",
};

/** Whether every sharded dimension divides, blocks and groups included. */
export const tensorParallelIndivisible = defineCheck<Indivisible>({
  id: "tensor-parallel-indivisible",
  family: "request",
  severity: "warning",
  title: "A dimension does not divide among the slices asked for",
  needs: ["whole", "tensorParallel", "layers"],
  find: ({ model, quantization, options }) => {
    const slices = options.tensorParallel ?? 1;
    return model.tensorRoles.flatMap((tensorRole) => {
      const cut = CUT[tensorRole.role];
      if (cut === undefined || (tensorRole.part !== "weight" && tensorRole.part !== "packed")) return [];
      const { owner, parameter } = model.weights.tensor(tensorRole.node);
      const weight = quantization
        .module(quantization.kinds.kindOf(owner))
        .weights.find((each) => each.parameter === parameter);
      const fault =
        (weight === undefined ? undefined : judge(weight, tensorRole.role, slices)) ??
        judgeHeads(tensorRole.role, model, slices);
      return fault === undefined
        ? []
        : [
            {
              at: PlaceSet.tensorPaths([tensorRole.segments], tensorRole.count),
              expected: `a multiple of ${slices}`,
              found: fault,
              text: fault,
            },
          ];
    });
  },
  message: ({ text }) => remark(`${text}`),
  fix: "Choose another number of slices, or pad the dimension and export again.",
  page,
});

/** Heads stay whole: queries divide among slices; keys and values do, or are copied to as many. */
function judgeHeads(role: Role, { claims }: Model, slices: number): string | undefined {
  const heads = claims.integer("heads")?.value;
  const kvHeads = claims.integer("kvHeads")?.value;
  if ((role === "attn.q" || role === "attn.qkv" || role === "attn.q_b") && heads && heads % slices !== 0)
    return `${heads} query heads ÷ ${slices} is not whole: ${BOTH}`;
  const isCut = role === "attn.k" || role === "attn.v";
  return isCut && kvHeads && kvHeads % slices !== 0 && slices % kvHeads !== 0
    ? `${kvHeads} key/value heads ÷ ${slices} is not whole, nor the other way round: ${BOTH}`
    : undefined;
}

function judge(weight: Weight, role: Role, slices: number): string | undefined {
  const { logicalShape, block, group, granularity } = weight;
  const cut = CUT[role];
  if (logicalShape === null || logicalShape.length < 2) return undefined;
  const whole = logicalShape.at(cut === "rows" ? -2 : -1) as number;
  const step =
    block !== null
      ? cut === "rows"
        ? block[0]
        : block[1]
      : cut === "columns" && granularity === "group"
        ? (group ?? 1)
        : 1;
  if (whole % slices !== 0) return `${whole} ${cut} ÷ ${slices} is not whole: ${BOTH}`;
  const slice = whole / slices;
  if (slice % step === 0) return undefined;
  return `${whole} ${cut} ÷ ${slices} = ${slice} is no multiple of ${step}: ${limitOf(weight, role)}`;
}

/** Whose limit it is: engines of one age do not agree. Sources: vllm 0.33.0 and sglang 0.5.23, as `check --engine` has them. */
const BOTH = "vLLM and SGLang refuse";

function limitOf({ scheme, block }: Weight, role: Role): string {
  if (block !== null && role.startsWith("expert."))
    return "SGLang refuses; vLLM takes smaller blocks under quant_method fp8, where 32 or more fit";
  return block === null && scheme.startsWith("gptq")
    ? "SGLang refuses; vLLM does not check, and cuts the scales wrongly"
    : BOTH;
}
