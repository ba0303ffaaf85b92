import type { DeclaredAdapter } from "./declared.ts";
import type { AdapterModule } from "./modules.ts";

/** Bases by what trainers call them in a header. */
const STATED: readonly { readonly pattern: RegExp; readonly family: string }[] = [
  { pattern: /^sd_?v?1|stable-diffusion-v1/i, family: "Stable Diffusion 1.x" },
  { pattern: /^sd_?v?2|stable-diffusion-v2/i, family: "Stable Diffusion 2.x" },
  { pattern: /sdxl|stable-diffusion-xl/i, family: "Stable Diffusion XL" },
  { pattern: /^flux1|^flux-1|FLUX\.1/i, family: "FLUX.1" },
  { pattern: /^flux2|^flux-2|FLUX\.2/i, family: "FLUX.2" },
  { pattern: /^sd3|stable-diffusion-3/i, family: "Stable Diffusion 3" },
  { pattern: /^wan|wan2/i, family: "Wan" },
  { pattern: /qwen-?_?image/i, family: "Qwen-Image" },
  { pattern: /hunyuan_?video/i, family: "HunyuanVideo" },
  { pattern: /z-?_?image/i, family: "Z-Image" },
];

/** What reads the text in a UNet, in all of its layouts. */
const UNET_CONTEXT = /(?:down_blocks|input_blocks)\.\d+.*attn2\.(?:processor\.)?to_k$/;

/** Bases by a module's path, and where several share their paths by its inputs, or by how many times as many outputs. */
interface PathRow {
  readonly path: RegExp;
  readonly in?: number;
  readonly times?: number;
  readonly family: string;
}

const BY_PATH: readonly PathRow[] = [
  { path: /double_blocks\.\d+\.(?:img|txt)_(?:attn_qkv|mlp\.fc1|mod\.linear)$/, family: "HunyuanVideo" },
  { path: /single_transformer_blocks\.\d+\.attn\.to_qkv_mlp_proj$/, family: "FLUX.2" },
  { path: /single_blocks\.\d+\.linear1$/, times: 9, family: "FLUX.2" },
  { path: /double_blocks\.\d+\.img_attn[._]qkv/, in: 6144, family: "FLUX.2" },
  { path: /double_blocks\.\d+\.processor/, in: 3072, family: "FLUX.1" },
  { path: /double_blocks\.\d+\.img_attn[._]qkv/, in: 3072, family: "FLUX.1" },
  { path: /double_blocks\.\d+\.(?:img_attn|processor)/, family: "FLUX" },
  { path: /single_transformer_blocks\.\d+\.attn\.to_q$/, in: 3072, family: "FLUX.1" },
  { path: /joint_blocks\.\d+\./, family: "Stable Diffusion 3" },
  { path: /(?:^|\.)transformer_blocks\.\d+\.attn\.to_q$/, in: 1536, family: "Stable Diffusion 3" },
  { path: /(?:^|\.)transformer_blocks\.\d+\.attn\.to_q$/, in: 2432, family: "Stable Diffusion 3" },
  { path: /transformer_blocks\.\d+\.img_(?:mod|mlp)/, family: "Qwen-Image" },
  { path: /(?:^|\.)layers\.\d+\.attention\.(?:to_[qkv]|qkv)$/, in: 3840, family: "Z-Image" },
  { path: /(?:^|[._])blocks\.\d+\.(?:self_attn\.q|attn1\.to_q)$/, in: 1536, family: "Wan 1.3B" },
  { path: /(?:^|[._])blocks\.\d+\.(?:self_attn\.q|attn1\.to_q)$/, in: 5120, family: "Wan 14B" },
  { path: UNET_CONTEXT, in: 768, family: "Stable Diffusion 1.x" },
  { path: UNET_CONTEXT, in: 1024, family: "Stable Diffusion 2.x" },
  { path: UNET_CONTEXT, in: 2048, family: "Stable Diffusion XL" },
];

/** What the base of an adapter is: as its trainer says, else by what the modules are called and how wide they are. */
export function baseFamilyOf(
  modules: readonly AdapterModule[],
  { base, architecture }: DeclaredAdapter,
): string | null {
  for (const stated of [base, architecture]) {
    const found = stated === null ? undefined : STATED.find(({ pattern }) => pattern.test(stated));
    if (found !== undefined) return found.family;
  }
  // Modules of one list have one path but for their numbers: each path is asked once.
  const asked = new Map<string, AdapterModule>();
  for (const module of modules) {
    const key = `${module.name.replace(/\d+/g, "0")} ${module.in} ${module.out}`;
    if (!asked.has(key)) asked.set(key, module);
  }
  for (const { path, in: inputs, times, family } of BY_PATH)
    for (const module of asked.values())
      if (
        path.test(module.path) &&
        (inputs === undefined || module.in === inputs) &&
        (times === undefined || (module.in !== null && module.out === module.in * times))
      )
        return family;
  return null;
}
