import type { Model } from "../../architecture/model.ts";
import { isUnknownMatrix, type TensorRole } from "../../architecture/tensor-roles.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { formatQuantity } from "../../format/count.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import page from "./embedding-missing.md";

interface Lacking extends Seen {
  readonly architecture: string;
  readonly layers: number;
  readonly isUnderHead: boolean;
}

/** Classes that write words, and so read them. */
const WRITERS = /(?:For(?:CausalLM|ConditionalGeneration)|LMHeadModel)$/;

/** A causal model without its table of tokens. */
export const embeddingMissing = defineCheck<Lacking>({
  id: "embedding-missing",
  family: "structure",
  severity: "error",
  title: "A language model has no token embedding",
  needs: ["whole", "config", "layers", "doubt"],
  find: ({ model, claims: { architecture } }) => {
    if (architecture === undefined || !WRITERS.test(architecture)) return [];
    const head = soleHead(model);
    if (head !== undefined && model.claims.flag("tie_word_embeddings")?.value !== false)
      return [
        {
          severity: "warning",
          at: PlaceSet.tensorPaths([head.segments]),
          architecture,
          layers: model.layerCount,
          expected: "the table of tokens under its own name",
          found: "its name as a head",
          isUnderHead: true,
          fix: "Store the tied table under the name of the embedding; loaders tie the head to it.",
        },
      ];
    if (
      model.tensorRoles.some(
        (tensorRole) => tensorRole.bucket === "embedding" || tensorRole.role === "embed.token",
      )
    )
      return [];
    // Of a family that nobody knows, a matrix without a role may be the table.
    if (model.tensorRoles.some((tensorRole) => tensorRole.stack === null && isUnknownMatrix(tensorRole)))
      return [];
    return [
      {
        architecture,
        layers: model.layerCount,
        expected: "a token embedding",
        found: "none",
        isUnderHead: false,
      },
    ];
  },
  message: ({ architecture, layers, isUnderHead }) =>
    isUnderHead
      ? predicate(
          "holds the only table of tokens: loaders that look for the embedding by its name start it at random",
        )
      : `${architecture} has ${formatQuantity(layers, "layer")} and no token embedding`,
  fix: "Export the embedding table.",
  page,
});

/** A head over words in a model that stores no table of words, and nothing that could be one. */
function soleHead({ tensorRoles }: Model): TensorRole | undefined {
  const outside = tensorRoles.filter(({ stack, part }) => stack === null && part !== "bias");
  const head = outside.find(
    ({ role, part, shape }) => role === "head.lm" && part === "weight" && shape.length === 2,
  );
  if (head === undefined) return undefined;
  const isTable = ({ role, shape }: TensorRole) =>
    role === "embed.token" || (shape.length === 2 && shape[0] === head.shape[0] && role !== "head.lm");
  return outside.some((tensorRole) => isTable(tensorRole) || isUnknownMatrix(tensorRole)) ? undefined : head;
}
