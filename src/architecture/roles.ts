/**
 * What a tensor is for. The set is closed: whatever no rule recognises is `unknown` and is listed, so a new role is a
 * new row here, and its bucket cannot be forgotten.
 */
export const ROLE_BUCKETS = {
  "embed.token": "embedding",
  "embed.position": "embedding",
  "embed.token_type": "embedding",
  "embed.norm": "embedding",
  "embed.patch": "embedding",
  "embed.other": "embedding",
  "embed.per_layer": "embedding",
  // What is added to the scores of words where the table of words gives them: the table is the head.
  "embed.head_bias": "embedding",
  "attn.q": "attention",
  "attn.k": "attention",
  "attn.v": "attention",
  "attn.o": "attention",
  "attn.qkv": "attention",
  "attn.kv": "attention",
  "attn.gate": "attention",
  "attn.qk_norm": "attention",
  "attn.sink": "attention",
  "attn.rel_bias": "attention",
  "attn.q_a": "attention",
  "attn.q_b": "attention",
  "attn.kv_a": "attention",
  "attn.kv_b": "attention",
  "attn.o_a": "attention",
  "attn.o_b": "attention",
  "attn.latent_norm": "attention",
  "attn.indexer": "attention",
  "attn.compressor": "attention",
  // What is known to belong to a part and no more: nothing is measured on these.
  "attn.other": "attention",
  // Projections of which a token uses some, as it does of experts (JetMoE).
  "attn.routed": "attention",
  "xattn.q": "cross_attention",
  "xattn.k": "cross_attention",
  "xattn.v": "cross_attention",
  "xattn.o": "cross_attention",
  "xattn.qkv": "cross_attention",
  "xattn.kv": "cross_attention",
  "xattn.gate": "cross_attention",
  "xattn.qk_norm": "cross_attention",
  "xattn.other": "cross_attention",
  "lin.in": "linear_attention",
  "lin.conv": "linear_attention",
  "lin.decay": "linear_attention",
  "lin.gate": "linear_attention",
  "lin.norm": "linear_attention",
  "lin.out": "linear_attention",
  "ssm.in": "ssm",
  "ssm.conv": "ssm",
  "ssm.x": "ssm",
  "ssm.dt": "ssm",
  "ssm.a": "ssm",
  "ssm.d": "ssm",
  "ssm.norm": "ssm",
  "ssm.out": "ssm",
  "rec.in": "recurrent",
  "rec.conv": "recurrent",
  "rec.gate": "recurrent",
  "rec.out": "recurrent",
  "rec.other": "recurrent",
  "rwkv.time_mix": "rwkv",
  "rwkv.channel_mix": "rwkv",
  "mlp.gate": "mlp",
  "mlp.up": "mlp",
  "mlp.down": "mlp",
  "mlp.gate_up": "mlp",
  "mlp.other": "mlp",
  conv: "convolution",
  "expert.gate": "experts",
  "expert.up": "experts",
  "expert.down": "experts",
  "expert.gate_up": "experts",
  "shared_expert.gate": "shared_experts",
  "shared_expert.up": "shared_experts",
  "shared_expert.down": "shared_experts",
  "shared_expert.gate_up": "shared_experts",
  "moe.shared_gate": "shared_experts",
  "moe.latent": "experts_latent",
  "moe.router": "router",
  "moe.router_bias": "router",
  "norm.input": "norms",
  "norm.post_attn": "norms",
  "norm.pre_ffn": "norms",
  "norm.post_ffn": "norms",
  "norm.cross": "norms",
  "norm.final": "norms",
  "norm.other": "norms",
  "head.lm": "head",
  "head.classifier": "head",
  "head.pooler": "head",
  ple: "ple",
  altup: "residual_extras",
  laurel: "residual_extras",
  hyper: "residual_extras",
  "residual.scale": "residual_extras",
  "shared_block.link": "residual_extras",
  "mtp.proj": "mtp",
  "mtp.norm": "mtp",
  projector: "projector",
  "adapter.lora_a": "adapters",
  "adapter.lora_b": "adapters",
  "adapter.other": "adapters",
  "adapter.inline": "adapters",
  "diff.time_embed": "diffusion",
  "diff.cond_embed": "diffusion",
  "diff.io": "diffusion",
  "diff.mod": "diffusion",
  "diff.resnet": "diffusion",
  "diff.resample": "diffusion",
  "buffer.rope": "buffers",
  "buffer.mask": "buffers",
  "buffer.index": "buffers",
  act_clip: "buffers",
  unknown: "unknown",
} as const;

export type Role = keyof typeof ROLE_BUCKETS;

const ROLE_ORDER: ReadonlyMap<Role, number> = new Map(
  Object.keys(ROLE_BUCKETS).map((role, at) => [role as Role, at]),
);

/** Roles in the order of the table: queries before keys before values, as people list them. */
export function compareRoles(a: Role, b: Role): number {
  return (ROLE_ORDER.get(a) as number) - (ROLE_ORDER.get(b) as number);
}

/** What a tensor is within its module. Only the first three hold parameters. */
export type ModulePart =
  | "weight"
  | "bias"
  | "packed"
  | "scale"
  | "zero_point"
  | "group_index"
  | "shape"
  | "act_scale"
  | "quant_map"
  | "clip"
  | "lora_a"
  | "lora_b"
  | "buffer";

/** Parts that describe how weights are packed and scaled: none of them is a parameter of the model. */
export const METADATA_PARTS: ReadonlySet<ModulePart> = new Set([
  "scale",
  "zero_point",
  "group_index",
  "shape",
  "act_scale",
  "quant_map",
]);

/** The part of the model that a tensor belongs to. `text` is the main body where nothing else is said. */
export type Scope =
  | "text"
  | "encoder"
  | "decoder"
  | "vision"
  | "audio"
  | "projector"
  | "mtp"
  | "diffusion"
  | "vae";

/** Scopes beside the backbone: their tensors make up a bucket of their own, whatever the inner role. */
export const SIDE_SCOPES = ["vision", "audio", "projector", "mtp"] as const satisfies readonly Scope[];

/** Buckets of a breakdown, in the order they are shown. */
export const BUCKETS = [
  "embedding",
  "attention",
  "cross_attention",
  "linear_attention",
  "ssm",
  "recurrent",
  "rwkv",
  "mlp",
  "convolution",
  "experts",
  "shared_experts",
  "experts_latent",
  "router",
  "norms",
  "head",
  "ple",
  "residual_extras",
  "mtp",
  "vision",
  "audio",
  "projector",
  "adapters",
  "diffusion",
  "quant_metadata",
  "buffers",
  "unknown",
] as const;

export type Bucket = (typeof BUCKETS)[number];

/** The answer about one tensor: everything that its name, its neighbours and its shape tell. */
export interface Classification {
  readonly scope: Scope;
  /** Name prefix up to the layer list, such as `model.layers`; null outside of layers. */
  readonly stack: string | null;
  readonly role: Role;
  readonly part: ModulePart;
}

/** The bucket of a breakdown that a tensor counts in: each tensor in exactly one. */
export function bucketOf({ scope, role, part }: Pick<Classification, "scope" | "role" | "part">): Bucket {
  if (METADATA_PARTS.has(part)) return "quant_metadata";
  if (ROLE_BUCKETS[role] === "buffers") return "buffers";
  return isSideScope(scope) ? scope : ROLE_BUCKETS[role];
}

export function isSideScope(scope: Scope): scope is (typeof SIDE_SCOPES)[number] {
  return (SIDE_SCOPES as readonly Scope[]).includes(scope);
}
