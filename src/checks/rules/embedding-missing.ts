import { isUnknownMatrix } from "../../architecture/tensor-roles.ts";
import { formatQuantity } from "../../format/count.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./embedding-missing.md";

interface Lacking extends Seen {
  readonly architecture: string;
  readonly layers: number;
}

/** A causal model without its table of tokens. */
export const embeddingMissing = defineCheck<Lacking>({
  id: "embedding-missing",
  family: "structure",
  severity: "error",
  title: "A language model has no token embedding",
  needs: ["whole", "config", "layers", "doubt"],
  find: ({ model, claims: { architecture } }) => {
    if (architecture === undefined || !/For(?:CausalLM|ConditionalGeneration)$/.test(architecture)) return [];
    if (model.tensorRoles.some((place) => place.bucket === "embedding" || place.role === "embed.token"))
      return [];
    // Of a family that nobody knows, a matrix without a role may be the table.
    if (model.tensorRoles.some((place) => place.stack === null && isUnknownMatrix(place))) return [];
    return [{ architecture, layers: model.layerCount, expected: "a token embedding", found: "none" }];
  },
  message: ({ architecture, layers }) =>
    `${architecture} has ${formatQuantity(layers, "layer")} and no token embedding`,
  fix: "Export the embedding table.",
  page,
});
