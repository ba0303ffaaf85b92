import { EXPERT_BOXES } from "../../architecture/leaf-tables.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import { findModules, modulesAt } from "../places.ts";
import page from "./expert-layout-mixed.md";

interface Mixed extends Seen {
  readonly others: string;
}

/** Routed experts in one layout all over the model. */
export const expertLayoutMixed = defineCheck<Mixed>({
  id: "expert-layout-mixed",
  family: "structure",
  severity: "warning",
  title: "Experts are stored in two layouts",
  needs: ["whole"],
  find: ({ component, quantization }) => {
    const { kinds } = component;
    const { names } = kinds.table;
    if (!names.segments.hasAny(EXPERT_BOXES)) return [];
    const boxes = findModules(component, (kind) =>
      EXPERT_BOXES.has(names.segments.text(names.segment(kinds.example(kind)))),
    );
    const isSplit = (kind: number) => kinds.childCount(kind) > 0 && /^\d+$/.test(kinds.childName(kind, 0));
    const split = boxes.filter(({ kind }) => isSplit(kind));
    const stacked = boxes.filter(({ kind }) => !isSplit(kind));
    if (split.length === 0 || stacked.length === 0) return [];
    const count = (groups: typeof boxes) => groups.reduce((sum, group) => sum + group.count, 0);
    // Quantizers write linears one by one, and leave alone what is no linear: both layouts are meant, and read.
    const isPacked = ({ kind }: (typeof boxes)[number]) => quantization.totals(kind).auxiliaryElements > 0;
    const isMeant = split.every(isPacked) && !stacked.some(isPacked);
    const [few, many] = count(split) < count(stacked) ? [split, stacked] : [stacked, split];
    return few.map((group) => ({
      ...modulesAt(group),
      ...(isMeant ? { severity: "info" as const } : {}),
      found: few === split ? "one by one" : "stacked",
      expected: few === split ? "stacked" : "one by one",
      others: PlaceSet.modules(many[0]?.patterns ?? []).format() ?? "",
    }));
  },
  message: ({ found, expected, others }) =>
    predicate(`stores its experts ${found}, ${quoteForMessage(others)} ${expected}`),
  fix: "Store all experts either one by one or stacked.",
  page,
});
