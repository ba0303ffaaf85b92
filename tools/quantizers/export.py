"""Exports a tiny Llama with random weights by every quantizer that is installed and runs on a CPU.

python export.py FOLDER [TOOL...]   writes FOLDER/<format>/ with the export itself, and truth.json beside it:
    scheme      ids of src/quantization/registry.ts, one of which is right
    bits        nominal bits of a value
    group       values to one scale, null where a scale is of a row, a tensor or a block
    parameters  of the model before quantization
    shapes      of each quantized weight before quantization, by module
A tool that is not installed is named and left out; one that fails is named with its error, and the rest goes on.
"""

import json
import pathlib
import sys
import traceback

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

SEED = 7


def tiny():
    """Two layers whose widths differ from each other, so that no side can be taken for another."""
    torch.manual_seed(SEED)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=512,
            hidden_size=256,
            intermediate_size=768,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=512,
            tie_word_embeddings=False,
        )
    ).to(torch.bfloat16)


def truth_of(model, scheme, bits, group):
    linears = {
        name: list(module.weight.shape)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and name != "lm_head"
    }
    return {
        "scheme": scheme,
        "bits": bits,
        "group": group,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "shapes": linears,
    }


def through_transformers(quantization, scheme, bits, group):
    """Quantization that the library does on loading, as `save_pretrained` writes it."""

    def export(folder):
        model = tiny()
        plain = folder.parent / "plain"
        model.save_pretrained(plain)
        quantized = AutoModelForCausalLM.from_pretrained(
            plain, quantization_config=quantization(), dtype=torch.bfloat16, device_map="cpu"
        )
        quantized.save_pretrained(folder)
        return truth_of(model, scheme, bits, group)

    return export


def bitsandbytes(**settings):
    def quantization():
        from transformers import BitsAndBytesConfig

        return BitsAndBytesConfig(bnb_4bit_compute_dtype=torch.bfloat16, **settings)

    return quantization


def torchao(name, **settings):
    def quantization():
        import torchao.quantization
        from transformers import TorchAoConfig

        return TorchAoConfig(getattr(torchao.quantization, name)(**settings))

    return quantization


def quanto(weights, scheme, bits, group):
    def export(folder):
        import optimum.quanto as library

        model = tiny()
        truth = truth_of(model, scheme, bits, group)
        library.QuantizedModelForCausalLM.quantize(
            model, weights=getattr(library, weights), exclude="lm_head"
        ).save_pretrained(folder)
        return truth

    return export


def compressed_tensors(form, weights, scheme, bits, group):
    def export(folder):
        from compressed_tensors.compressors import ModelCompressor
        from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config

        model = tiny()
        truth = truth_of(model, scheme, bits, group)
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
        return truth

    return export


INT4 = {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 128, "symmetric": True}
INT8 = {"num_bits": 8, "type": "int", "strategy": "channel", "symmetric": True}
FP8 = {"num_bits": 8, "type": "float", "strategy": "channel", "symmetric": True}

# One row a format: the package that writes it, and what writes it.
FORMATS = {
    "bnb-nf4": ("bitsandbytes", through_transformers(bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="nf4"), ["bnb-nf4"], 4, 64)),
    "bnb-fp4": ("bitsandbytes", through_transformers(bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="fp4"), ["bnb-fp4"], 4, 64)),
    "bnb-nf4-double": (
        "bitsandbytes",
        through_transformers(
            bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True), ["bnb-nf4"], 4, 64
        ),
    ),
    "bnb-int8": ("bitsandbytes", through_transformers(bitsandbytes(load_in_8bit=True), ["bnb-int8"], 8, None)),
    "ao-int8": ("torchao", through_transformers(torchao("Int8WeightOnlyConfig", version=2), ["torchao-int8"], 8, None)),
    "ao-fp8": ("torchao", through_transformers(torchao("Float8WeightOnlyConfig"), ["torchao-float8"], 8, None)),
    "ao-intx4": (
        "torchao",
        through_transformers(torchao("IntxWeightOnlyConfig", weight_dtype=torch.int4), ["torchao-intx"], 4, None),
    ),
    "quanto-int8": ("optimum.quanto", quanto("qint8", ["quanto"], 8, None)),
    "quanto-int4": ("optimum.quanto", quanto("qint4", ["quanto"], 4, 128)),
    "quanto-fp8": ("optimum.quanto", quanto("qfloat8", ["quanto"], 8, None)),
    "ct-w4a16": ("compressed_tensors", compressed_tensors("pack-quantized", INT4, ["ct-pack-int"], 4, 128)),
    "ct-w8a16": ("compressed_tensors", compressed_tensors("int-quantized", INT8, ["int8"], 8, None)),
    "ct-fp8": ("compressed_tensors", compressed_tensors("float-quantized", FP8, ["fp8-channel"], 8, None)),
}


def main():
    out = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:]
    for name, (package, export) in FORMATS.items():
        if wanted and package not in wanted and name not in wanted:
            continue
        folder = out / name
        try:
            __import__(package)
        except ImportError as error:
            print(f"absent  {name}: {error}", flush=True)
            continue
        try:
            truth = export(folder)
        except Exception as error:
            line = traceback.format_exception_only(error)[-1].strip().split("\n")[0]
            print(f"failed  {name}: {line[:200]}", flush=True)
            continue
        (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
        print(f"written {name}", flush=True)


main()
