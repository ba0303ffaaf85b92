import { type Family, hasBox, hasLeaf, hasRole, hasStack } from "./family.ts";
import { traitsOfTypes } from "./traits.ts";

/** Models that read a text, an image or a sound at once; some write after that. */
export const ENCODERS: readonly Family[] = [
  {
    id: "clip",
    title: "CLIP / SigLIP",
    modelTypes: ["clip", "siglip", "siglip2", "clip_text_model", "clip_vision_model", "siglip_vision_model"],
    readsWhole: true,
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "logit_scale"),
  },
  {
    id: "t5",
    title: "T5",
    modelTypes: ["t5", "umt5", "mt5", "t5gemma"],
    called: { t5gemma: "T5Gemma" },
    traits: traitsOfTypes(["t5 mt5 umt5", { naming: "t5" }]),
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "SelfAttention") || hasBox(tensorRoles, "DenseReluDense"),
  },
  {
    id: "whisper",
    title: "Whisper",
    modelTypes: ["whisper"],
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "encoder_attn") && hasLeaf(tensorRoles, "conv1"),
  },
  {
    id: "bart",
    title: "BART / M2M-100",
    modelTypes: ["bart", "mbart", "m2m_100", "marian", "pegasus", "blenderbot"],
    called: { marian: "Marian", pegasus: "PEGASUS", blenderbot: "Blenderbot" },
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "encoder_attn"),
  },
  {
    id: "modernbert",
    title: "ModernBERT",
    modelTypes: ["modernbert"],
    readsWhole: true,
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "Wi") && hasLeaf(tensorRoles, "Wqkv"),
  },
  {
    id: "albert",
    title: "ALBERT",
    modelTypes: ["albert"],
    readsWhole: true,
    callsLayersAgain: true,
    matches: ({ tensorRoles }) => hasStack(tensorRoles, "albert_layer_groups"),
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
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "q_lin") && hasStack(tensorRoles, "transformer.layer"),
  },
  {
    id: "deberta",
    title: "DeBERTa",
    modelTypes: ["deberta", "deberta-v2"],
    readsWhole: true,
    matches: ({ tensorRoles }) =>
      hasStack(tensorRoles, "encoder.layer") && hasLeaf(tensorRoles, "rel_embeddings"),
  },
  {
    id: "vit",
    title: "ViT",
    modelTypes: ["vit", "deit", "dinov2", "dinov2_with_registers", "dinov3_vit"],
    called: {
      deit: "DeiT",
      dinov2: "DINOv2",
      dinov2_with_registers: "DINOv2 with registers",
      dinov3_vit: "DINOv3",
    },
    readsWhole: true,
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "layernorm_before") ||
      (hasLeaf(tensorRoles, "cls_token") && hasRole(tensorRoles, "residual.scale")),
  },
  {
    id: "bert",
    title: "BERT / RoBERTa",
    modelTypes: ["bert", "roberta", "xlm-roberta", "camembert", "electra"],
    called: { camembert: "CamemBERT", electra: "ELECTRA" },
    readsWhole: true,
    naming: "bert",
    matches: ({ tensorRoles }) => hasStack(tensorRoles, "encoder.layer") && hasLeaf(tensorRoles, "LayerNorm"),
  },
];
