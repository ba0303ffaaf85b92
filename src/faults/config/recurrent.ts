import { timeConvolution } from "../../architecture/convolution.ts";
import { findRole } from "../../architecture/layers.ts";
import type { Role } from "../../architecture/roles.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Comparing } from "./comparing.ts";
import { atom, constant, over, plus, type Term, times } from "./terms.ts";

/** Mixers that keep a state: each is held to the formulas of its kind, from the numbers that are stated and stored. */
export function recurrentShapes(c: Comparing): void {
  for (const { group } of c.model.layers) {
    const { tensorRoles } = group;
    if (has(tensorRoles, "ssm.a")) stateSpace(c, tensorRoles);
    if (has(tensorRoles, "lin.out")) linearAttention(c, tensorRoles);
    if (has(tensorRoles, "rec.gate")) gatedRecurrence(c, tensorRoles);
  }
  for (const [id, what] of [
    ["ssm.shapes", "state-space mixer"],
    ["linear.shapes", "linear attention"],
    ["rec.shapes", "gated linear recurrence"],
  ] as const)
    if (!c.made.has(id)) c.lack(id, `there is no ${what}`);
}

function has(tensorRoles: readonly TensorRole[], role: Role): boolean {
  return tensorRoles.some((tensorRole) => tensorRole.role === role);
}

type StateId = "ssm.shapes" | "linear.shapes" | "rec.shapes";

type Side = "rows" | "columns" | "length";

/** Holds sides of one layer's tensors, each by its role and name. */
class Sides {
  private readonly c: Comparing;
  private readonly id: StateId;
  private readonly tensorRoles: readonly TensorRole[];

  constructor(c: Comparing, id: StateId, tensorRoles: readonly TensorRole[]) {
    this.c = c;
    this.id = id;
    this.tensorRoles = tensorRoles;
  }

  find(role: Role, leaf?: RegExp): TensorRole | undefined {
    return findRole(this.tensorRoles, role, leaf === undefined ? {} : { leaf });
  }

  /** A side of a stored tensor: of a matrix its rows or columns, of anything else its first dimension. */
  stored(tensorRole: TensorRole | undefined, side: Side): number | undefined {
    if (tensorRole === undefined) return undefined;
    if (side === "length") return tensorRole.shape[0];
    return this.c.shape(tensorRole)?.[side];
  }

  /** The same as a number to compute with. */
  term(tensorRole: TensorRole | undefined, side: Side): Term | undefined {
    const value = this.stored(tensorRole, side);
    const unclear = this.c.unclearAmong([tensorRole]);
    return value === undefined ? undefined : atom(value, `${side} of ${tensorRole?.leaf}`, unclear);
  }

  hold(tensorRole: TensorRole | undefined, side: Side, expected: Term | undefined): void {
    if (tensorRole === undefined || expected === undefined) return;
    const text = `${side} of ${tensorRole.leaf}`;
    const stored = this.stored(tensorRole, side);
    this.c.hold(this.id, { subject: text, expected, stored, measured: text, at: tensorRole });
  }
}

function stateSpace(c: Comparing, tensorRoles: readonly TensorRole[]): void {
  const decay = tensorRoles.find(({ role }) => role === "ssm.a");
  // Zamba's first mixers have a third dimension, Hymba's a list of states: those have formulas of their own.
  if (decay === undefined || decay.shape.length > 2 || decay.inner.includes("#")) return;
  const sides = new Sides(c, "ssm.shapes", tensorRoles);
  const out = sides.find("ssm.out");
  const inner = sides.term(out, "columns");
  if (inner === undefined) return;
  kernel(c, sides, "ssm.conv", c.term("ssmKernel"));
  if (decay.shape.length === 2) mamba1(c, sides, { decay, out, inner });
  else mamba2(c, sides, { decay, out, inner });
}

interface StateSpace {
  readonly decay: TensorRole;
  readonly out: TensorRole | undefined;
  readonly inner: Term;
}

