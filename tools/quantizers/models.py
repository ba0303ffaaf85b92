"""Tiny models with random weights, and what is true of them and of an export of one.

truth.json of an export:
    scheme      ids of src/quantization/registry.ts, one of which is right
    bits        nominal bits of a value
    group       values to one scale, null where a scale is of a row, a tensor or a block
    parameters  of the model before quantization
    shapes      of each linear before quantization that the export does not hold as it was, by canonical name: [out, in], and how many
                experts have it
"""

import atexit
import json
import pathlib
import re
import shutil
import struct
import tempfile

import torch

SEED = 7
FLOATS = {"F32", "F16", "BF16"}
# No side of one model can be taken for another of it.
SIZES = {
    "vocab_size": 512,
    "hidden_size": 256,
    "intermediate_size": 768,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "tie_word_embeddings": False,
}


def tiny(kind="llama"):
    import transformers

    torch.manual_seed(SEED)
    if kind == "llama":
        config = transformers.LlamaConfig(**SIZES)
    elif kind == "qwen3_moe":
        config = transformers.Qwen3MoeConfig(
            **SIZES, head_dim=64, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=128
        )
    elif kind == "mixtral":
        config = transformers.MixtralConfig(**SIZES, num_local_experts=4, num_experts_per_tok=2)
    else:
        raise ValueError(kind)
    return transformers.AutoModelForCausalLM.from_config(config).to(torch.bfloat16).eval()


def loaded(kind):
    """The same, read back from a folder: its configuration then names its class and where it came from, which quantizers ask for."""
    import transformers

    # Some look into it again when they save.
    scratch = tempfile.mkdtemp(prefix="loaded-")
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    folder = plain_folder(kind, scratch)
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()


def plain_folder(kind, parent):
    """The model as its library saves it, with a tokenizer of bytes: what quantizers start from that read folders."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"plain-{kind}-", dir=parent))
    tiny(kind).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def tokenizer():
    import tokenizers
    import transformers

    words = {chr(k + 33): k for k in range(94)} | {f"<{k}>": k for k in range(94, SIZES["vocab_size"])}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="<94>"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    names = {"unk_token": "<94>", "bos_token": "<95>", "eos_token": "<96>", "pad_token": "<97>"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **names)


def samples(count=8, length=64):
    torch.manual_seed(SEED)
    return [torch.randint(0, 90, (1, length)) for _ in range(count)]


def tensors_of(folder):
    """Name to dtype and shape, by the headers of a folder."""
    found = {}
    for file in sorted(pathlib.Path(folder).glob("*.safetensors")):
        with open(file, "rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            header = json.loads(opened.read(length))
        header.pop("__metadata__", None)
        found.update({name: (each["dtype"], each["shape"]) for name, each in header.items()})
    return found


def canonical(module):
    """One name for what libraries spell differently, experts of a layer together."""
    name = module.replace("block_sparse_moe", "mlp").replace("switch_mlp", "experts")
    name = re.sub(r"\bw1\b", "gate_proj", name)
    name = re.sub(r"\bw2\b", "down_proj", name)
    name = re.sub(r"\bw3\b", "up_proj", name)
    return re.sub(r"experts\.\d+\.", "experts.", name)


def truth_of(kind, folder, scheme, bits, group):
    with tempfile.TemporaryDirectory() as scratch:
        before = tensors_of(plain_folder(kind, scratch))
    after = tensors_of(folder)
    kept = {}
    for name, (dtype, shape) in after.items():
        if name.endswith(".weight") and dtype in FLOATS:
            kept.setdefault(canonical(name.removesuffix(".weight")), []).append(shape)
    shapes = {}
    for name, (_, shape) in before.items():
        module = canonical(name.removesuffix(".weight"))
        if len(shape) != 2 or not name.endswith(".weight"):
            continue
        if shape in kept.get(module, []) or any(len(each) == 3 and each[1:] == shape for each in kept.get(module, [])):
            continue
        shapes.setdefault(module, [shape, 0])[1] += 1
    return {
        "scheme": scheme,
        "bits": bits,
        "group": group,
        "parameters": sum(torch.Size(shape).numel() for _, shape in before.values()),
        "shapes": shapes,
    }
