import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { kindOf } from "../../src/kinds/kind.ts";
import { componentOfText } from "../support/tensor-text.ts";

const LLAMA = `
  model.embed_tokens.weight 1000,64
  model.layers.{0-3}.self_attn.{q_proj,k_proj,v_proj,o_proj}.weight 64,64
  model.layers.{0-3}.mlp.{gate_proj,up_proj}.weight 128,64
  model.layers.{0-3}.mlp.down_proj.weight 64,128
  model.layers.{0-3}.{input_layernorm,post_attention_layernorm}.weight 64
  model.norm.weight 64`;
const BERT = `
  embeddings.word_embeddings.weight 1000,64
  embeddings.token_type_embeddings.weight 2,64
  encoder.layer.{0-3}.attention.self.{query,key,value}.weight 64,64
  encoder.layer.{0-3}.attention.output.dense.weight 64,64
  encoder.layer.{0-3}.attention.output.LayerNorm.weight 64`;
const RESNET = `
  conv1.weight 64,3,7,7
  bn1.{weight,bias,running_mean,running_var} 64
  layer1.{0-2}.conv1.weight 64,64,3,3
  fc.weight 10,64`;
const UNET = `
  time_embed.0.weight 1280,320
  input_blocks.0.0.weight 320,4,3,3
  input_blocks.1.0.in_layers.2.weight 320,320,3,3
  input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight 320,768
  middle_block.0.in_layers.2.weight 1280,1280,3,3
  output_blocks.0.0.in_layers.2.weight 1280,2560,3,3`;
const FLUX = `
  img_in.weight 3072,64
  double_blocks.{0-18}.img_attn.qkv.weight 9216,3072
  double_blocks.{0-18}.txt_attn.qkv.weight 9216,3072
  single_blocks.{0-37}.linear1.weight 21504,3072
  single_blocks.{0-37}.linear2.weight 3072,15360`;

