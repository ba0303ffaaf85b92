import { isSideScope } from "../../architecture/roles.ts";
import { member } from "../../checkpoint/config.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Words that are looked at; no tokenizer adds more. */
const MAX_ADDED = 200_000;

/** Words that the tokenizer adds behind the last row of the table: their ids have no row. */
export function findTokensWithoutRow(scene: Scene): Fault[] {
  const { component } = scene;
  const { configs } = component;
  const files = FILES.filter(({ name }) => configs.has(name));
  if (files.length === 0 || adapterOf(component) !== null) return [];
  const { model } = scene;
  const table = model.tensorRoles.find(
    ({ role, scope, part, shape, count }) =>
      role === "embed.token" && part === "weight" && !isSideScope(scope) && shape.length === 2 && count === 1,
  );
  const rows = table && model.weights.tensor(table.node).shape?.[0];
  if (table === undefined || rows === undefined) return [];
  for (const { name, idsOf } of files) {
    const beyond = idsOf(configs.get(name)).filter((id) => id >= rows);
    const at = PlaceSet.tensorPaths([table.segments]);
    if (beyond.length > 0)
      return [fault("tokens.without-row", at, { file: name, ids: beyond.sort((a, b) => a - b), rows })];
  }
  return [];
}

/** Where tokenizers keep what was added, and the ids in it. */
const FILES: readonly { readonly name: string; readonly idsOf: (file: unknown) => number[] }[] = [
  {
    name: "added_tokens.json",
    idsOf: (file) => (isObject(file) ? Object.values(file).slice(0, MAX_ADDED).filter(isId) : []),
  },
  {
    name: "tokenizer_config.json",
    idsOf: (file) => {
      const added = member(file, "added_tokens_decoder");
      return isObject(added) ? Object.keys(added).slice(0, MAX_ADDED).map(Number).filter(isId) : [];
    },
  },
];

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
