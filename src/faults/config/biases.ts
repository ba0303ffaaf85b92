import { claimedTraits } from "../../architecture/families/detect.ts";
import type { Role } from "../../architecture/roles.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Comparing } from "./comparing.ts";
import type { BiasOwner } from "./data.ts";

const QUERIES: ReadonlySet<Role> = new Set(["attn.q", "attn.qkv"]);
const FEED_FORWARD: ReadonlySet<Role> = new Set(["mlp.gate", "mlp.up", "mlp.down", "mlp.gate_up"]);

/** Biases that are to be there, in all layers, and those that are not to be. */
export function biases(c: Comparing): void {
  const needsThem = claimedTraits(c.claims).alwaysHasQueryBiases === true;
  const claim = c.claims.flag("attentionBias");
  const isAlways = needsThem && claim?.value !== false;
  compare(c, {
    roles: QUERIES,
    owner: "queries",
    wanted: isAlways ? true : claim?.value,
    source: isAlways ? `${c.claims.word("modelType")?.value} models have them` : `${claim?.key}`,
    severity: isAlways ? "error" : "warning",
    // Code with biases of its own reads no flag.
    isStrict: claim?.key === "attention_bias" && !needsThem,
  });
  const inner = c.claims.flag("mlp_bias");
  compare(c, {
    roles: FEED_FORWARD,
    owner: "feed-forward",
    wanted: inner?.value,
    source: "mlp_bias",
    severity: "warning",
    isStrict: true,
  });
  if (!c.made.has("bias.config")) c.lack("bias.config", "the configuration does not state attention_bias");
}

interface Wanted {
  readonly roles: ReadonlySet<Role>;
  readonly owner: BiasOwner;
  /** Undefined where nothing is said. */
  readonly wanted: boolean | undefined;
  readonly source: string;
  readonly severity: "error" | "warning";
  /** Whether biases that are not wanted are a contradiction. */
  readonly isStrict: boolean;
}

function compare(c: Comparing, { roles, owner, wanted, source, severity, isStrict }: Wanted): void {
  const own = c.model.tensorRoles.filter(
    ({ role, scope, stack }: TensorRole) =>
      roles.has(role) && scope === "text" && stack === c.model.main?.prefix,
  );
  if (own.length === 0 || wanted === undefined) return;
  const stored = own.filter(({ part }) => part === "bias");
  c.agree("bias.config");
  if (wanted === stored.length > 0 || (!wanted && !isStrict)) return;
  // Converters to GPTQ give each linear a bias, of zeros where it had none.
  const isOfZeros = !wanted && own.some(({ part }) => part === "packed");
  const kind = wanted ? "bias.missing" : "bias.undeclared";
  c.report(kind, { owner, source }, stored, isOfZeros ? "info" : severity);
}
