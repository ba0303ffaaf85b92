import { describe, expect, it } from "vitest";
import {
  buildOverview,
  type ComponentOverview,
  describeForOverview,
  describeLike,
} from "../../src/analysis/overview.ts";
import type { Component } from "../../src/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import type { Finding } from "../../src/checks/check.ts";
import { runChecks } from "../../src/checks/run.ts";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import { fileStart, plainHeader, type TensorText } from "../support/header-text.ts";

const FACTS = { kind: "local", id: "loras", revision: null, commit: null, subfolder: null } as const;
/** More than are all kept: see run.ts. */
const FILES = 120;
/** Few enough to be looked at one by one. */
const FEW = 20;

const pair = (rank: number, dtype: string, up = rank): TensorText[] => [
  { name: "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", dtype, shape: [rank, 64] },
  { name: "lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", dtype, shape: [64, up] },
];

const CONTENTS: readonly (readonly TensorText[])[] = [
  pair(4, "F16"),
  pair(8, "F16"),
  pair(8, "BF16"),
  pair(4, "F16", 8), // ranks that disagree
  pair(4, "F16").slice(1), // no partner
  [...pair(4, "F16"), { name: "lora_unet_mid_block_attentions_0_proj_in.alpha", dtype: "F16", shape: [] }],
  [{ name: "model.layers.0.mlp.weight", dtype: "F32", shape: [4, 4] }],
];

const METADATA: readonly (Readonly<Record<string, string>> | null)[] = [
  null,
  { format: "pt" },
  { format: "pt", ss_network_dim: "4", ss_network_alpha: "2", ss_tag_frequency: "{}" },
  { ss_network_dim: "16", ss_base_model_version: "sdxl_base_v1-0" },
  { format: "pt", ss_sd_model_hash: "1" },
  { format: "pt", ss_sd_model_hash: "2", "modelspec.architecture": "flux-1-dev/lora" },
  { format: "pt", "lora_unet.weight": '{"_type": "Int8Tensor", "_data": {"block_size": [1, 32]}}' },
];

function fileOf(k: number): MemoryFile {
  const contents = CONTENTS[k % CONTENTS.length] as readonly TensorText[];
  const metadata = METADATA[(k * 3 + Math.floor(k / CONTENTS.length)) % METADATA.length] ?? null;
  const { text, dataBytes } = plainHeader(contents, metadata);
  // Every tenth header ends in blanks that are told of, every thirteenth file is cut.
  const bytes = fileStart(k % 10 === 9 ? `${text}\n` : text);
  return { bytes, fileBytes: bytes.length + dataBytes - (k % 13 === 12 ? 1 : 0) };
}

async function look(files: readonly (readonly [string, MemoryFile])[]) {
  const checkpoint = await loadCheckpoint(new MemorySource(new Map(files), FACTS));
  const described = new Map<Component, ComponentOverview>();
  let alike = 0;
  const onChecked = (component: Component, like: Component | undefined) => {
    const known = like && described.get(like);
    if (known !== undefined) alike++;
    described.set(
      component,
      known === undefined ? describeForOverview(checkpoint, component) : describeLike(known, component),
    );
  };
  const { findings } = runChecks(checkpoint, { onChecked });
  const { components } = buildOverview(checkpoint, described);
  return { findings, components, alike };
}

const inOrder = (findings: readonly Finding[]) => findings.map((finding) => JSON.stringify(finding)).sort();

describe("a folder of many checkpoints of which some are alike", () => {
  it("is told as if each had been looked at for itself", async () => {
    const files = Array.from({ length: FILES }, (_, k) => [`style-${k}.safetensors`, fileOf(k)] as const);
    const together = await look(files);
    expect(together.alike).toBeGreaterThan(FILES / 4);
    const parts = [];
    for (let from = 0; from < FILES; from += FEW) parts.push(await look(files.slice(from, from + FEW)));
    expect(parts.every(({ alike }) => alike === 0)).toBe(true);
    const byName = (all: readonly ComponentOverview[]) =>
      new Map(all.map((each) => [each.component, JSON.stringify(each)]));
    expect(byName(together.components)).toEqual(byName(parts.flatMap(({ components }) => components)));
    expect(inOrder(together.findings)).toEqual(inOrder(parts.flatMap(({ findings }) => findings)));
    expect(new Set(together.findings.map(({ rule }) => rule)).size).toBeGreaterThan(3);
  });
});
