import { EXPERT_BOXES } from "../../architecture/leaf-tables.ts";
import { groupChildren } from "../../checkpoint/repeats.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { formatIndexRanges } from "../../format/ranges.ts";
import { defineCheck, type Seen } from "../check.ts";
import { findModules, placesOf } from "../places.ts";
import type { Subject } from "../subject.ts";
import page from "./expert-gap.md";

/** Expert numbers without gaps, the same count in every layer that is otherwise alike. */
export const expertGap = defineCheck<Seen>({
  id: "expert-gap",
  family: "structure",
  severity: "error",
  title: "Experts are missing from a layer",
  needs: ["whole"],
  find: (subject) => {
    const boxes = expertBoxes(subject);
    return boxes.flatMap(({ group, numbers, routed }) => {
      const most = routed ?? usualCount(boxes);
      const isWhole = numbers.length === most && numbers.at(-1) === most - 1;
      if (isWhole || (routed === undefined && numbers.length > most)) return [];
      const expected = `${most} experts, 0-${most - 1}`;
      return [{ ...placesOf(group.patterns, group.count), expected, found: formatIndexRanges(numbers) }];
    });
  },
  message: ({ where, expected, found }) =>
    `${quoteForMessage(where ?? "")}: ${found} are stored, expected ${expected}`,
  fix: "Export the experts of all ranks into one checkpoint.",
  page,
});

function expertBoxes(subject: Subject) {
  const { kinds } = subject.component;
  const numbersOf = (kind: number) =>
    groupChildren(kinds, kind)
      .flatMap((group) =>
        group.members === null && /^\d{1,9}$/.test(group.stem)
          ? [Number(group.stem)]
          : group.stem === ""
            ? (group.members ?? [])
            : [],
      )
      .sort((a, b) => a - b);
  const { names } = kinds.table;
  return findModules(subject.component, (kind) => {
    const node = kinds.example(kind);
    return EXPERT_BOXES.has(names.segments.text(names.segment(node))) && numbersOf(kind).length > 1;
  })
    .filter(({ patterns }) => EXPERT_BOXES.has(String(patterns[0]?.at(-1))))
    .map((group) => ({ group, numbers: numbersOf(group.kind), routed: routerRows(subject, group.node) }));
}

/** Rows of the router beside the experts: how many experts it chooses from. Undefined where there is none, or zero experts. */
function routerRows({ component }: Subject, node: number): number | undefined {
  const { kinds, table } = component;
  const { names } = table;
  const siblings = kinds.kindOf(names.parent(node));
  for (let position = 0; position < kinds.childCount(siblings); position++) {
    if (!/^(?:gate|router)$/.test(kinds.childName(siblings, position))) continue;
    const router = names.findChild(names.parent(node), kinds.childSegment(siblings, position));
    const weight = table.rowAt(names.find(`${names.name(router)}.weight`));
    const shape = weight < 0 ? [] : table.shape(weight);
    if (shape.length === 2) return shape[0];
  }
  return undefined;
}

function usualCount(boxes: readonly { readonly numbers: readonly number[] }[]): number {
  return boxes.reduce((most, { numbers }) => Math.max(most, numbers.length), 0);
}
