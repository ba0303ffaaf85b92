import { EXPERT_BOXES } from "../../architecture/leaf-tables.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { groupChildren } from "../../checkpoint/repeats.ts";
import { formatIndexRanges } from "../../format/ranges.ts";
import { defineCheck, remark, type Seen } from "../check.ts";
import { findModules, modulesAt } from "../places.ts";
import type { Subject } from "../subject.ts";
import page from "./expert-gap.md";

interface Gap extends Seen {
  /** Numbers of the experts that are not stored, as ranges. */
  readonly missing: string;
}

/** Expert numbers without gaps, the same count in every layer that is otherwise alike. */
export const expertGap = defineCheck<Gap>({
  id: "expert-gap",
  family: "structure",
  severity: "error",
  title: "Experts are missing from a layer",
  needs: ["whole", "doubt"],
  find: (subject) => {
    const boxes = expertBoxes(subject);
    const gaps = boxes.flatMap(({ group, numbers, routed }) => {
      const most = routed ?? usualCount(boxes);
      const isWhole = numbers.length === most && numbers.at(-1) === most - 1;
      if (isWhole || (routed === undefined && numbers.length > most)) return [];
      const places = modulesAt(group);
      const expected = `${most} experts, 0-${most - 1}`;
      return [
        { ...places, expected, found: formatIndexRanges(numbers), missing: missingBelow(most, numbers) },
      ];
    });
    return [...gaps, ...lonelyRouters(subject, boxes)];
  },
  message: ({ expected, found, missing }) =>
    remark(`${found} are stored, expected ${expected}${missing === "" ? "" : `: ${missing} missing`}`),
  fix: "Export the experts of all ranks into one checkpoint.",
  page,
});

function expertBoxes(subject: Subject) {
  const { kinds } = subject.component;
  if (!kinds.table.names.segments.hasAny(EXPERT_BOXES)) return [];
  const numbersOf = (kind: number) =>
    groupChildren(kinds, kind)
      .flatMap((group) =>
        group.members === null && /^\d{1,9}$/.test(group.prefix)
          ? [Number(group.prefix)]
          : group.prefix === ""
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

/** Routers that choose among as many experts as the configuration or other layers have, and beside which there is none. */
function lonelyRouters(subject: Subject, boxes: readonly { readonly routed: number | undefined }[]): Gap[] {
  if (!subject.component.table.names.segments.hasAny(ROUTERS)) return [];
  const claimed = subject.claims.integer("experts")?.value;
  return findModules(subject.component, (kind) => isRouterAlone(subject, kind)).flatMap(
    ({ patterns, count, node }) => {
      const rows = routerRowsIn(subject, node);
      if (rows === undefined || (rows !== claimed && !boxes.some(({ routed }) => routed === rows))) return [];
      const range = `0-${rows - 1}`;
      const expected = `${rows} experts, ${range}`;
      return [
        {
          at: PlaceSet.modules(
            patterns.map((parts) => [...parts, "experts"]),
            count,
          ),
          expected,
          found: "none",
          missing: range,
        },
      ];
    },
  );
}

/** Whether a module holds a router and shared experts at the most. */
function isRouterAlone({ component: { kinds } }: Subject, kind: number): boolean {
  // What holds a gate and its correction alone is the router itself: the experts are beside it (`mlp.router.gate`).
  if (ROUTER.test(kinds.table.names.segments.text(kinds.table.names.segment(kinds.example(kind)))))
    return false;
  let hasRouter = false;
  for (let position = 0; position < kinds.childCount(kind); position++) {
    const name = kinds.childName(kind, position);
    if (ROUTER.test(name)) hasRouter = true;
    else if (!/^shared_experts?(?:_gate)?$|^e_score_correction_bias$/.test(name)) return false;
  }
  return hasRouter;
}

const ROUTERS = ["gate", "router"];
const ROUTER = new RegExp(`^(?:${ROUTERS.join("|")})$`);

/** The same as a bare tensor (the towers of Dots). */
const ROUTER_WEIGHT = new RegExp(`^(?:${ROUTERS.join("|")})_weight$`);

/** Rows of the router beside the experts: how many experts it chooses from. Undefined where there is none, or zero experts. */
function routerRows(subject: Subject, node: number): number | undefined {
  return routerRowsIn(subject, subject.component.table.names.parent(node));
}

/** Rows of the router in a module. */
function routerRowsIn({ component }: Subject, node: number): number | undefined {
  const { kinds, table } = component;
  const { names } = table;
  const inside = kinds.kindOf(node);
  for (let position = 0; position < kinds.childCount(inside); position++) {
    const name = kinds.childName(inside, position);
    if (!ROUTER.test(name) && !ROUTER_WEIGHT.test(name)) continue;
    const router = names.findChild(node, kinds.childSegment(inside, position));
    // A router that is packed has no `weight` of its own, or one that is only the folder of its parts.
    const row = table.rowNamed(ROUTER.test(name) ? `${names.name(router)}.weight` : names.name(router));
    const shape = row === undefined ? [] : table.shape(row);
    if (shape.length === 2) return shape[0];
  }
  return undefined;
}

/** Router rows beyond this are no count of experts. */
const MAX_LISTED = 10_000;

function missingBelow(most: number, numbers: readonly number[]): string {
  const stored = new Set(numbers);
  const all = Array.from({ length: Math.min(most, MAX_LISTED) }, (_, number) => number);
  return formatIndexRanges(all.filter((number) => !stored.has(number)));
}

function usualCount(boxes: readonly { readonly numbers: readonly number[] }[]): number {
  return boxes.reduce((most, { numbers }) => Math.max(most, numbers.length), 0);
}
