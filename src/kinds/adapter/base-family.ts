import type { DeclaredAdapter } from "./declared.ts";
import type { AdapterModule } from "./modules.ts";

/** Bases by what trainers call them in a header. */
const STATED: readonly { readonly pattern: RegExp; readonly family: string }[] = [
  { pattern: /^sd_?v?1|stable-diffusion-v1/i, family: "Stable Diffusion 1.x" },
  { pattern: /^sd_?v?2|stable-diffusion-v2/i, family: "Stable Diffusion 2.x" },
  { pattern: /sdxl|stable-diffusion-xl/i, family: "Stable Diffusion XL" },
  { pattern: /^flux1|^flux-1|FLUX\.1|flux_?kontext/i, family: "FLUX.1" },
  { pattern: /^flux2|^flux-2|FLUX\.2/i, family: "FLUX.2" },
  { pattern: /^sd3|stable-diffusion-3/i, family: "Stable Diffusion 3" },
  { pattern: /^wan|wan2/i, family: "Wan" },
  { pattern: /qwen-?_?image/i, family: "Qwen-Image" },
  { pattern: /hunyuan_?video/i, family: "HunyuanVideo" },
  { pattern: /z-?_?image/i, family: "Z-Image" },
  { pattern: /^chroma/i, family: "Chroma" },
  { pattern: /lumina_?-?2/i, family: "Lumina 2" },
  { pattern: /^hi-?dream/i, family: "HiDream" },
  { pattern: /^ltx/i, family: "LTX-Video" },
  { pattern: /^sana/i, family: "Sana" },
  { pattern: /^pixart/i, family: "PixArt" },
  { pattern: /^aura_?-?flow/i, family: "AuraFlow" },
  { pattern: /^cogvideo/i, family: "CogVideoX" },
];

/** What reads the text in a UNet, in all of its layouts. */
const UNET_CONTEXT = /(?:down_blocks|input_blocks)\.\d+.*attn2\.(?:processor\.)?to_[kv]$/;

/** Bases by a module's path, and where several share their paths by its inputs, or by how many times as many outputs. */
interface PathRow {
  readonly path: RegExp;
  readonly in?: number;
  readonly times?: number;
  /** Members that the list has at the least: the highest number that is adapted, and one. */
  readonly members?: number;
  readonly family: string;
}

/** What Wan's blocks attend with, in its own names and in those of diffusers. */
const WAN = /(?:^|\.)blocks\.\d+\.(?:(?:self_attn|cross_attn)\.[qo]|attn[12]\.to_q)$/;

/** What reads the tokens of a picture. */
const IP_ADAPTER = /^ip_adapter\.\d+$/;

/** Attention of transformers that paint in the names of diffusers, at the top of the model: UNets have it deeper. */
const TOP = /^(?:base_model\.model\.|transformer\.|diffusion_model\.|lora_(?:unet|transformer)\.)*/.source;
const attn1 = (of = "to_q") => new RegExp(`${TOP}transformer_blocks\\.\\d+\\.attn1\\.${of}$`);

