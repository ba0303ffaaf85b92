import { formatBytes } from "../../../format/bytes.ts";
import { formatCount, formatShare } from "../../../format/count.ts";
import { type Content, el, right, table } from "../../../page/element.ts";
import type { PageComponent } from "./page-report.ts";

type KvCache = NonNullable<NonNullable<PageComponent["arch"]>["kvCache"]>;

/** Where parameters and bytes are: by role, part, layer, dtype; what is active; what a cache takes. */
export function ledgerSection({ params, arch }: PageComponent): Content {
  if (params === undefined) return null;
  const facts = [...countFacts(params), ...cacheFacts(arch?.kvCache ?? null)];
  return [
    el(
      "dl",
      { class: "facts" },
      facts.map(([label, value]) => [el("dt", {}, label), el("dd", {}, value)]),
    ),
    ...roleTables(params),
    params.byLayer.length > 0 &&
      table(
        "By layer",
        ["list", "layers", right("number"), right("parameters each"), right("parameters"), right("bytes")],
        params.byLayer
          .slice(0, MAX_LAYER_ROWS)
          .map((row) => [
            row.stack,
            row.layers,
            formatCount(row.count),
            formatCount(row.parametersEach),
            formatCount(row.parameters),
            formatCount(row.bytes),
          ]),
      ),
    table(
      "By dtype",
      ["dtype", right("tensors"), right("elements"), right("bytes"), right("of bytes")],
      params.byDtype.map((row) => [
        row.dtype,
        formatCount(row.tensors),
        formatCount(row.elements),
        formatCount(row.bytes),
        formatShare(row.share),
      ]),
    ),
  ];
}

function roleTables(params: NonNullable<PageComponent["params"]>): Content[] {
  return [
    table(
      "By role",
      [
        "role",
        right("tensors"),
        right("parameters"),
        right("elements"),
        right("bytes"),
        right("of parameters"),
      ],
      params.byRole.map((row) => [
        row.role.replaceAll("_", " "),
        formatCount(row.tensors),
        formatCount(row.parameters),
        formatCount(row.elements),
        formatCount(row.bytes),
        formatShare(row.share),
      ]),
    ),
    params.byComponent.length > 1 &&
      table(
        "By part",
        ["part", right("tensors"), right("parameters"), right("bytes")],
        params.byComponent.map((row) => [
          row.component,
          formatCount(row.tensors),
          formatCount(row.parameters),
          formatCount(row.bytes),
        ]),
      ),
  ];
}

/** Runs of layers in the table; a damaged checkpoint may have one for each layer. */
const MAX_LAYER_ROWS = 100;

type Fact = readonly [label: string, value: string];

function countFacts({ parameters, elements, bytes }: NonNullable<PageComponent["params"]>): Fact[] {
  const facts: Fact[] = [
    ["logical parameters", formatCount(parameters.total)],
    [
      "stored elements",
      `${formatCount(elements.stored)}, ${formatCount(elements.auxiliary)} of them scales and metadata`,
    ],
    [
      "bytes",
      `${formatCount(bytes.total)} (${formatBytes(bytes.total)}), ${formatCount(bytes.auxiliary)} of them scales and metadata`,
    ],
  ];
  if (parameters.active !== null && parameters.active !== parameters.total) {
    facts.push(["active (A)", `${formatCount(parameters.active)}: ${parameters.activeBasis}`]);
    if (parameters.activeWithoutEmbedding !== null)
      facts.push(["active without embedding (B)", formatCount(parameters.activeWithoutEmbedding)]);
    if (parameters.activeWithoutEmbeddingAndHead !== null)
      facts.push([
        "active without embedding and head (C)",
        formatCount(parameters.activeWithoutEmbeddingAndHead),
      ]);
  }
  return facts;
}

function cacheFacts(cache: KvCache | null): Fact[] {
  if (cache === null) return [];
  const facts: Fact[] = [];
  facts.push([
    "KV cache a token",
    `${formatCount(cache.bytesPerToken)} bytes at ${cache.elementBytes * 8} bit, in ${formatCount(cache.cachingLayers)} layers`,
  ]);
  if (cache.stateBytes !== null && cache.stateBytes > 0)
    facts.push(["state a sequence", `${formatCount(cache.stateBytes)} bytes`]);
  if (cache.bytesAtContext !== null && cache.context !== null)
    facts.push([
      `cache at ${formatCount(cache.context)} tokens`,
      `${formatCount(cache.bytesAtContext)} bytes (${formatBytes(cache.bytesAtContext)})`,
    ]);
  return facts;
}
