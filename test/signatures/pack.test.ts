import fs from "node:fs";
import { describe, expect, test } from "vitest";
import type { Library } from "../../src/signatures/signature.ts";
import { openSignatures } from "../../src/signatures/store.ts";
import type { Derived } from "../../tools/signatures/derived.ts";
import { distrustedPatterns } from "../../tools/signatures/distrust.ts";
import { mergeOnto } from "../../tools/signatures/merge.ts";
import { packFile } from "../../tools/signatures/pack-file.ts";
import { unpackClasses } from "../../tools/signatures/unpacked.ts";

const whole = unpackClasses(fs.readFileSync("src/signatures/signatures.data"));
const llama = "LlamaForCausalLM";
// The pieces of a text model, of the first classes of diffusers and of the last of transformers.
const some = whole.filter(
  (group, at) => at === 0 || at === whole.length - 1 || group.some((each) => each.class === llama),
);

/** All that a file says of each of its classes, rows in one order. */
function saidBy(data: Uint8Array): Record<string, unknown> {
  const store = openSignatures(data);
  const sorted = (rows: readonly unknown[] | undefined): string[] | undefined =>
    rows?.map((row) => JSON.stringify(row)).sort();
  return Object.fromEntries(
    store.listSignatures().map(({ library, className, modelTypes }) => {
      const found = store.signatureFor({ library, className, modelType: modelTypes[0] });
      const { rows, runtime, unknown, ...rest } = found as NonNullable<typeof found>;
      const sides = [sorted(rows), sorted(unknown), sorted(runtime?.rows), sorted(runtime?.unknown)];
      return [`${library} ${className}`, JSON.parse(JSON.stringify([sides, rest]))];
    }),
  );
}

const trustAll = (): ReadonlySet<string> => new Set();
const said = saidBy(packFile(some, trustAll));

describe("what was packed once", () => {
  test("is packed again as it was", () => {
    const old = openSignatures(fs.readFileSync("src/signatures/signatures.data"));
    expect(Object.keys(said).length).toBe(some.flat().length);
    for (const { library, class: className, modelTypes, rows } of some.flat()) {
      const claims = { library: library as Library, className, modelType: modelTypes[0] };
      expect(old.signatureFor(claims)?.rows.length, className).toBe(rows.length);
    }
    const again = packFile(some, trustAll);
    expect(saidBy(packFile(unpackClasses(again), trustAll))).toEqual(said);
    expect(packFile(unpackClasses(again), trustAll).equals(again)).toBe(true);
  });

  test("changes in the class alone that was derived anew", () => {
    const old = some.flat().find((each) => each.class === llama) as Derived;
    const { packed: _, ...anew } = { ...old, rows: old.rows.slice(1), singles: {} };
    const merged = saidBy(packFile(mergeOnto(some, [anew]), trustAll));
    const changed = Object.keys(said).filter(
      (key) => JSON.stringify(merged[key]) !== JSON.stringify(said[key]),
    );
    expect(Object.keys(merged)).toEqual(Object.keys(said));
    expect(changed).toEqual([`transformers ${llama}`]);
  });

  test("takes in a new class beside those of its model", () => {
    const old = some.flat().find((each) => each.class === llama) as Derived;
    const merged = mergeOnto(some, [{ ...old, class: "LlamaForNothing" }]);
    expect(merged.length).toBe(some.length);
    const names = merged
      .find((group) => group.some((each) => each.class === llama))
      ?.map((each) => each.class);
    expect(names?.at(-1)).toBe("LlamaForNothing");
  });

  test("is unknown where a report found it wrong, and doubted no further", () => {
    const pattern = "model.layers.{0}.mlp.down_proj.weight";
    const reports = new Map([[`transformers ${llama}`, new Set([pattern])]]);
    const masked = packFile(some, (each) => distrustedPatterns(each, reports));
    const found = openSignatures(masked).signatureFor({ library: "transformers", className: llama });
    expect(found?.unknown).toContain(pattern);
    expect(found?.rows.map((row) => row.pattern)).not.toContain(pattern);
    const after = saidBy(masked);
    const changed = Object.keys(said).filter(
      (key) => JSON.stringify(after[key]) !== JSON.stringify(said[key]),
    );
    expect(changed).toEqual([`transformers ${llama}`]);
  });
});
