import { NOT_KNOWN } from "../architecture/figure.ts";

/** What has no body of its own has none of these: they are its parts', or its base's. */
export const WITHOUT_FIGURES = {
  layers: { stack: null, count: NOT_KNOWN, mixers: "none", kinds: [] },
  hidden: NOT_KNOWN,
  attention: null,
  moe: null,
  feedForward: { activation: null, widths: [], gated: null },
  norms: { kind: null, placement: "none", epsilon: null },
  embedding: { rows: NOT_KNOWN, width: null, tied: null, headRows: null },
  mtp: { modules: 0, parameters: 0, claimed: null },
  towers: [],
  kvCache: null,
  linears: [],
  diagrams: [],
  structures: [],
  stages: [],
  graph: { nodes: [], edges: [] },
  features: [],
} as const;
