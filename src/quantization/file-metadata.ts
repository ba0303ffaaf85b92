import type { Component } from "../checkpoint/checkpoint.ts";
import { member } from "../checkpoint/config.ts";
import {
  type Declaration,
  MAX_DECLARED_ENTRIES,
  makeDeclaration,
  NO_WEIGHT,
  type Override,
} from "./declaration.ts";
import { makeRule } from "./name-rules.ts";
import type { DeclaredWeight } from "./scheme.ts";

/** Key of a header's `__metadata__` under which ComfyUI's converters and ModelOpt's diffusers export list quantized layers. */
const KEY = "_quantization_metadata";

/** Bits of a value and its group, by the format names of ComfyUI's loader. */
const FORMATS: Readonly<Record<string, { readonly bits: number; readonly group: number | null }>> = {
  float8_e4m3fn: { bits: 8, group: null },
  float8_e5m2: { bits: 8, group: null },
  int8_tensorwise: { bits: 8, group: null },
  mxfp8: { bits: 8, group: 32 },
  nvfp4: { bits: 4, group: 16 },
};

/**
 * What the headers themselves declare: `{"layers": {"<module>": {"format": "nvfp4"}}}`, in full tensor paths. Undefined
 * where no shard declares anything.
 */
export function parseFileMetadata(component: Component): Declaration | undefined {
  const texts = component.shards.flatMap((shard) => {
    const text = shard.status === "read" ? shard.metadata?.get(KEY) : undefined;
    return text === undefined ? [] : [{ file: shard.path, text }];
  });
  const overrides = texts.flatMap(({ text }) => parseLayers(text)).slice(0, MAX_DECLARED_ENTRIES);
  const [first] = texts;
  if (first === undefined || overrides.length === 0) return undefined;
  const place = `__metadata__.${KEY}`;
  return makeDeclaration({ file: first.file, configPath: place, method: "comfy", weight: null, overrides });
}

function parseLayers(text: string): Override[] {
  const layers = member(parseJson(text), "layers");
  if (typeof layers !== "object" || layers === null || Array.isArray(layers)) return [];
  return Object.entries(layers).flatMap(([name, layer]) => {
    const format = member(layer, "format");
    return typeof format === "string" ? [{ rule: makeRule(name, "exact"), weight: weightOf(format) }] : [];
  });
}

function weightOf(format: string): DeclaredWeight {
  const known = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  return {
    ...NO_WEIGHT,
    method: "comfy",
    format,
    bits: known?.bits ?? null,
    group: known?.group ?? null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // somebody else's text under this key
  }
}
