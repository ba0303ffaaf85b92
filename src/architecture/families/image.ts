import { type Family, hasBox, hasLeaf, hasRole, hasStack } from "./family.ts";

/** Models that paint, named by the class in their configuration. */
export const IMAGE: readonly Family[] = [
  {
    id: "flux",
    title: "Flux",
    modelTypes: ["FluxTransformer2DModel"],
    matches: ({ places }) => hasStack(places, "single_transformer_blocks"),
  },
  {
    id: "sd3",
    title: "Stable Diffusion 3",
    modelTypes: ["SD3Transformer2DModel"],
    matches: ({ places }) => hasStack(places, "transformer_blocks") && hasLeaf(places, "context_embedder"),
  },
  {
    id: "mochi",
    title: "Mochi",
    modelTypes: ["MochiTransformer3DModel"],
    matches: ({ places }) => hasStack(places, "transformer_blocks") && hasBox(places, "caption_proj"),
  },
  {
    id: "wan",
    title: "Wan",
    modelTypes: ["WanTransformer3DModel"],
    matches: ({ places }) => hasStack(places, "blocks") && hasLeaf(places, "time_proj"),
  },
  {
    id: "qwen-image",
    title: "Qwen-Image",
    modelTypes: ["QwenImageTransformer2DModel"],
    matches: ({ places }) => hasBox(places, "img_mod") && hasBox(places, "txt_mod"),
  },
  {
    id: "pixart",
    title: "PixArt",
    modelTypes: ["PixArtTransformer2DModel"],
    matches: ({ places }) => hasBox(places, "adaln_single") && hasBox(places, "caption_projection"),
  },
  {
    id: "vae",
    title: "image autoencoder",
    modelTypes: ["AutoencoderKL"],
    matches: ({ places }) => hasRole(places, "diff.resnet") && places.every((place) => place.scope === "vae"),
  },
  {
    id: "unet",
    title: "Stable Diffusion UNet",
    modelTypes: ["UNet2DConditionModel"],
    matches: ({ places }) => hasRole(places, "diff.resnet"),
  },
];
