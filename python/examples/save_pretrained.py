"""Checks what a real `save_pretrained` wrote, before it would be uploaded. Needs transformers and torch:

pip install unfold-cli transformers torch && python save_pretrained.py
"""

import pathlib
import tempfile

import torch
import unfold_cli
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

config = LlamaConfig(
    vocab_size=512, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, tie_word_embeddings=False, dtype="bfloat16",
)
model = LlamaForCausalLM(config).to(torch.bfloat16)

with tempfile.TemporaryDirectory() as folder:
    model.save_pretrained(folder)
    unfold_cli.check(folder, fail_on="warning").raise_for_findings("warning")
    total = unfold_cli.params(folder).result["parameters"]["total"]
    assert total == model.num_parameters(), (total, model.num_parameters())
    print(f"sound, and all {total:,} parameters are there")

    # An export that loses a tensor, as a faulty conversion does.
    file = pathlib.Path(folder) / "model.safetensors"
    tensors = load_file(file)
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, file, metadata={"format": "pt"})
    try:
        unfold_cli.check(folder).raise_for_findings()
    except unfold_cli.FindingsError as error:
        print(f"refused: {error}")
    else:
        raise SystemExit("a lost tensor was not noticed")
