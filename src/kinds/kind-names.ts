/** What sort of thing a component is, or a source as a whole. */
export const KINDS = [
  "language-model",
  "encoder",
  "seq2seq",
  "multimodal",
  "diffusion-transformer",
  "unet",
  "autoencoder",
  "controlnet",
  "adapter",
  "vision",
  "audio",
  "classifier",
  "pipeline",
  "other",
  "unknown",
] as const;

export type Kind = (typeof KINDS)[number];

/** Kinds that write tokens one by one, and so keep keys and values of those before. */
export const WRITERS: ReadonlySet<Kind> = new Set(["language-model", "seq2seq", "multimodal"]);
