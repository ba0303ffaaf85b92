import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { runChecks } from "../../src/checks/run.ts";
import { readScaleValues } from "../../src/checks/scale-values.ts";
import type { Dtype } from "../../src/safetensors/dtype.ts";
import { MemorySource } from "../../src/sources/memory.ts";
import { MEMORY_FACTS } from "../support/checkpoint-builder.ts";
import { Draft } from "../support/draft.ts";

type Tensor = readonly [name: string, dtype: Dtype, shape: readonly number[]];

/** One module whose scale tensor holds these bytes; everything else is zeros. */
async function told(tensors: readonly Tensor[], scale: string, bytes: Uint8Array): Promise<string[]> {
  const files = Draft.of(tensors, null, 1).toFiles();
  const file = files.get("model.safetensors") as { bytes: Uint8Array; fileBytes?: number };
  const whole = Buffer.alloc(file.fileBytes ?? file.bytes.length);
  whole.set(file.bytes);
  const header = JSON.parse(Buffer.from(file.bytes).subarray(8).toString("utf8"));
  whole.set(bytes, file.bytes.length + header[scale].data_offsets[0]);
  files.set("model.safetensors", { bytes: whole });
  const source = new MemorySource(files, MEMORY_FACTS);
  const checkpoint = await loadCheckpoint(source);
  const values = await readScaleValues(source, checkpoint);
  return runChecks(checkpoint, { values })
    .findings.filter(({ rule }) => rule === "scale-value-invalid")
    .map(({ severity, where, found }) => `${severity} ${where} ${found}`);
}

describe("values of scales", () => {
  it.each<[string, readonly Tensor[], string, Uint8Array, string[]]>([
    [
      "NaN among the scales of GPTQ, where a sign is nothing unusual",
      [
        ["l.q.qweight", "I32", [16, 2]],
        ["l.q.qzeros", "I32", [1, 1]],
        ["l.q.scales", "F16", [1, 2]],
        ["l.q.g_idx", "I32", [128]],
      ],
      "l.q.scales",
      new Uint8Array([0x00, 0xbc, 0x00, 0x7e]),
      ["error l.q.scales NaN"],
    ],
    [
      "infinity among the scales of fused experts",
      [
        ["m.experts.gate_up_proj", "F8_E4M3", [1, 128, 256]],
        ["m.experts.gate_up_proj_scale_inv", "F32", [1, 1, 2]],
      ],
      "m.experts.gate_up_proj_scale_inv",
      new Uint8Array(new Float32Array([0.5, Number.POSITIVE_INFINITY]).buffer),
      ["error m.experts.gate_up_proj_scale_inv infinite values"],
    ],
    [
      "the NaN of an exponent stored in U8",
      [
        ["l.q.weight", "F8_E4M3", [2, 64]],
        ["l.q.weight_scale", "U8", [2, 2]],
      ],
      "l.q.weight_scale",
      new Uint8Array([120, 121, 255, 120]),
      ["error l.q.weight_scale NaN"],
    ],
    [
      "a parameter named scales that scales nothing packed is not read",
      [
        ["l.q.weight", "BF16", [2, 64]],
        ["l.q.scales", "F32", [2]],
      ],
      "l.q.scales",
      new Uint8Array(new Float32Array([Number.NaN, 1]).buffer),
      [],
    ],
  ])("%s", async (_, tensors, scale, bytes, expected) => {
    expect(await told(tensors, scale, bytes)).toEqual(expected);
  });
});