describe("what a component is", () => {
  it.each([
    [
      "the class of a causal model",
      LLAMA,
      { architectures: ["LlamaForCausalLM"], model_type: "llama" },
      "language-model",
      "CausalLM",
    ],
    [
      "names of a causal model alone",
      `${LLAMA}\nlm_head.weight 1000,64`,
      undefined,
      "language-model",
      "CausalLM",
    ],
    [
      "a score under a causal class",
      `${LLAMA}\nscore.weight 1,64`,
      { architectures: ["LlamaForCausalLM"], model_type: "llama" },
      "classifier",
      "SequenceClassification",
    ],
    [
      "a class with a head for labels",
      `${BERT}\nclassifier.weight 9,64`,
      { architectures: ["BertForTokenClassification"], model_type: "bert" },
      "classifier",
      "TokenClassification",
    ],
    [
      "the same class without its head",
      BERT,
      { architectures: ["BertForTokenClassification"], model_type: "bert" },
      "classifier",
      null,
    ],
    [
      "a text that is read whole",
      BERT,
      { architectures: ["BertModel"], model_type: "bert" },
      "encoder",
      null,
    ],
    ["a class of diffusers", "conv_in.weight 64,4,3,3", { _class_name: "MotionUNet3DModel" }, "unet", null],
    [
      "a class of diffusers that no row names",
      "x.weight 4,4",
      { _class_name: "FaceProjection" },
      "other",
      null,
    ],
    [
      "timm's word",
      RESNET,
      { architecture: "resnet18", num_classes: 10, pretrained_cfg: {} },
      "classifier",
      "ImageClassification",
    ],
    [
      "timm's word without classes",
      RESNET,
      { architecture: "resnet18", num_classes: 0, pretrained_cfg: {} },
      "vision",
      null,
    ],
    [
      "original names of a UNet below a prefix",
      UNET.replaceAll(/^ {2}/gm, "model.diffusion_model."),
      undefined,
      "unet",
      null,
    ],
    ["original names of FLUX.1", FLUX, undefined, "diffusion-transformer", null],
    ["names that nobody knows", "a.b.weight 3,3\nc.weight 9", undefined, "unknown", null],
  ] as const)("tells %s", (_, tensors, config, kind, task) => {
    const verdict = kindOf(componentOfText(tensors, config));
    expect(verdict).toMatchObject({ kind, task });
    expect(verdict.evidence.length > 0).toBe(kind !== "unknown");
  });

  it.each([
    ["Stable Diffusion 1.x UNet", UNET, undefined],
    ["FLUX.1", FLUX, undefined],
    ["FLUX.1", FLUX, { _class_name: "FluxTransformer2DModel" }],
    [
      "Allegro",
      "transformer_blocks.{0-3}.attn1.to_q.weight 8,8",
      { _class_name: "AllegroTransformer3DModel" },
    ],
    ["resnet18", RESNET, { architecture: "resnet18", num_classes: 10, pretrained_cfg: {} }],
    ["unknown family", "a.b.weight 3,3", undefined],
  ] as const)("calls the family %s", (title, tensors, config) => {
    expect(kindOf(componentOfText(tensors, config)).family.title).toBe(title);
  });

  it.each([
    [
      "seq2seq",
      "Whisper, original layout",
      "encoder.conv1.weight 384,80,3\n{encoder,decoder}.blocks.{0-3}.attn.query.weight 384,384\ndecoder.blocks.{0-3}.cross_attn.query.weight 384,384\ndecoder.token_embedding.weight 51865,384",
    ],
    [
      "audio",
      "MusicGen, original layout",
      "emb.{0-3}.weight 2049,64\nlinears.{0-3}.weight 2048,64\ntransformer.layers.{0-3}.self_attn.in_proj_weight 192,64",
    ],
    [
      "audio",
      "RVC",
      "enc_p.emb_phone.weight 192,768\ndec.conv_pre.weight 512,192,7\nflow.flows.{0,2}.pre.weight 192,96,1",
    ],
    [
      "audio",
      "StyleTTS 2",
      "bert_encoder.module.weight 512,768\n{predictor,decoder,text_encoder}.module.lstm.weight_ih_l0 1024,640\nbert.module.embeddings.word_embeddings.weight 178,128",
    ],
    [
      "vision",
      "ESRGAN",
      "params_ema.conv_first.weight 64,12,3,3\nparams_ema.body.{0-3}.rdb1.conv1.weight 32,64,3,3\nparams_ema.conv_last.weight 3,64,3,3",
    ],
    [
      "vision",
      "CLIP image encoder",
      "vision_model.embeddings.class_embedding 64\nvision_model.encoder.layers.{0-3}.mlp.fc1.weight 64,64",
    ],
    ["autoencoder", "tiny autoencoder (TAESD)", "{0,2}.weight 64,64,3,3\n1.conv.{0,2,4}.weight 64,64,3,3"],
    [
      "other",
      "MotionAdapter",
      "down_blocks.{0-3}.motion_modules.{0-1}.temporal_transformer.proj_in.weight 320,320",
    ],
    [
      "other",
      "T2IAdapter",
      "adapter.conv_in.weight 320,192,3,3\nadapter.body.{0-7}.block1.weight 320,320,3,3",
    ],
    ["other", "hypernetwork", "{320,768}.{0-1}.linear.0.weight 640,320"],
    ["controlnet", "ControlNet-LLLite", "lllite_unet_input_blocks_4_1.conditioning1.0.weight 16,3,4,4"],
    [
      "controlnet",
      "FLUX.1 ControlNet",
      "controlnet_blocks.{0-1}.weight 64,64\ndouble_blocks.{0-1}.img_attn.qkv.weight 192,64\npos_embed_input.weight 64,64",
    ],
  ] as const)("tells %s of %s by names alone", (kind, title, tensors) => {
    expect(kindOf(componentOfText(tensors, undefined))).toMatchObject({ kind, family: { title } });
  });

  it("says nothing of caches, heads and active parts where no token is written", () => {
    for (const [tensors, config] of [
      [UNET, undefined],
      [FLUX, undefined],
      [RESNET, { architecture: "resnet18", num_classes: 10, pretrained_cfg: {} }],
      ["a.b.weight 3,3", undefined],
    ] as const) {
      const arch = describeArchitecture(componentOfText(tensors, config));
      expect(arch.kvCache).toBeNull();
      expect(arch.embedding).toMatchObject({ tied: null, headRows: null });
    }
  });
});
