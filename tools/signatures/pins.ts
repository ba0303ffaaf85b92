// Holds signatures against pins (pins.py): an equation between a configuration and a shape, by class.
//
//   node run.mjs pins DATA PINS.ndjson
import fs from "node:fs";
import { expectTensors, nameAt } from "../../src/signatures/expect.ts";
import type { Library } from "../../src/signatures/signature.ts";
import { openSignatures } from "../../src/signatures/store.ts";
import { product } from "./judge.ts";

interface Fact {
  readonly pin: number;
  readonly kind: "shape" | "stored" | "members";
  readonly name: string;
  readonly axis?: number;
  readonly value: number | boolean;
}

interface Line {
  readonly library: Library;
  readonly class: string;
  readonly modelType: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly pins: number;
  readonly facts: readonly Fact[];
}

const [data, pins] = process.argv.slice(2) as [string, string];
const store = openSignatures(fs.readFileSync(data));
const follow = new Map<string, boolean>();
const counted = new Map<string, number>();
for (const text of fs.readFileSync(pins, "utf8").trimEnd().split("\n")) {
  const line = JSON.parse(text) as Line;
  counted.set(line.class, line.pins);
  const shapes = shapesOf(line);
  for (const fact of line.facts) {
    const key = `${line.class} ${fact.pin} ${fact.name}`;
    const holds = shapes !== undefined && isSo(fact, shapes);
    follow.set(key, holds && follow.get(key) !== false);
    if (!holds) console.log(`${line.class}: ${JSON.stringify(fact)} does not follow`);
  }
}
const all = [...counted.values()].reduce((sum, count) => sum + count, 0);
console.log(`${[...follow.values()].filter(Boolean).length} of ${all} pins follow from signatures`);

/** Names and shapes that follow for a configuration; undefined where nothing does. */
function shapesOf(line: Line): ReadonlyMap<string, readonly (number | undefined)[]> | undefined {
  const signature = store.signatureFor({
    library: line.library,
    className: line.class,
    modelType: line.modelType,
  });
  const expected = signature && expectTensors(signature, line.config);
  if (expected?.status !== "known") return undefined;
  const out = new Map<string, readonly (number | undefined)[]>();
  for (const { pattern, indices, shape } of expected.tensors)
    for (const place of product(indices)) out.set(nameAt(pattern, place), shape);
  return out;
}

function isSo(
  { kind, name, axis, value }: Fact,
  shapes: ReadonlyMap<string, readonly (number | undefined)[]>,
) {
  if (kind === "shape") return shapes.get(name)?.[axis ?? 0] === value;
  const inside = [...shapes.keys()].filter((each) => each === name || each.startsWith(`${name}.`));
  if (kind === "stored") return inside.length > 0 === value;
  return new Set(inside.map((each) => each.slice(name.length + 1).split(".")[0])).size === value;
}
