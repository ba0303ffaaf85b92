"""Where to start from, for classes that their own default configuration does not build: the fewest keys that make it build.

By the name of the configuration class, or of the model class where one head alone asks for more. Paths are those of the
configuration; what is here is where experiments begin, never what a key is where config.json leaves it out.
"""

_ROPE = {"rope_type": "default", "rope_theta": 10000.0}

STARTS = {
    "AutoformerConfig": {"prediction_length": 24},
    "InformerConfig": {"prediction_length": 24},
    "TimeSeriesTransformerConfig": {"prediction_length": 24},
    "AyaVisionConfig": {"vision_config.num_attention_heads": 16},
    "BeitForSemanticSegmentation": {"out_indices": [1, 2, 3, 4]},
    "ChameleonConfig": {"vocabulary_map": {"<image>": 8, "IMGIMGA": 4}},
    "Emu3Config": {"vocabulary_map": {"<image>": 8, "<|visual token 000001|>": 4}},
    "CohereCompassTextConfig": {"rope_parameters": {"full_attention": _ROPE, "sliding_attention": _ROPE}},
    "CohereCompassConfig": {"text_config.rope_parameters": {"full_attention": _ROPE, "sliding_attention": _ROPE}},
    "DbrxConfig": {"attn_config.rope_theta": 10000.0},
    "DeepseekOcr2TextConfig": {"mlp_layer_types": ["dense", "sparse", "sparse", "sparse"], "num_hidden_layers": 4},
    "DeepseekOcr2Config": {"text_config.mlp_layer_types": ["dense", "sparse", "sparse", "sparse"], "text_config.num_hidden_layers": 4},
    "DiffusionGemmaTextConfig": {"num_experts": 4, "moe_intermediate_size": 704, "top_k_experts": 2},
    "DiffusionGemmaConfig": {"text_config.num_experts": 4, "text_config.moe_intermediate_size": 704, "text_config.top_k_experts": 2},
    "Dots1Config": {"n_routed_experts": 4, "n_shared_experts": 2},
    "EsmConfig": {"vocab_size": 33},
    "Gemma4AssistantConfig": {"text_config.hidden_size_per_layer_input": 0, "text_config.vocab_size_per_layer_input": 0},
    "Granite4VisionConfig": {"deepstack_layer_map": [[1, 0], [2, 1]], "spatial_target_layers": [1, 2], "downsample_rate": "4/8"},
    "HieraForPreTraining": {"decoder_hidden_size": 512, "decoder_depth": 2, "decoder_num_heads": 16},
    "HunYuanDenseV1Config": {"head_dim": 128},
    "HunYuanMoEV1Config": {"head_dim": 128},
    "HunYuanVLConfig": {"text_config.head_dim": 128},
    "HunYuanVLTextConfig": {"head_dim": 128},
    "Lfm2MoeConfig": {"layer_types": ["conv", "conv", "full_attention", "conv"], "num_hidden_layers": 4},
    "MinistralConfig": {"head_dim": 128},
    "MoonshineStreamingConfig": {"num_key_value_heads": 8},
    "NemotronConfig": {"num_key_value_heads": 8},
    "PerceiverForImageClassificationConvProcessing": {"num_cross_attention_heads": 1, "qk_channels": 256},
    "PerceiverForImageClassificationFourier": {"num_cross_attention_heads": 1, "qk_channels": 256},
    "PerceiverForMultimodalAutoencoding": {"num_cross_attention_heads": 1, "qk_channels": 256},
    "PerceiverForOpticalFlow": {"num_cross_attention_heads": 1, "qk_channels": 256},
    "Qwen3OmniMoeConfig": {"talker_config.text_config.shared_expert_intermediate_size": 768},
    "Qwen4ExpTextConfig": {"indexer_n_heads": 4, "indexer_kv_heads": 1, "indexer_head_dim": 64, "indexer_budget": 64, "indexer_compress_ratio": 4},
    "Qwen4ExpConfig": {f"text_config.{k}": v for k, v in {"indexer_n_heads": 4, "indexer_kv_heads": 1, "indexer_head_dim": 64, "indexer_budget": 64, "indexer_compress_ratio": 4}.items()},
    "Sapiens2Config": {"head_config": {"upsample_out_channels": [96, 80, 64], "conv_out_channels": [48, 40], "conv_kernel_sizes": [1, 1], "scale_conv_out_channels": [32, 24], "scale_final_input_size": 768}},
    "Qwen3OmniMoeTalkerConfig": {"text_config.shared_expert_intermediate_size": 768},
    "ReformerModelWithLMHead": {"is_decoder": True},
    "T5GemmaEncoderModel": {"is_encoder_decoder": False},
    "T5Gemma2Encoder": {"text_config.dropout_rate": 0.0},
    # diffusers
    "AudioLDM2ProjectionModel": {"text_encoder_dim": 48, "text_encoder_1_dim": 80, "langauge_model_dim": 112, "use_learned_position_embedding": None, "max_seq_length": None},
    "AutoencoderKLHunyuanImage": {"in_channels": 3, "out_channels": 3, "latent_channels": 64, "block_out_channels": [128, 256, 512, 512, 1024, 1024], "layers_per_block": 2, "spatial_compression_ratio": 32, "sample_size": 384},
    "ControlNetUnionModel": {"addition_embed_type": "text_time", "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816},
    "DreamLiteTransformer2DModel": {"in_channels": 320, "cross_attention_dim": 768},
    "EasyAnimateTransformer3DModel": {"in_channels": 16, "out_channels": 16, "patch_size": 2, "text_embed_dim_t5": 1536},
    "HiDreamImageTransformer2DModel": {"patch_size": 2, "caption_channels": [4096, 4096], "llama_layers": [0, 1, 2, 3]},
    "HunyuanDiT2DControlNetModel": {"in_channels": 4, "patch_size": 2, "hidden_size": 1408},
    "HunyuanDiT2DModel": {"in_channels": 4, "patch_size": 2, "hidden_size": 1408},
    "LatteTransformer3DModel": {"in_channels": 4, "out_channels": 8, "patch_size": 2, "caption_channels": 4096, "cross_attention_dim": 1152, "attention_head_dim": 72, "norm_type": "ada_norm_single", "num_embeds_ada_norm": 1000},
    "LuminaNextDiT2DModel": {"num_kv_heads": 8},
    "OmniGenTransformer2DModel": {"rope_scaling": {"type": "su", "long_factor": [1.0] * 48, "short_factor": [1.0] * 48}},
    "StableAudioProjectionModel": {"text_encoder_dim": 768, "conditioning_dim": 768, "min_value": 0, "max_value": 512},
    "Transformer2DModel": {"in_channels": 320, "cross_attention_dim": 768},
    "TransformerTemporalModel": {"in_channels": 320},
}


def with_start(values, *names):
    """A copy of a configuration, with what the named classes need."""
    import copy

    values = copy.deepcopy(values)
    for name in names:
        for path, value in STARTS.get(name, {}).items():
            *parents, leaf = path.split(".")
            scope = values
            for part in parents:
                scope = scope.setdefault(part, {})
            scope[leaf] = copy.deepcopy(value)
    return values
