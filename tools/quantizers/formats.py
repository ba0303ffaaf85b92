"""What each quantizer writes, one row a format: the package that has to be there, the model, what makes the export, and how it is to be read."""

import json
import shutil

import torch
from models import loaded, plain_folder, samples, tiny, tokenizer

INT4 = {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 128, "symmetric": True}
INT8 = {"num_bits": 8, "type": "int", "strategy": "channel", "symmetric": True}
FP8 = {"num_bits": 8, "type": "float", "strategy": "channel", "symmetric": True}


def through_transformers(quantization):
    """Quantization that the library does on loading, as `save_pretrained` writes it."""

    def export(kind, folder):
        from transformers import AutoModelForCausalLM

        plain = plain_folder(kind, folder.parent)
        model = AutoModelForCausalLM.from_pretrained(
            plain, quantization_config=quantization(), dtype=torch.bfloat16, device_map="cpu"
        )
        model.save_pretrained(folder)
        shutil.rmtree(plain)

    return export


def bitsandbytes(**settings):
    def quantization():
        from transformers import BitsAndBytesConfig

        return BitsAndBytesConfig(bnb_4bit_compute_dtype=torch.bfloat16, **settings)

    return through_transformers(quantization)


def torchao(name, **settings):
    def quantization():
        import torchao.quantization
        from transformers import TorchAoConfig

        return TorchAoConfig(getattr(torchao.quantization, name)(**settings))

    return through_transformers(quantization)


def quanto(weights):
    def export(kind, folder):
        import optimum.quanto as library

        library.QuantizedModelForCausalLM.quantize(
            tiny(kind), weights=getattr(library, weights), exclude="lm_head"
        ).save_pretrained(folder)

    return export


def compressed_tensors(form, weights):
    """The compressors alone: scales are set, not calibrated."""

    def export(kind, folder):
        from compressed_tensors.compressors import ModelCompressor
        from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config

        model = tiny(kind)
        config = QuantizationConfig(
            config_groups={"group_0": {"targets": ["Linear"], "weights": weights}},
            ignore=["lm_head"],
            format=form,
            quantization_status="frozen",
        )
        apply_quantization_config(model, config)
        for module in model.modules():
            scale = getattr(module, "weight_scale", None)
            if scale is not None:
                scale.data.fill_(0.01)
            zero = getattr(module, "weight_zero_point", None)
            if zero is not None:
                zero.data.zero_()
        compressor = ModelCompressor.from_pretrained_model(model, quantization_format=form)
        compressor.compress_model(model)
        model.save_pretrained(folder)
        compressor.update_config(folder)

    return export


def llm_compressor(scheme, ignore=("lm_head",), cache=None):
    def export(kind, folder):
        from datasets import Dataset
        from llmcompressor import oneshot
        from llmcompressor.modifiers.quantization import QuantizationModifier

        model = loaded(kind)
        rows = [{"input_ids": each[0].tolist(), "attention_mask": [1] * each.shape[1]} for each in samples()]
        oneshot(
            model=model,
            processor=tokenizer(),
            dataset=Dataset.from_list(rows),
            recipe=QuantizationModifier(targets="Linear", scheme=scheme, ignore=list(ignore), kv_cache_scheme=cache),
            max_seq_length=64,
            num_calibration_samples=len(rows),
        )
        model.save_pretrained(folder, save_compressed=True)

    return export


def modelopt(preset, cache=None):
    def export(kind, folder):
        import copy

        import modelopt.torch.quantization as library
        from modelopt.torch.export import export_hf_checkpoint

        model = loaded(kind)
        config = copy.deepcopy(getattr(library, preset))
        if cache is not None:
            config = library.utils.update_quant_cfg_with_kv_cache_quant(config, getattr(library, cache)["quant_cfg"])

        def run(each):
            for tokens in samples():
                each(tokens)

        library.quantize(model, config, run)
        with torch.no_grad():
            export_hf_checkpoint(model, export_dir=folder)

    return export


def auto_round(scheme, form="auto_round", **settings):
    def export(kind, folder):
        from auto_round import AutoRound

        plain = plain_folder(kind, folder.parent)
        rounder = AutoRound(
            str(plain),
            scheme=scheme,
            iters=0,
            nsamples=8,
            seqlen=64,
            dataset=[" ".join(chr(33 + int(token)) for token in each[0]) for each in samples()],
            device_map="cpu",
            disable_opt_rtn=True,
            **settings,
        )
        made = folder.parent / f"{folder.name}-made"
        rounder.quantize_and_save(str(made), format=form)
        # It writes into a folder named after the scheme.
        (config,) = made.rglob("config.json")
        config.parent.rename(folder)
        shutil.rmtree(made, ignore_errors=True)
        shutil.rmtree(plain)

    return export


def mlx(**settings):
    def export(kind, folder):
        from mlx_lm import convert

        plain = plain_folder(kind, folder.parent)
        # Its readers ask for keys that transformers no longer writes.
        file = plain / "config.json"
        config = json.loads(file.read_text())
        config |= {"rope_theta": 10000.0, "num_experts": config.get("num_local_experts")}
        file.write_text(json.dumps(config))
        convert(str(plain), mlx_path=str(folder), quantize=True, **settings)
        shutil.rmtree(plain)

    return export


