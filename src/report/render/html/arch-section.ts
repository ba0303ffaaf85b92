import { formatCount, formatShortCount } from "../../../format/count.ts";
import { drawStrip, nodeDetails, structureLetter, structureTable } from "../../../page/arch-draw.ts";
import type { StructureData } from "../../../page/data.ts";
import { type Content, el, right, table } from "../../../page/element.ts";
import { drawBoxes } from "../../../page/stage-draw.ts";
import { graphSection } from "./graph-section.ts";
import { type PageComponent, schemeTitles } from "./page-report.ts";

/** Structures that are drawn before any script runs; of more there are tables alone. */
const MAX_DRAWN = 3;

/** Structures whose boxes are told before any script runs. */
const MAX_TOLD = 6;

/** A layer of each structure; of an adapter what it is put on instead. */
export function archSection(
  component: PageComponent,
  structures: readonly StructureData[],
  share: number,
): Content {
  const { arch } = component;
  if (arch === undefined) return null;
  if (arch.adapter !== null) return adapterTable(arch.adapter);
  if (structures.length === 0) return null;
  const titles = schemeTitles(component);
  const stacks = [...new Set(structures.map(({ stack }) => stack))];
  return [
    arch.features.length > 0 && el("p", {}, arch.features.join(" · ")),
    graphSection(arch.graph, structures, titles),
    stacks.map((stack) => {
      const own = structures.filter((each) => each.stack === stack);
      return (
        own.length > 1 &&
        el(
          "figure",
          { class: "scroll strip", tabindex: 0, role: "group", "aria-label": `Layers of ${stack}` },
          drawStrip(own, -1),
        )
      );
    }),
    el(
      "div",
      { class: "structures" },
      structures.map((structure, at) => {
        const letter = stacks.length === 1 && structures.length > 1 ? `${structureLetter(at)}: ` : "";
        return el(
          "details",
          { class: "structure", open: at === 0, "data-structure": at },
          el(
            "summary",
            {},
            el("b", {}, `${letter}${structure.title}`),
            ` ${formatShortCount(structure.parametersEach)} parameters${structure.skips === undefined ? " each" : ""}`,
          ),
          el("p", { class: "muted" }, structure.facts.join(" · ")),
          at < MAX_DRAWN * share &&
            el(
              "div",
              { class: "scroll", tabindex: 0, role: "group", "aria-label": `Drawing of ${structure.title}` },
              drawBoxes(structure, null),
            ),
          at < MAX_TOLD * share && structureTable(structure),
          at < MAX_TOLD * share &&
            structure.nodes
              .filter(({ lanes, linears }) => lanes.length + linears.length > 0)
              .map((node) => [el("h4", {}, node.title), nodeDetails(node)]),
        );
      }),
    ),
    structures.some(({ nodes }) =>
      nodes.some(({ lanes }) => lanes.some(([, steps]) => steps.some(({ isClaim }) => isClaim))),
    ) && el("p", { class: "muted" }, "c: config.json says so; headers cannot."),
  ];
}

function adapterTable(adapter: NonNullable<NonNullable<PageComponent["arch"]>["adapter"]>): Content {
  return table(
    "What it is put on",
    ["module", right("number"), right("rank"), right("in → out")],
    adapter.targetDetails.map((target) => [
      target.pattern,
      formatCount(target.count),
      target.rank === null ? "?" : formatCount(target.rank),
      `${target.in === null ? "?" : formatCount(target.in)} → ${target.out === null ? "?" : formatCount(target.out)}`,
    ]),
  );
}