function mamba1(c: Comparing, sides: Sides, { decay, out, inner }: StateSpace): void {
  const state = c.term("ssmState");
  // Falcon-Mamba states a multiple that is not its own, and the width beside it.
  const stated = isPure(c) ? c.term("intermediate_size") : null;
  const width =
    stated === null || stated.value === null ? times(c.term("ssmExpand"), c.term("hidden")) : stated;
  sides.hold(out, "columns", width);
  sides.hold(sides.find("ssm.in"), "rows", times(constant(2), inner));
  sides.hold(sides.find("ssm.conv"), "length", inner);
  sides.hold(decay, "rows", inner);
  sides.hold(decay, "columns", state);
  const rank = c.term("ssmStepRank");
  const step = sides.find("ssm.dt", /^dt_proj$/);
  const input = sides.find("ssm.x", /^x_proj$/);
  sides.hold(step, "rows", inner);
  sides.hold(step, "columns", rank);
  sides.hold(input, "columns", inner);
  sides.hold(input, "rows", plus(rank, times(constant(2), state)));
}

/** `in_proj` makes gate, input, two matrices for each group and a step for each head; the convolution runs over all but the first and last. */
function mamba2(c: Comparing, sides: Sides, { decay, out, inner }: StateSpace): void {
  // A projection behind the convolution is another design (PLaMo 2).
  if (sides.find("ssm.x") !== undefined) return;
  const conv = sides.find("ssm.conv");
  const heads = sides.term(decay, "length");
  const groups = times(constant(2), c.term("ssmGroups"), c.term("ssmState"));
  sides.hold(out, "columns", innerWidth(c));
  sides.hold(conv, "length", plus(inner, groups));
  const channels = sides.term(conv, "length");
  if (heads !== undefined && channels !== undefined)
    sides.hold(sides.find("ssm.in"), "rows", plus(inner, channels, heads));
  const named = c.term("ssmHeads");
  // A plain `num_heads` counts these heads only where nothing attends.
  sides.hold(decay, "length", named.value === null && isPure(c) ? c.term("ssmHeadsAlone") : named);
}

/** Inner width of Mamba-2: stated, or heads × width, or a multiple of the model's. */
function innerWidth(c: Comparing): Term {
  const stated = c.term("mamba_d_ssm");
  if (stated.value !== null) return stated;
  const product = isPure(c)
    ? times(c.term("ssmHeadsAlone"), c.term("ssmHeadWidthAlone"))
    : times(c.term("ssmHeads"), c.term("ssmHeadWidth"));
  return product.value === null ? times(c.term("ssmExpand"), c.term("hidden")) : product;
}

/** Whether no layer attends, so that heads can only be those of the state. */
function isPure(c: Comparing): boolean {
  return c.model.layers.every(({ mixers }) => mixers.every(({ type }) => type !== "attention"));
}

/** How many positions each convolution sees. */
function kernel(c: Comparing, sides: Sides, role: Role, expected: Term): void {
  const conv = sides.find(role);
  const stored = conv === undefined ? undefined : timeConvolution(conv)?.kernel;
  const text = `kernel of ${conv?.leaf ?? "?"}`;
  const id = role === "ssm.conv" ? "ssm.shapes" : role === "lin.conv" ? "linear.shapes" : "rec.shapes";
  c.hold(id, { subject: text, expected, stored, measured: "its length", at: conv });
}

function linearAttention(c: Comparing, tensorRoles: readonly TensorRole[]): void {
  const sides = new Sides(c, "linear.shapes", tensorRoles);
  if (sides.find("lin.in", /^qkv_proj$/) !== undefined) lightning(c, sides);
  else if (sides.find("lin.decay", /^f_a_proj$/) !== undefined) kimiDelta(c, sides);
  else if (sides.find("lin.decay", /^A_log$/) !== undefined) gatedDelta(c, sides);
}

function lightning(c: Comparing, sides: Sides): void {
  const width = times(c.term("heads"), c.term("headDim"));
  sides.hold(sides.find("lin.in", /^qkv_proj$/), "rows", times(constant(3), width));
  sides.hold(sides.find("lin.gate", /^output_gate$/), "rows", width);
  sides.hold(sides.find("lin.norm"), "length", width);
  sides.hold(sides.find("lin.out"), "columns", width);
}

