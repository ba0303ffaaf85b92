import { type Family, hasBox, hasLeaf, hasRole, hasStack } from "./family.ts";

/** Models that paint, named by the class in their configuration. */
export const IMAGE: readonly Family[] = [
  {
    id: "flux",
    title: "Flux",
    modelTypes: ["FluxTransformer2DModel"],
    matches: ({ tensorRoles }) => hasStack(tensorRoles, "single_transformer_blocks"),
  },
  {
    id: "sd3",
    title: "Stable Diffusion 3",
    modelTypes: ["SD3Transformer2DModel"],
    matches: ({ tensorRoles }) =>
      hasStack(tensorRoles, "transformer_blocks") && hasLeaf(tensorRoles, "context_embedder"),
  },
  {
    id: "mochi",
    title: "Mochi",
    modelTypes: ["MochiTransformer3DModel"],
    matches: ({ tensorRoles }) =>
      hasStack(tensorRoles, "transformer_blocks") && hasBox(tensorRoles, "caption_proj"),
  },
  {
    id: "wan",
    title: "Wan",
    modelTypes: ["WanTransformer3DModel"],
    matches: ({ tensorRoles }) => hasStack(tensorRoles, "blocks") && hasLeaf(tensorRoles, "time_proj"),
  },
  {
    id: "qwen-image",
    title: "Qwen-Image",
    modelTypes: ["QwenImageTransformer2DModel"],
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "img_mod") && hasBox(tensorRoles, "txt_mod"),
  },
  {
    id: "pixart",
    title: "PixArt",
    modelTypes: ["PixArtTransformer2DModel"],
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "adaln_single") && hasBox(tensorRoles, "caption_projection"),
  },
  {
    id: "vae",
    title: "image autoencoder",
    modelTypes: ["AutoencoderKL"],
    matches: ({ tensorRoles }) =>
      hasRole(tensorRoles, "diff.resnet") && tensorRoles.every((tensorRole) => tensorRole.scope === "vae"),
  },
  {
    id: "unet",
    title: "Stable Diffusion UNet",
    modelTypes: ["UNet2DConditionModel"],
    matches: ({ tensorRoles }) => hasRole(tensorRoles, "diff.resnet"),
  },
];
