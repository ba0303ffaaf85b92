import type { LayerGroup } from "../../architecture/layers.ts";
import type { Bucket } from "../../architecture/roles.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { formatIndexRanges } from "../../format/ranges.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./layer-gap.md";

interface Gap extends Seen {
  readonly prefix: string;
}

/** Layer numbers without gaps. */
export const layerGap = defineCheck<Gap>({
  id: "layer-gap",
  family: "structure",
  severity: "error",
  title: "Layers are missing from the middle of the list",
  needs: ["whole", "layers", "doubt"],
  find: ({ component, model }) => {
    // An adapter is free to change some layers only.
    if (adapterOf(component) !== null) return [];
    return model.stacks.flatMap(({ prefix, groups }) => {
      if (isSequence(groups)) return [];
      const members = groups.flatMap((group) => group.members).sort((a, b) => a - b);
      const missing = missingNumbers(members);
      if (missing.length === 0) return [];
      return [
        {
          at: PlaceSet.modules([[...prefix.split("."), { prefix: "", members: missing }]]),
          expected: `0-${members.at(-1)}`,
          found: formatIndexRanges(members),
          prefix,
        },
      ];
    });
  },
  message: ({ prefix, found, expected }) =>
    `${quoteForMessage(prefix)}: ${found} are stored where ${expected} are expected`,
  fix: "Export the missing layers, or number the layers anew without gaps.",
  page,
});

/** What mixes positions in a layer, as no step of a sequence of convolutions does. */
const MIXERS: ReadonlySet<Bucket> = new Set<Bucket>([
  "attention",
  "linear_attention",
  "ssm",
  "rwkv",
  "experts",
]);

/** Steps of a codec or a stem, some of which store nothing: activations own the numbers that are missing. */
function isSequence(groups: readonly LayerGroup[]): boolean {
  const tensorRoles = groups.flatMap(({ tensorRoles }) => tensorRoles);
  return (
    tensorRoles.some(({ shape }) => shape.length >= 3) &&
    !tensorRoles.some(({ bucket }) => MIXERS.has(bucket))
  );
}

/** Numbers told of a gap; a hostile name may claim layer 999,999,999. */
const MAX_MISSING = 10_000;

function missingNumbers(members: readonly number[]): number[] {
  const have = new Set(members);
  const missing: number[] = [];
  for (let number = 0; number < (members.at(-1) ?? 0) && missing.length < MAX_MISSING; number++)
    if (!have.has(number)) missing.push(number);
  return missing;
}
