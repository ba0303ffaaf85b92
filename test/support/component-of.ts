import { Component } from "../../src/checkpoint/checkpoint.ts";
import { DTYPES, type Dtype } from "../../src/safetensors/dtype.ts";
import { HeaderMetadata } from "../../src/safetensors/header-metadata.ts";
import { TensorTable } from "../../src/safetensors/tensor-table.ts";

/** A tensor as tests write it: name, dtype, shape. Offsets play no part in what they ask. */
export type TensorSpec = readonly [name: string, dtype: Dtype, shape: readonly number[]];

export interface ComponentExtras {
  readonly configs?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A component with these tensors, without any file. */
export function componentOf(tensors: Iterable<TensorSpec>, extras: ComponentExtras = {}): Component {
  const table = new TensorTable();
  const encoder = new TextEncoder();
  for (const [name, dtype, shape] of tensors) {
    const bytes = encoder.encode(name);
    const node = table.names.insert(bytes, 0, bytes.length, 0);
    const dims = Float64Array.from(shape);
    let id = table.shapes.find(dims, dims.length);
    if (id < 0)
      id = table.shapes.add(
        dims,
        dims.length,
        shape.reduce((product, dim) => product * dim, 1),
      );
    table.append(node, DTYPES.indexOf(dtype), id, 0, 0, 0);
  }
  return new Component({
    name: ".",
    layout: "single",
    shards: [
      {
        status: "read",
        path: "model.safetensors",
        fileBytes: 0,
        headerBytes: 0,
        tensorCount: table.count,
        metadata: extras.metadata === undefined ? null : new HeaderMetadata(Object.entries(extras.metadata)),
      },
    ],
    index: null,
    configs: new Map(Object.entries(extras.configs ?? {})),
    table,
  });
}

/** Names with braces: `layers.{0-2}.w` stands for three. */
export function* expand(pattern: string): Generator<string> {
  const match = /^(.*?)\{(\d+)-(\d+)\}(.*)$/s.exec(pattern);
  if (match === null) {
    yield pattern;
    return;
  }
  const [, before, first, last, after] = match as unknown as [string, string, string, string, string];
  for (let n = Number(first); n <= Number(last); n++) yield* expand(`${before}${n}${after}`);
}

/** Tensor specs with patterns for names, expanded. */
export function* expandAll(specs: Iterable<TensorSpec>): Generator<TensorSpec> {
  for (const [pattern, dtype, shape] of specs) for (const name of expand(pattern)) yield [name, dtype, shape];
}
