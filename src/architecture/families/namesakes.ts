import { type Family, llamaNames } from "./family.ts";
import type { Traits } from "./traits.ts";

/** Families in Llama's names that nothing but the config's word tells apart: id, title, `model_type`, and what else is known. */
const ROWS: readonly (readonly [id: string, title: string, modelType: string, traits?: Traits])[] = [
  ["seed-oss", "Seed-OSS", "seed_oss"],
  ["mimo", "MiMo", "mimo"],
  ["smollm3", "SmolLM3", "smollm3", { naming: "llama", formula: "dense" }],
  ["internlm3", "InternLM3", "internlm3"],
  ["exaone4", "EXAONE 4", "exaone4"],
  ["ernie4.5", "ERNIE 4.5", "ernie4_5"],
  ["dots1", "dots.llm1", "dots1"],
  // Two stacks, each called several times over.
  ["hrm", "HRM", "hrm_text", { callsLayersAgain: true }],
  ["stablelm", "StableLM", "stablelm", { naming: "llama" }],
];

/** They stand last, so that names alone never lead to them. */
export const NAMESAKES: readonly Family[] = ROWS.map(([id, title, modelType, traits]) => ({
  id,
  title,
  modelTypes: [modelType],
  ...traits,
  matches: llamaNames,
}));
