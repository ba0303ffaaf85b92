import { describe, expect, it } from "vitest";
import { faultsOf } from "../../src/faults/faults-of.ts";
import { componentOfText } from "../support/tensor-text.ts";

const ATTENTION = "a.{0-3}.self_attn.{q_proj,k_proj,v_proj,out_proj}.weight 64,64";

describe("sides of one module", () => {
  it.each([
    ["a bias that is shorter than its weight has rows", "a.{0-3}.x.weight 64,32\na.{0-3}.x.bias 16", "bias"],
    ["a bias of a layer that is kept the other way round", "a.{0-3}.x.weight 32,64\na.{0-3}.x.bias 64", ""],
    ["a bias of a router over fewer experts", "a.{0-3}.gate.weight 66,32\na.{0-3}.gate.bias 64", ""],
    [
      "a gain over other channels than its direction",
      "a.x.weight_g 32,1,1\na.x.weight_v 16,32,7",
      "weight_g",
    ],
    ["two linears that fit", "a.{0-3}.mlp.fc1.weight 64,32\na.{0-3}.mlp.fc2.weight 48,64", ""],
    ["a gate beside what it opens", "a.{0-3}.mlp.fc1.weight 128,32\na.{0-3}.mlp.fc2.weight 32,64", ""],
    ["two linears that do not", "a.{0-3}.mlp.fc1.weight 64,32\na.{0-3}.mlp.fc2.weight 32,48", "fc1.weight"],
    ["attention that fits", ATTENTION, ""],
    [
      "queries of another width than keys",
      ATTENTION.replace("q_proj,", "").concat("\na.{0-3}.self_attn.q_proj.weight 64,32"),
      "q_proj.weight",
    ],
    ["a channel each by itself", "a.conv.0.weight 64,3,3,3\na.conv.2.weight 64,1,3,3", ""],
    ["convolutions in groups", "a.{0-3}.mlp.fc1.weight 3072,192,1\na.{0-3}.mlp.fc2.weight 768,768,1", ""],
    ["a weight without elements", "a.{0-3}.mlp.fc1.weight 64,32\na.{0-3}.mlp.fc2.weight 32,0", ""],
    ["a kernel in front of its channels", "a.{0-3}.conv1d.weight 4,1,64\na.{0-3}.conv1d.bias 64", ""],
    [
      "a gate that one module alone has",
      "a.{0-7}.mlp.fc1.weight 64,32\na.{0-6}.mlp.fc2.weight 48,64\na.7.mlp.fc2.weight 48,32",
      "a.7.mlp.fc1",
    ],
    [
      "groups that all convolutions have",
      "a.{0-7}.{bn1,bn2}.weight 64\na.{0-7}.conv1.weight 64,64,1,1\na.{0-7}.conv2.weight 64,4,3,3",
      "",
    ],
    [
      "groups that one convolution alone has",
      "a.{0-7}.{bn1,bn2}.weight 64\na.{0-7}.conv1.weight 64,64,1,1\na.{0-6}.conv2.weight 64,64,3,3\na.7.conv2.weight 64,32,3,3",
      "a.7.conv2",
    ],
    [
      "a norm that is no wider than what it follows",
      "a.bn1.weight 32\na.conv1.weight 64,3,3,3",
      "bn1.weight",
    ],
    [
      "a stem whose norms follow",
      "stem.{norm1,norm2}.weight 24\nstem.conv1.weight 24,3,3,3\nstem.conv2.weight 24,24,3,3",
      "",
    ],
    [
      "positions of another width than patches",
      "pos_embed 1,197,32\npatch_embed.proj.weight 64,3,16,16",
      "pos_embed",
    ],
    ["packed words", "a.{0-3}.mlp.fc1.weight 64,32\na.{0-3}.mlp.fc2.weight 32,8 U8", ""],
    ["a weight lost beside its bias", "a.{0-9}.x.weight 8,8\na.{0-10}.x.bias 8", "a.10.x.weight"],
    [
      "a bias that no module of its name has a weight for",
      "a.{0-9}.x.weight 8,8\na.{0-9}.x.bias 8\nhead.decoder.bias 8",
      "",
    ],
  ])("%s", (_, tensors, at) => {
    const told = faultsOf(componentOfText(tensors)).filter(
      ({ kind }) => kind === "sides.unlike" || kind === "companion.missing",
    );
    expect(told.map((fault) => fault.at.format()).join(" ")).toMatch(at === "" ? /^$/ : new RegExp(at));
  });
});
