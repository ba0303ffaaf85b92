import type { Component } from "../../src/checkpoint/checkpoint.ts";
import type { Dtype } from "../../src/safetensors/dtype.ts";
import { componentOf, type TensorSpec } from "./component-of.ts";

/**
 * Tensors as lines of text: `name  rows,columns [dtype]`, BF16 where no dtype is given. `{0-3,8}`, `{3-59:4}` and
 * `{q,k,v}` in a name stand for each of their members; `-` is the shape of a scalar.
 */
export function* tensorsOf(text: string): Generator<TensorSpec> {
  for (const line of text.split("\n")) {
    const [name, shape, dtype = "BF16"] = line.trim().split(/\s+/) as [string, string?, string?];
    if (name === "" || shape === undefined) continue;
    const dims = shape === "-" ? [] : shape.split(",").map(Number);
    for (const each of expandLists(name)) yield [each, dtype as Dtype, dims];
  }
}

/** A component of such lines with this config.json. */
export function componentOfText(text: string, config?: unknown): Component {
  return componentOf(tensorsOf(text), config === undefined ? {} : { configs: { "config.json": config } });
}

function* expandLists(pattern: string): Generator<string> {
  const match = /^(.*?)\{([^}]*)\}(.*)$/s.exec(pattern);
  if (match === null) {
    yield pattern;
    return;
  }
  const [, before, list, after] = match as unknown as [string, string, string, string];
  for (const member of list.split(",").flatMap(expandRange)) yield* expandLists(`${before}${member}${after}`);
}

function expandRange(item: string): string[] {
  const range = /^(\d+)-(\d+)(?::(\d+))?$/.exec(item);
  if (range === null) return [item];
  const [first, last, step] = [Number(range[1]), Number(range[2]), Number(range[3] ?? 1)];
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, k) => String(first + k * step));
}
