import type { Kind } from "./kind-names.ts";

/** What the name of a class tells. `body`: the head says nothing of what carries it; that is told by the tensors. */
export interface ClassRow {
  readonly pattern: RegExp;
  readonly kind: Kind | "body";
}

/** Classes of diffusers (`_class_name`), first match wins: a ControlNet of a UNet is a ControlNet. */
export const DIFFUSERS_CLASSES: readonly ClassRow[] = [
  { pattern: /ControlNet/, kind: "controlnet" },
  { pattern: /Vocoder/, kind: "audio" },
  { pattern: /^Autoencoder|AutoencoderKL|VAE|Vae|^VQModel|AutoencoderTiny/, kind: "autoencoder" },
  { pattern: /UNet|UVit/, kind: "unet" },
  { pattern: /Transformer|DiT/, kind: "diffusion-transformer" },
];

/** Endings of the classes of transformers: what the head is for, and what a model with it is. */
export const TRANSFORMERS_CLASSES: readonly ClassRow[] = [
  { pattern: /For(?:Sequence|Token|Image|Audio|Video)Classification/, kind: "classifier" },
  { pattern: /For(?:CTC|RNNT|TDT|XVector|AudioFrameClassification)$/, kind: "audio" },
  {
    pattern: /For(?:TextToSpeech|SpeechToText|SpeechToSpeech|TextToWaveform)$|HifiGan|Vocoder/,
    kind: "audio",
  },
  {
    pattern:
      /For(?:Object|Keypoint)Detection$|Segmentation$|For(?:Depth|Pose|Keypoint)\w*$|ForMaskedImageModeling$/,
    kind: "body",
  },
  { pattern: /For(?:Prediction|TimeSeries\w*|Pretraining)$|TimeSeries|^TimesFm|^PatchTS/, kind: "other" },
  { pattern: /DecisionTransformer|Trajectory/, kind: "other" },
  { pattern: /ForConditionalGeneration$|Seq2Seq/, kind: "body" },
  { pattern: /ForCausalLM$|LMHeadModel$|DoubleHeadsModel$/, kind: "body" },
];

/** Types of models that read or write sound, whose tensors alone would not say so. */
export const AUDIO_TYPES =
  /^(?:audio-spectrogram|bark|clap|clvp|csm|dac|data2vec-audio|dia|encodec|fastspeech2|hubert|kyutai|lasr|mctct|mimi|moonshine|moshi|musicgen|parakeet|pop2piano|seamless|sew|speech|speecht5|unispeech|univnet|vits|wav2vec2|wavlm|whisper|xcodec|vibevoice|higgs|pe_audio|s3)/;

/** Types of models that look at pictures and read or write no text. */
export const IMAGE_TYPES =
  /^(?:beit|bit|conditional_detr|convnext|cvt|d_fine|dab-detr|data2vec-vision|deformable_detr|deimv|deit|depth|deta|detr|dinat|dinov|donut-swin|dpt|edgetam|efficientloftr|efficientnet|eomt|focalnet|glpn|hgnet|hiera|ijepa|imagegpt|levit|lightglue|mask2former|maskformer|maskformer-swin|mobilenet|mobilevit|nat|oneformer|perception_encoder_vision|pixio|poolformer|pp_doclayout|prompt_depth|pvt|regnet|resnet|rf_detr|rt_detr|sam|segformer|seggpt|superglue|superpoint|swiftformer|swin|swin2sr|swinv2|table-transformer|textnet|timesformer|timm_|upernet|van|videomae|vit|vit_|vitdet|vitmatte|vitpose|vivit|vjepa|yolos|zoedepth)/;

/** Types that read a text whole, whatever head they carry. */
export const READER_TYPES =
  /^(?:albert|bert|bert-generation|big_bird|biogpt-encoder|camembert|canine|convbert|data2vec-text|deberta|distilbert|dpr|electra|ernie$|ernie_m|esm|eurobert|flaubert|fnet|funnel|ibert|jina|layoutlm|lilt|longformer|luke|markuplm|megatron-bert|mobilebert|modernbert|mpnet|mra|nezha|neobert|nomic_bert|nystromformer|perceiver|qdqbert|realm|rembert|retribert|roberta|roc_bert|roformer|splinter|squeezebert|tapas|xlm|xlm-roberta|xmod|yoso)/;

/** Types of text encoders and decoders together. */
export const TWO_STACK_TYPES =
  /^(?:bart|bigbird_pegasus|blenderbot|encoder-decoder|fsmt|led|longt5|m2m_100|marian|mbart|mt5|mvp|nllb|pegasus|plbart|prophetnet|switch_transformers|t5|t5gemma|udop|umt5|xlm-prophetnet)/;

/** Types of series of numbers over time, or of actions. */
export const OTHER_TYPES =
  /^(?:autoformer|decision_transformer|informer|patchtsmixer|patchtst|time_series_transformer|timesfm|trajectory_transformer|graphormer|chronos)/;
