import type { Component } from "../checkpoint/checkpoint.ts";
import { ROOT } from "../safetensors/tensor-names.ts";
import { type Block, type Grid, pinBlock } from "./block-size.ts";
import type { DeclarationLookup } from "./declared.ts";
import { packedPayload, payloadSignature } from "./fallback.ts";
import { moduleTensors } from "./module-tensors.ts";
import { recogniseScheme } from "./module-weights.ts";
import type { DeclaredWeight, SchemeContext } from "./scheme.ts";
import { declaredKeyValueHeads, declaredWidths, inputWidths, isTable, placeOf } from "./surroundings.ts";
import { gatherWeightTensors, type WeightTensors } from "./weight-tensors.ts";

/** What all weights of a model together tell about each: read once, before any weight is read for good. */
export interface Survey {
  readonly component: Component;
  readonly lookup: DeclarationLookup | undefined;
  readonly blocks: ReadonlyMap<string, Block>;
  readonly usualBits: ReadonlyMap<number, number>;
  /** Schemes of sound weights by where they stand, by what stands beside them, and by their payload. */
  readonly schemesAt: ReadonlyMap<string, string>;
  readonly usualFp8Scale: string | undefined;
  readonly widths: readonly number[];
  readonly keyValueHeads: number | null;
}

/** Schemes that are read out of what is missing; they tell nothing about others. */
const TELLS_NOTHING = new Set(["fp8-unscaled", "bnb-4bit", "gguf-in-st"]);

/** Looks at each kind of module once. `counts` is how many modules of each kind there are. */
export function surveyModel(
  component: Component,
  counts: Float64Array,
  lookup: DeclarationLookup | undefined,
  rotations: ReadonlySet<string> = new Set(),
): Survey {
  const blank: Survey = {
    component,
    lookup,
    blocks: new Map(),
    usualBits: new Map(),
    schemesAt: new Map(),
    usualFp8Scale: undefined,
    widths: declaredWidths(component),
    keyValueHeads: declaredKeyValueHeads(component),
  };
  const notes = new SurveyNotes();
  const { kinds } = component;
  for (let kind = 0; kind < kinds.count; kind++) {
    const count = counts[kind] as number;
    if (count === 0) continue;
    const tensors = moduleTensors(kinds, kind, rotations);
    if (tensors.length < 2) continue;
    const node = kinds.example(kind);
    for (const stem of gatherWeightTensors(tensors).stems)
      if (packedPayload(stem) !== undefined)
        notes.add(stem, contextAt(blank, node, stem), placesOf(component, node, stem), count);
  }
  const declared = lookup?.declaration.weight?.block ?? null;
  const blocks = new Map<string, Block>();
  for (const [scheme, grids] of notes.grids) {
    const block = pinBlock(grids, declared);
    if (block !== null) blocks.set(scheme, block);
  }
  return {
    ...blank,
    blocks,
    usualBits: notes.usualBits(),
    schemesAt: notes.schemesAt(),
    usualFp8Scale: notes.usualFp8Scale(),
  };
}

class SurveyNotes {
  readonly grids = new Map<string, { grid: Grid; count: number }[]>();
  private readonly votes = new Map<string, Map<string, number>>();
  private readonly fp8Scales = new Map<string, Map<string, number>>();
  private readonly bits = new Map<number, Map<number, number>>();

  add(tensors: WeightTensors, context: SchemeContext, places: readonly string[], count: number): void {
    const scheme = recogniseScheme(tensors, context);
    if (scheme === undefined || TELLS_NOTHING.has(scheme.id)) return;
    for (const place of places) vote(this.votes, place, scheme.id, count);
    if (scheme.id.startsWith("fp8-") || scheme.id === "mxfp8") {
      const suffix = scheme.read(tensors, context).scale;
      if (suffix !== null) vote(this.fp8Scales, "fp8", suffix, count);
    }
    const grid = scheme.grid?.(tensors);
    if (grid !== undefined) {
      const known = this.grids.get(scheme.id);
      if (known === undefined) this.grids.set(scheme.id, [{ grid, count }]);
      else known.push({ grid, count });
    }
    if (scheme.id !== "mlx-affine" && scheme.id !== "ct-pack-int" && scheme.id !== "metal-affine") return;
    const reading = scheme.read(tensors, context);
    if (reading.bits !== null && reading.group !== null)
      vote(this.bits, reading.bits * reading.group, reading.bits, count);
  }

  usualFp8Scale(): string | undefined {
    return winners(this.fp8Scales).get("fp8");
  }

  schemesAt(): Map<string, string> {
    return winners(this.votes);
  }

  usualBits(): Map<number, number> {
    return winners(this.bits);
  }
}

function vote<K, V>(votes: Map<K, Map<V, number>>, key: K, value: V, count: number): void {
  let counts = votes.get(key);
  if (counts === undefined) {
    counts = new Map();
    votes.set(key, counts);
  }
  counts.set(value, (counts.get(value) ?? 0) + count);
}

function winners<K, V>(votes: ReadonlyMap<K, ReadonlyMap<V, number>>): Map<K, V> {
  const winners = new Map<K, V>();
  for (const [key, counts] of votes) {
    const [best] = [...counts].sort((a, b) => b[1] - a[1])[0] as [V, number];
    winners.set(key, best);
  }
  return winners;
}

/** Where to look for the scheme of a weight, nearest first: same place, same parent and payload, same payload. */
function placesOf(component: Component, node: number, tensors: WeightTensors): string[] {
  const path = component.table.names.name(node);
  const signature = payloadSignature(tensors) ?? "";
  const parent = path.slice(0, Math.max(0, path.lastIndexOf(".")));
  return [
    `at ${placeOf(path)} ${tensors.parameter} ${signature}`,
    `in ${placeOf(parent)} ${signature}`,
    `as ${signature}`,
  ];
}

/** What is known around a weight; costly parts are worked out only when a scheme asks. */
export function contextAt(survey: Survey, node: number, tensors: WeightTensors): SchemeContext {
  const { component } = survey;
  const { names } = component.table;
  const own = node === ROOT ? "" : names.segments.text(names.segment(node));
  return {
    moduleName: tensors.parameter === "" ? own : tensors.parameter,
    blocks: survey.blocks,
    usualBits: survey.usualBits,
    usualFp8Scale: survey.usualFp8Scale,
    keyValueHeads: survey.keyValueHeads,
    get declared(): DeclaredWeight | undefined {
      return declaredAt(survey, node, tensors);
    },
    get widths(): readonly (readonly number[])[] {
      const [rows] = tensors.get("weight", "weight_packed")?.shape.slice(-2) ?? [];
      return inputWidths(component, node, rows, survey.widths);
    },
    get neighbour(): string | undefined {
      for (const place of placesOf(component, node, tensors)) {
        const scheme = survey.schemesAt.get(place);
        if (scheme !== undefined) return scheme;
      }
      return undefined;
    },
  };
}

function declaredAt(survey: Survey, node: number, tensors: WeightTensors): DeclaredWeight | undefined {
  if (survey.lookup === undefined) return undefined;
  const path = survey.component.table.names.name(node);
  const name =
    tensors.parameter === "" ? path : path === "" ? tensors.parameter : `${path}.${tensors.parameter}`;
  const found = survey.lookup.lookup(name, isTable(name) ? "Embedding" : "Linear");
  if (found.state === "quantized") return found.weight;
  // A weight that is packed although the configuration skips it still follows the usual settings.
  return survey.lookup.declaration.weight ?? undefined;
}
