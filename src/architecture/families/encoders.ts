import { type Family, hasBox, hasLeaf, hasRole, hasStack } from "./family.ts";
import { traitsOfTypes } from "./traits.ts";

/** Models that read a text, an image or a sound at once; some write after that. */
export const ENCODERS: readonly Family[] = [
  {
    id: "clip",
    title: "CLIP / SigLIP",
    modelTypes: ["clip", "siglip", "siglip2", "clip_text_model", "clip_vision_model", "siglip_vision_model"],
    readsWhole: true,
    matches: ({ places }) => hasLeaf(places, "logit_scale"),
  },
  {
    id: "t5",
    title: "T5",
    modelTypes: ["t5", "umt5", "mt5", "t5gemma"],
    traits: traitsOfTypes(["t5 mt5 umt5", { naming: "t5" }]),
    matches: ({ places }) => hasBox(places, "SelfAttention") || hasBox(places, "DenseReluDense"),
  },
  {
    id: "whisper",
    title: "Whisper",
    modelTypes: ["whisper"],
    matches: ({ places }) => hasBox(places, "encoder_attn") && hasLeaf(places, "conv1"),
  },
  {
    id: "bart",
    title: "BART / M2M-100",
    modelTypes: ["bart", "mbart", "m2m_100", "marian", "pegasus", "blenderbot"],
    matches: ({ places }) => hasBox(places, "encoder_attn"),
  },
  {
    id: "modernbert",
    title: "ModernBERT",
    modelTypes: ["modernbert"],
    readsWhole: true,
    matches: ({ places }) => hasLeaf(places, "Wi") && hasLeaf(places, "Wqkv"),
  },
  {
    id: "albert",
    title: "ALBERT",
    modelTypes: ["albert"],
    readsWhole: true,
    callsLayersAgain: true,
    matches: ({ places }) => hasStack(places, "albert_layer_groups"),
    remarks: ({ claims }) => {
      const calls = claims.integer("layers")?.value;
      return calls === undefined ? [] : [`${calls} layers call the layers that are stored (config)`];
    },
  },
  {
    id: "distilbert",
    title: "DistilBERT",
    modelTypes: ["distilbert"],
    readsWhole: true,
    matches: ({ places }) => hasLeaf(places, "q_lin") && hasStack(places, "transformer.layer"),
  },
  {
    id: "deberta",
    title: "DeBERTa",
    modelTypes: ["deberta", "deberta-v2"],
    readsWhole: true,
    matches: ({ places }) => hasStack(places, "encoder.layer") && hasLeaf(places, "rel_embeddings"),
  },
  {
    id: "vit",
    title: "ViT",
    modelTypes: ["vit", "deit", "dinov2", "dinov2_with_registers", "dinov3_vit"],
    readsWhole: true,
    matches: ({ places }) =>
      hasLeaf(places, "layernorm_before") ||
      (hasLeaf(places, "cls_token") && hasRole(places, "residual.scale")),
  },
  {
    id: "bert",
    title: "BERT / RoBERTa",
    modelTypes: ["bert", "roberta", "xlm-roberta", "camembert", "electra"],
    readsWhole: true,
    naming: "bert",
    matches: ({ places }) => hasStack(places, "encoder.layer") && hasLeaf(places, "LayerNorm"),
  },
];
