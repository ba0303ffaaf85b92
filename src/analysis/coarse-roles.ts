/** Roles by the names of modules alone: what a weight is for, as far as a path tells. First match wins. */
const ROLES: readonly (readonly [role: string, pattern: RegExp])[] = [
  ["vision", /(?:^|\.)(?:vision\w*|visual\w*|image_encoder|vit)(?:\.|$)/],
  ["audio", /(?:^|\.)(?:audio\w*|speech\w*)(?:\.|$)/],
  ["projector", /(?:^|\.)(?:\w*projector|merger|connector)(?:\.|$)/],
  ["head", /(?:^|\.)(?:lm_head|embed_out|output_layer|score|classifier|head)$/],
  ["embedding", /(?:^|\.)(?:embed\w*|wte|wpe|word_embeddings|tok_embeddings)(?:\.|$)/],
  ["shared_experts", /(?:^|\.)shared_experts?(?:_gate)?(?:\.|$)/],
  ["experts", /(?:^|\.)(?:experts|switch_mlp)(?:\.|$)/],
  ["router", /(?:^|\.)(?:router|e_score_correction_bias)(?:\.|$)|(?:mlp|moe|ffn|feed_forward)\.gate$/],
  ["attention", /(?:^|\.)(?:\w*attn\w*|\w*attention|mixer\.[qkvo]_proj)(?:\.|$)/],
  ["norms", /(?:^|[._])(?:\w*norm\d?|ln_?\w*)$/],
  ["ssm", /(?:^|\.)(?:mamba|mixer|ssm)(?:\.|$)/],
  ["mlp", /(?:^|\.)(?:mlp|feed_forward|ffn|ff|transformer_mlp)(?:\.|$)/],
];

/** The coarse role of a weight by its path; `unknown` where no name is familiar. */
export function coarseRole(path: string): string {
  return ROLES.find(([, pattern]) => pattern.test(path))?.[0] ?? "unknown";
}
