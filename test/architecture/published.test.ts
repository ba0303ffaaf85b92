import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { countBackbone } from "../../src/architecture/active.ts";
import { modelOf } from "../../src/architecture/model.ts";
import { componentOfText } from "../support/tensor-text.ts";
import { PUBLISHED } from "./published/all.ts";
import { UNETS } from "./published/diffusion.ts";

describe.each(PUBLISHED)("$title", ({ tensors, config, expected }) => {
  const component = componentOfText(tensors, config);
  const params = countParameters(component);
  const arch = describeArchitecture(component);
  const part = (name: string) => params.byComponent.find((row) => row.component === name)?.parameters ?? 0;

  it("counts every parameter", () => {
    expect(params.parameters.total).toBe(expected.total);
    if (expected.tensors !== undefined)
      expect(component.kinds.tensors(component.kinds.root)).toBe(expected.tensors);
    if (expected.backbone !== undefined)
      expect(countBackbone(modelOf(component).tensorRoles)).toBe(expected.backbone);
    for (const name of ["mtp", "vision", "projector"] as const)
      if (expected[name] !== undefined) expect(part(name)).toBe(expected[name]);
  });

  it("counts what is stored", () => {
    if (expected.bytes !== undefined) expect(params.bytes.total).toBe(expected.bytes);
    const { auxiliary = 0 } = expected;
    expect(params.elements.auxiliary).toBe(auxiliary);
    const dtypes = Object.fromEntries(params.byDtype.map((row) => [row.dtype, row.elements]));
    if (expected.dtypes !== undefined) expect(dtypes).toEqual(expected.dtypes);
    const buckets = Object.fromEntries(params.byRole.map((row) => [row.role, row.parameters]));
    if (expected.buckets !== undefined) expect(buckets).toMatchObject(expected.buckets);
  });

  it("knows every role, and its buckets sum to the whole", () => {
    expect(params.unknown).toEqual([]);
    const sum = (of: (row: (typeof params.byRole)[number]) => number) =>
      params.byRole.reduce((total, row) => total + of(row), 0);
    expect(sum((row) => row.parameters)).toBe(params.parameters.total);
    expect(sum((row) => row.elements)).toBe(params.elements.stored);
    expect(sum((row) => row.bytes)).toBe(params.bytes.total);
    expect(arch.parameters.total).toBe(params.parameters.total);
  });

  it("counts active parameters", () => {
    const { active, activeWithoutEmbedding, activeWithoutEmbeddingAndHead } = params.parameters;
    if (expected.active !== undefined) expect(active).toBe(expected.active);
    if (expected.activeB !== undefined) expect(activeWithoutEmbedding).toBe(expected.activeB);
    if (expected.activeC !== undefined) expect(activeWithoutEmbeddingAndHead).toBe(expected.activeC);
    expect(params.parameters.activeCountingCalls).toBe(expected.activeCountingCalls ?? null);
    const figures = [active, activeWithoutEmbedding, activeWithoutEmbeddingAndHead];
    for (const [at, billions] of (expected.activeBillions ?? []).entries())
      expect(((figures[at] ?? 0) / 1e9).toFixed(billions?.split(".")[1]?.length)).toBe(billions);
  });

  it("names family, layers, attention and memory, and finds the config in agreement", () => {
    expect(arch.family).toMatchObject({ id: expected.family, confidence: "certain" });
    expect(arch.layers.count).toEqual({ value: expected.layers, from: "both" });
    if (expected.attention !== undefined) expect(arch.attention?.kind).toBe(expected.attention);
    if (expected.tied !== undefined) expect(arch.embedding.tied).toBe(expected.tied);
    if (expected.kvBytesPerToken !== undefined)
      expect(arch.kvCache?.bytesPerToken).toBe(expected.kvBytesPerToken);
    if (expected.kvGrowing !== undefined) expect(arch.kvCache?.growingBytesPerToken).toBe(expected.kvGrowing);
    if (expected.stateBytes !== undefined) expect(arch.kvCache?.stateBytes).toBe(expected.stateBytes);
    expect(arch.disagreements.filter((each) => each.severity === "error")).toEqual([]);
  });
});

describe.each(UNETS)("$title", ({ tensors, total }) => {
  it("counts every parameter and knows every role", () => {
    const component = componentOfText(tensors, { _class_name: "UNet2DConditionModel" });
    const params = countParameters(component);
    expect(params.parameters.total).toBe(total);
    expect(params.unknown).toEqual([]);
    expect(describeArchitecture(component).family.id).toBe("unet");
  });
});
