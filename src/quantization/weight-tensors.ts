import type { Dtype } from "../safetensors/dtype.ts";
import type { ModuleTensor } from "./module-tensors.ts";
import { SIBLING_SUFFIXES, suffixOf } from "./suffixes.ts";

/** Tensors of one weight by suffix, with the suffixes of all attachment styles brought to one spelling. */
export class WeightTensors {
  /** "" for the weight of the module itself, else the parameter: `gate_up_proj` of `experts.gate_up_proj_scale_inv`. */
  readonly parameter: string;
  readonly tensors: ReadonlyMap<string, ModuleTensor>;

  constructor(parameter: string, tensors: ReadonlyMap<string, ModuleTensor>) {
    this.parameter = parameter;
    this.tensors = tensors;
  }

  get(...suffixes: readonly string[]): ModuleTensor | undefined {
    for (const suffix of suffixes) {
      const tensor = this.tensors.get(suffix);
      if (tensor !== undefined) return tensor;
    }
    return undefined;
  }

  has(...suffixes: readonly string[]): boolean {
    return suffixes.every((suffix) => this.tensors.has(suffix));
  }

  /** The tensor of a suffix if it has one of these dtypes. */
  typed(suffix: string, ...dtypes: readonly Dtype[]): ModuleTensor | undefined {
    const tensor = this.tensors.get(suffix);
    return tensor !== undefined && dtypes.includes(tensor.dtype) ? tensor : undefined;
  }
}

/** A parameter and what stands beside it, such as `gate_up_proj_scale_inv`. */
const SIBLING_SUFFIX = new RegExp(`^(.+?)_(${SIBLING_SUFFIXES.map(([written]) => written).join("|")})$`);
const SPELLED: ReadonlyMap<string, string> = new Map(SIBLING_SUFFIXES);
const TORCHAO = /^_(.+?)_(qdata|scale|zero_point|scale_and_zero|per_tensor_scale|act_per_tensor_scale)$/;
/** An earlier spelling of torchao: `weight:qdata`, and `bias:data` for plain tensors. */
const TORCHAO_PARTED =
  /^([^:]+):(qdata|scale|zero_point|scale_and_zero|per_tensor_scale|act_per_tensor_scale|data)$/;
const CHILD_OF_PARAMETER =
  /^([^.]+)(\.(?:absmax|nested_absmax|quant_map|nested_quant_map|quant_state\..*|_data.*|_scale|_shift|compressed|bitmask|row_offsets|shape))$/;
/** GPTQModel writes bitsandbytes state with underscores. */
const UNDERSCORED_STATE =
  /^weight_((?:nested_)?(?:absmax|quant_map)|quant_state[._]bitsandbytes__(?:nf4|fp4))$/;

/**
 * Sorts the tensors of a module into weights. Tensors that no quantizer's suffix fits are left over: ordinary
 * parameters such as `A_log`.
 */
export function gatherWeightTensors(tensors: readonly ModuleTensor[]): {
  stems: WeightTensors[];
  others: ModuleTensor[];
} {
  const names = new Set(tensors.map((tensor) => tensor.name));
  const parameters = findParameters(names);
  const stems = new Map<string, Map<string, ModuleTensor>>();
  const others: ModuleTensor[] = [];
  for (const tensor of tensors) {
    const place = slotOf(tensor.name, names, parameters) ?? slotOfLonePayload(tensor);
    if (place === undefined) {
      others.push(tensor);
      continue;
    }
    let stem = stems.get(place.parameter);
    if (stem === undefined) {
      stem = new Map();
      stems.set(place.parameter, stem);
    }
    stem.set(place.suffix, tensor);
  }
  return { stems: [...stems].map(([parameter, members]) => new WeightTensors(parameter, members)), others };
}

/** Parameters of fused experts that have lost all that stood beside them: packed values are told by dtype and name. */
const FUSED_NAME = /(?:^|_)(?:proj|experts|w\d+|kernel|qkv|fc\d?)(?:_|$)/;

const LONE_SCALE = /^((?:.*_)?(?:proj|experts|w\d+))_(scales|scales?_inv|weight_scale(?:_inv|_2)?)$/;

function slotOfLonePayload({ name, dtype, shape }: ModuleTensor): Slot | undefined {
  // Scales whose values are gone: no weight of their own, whatever their dtype.
  const [, parameter, suffix] = LONE_SCALE.exec(name) ?? [];
  if (parameter !== undefined && suffix !== undefined && (suffix !== "scales" || dtype === "U8"))
    return {
      parameter,
      suffix: suffix.replace(/^scale/, "weight_scale").replace(/^weight_scales$/, "weight_scale"),
    };
  const isPacked = /^(?:F8_E[45]M|F[46]|U8$|I8$|U32$|I32$)/.test(dtype) && shape.length >= 2;
  return isPacked && FUSED_NAME.test(name) ? { parameter: name, suffix: "weight" } : undefined;
}

interface Slot {
  readonly parameter: string;
  readonly suffix: string;
}

function slotOf(name: string, names: ReadonlySet<string>, parameters: ReadonlySet<string>): Slot | undefined {
  const underscored = UNDERSCORED_STATE.exec(name);
  if (underscored !== null && names.has("weight"))
    return {
      parameter: "",
      suffix: `weight.${(underscored[1] as string).replace("quant_state_", "quant_state.")}`,
    };
  const torchao = TORCHAO.exec(name);
  if (torchao !== null && names.has(`_${torchao[1]}_qdata`))
    return {
      parameter: torchao[1] === "weight" ? "" : (torchao[1] as string),
      suffix: `_weight_${torchao[2]}`,
    };
  const parted = TORCHAO_PARTED.exec(name);
  if (parted !== null && (parted[2] === "data" || names.has(`${parted[1]}:qdata`)))
    return partedSlot(parted[1] as string, parted[2] as string);
  if (suffixOf(name) !== undefined) return { parameter: "", suffix: name };
  const child = CHILD_OF_PARAMETER.exec(name);
  if (child !== null && names.has(child[1] as string))
    return { parameter: child[1] as string, suffix: `weight${child[2]}` };
  const sibling = SIBLING_SUFFIX.exec(name);
  if (sibling !== null && hasPayload(sibling[1] as string, names))
    return { parameter: sibling[1] as string, suffix: SPELLED.get(sibling[2] as string) as string };
  return parameters.has(name) ? { parameter: name, suffix: "weight" } : undefined;
}

function partedSlot(parameter: string, part: string): Slot {
  if (part === "data")
    return parameter === "bias" ? { parameter: "", suffix: "bias" } : { parameter, suffix: "weight" };
  return { parameter: parameter === "weight" ? "" : parameter, suffix: `_weight_${part}` };
}

function hasPayload(parameter: string, names: ReadonlySet<string>): boolean {
  return [parameter, `${parameter}_blocks`, `${parameter}_packed`, `${parameter}_weight_packed`].some(
    (name) => names.has(name) && suffixOf(name) === undefined,
  );
}

/** Names that something is attached to, as a sibling or a child: stems of their own. */
function findParameters(names: ReadonlySet<string>): Set<string> {
  const parameters = new Set<string>();
  for (const name of names) {
    if (suffixOf(name) !== undefined) continue;
    const attached = (CHILD_OF_PARAMETER.exec(name) ?? SIBLING_SUFFIX.exec(name))?.[1];
    if (attached !== undefined && names.has(attached) && suffixOf(attached) === undefined)
      parameters.add(attached);
  }
  return parameters;
}