def quark(scheme, cache=None):
    def export(kind, folder):
        from quark.torch import LLMTemplate, ModelQuantizer, export_safetensors

        model = loaded(kind)
        config = LLMTemplate.get(model.config.model_type).get_config(scheme=scheme, kv_cache_scheme=cache)
        quantizer = ModelQuantizer(config)
        rows = torch.utils.data.DataLoader(torch.cat(samples()), batch_size=1)
        frozen = quantizer.freeze(quantizer.quantize_model(model, rows))
        with torch.no_grad():
            export_safetensors(frozen, str(folder), custom_mode="quark", weight_format="real_quantized")

    return export


# Name: package, model, maker, scheme ids of which one is right, bits, group.
FORMATS = {
    "bnb-nf4": ("bitsandbytes", "llama", bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="nf4"), ["bnb-nf4"], 4, 64),
    "bnb-fp4": ("bitsandbytes", "llama", bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="fp4"), ["bnb-fp4"], 4, 64),
    "bnb-nf4-double": (
        "bitsandbytes",
        "llama",
        bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True),
        ["bnb-nf4"],
        4,
        64,
    ),
    "bnb-int8": ("bitsandbytes", "llama", bitsandbytes(load_in_8bit=True), ["bnb-int8"], 8, None),
    "ao-int8": ("torchao", "llama", torchao("Int8WeightOnlyConfig", version=2), ["torchao-int8"], 8, None),
    "ao-fp8": ("torchao", "llama", torchao("Float8WeightOnlyConfig"), ["torchao-float8"], 8, None),
    "ao-intx4": ("torchao", "llama", torchao("IntxWeightOnlyConfig", weight_dtype=torch.int4), ["torchao-intx"], 4, None),
    "quanto-int8": ("optimum.quanto", "llama", quanto("qint8"), ["quanto"], 8, None),
    "quanto-int4": ("optimum.quanto", "llama", quanto("qint4"), ["quanto"], 4, 128),
    "quanto-fp8": ("optimum.quanto", "llama", quanto("qfloat8"), ["quanto"], 8, None),
    "ct-w4a16": ("compressed_tensors", "llama", compressed_tensors("pack-quantized", INT4), ["ct-pack-int"], 4, 128),
    "ct-w8a16": ("compressed_tensors", "llama", compressed_tensors("int-quantized", INT8), ["int8"], 8, None),
    "ct-fp8": ("compressed_tensors", "llama", compressed_tensors("float-quantized", FP8), ["fp8-channel"], 8, None),
    "lc-w4a16": ("llmcompressor", "llama", llm_compressor("W4A16"), ["ct-pack-int"], 4, 128),
    "lc-w4a16-asym": ("llmcompressor", "llama", llm_compressor("W4A16_ASYM"), ["ct-pack-int"], 4, 128),
    "lc-w4a8": ("llmcompressor", "llama", llm_compressor("W4A8"), ["int8"], 4, 128),
    "lc-w3a16": ("llmcompressor", "llama", llm_compressor("W3A16"), ["ct-pack-int"], 3, 128),
    "lc-w8a8": ("llmcompressor", "llama", llm_compressor("W8A8"), ["int8"], 8, None),
    "lc-fp8-dynamic": ("llmcompressor", "llama", llm_compressor("FP8_DYNAMIC"), ["fp8-channel"], 8, None),
    "lc-fp8-block": ("llmcompressor", "llama", llm_compressor("FP8_BLOCK"), ["fp8-block"], 8, None),
    "lc-nvfp4": ("llmcompressor", "llama", llm_compressor("NVFP4"), ["nvfp4-ct"], 4, 16),
    "lc-mxfp4": ("llmcompressor", "llama", llm_compressor("MXFP4"), ["mxfp4-ct"], 4, 32),
    "lc-mxfp8": ("llmcompressor", "llama", llm_compressor("MXFP8"), ["mxfp8"], 8, 32),
    "lc-fp8-kv": (
        "llmcompressor",
        "llama",
        llm_compressor(
            "FP8", cache={"num_bits": 8, "type": "float", "strategy": "tensor", "dynamic": False, "symmetric": True}
        ),
        ["fp8-tensor"],
        8,
        None,
    ),
    "lc-w4a16-qwen3moe": ("llmcompressor", "qwen3_moe", llm_compressor("W4A16", ["lm_head", "re:.*mlp.gate$"]), ["ct-pack-int"], 4, 128),
    "lc-fp8-dynamic-mixtral": (
        "llmcompressor",
        "mixtral",
        llm_compressor("FP8_DYNAMIC", ["lm_head", "re:.*gate$"]),
        ["fp8-channel"],
        8,
        None,
    ),
    "lc-nvfp4-qwen3moe": ("llmcompressor", "qwen3_moe", llm_compressor("NVFP4", ["lm_head", "re:.*mlp.gate$"]), ["nvfp4-ct"], 4, 16),
    "mo-fp8": ("modelopt", "llama", modelopt("FP8_DEFAULT_CFG"), ["fp8-tensor"], 8, None),
    "mo-fp8-kv": ("modelopt", "llama", modelopt("FP8_DEFAULT_CFG", "FP8_KV_CFG"), ["fp8-tensor"], 8, None),
    "mo-fp8-pcpt": ("modelopt", "llama", modelopt("FP8_PER_CHANNEL_PER_TOKEN_CFG"), ["fp8-channel"], 8, None),
    "mo-fp8-block": ("modelopt", "llama", modelopt("FP8_2D_BLOCKWISE_WEIGHT_ONLY_CFG"), ["fp8-pb-wo"], 8, None),
    "mo-int4-awq": ("modelopt", "llama", modelopt("INT4_AWQ_CFG"), ["int4-outpacked"], 4, 128),
    "mo-w4a8-awq": ("modelopt", "llama", modelopt("W4A8_AWQ_BETA_CFG"), ["int4-outpacked"], 4, 128),
    "mo-int8-sq": ("modelopt", "llama", modelopt("INT8_SMOOTHQUANT_CFG"), ["int8"], 8, None),
    "mo-nvfp4": ("modelopt", "llama", modelopt("NVFP4_DEFAULT_CFG", "FP8_KV_CFG"), ["nvfp4"], 4, 16),
    "mo-mxfp8": ("modelopt", "llama", modelopt("MXFP8_DEFAULT_CFG"), ["mxfp8"], 8, 32),
    "mo-nvfp4-qwen3moe": ("modelopt", "qwen3_moe", modelopt("NVFP4_DEFAULT_CFG"), ["nvfp4"], 4, 16),
    "mo-fp8-mixtral": ("modelopt", "mixtral", modelopt("FP8_DEFAULT_CFG"), ["fp8-tensor"], 8, None),
    "ar-w4a16": ("auto_round", "llama", auto_round("W4A16"), ["gptq"], 4, 128),
    "ar-w2a16-g64": ("auto_round", "llama", auto_round("W2A16G64"), ["gptq"], 2, 64),
    "ar-gptq": ("auto_round", "llama", auto_round("W4A16", "auto_gptq"), ["gptq"], 4, 128),
    "ar-awq": ("auto_round", "llama", auto_round("W4A16", "auto_awq"), ["awq-gemm"], 4, 128),
    "ar-llmc": ("auto_round", "llama", auto_round("FP8_STATIC", "llm_compressor"), ["fp8-channel"], 8, None),
    "ar-mxfp4": ("auto_round", "llama", auto_round("MXFP4"), ["mxfp4-ct"], 4, 32),
    "ar-nvfp4": ("auto_round", "llama", auto_round("NVFP4"), ["nvfp4-ct"], 4, 16),
    "ar-w4a16-qwen3moe": ("auto_round", "qwen3_moe", auto_round("W4A16"), ["gptq"], 4, 128),
    "ar-w4a16-mixtral": ("auto_round", "mixtral", auto_round("W4A16"), ["gptq"], 4, 128),
    "mlx-4bit": ("mlx_lm", "llama", mlx(q_bits=4, q_group_size=64), ["mlx-affine"], 4, 64),
    "mlx-3bit-g32": ("mlx_lm", "llama", mlx(q_bits=3, q_group_size=32), ["mlx-affine"], 3, 32),
    "mlx-8bit-g128": ("mlx_lm", "llama", mlx(q_bits=8, q_group_size=128), ["mlx-affine"], 8, 128),
    "mlx-mxfp4": ("mlx_lm", "llama", mlx(q_mode="mxfp4"), ["mlx-mxfp4"], 4, 32),
    "mlx-mxfp8": ("mlx_lm", "llama", mlx(q_mode="mxfp8"), ["mlx-mxfp8"], 8, 32),
    "mlx-nvfp4": ("mlx_lm", "llama", mlx(q_mode="nvfp4"), ["mlx-nvfp4"], 4, 16),
    "mlx-4bit-qwen3moe": ("mlx_lm", "qwen3_moe", mlx(q_bits=4, q_group_size=64), ["mlx-affine"], 4, 64),
    "mlx-4bit-mixtral": ("mlx_lm", "mixtral", mlx(q_bits=4, q_group_size=64), ["mlx-affine"], 4, 64),
    "quark-fp8": ("quark.torch", "llama", quark("fp8"), ["fp8-tensor"], 8, None),
    "quark-fp8-kv": ("quark.torch", "llama", quark("fp8", "fp8"), ["fp8-tensor"], 8, None),
    "quark-ptpc": ("quark.torch", "llama", quark("ptpc_fp8"), ["fp8-channel"], 8, None),
    "quark-int4": ("quark.torch", "llama", quark("int4_wo_128"), ["quark-awq"], 4, 128),
    "quark-uint4": ("quark.torch", "llama", quark("uint4_wo_64"), ["quark-awq"], 4, 64),
    "quark-int8": ("quark.torch", "llama", quark("int8"), ["int8"], 8, None),
    "quark-mxfp4": ("quark.torch", "llama", quark("mxfp4"), ["mxfp4-u8"], 4, 32),
}
