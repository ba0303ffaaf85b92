import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { componentOfText } from "../support/tensor-text.ts";
import { DECODERS } from "./by-role/decoders.ts";
import { ENCODERS_BY_ROLE } from "./by-role/encoders.ts";
import { EXPERTS } from "./by-role/experts.ts";
import { HYBRIDS } from "./by-role/hybrids.ts";
import { IMAGE } from "./by-role/image.ts";
import { LAYOUTS } from "./by-role/layouts.ts";
import { MIXED_LAYERS } from "./by-role/mixed-layers.ts";
import { activeOf, type Sectioned, sumSections } from "./by-role/sections.ts";
import { VISION_LANGUAGE } from "./by-role/vision-language.ts";

const ALL: readonly Sectioned[] = [
  ...DECODERS,
  ...EXPERTS,
  ...VISION_LANGUAGE,
  ...HYBRIDS,
  ...ENCODERS_BY_ROLE,
  ...IMAGE,
  ...LAYOUTS,
  ...MIXED_LAYERS,
];

describe.each(ALL)("$title", (model) => {
  const sums = sumSections(model.tensors);
  const component = componentOfText(model.tensors, model.config);
  const params = countParameters(component);
  const arch = describeArchitecture(component);

  it("counts every parameter under the role that its section names", () => {
    if (model.published !== undefined) expect(sums.total).toBe(model.published);
    expect(params.parameters.total).toBe(sums.total);
    expect(Object.fromEntries(params.byRole.map((row) => [row.role, row.parameters]))).toEqual(sums.roles);
    expect(params.unknown).toEqual([]);
  });

  it("counts active parameters as the sections give them", () => {
    const { active, activeWithoutEmbedding, activeWithoutEmbeddingAndHead } = params.parameters;
    expect([active, activeWithoutEmbedding, activeWithoutEmbeddingAndHead]).toEqual(
      activeOf(sums, model.routed),
    );
  });

  it("names family, layers, attention and memory", () => {
    expect(arch.family.id).toBe(model.family);
    expect(arch.layers.count.value).toBe(model.layers);
    expect(arch.attention?.kind ?? null).toBe(model.attention);
    expect(arch.embedding.tied).toBe(model.tied);
    expect(arch.kvCache?.bytesPerToken ?? null).toBe(model.kv);
    if (model.kvGrowing !== undefined) expect(arch.kvCache?.growingBytesPerToken).toBe(model.kvGrowing);
    expect(arch.disagreements.filter((each) => each.severity !== "info")).toEqual([]);
  });
});
