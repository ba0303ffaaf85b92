import { expect } from "vitest";
import { type CheckpointSpec, expandName } from "../../fixtures/checkpoint-spec.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { adapterMapData, mapData } from "../../src/report/render/html/map-data.ts";
import { buildWholeReport } from "../../src/report/whole-report.ts";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import { Draft } from "./draft.ts";

/**
 * Cells of the map that are marked, `module layers of experts`, of several components with the component's name before
 * it. Held against the findings of the document, each of which marks some where it names a module.
 */
export async function marksOf(files: Map<string, MemoryFile>): Promise<string[]> {
  const facts = { kind: "local", id: "x", revision: null, commit: null, subfolder: null } as const;
  const checkpoint = await loadCheckpoint(new MemorySource(files, facts));
  const { components, check } = buildWholeReport(checkpoint);
  const seen = new Set<number>();
  const isOfSeveral = components.length > 1;
  const cells = components.flatMap(({ component, precision, arch }) => {
    const own = isOfSeveral ? component : null;
    const map =
      arch.adapter === null
        ? mapData(precision, check.findings, own)
        : adapterMapData(arch.adapter, precision, check.findings, own);
    const told = [...map.outside, ...map.stacks.flatMap(({ rows }) => rows.flatMap((row) => row.cells))];
    for (const at of told.flatMap(({ faults }) => faults)) seen.add(at);
    const inside = map.stacks.flatMap(({ rows }) =>
      rows.flatMap(({ module, cells: runs }) =>
        runs
          .filter(({ faults }) => faults.length > 0)
          .map(({ layers, faulty }) => `${module} ${layers}${faulty === null ? "" : ` of ${faulty}`}`),
      ),
    );
    const outside = map.outside.filter(({ faults }) => faults.length > 0).map(({ module }) => module);
    const of = isOfSeveral ? `${component}: ` : "";
    return [...inside, ...outside].map((cell) => `${of}${cell}`);
  });
  const naming = check.findings.flatMap(({ severity, because, places, component }, at) =>
    severity !== "info" &&
    !(isOfSeveral && component === null) &&
    because.length === 0 &&
    places.some(({ module }) => module !== null)
      ? [at]
      : [],
  );
  expect([...seen].sort()).toEqual(naming);
  return cells.sort();
}

export function without(draft: Draft, ...names: readonly string[]): Draft {
  for (const name of names) if (!draft.tensors.delete(name)) throw new Error(`no ${name}`);
  return draft;
}

/** A draft of a story, all of it in its first shard. */
export function draftOf({ rows, files = {}, shards }: CheckpointSpec): Draft {
  const draft = new Draft();
  for (const [pattern, dtype, shape] of rows)
    for (const { name } of expandName(pattern))
      draft.tensors.set(name, {
        dtype,
        shape,
        shard: shards.length === 1 ? (shards[0] ?? "") : "model.safetensors",
      });
  for (const [file, config] of Object.entries(files))
    draft.configs.set(file, structuredClone(config) as Record<string, unknown>);
  draft.hasIndex = false;
  return draft;
}

/** Drafts as the parts of a pipeline, each in a folder of its name. */
export function pipelineOf(
  parts: Readonly<Record<string, readonly [draft: Draft, library: string, name: string]>>,
): Map<string, MemoryFile> {
  const files = new Map<string, MemoryFile>();
  const index: Record<string, unknown> = { _class_name: "ExamplePipeline" };
  for (const [folder, [draft, library, name]] of Object.entries(parts)) {
    index[folder] = [library, name];
    for (const [path, file] of draft.toFiles()) files.set(`${folder}/${path}`, file);
  }
  files.set("model_index.json", { bytes: Buffer.from(JSON.stringify(index)) });
  return files;
}
