/** Classes of diffusers whose name is not what people call the model. */
const TITLES: Readonly<Record<string, string>> = {
  FluxTransformer2DModel: "FLUX.1",
  PixArtTransformer2DModel: "PixArt",
  FluxControlNetModel: "FLUX.1 ControlNet",
  Flux2Transformer2DModel: "FLUX.2",
  Flux3Transformer2DModel: "FLUX.3",
  SD3Transformer2DModel: "Stable Diffusion 3",
  SD3ControlNetModel: "Stable Diffusion 3 ControlNet",
  QwenImageTransformer2DModel: "Qwen-Image",
  AutoencoderKLQwenImage: "Qwen-Image VAE (AutoencoderKL)",
  AutoencoderKL: "image autoencoder (AutoencoderKL)",
  UNet2DConditionModel: "UNet",
  UNet2DModel: "UNet",
  ControlNetModel: "ControlNet",
};

/** What a class of diffusers is called: its own name without what all of them end in. */
export function diffusersTitle(className: string): string {
  return TITLES[className] ?? (className.replace(/(?:Transformer)?(?:[123]D)?Model$/, "") || className);
}