function gatedDelta(c: Comparing, sides: Sides): void {
  const valueHeads = c.term("linear_num_value_heads");
  const valueWidth = c.term("linear_value_head_dim");
  const keys = times(constant(2), c.term("linear_num_key_heads"), c.term("linear_key_head_dim"));
  const values = times(valueHeads, valueWidth);
  sides.hold(sides.find("lin.in", /^in_proj_qkvz$/), "rows", plus(keys, times(constant(2), values)));
  sides.hold(sides.find("lin.in", /^in_proj_ba$/), "rows", times(constant(2), valueHeads));
  sides.hold(sides.find("lin.in", /^in_proj_qkv$/), "rows", plus(keys, values));
  sides.hold(sides.find("lin.gate", /^in_proj_z$/), "rows", values);
  sides.hold(sides.find("lin.in", /^in_proj_b$/), "rows", valueHeads);
  sides.hold(sides.find("lin.decay", /^in_proj_a$/), "rows", valueHeads);
  sides.hold(sides.find("lin.conv", /^conv1d$/), "length", plus(keys, values));
  kernel(c, sides, "lin.conv", c.term("linear_conv_kernel_dim"));
  for (const leaf of [/^A_log$/, /^dt_bias$/])
    sides.hold(sides.find("lin.decay", leaf), "length", valueHeads);
  sides.hold(sides.find("lin.norm"), "length", valueWidth);
  sides.hold(sides.find("lin.out"), "columns", values);
}

function kimiDelta(c: Comparing, sides: Sides): void {
  const part = "linear_attn_config";
  const heads = c.nested(part, "heads");
  const width = c.nested(part, "headDim");
  const all = times(heads, width);
  for (const leaf of [/^q_proj$/, /^k_proj$/, /^v_proj$/])
    sides.hold(sides.find("lin.in", leaf), "rows", all);
  for (const leaf of [/^q_conv1d$/, /^k_conv1d$/, /^v_conv1d$/])
    sides.hold(sides.find("lin.conv", leaf), "length", all);
  kernel(c, sides, "lin.conv", c.nested(part, "short_conv_kernel_size"));
  sides.hold(sides.find("lin.in", /^b_proj$/), "rows", heads);
  sides.hold(sides.find("lin.norm"), "length", width);
  sides.hold(sides.find("lin.out"), "columns", all);
  paddedDecay(c, sides.find("lin.decay", /^A_log$/), heads);
}

/** Kimi stores its decay for more heads than there are: padding, which is no fault. */
function paddedDecay(c: Comparing, tensorRole: TensorRole | undefined, heads: Term): void {
  const stored = tensorRole?.shape.reduce((product, dim) => product * dim, 1);
  const severity = stored !== undefined && stored > (heads.value ?? 0) ? "info" : "error";
  const held = { subject: "elements of A_log", expected: heads, stored, measured: "A_log", at: tensorRole };
  c.hold("linear.shapes", { ...held, severity });
}

/** RG-LRU: everything is as wide as the recurrence; its gates are a block for each head. */
function gatedRecurrence(c: Comparing, tensorRoles: readonly TensorRole[]): void {
  const sides = new Sides(c, "rec.shapes", tensorRoles);
  const stated = c.term("lru_width");
  const width = stated.value === null ? c.term("hidden") : stated;
  const heads = c.term("heads");
  for (const leaf of [/^linear_x$/, /^linear_y$/]) sides.hold(sides.find("rec.in", leaf), "rows", width);
  sides.hold(sides.find("rec.out"), "columns", width);
  sides.hold(sides.find("rec.conv"), "length", width);
  kernel(c, sides, "rec.conv", c.term("conv1d_width"));
  sides.hold(sides.find("rec.gate", /^recurrent_param$/), "length", width);
  for (const leaf of [/^input_gate_weight$/, /^recurrent_gate_weight$/]) {
    const gate = sides.find("rec.gate", leaf);
    sides.hold(gate, "length", heads);
    sides.hold(gate, "columns", over(width, heads));
  }
}