const BY_PATH: readonly PathRow[] = [
  { path: /joint_transformer_blocks\.\d+\./, family: "AuraFlow" },
  { path: /double_stream_blocks\.\d+\.block\./, family: "HiDream" },
  { path: /context_embedder\.token_refiner\./, family: "HunyuanVideo" },
  // HunyuanVideo calls its blocks as FLUX.1 does, and has 40 of them in place of 38.
  {
    path: /single_transformer_blocks\.\d+\.attn\.to_[qkv]$/,
    in: 3072,
    members: 39,
    family: "HunyuanVideo",
  },
  { path: /double_blocks\.\d+\.(?:img|txt)_(?:attn_qkv|mlp\.fc1|mod\.linear)$/, family: "HunyuanVideo" },
  { path: /single_transformer_blocks\.\d+\.attn\.to_qkv_mlp_proj$/, family: "FLUX.2" },
  { path: /single_blocks\.\d+\.linear1$/, times: 9, family: "FLUX.2" },
  { path: /double_blocks\.\d+\.img_attn[._]qkv/, in: 6144, family: "FLUX.2" },
  { path: /double_blocks\.\d+\.processor/, family: "FLUX.1" },
  { path: /double_blocks\.\d+\.img_attn[._]qkv/, in: 3072, family: "FLUX.1" },
  { path: /double_blocks\.\d+\.img_attn/, family: "FLUX" },
  { path: /single_transformer_blocks\.\d+\.attn\.to_q$/, in: 3072, family: "FLUX.1" },
  { path: /joint_blocks\.\d+\./, family: "Stable Diffusion 3" },
  { path: /(?:^|\.)transformer_blocks\.\d+\.attn\.to_q$/, in: 1536, family: "Stable Diffusion 3" },
  { path: /(?:^|\.)transformer_blocks\.\d+\.attn\.to_q$/, in: 2432, family: "Stable Diffusion 3" },
  { path: /transformer_blocks\.\d+\.img_(?:mod|mlp)/, family: "Qwen-Image" },
  { path: /(?:^|\.)layers\.\d+\.attention\.(?:to_[qkv]|qkv)$/, in: 3840, family: "Z-Image" },
  { path: WAN, in: 1536, family: "Wan 1.3B" },
  { path: WAN, in: 3072, family: "Wan 5B" },
  { path: WAN, in: 5120, family: "Wan 14B" },
  { path: /(?:^|\.)layers\.\d+\.(?:attention\.qkv|attn\.to_q)$/, in: 2304, family: "Lumina 2" },
  { path: attn1("add_q_proj"), in: 3072, family: "Mochi" },
  { path: attn1(), in: 1920, family: "CogVideoX" },
  { path: attn1(), in: 2048, family: "LTX-Video" },
  { path: attn1(), in: 2240, family: "Sana" },
  { path: IP_ADAPTER, in: 768, family: "Stable Diffusion 1.x" },
  { path: IP_ADAPTER, in: 2048, family: "Stable Diffusion XL" },
  { path: IP_ADAPTER, in: 4096, family: "FLUX.1" },
  { path: UNET_CONTEXT, in: 768, family: "Stable Diffusion 1.x" },
  { path: UNET_CONTEXT, in: 1024, family: "Stable Diffusion 2.x" },
  { path: UNET_CONTEXT, in: 2048, family: "Stable Diffusion XL" },
];

/** What the base of an adapter is by what its trainer says, and by what the modules are called and how wide they are. */
export interface Bases {
  readonly stated: string | null;
  readonly seen: string | null;
}

export function basesOf(modules: readonly AdapterModule[], { base, architecture }: DeclaredAdapter): Bases {
  return { stated: statedFamily(base) ?? statedFamily(architecture), seen: seenFamily(modules) };
}

function statedFamily(words: string | null): string | null {
  return words === null ? null : (STATED.find(({ pattern }) => pattern.test(words))?.family ?? null);
}

/** The base as its trainer says, more exactly where the widths tell; widths of another base win, for they are what fits. */
export function baseFamilyOf({ stated, seen }: Bases): string | null {
  if (stated === null || seen === null) return stated ?? seen;
  return seen.startsWith(stated) || isOtherBase({ stated, seen }) ? seen : stated;
}

/** Families of one set of names and widths, which only their trainers tell apart. */
const ALIKE: readonly (readonly string[])[] = [
  ["FLUX", "FLUX.1", "Chroma"],
  ["PixArt", "Sana"],
];

/** Whether the modules are those of another base than the header says. */
export function isOtherBase({ stated, seen }: Bases): boolean {
  if (stated === null || seen === null || stated.startsWith(seen) || seen.startsWith(stated)) return false;
  return !ALIKE.some((names) => names.includes(stated) && names.includes(seen));
}

function seenFamily(modules: readonly AdapterModule[]): string | null {
  // Modules of one list have one path but for their numbers: each path is asked once.
  const asked = new Map<string, Asked>();
  for (const module of modules) {
    const key = `${module.name.replace(/\d+/g, "0")} ${module.in} ${module.out}`;
    const known = asked.get(key);
    const members = 1 + Number(/\d+/.exec(module.name)?.[0] ?? 0);
    if (known === undefined) asked.set(key, { module, members });
    else if (known.members < members) known.members = members;
  }
  return BY_PATH.find((row) => [...asked.values()].some((each) => isOfRow(each, row)))?.family ?? null;
}

/** Modules that are alike but for their numbers, and how far those go. */
interface Asked {
  readonly module: AdapterModule;
  members: number;
}

function isOfRow(
  { module, members }: Asked,
  { path, in: inputs, times, members: least = 0 }: PathRow,
): boolean {
  return (
    path.test(module.path) &&
    members >= least &&
    (inputs === undefined || module.in === inputs) &&
    (times === undefined || (module.in !== null && module.out === module.in * times))
  );
}
