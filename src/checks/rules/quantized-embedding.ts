import type { TensorRole } from "../../architecture/tensor-roles.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import { quantizedPlaces } from "../quantized-places.ts";
import type { Subject } from "../subject.ts";
import page from "./quantized-embedding.md";

/** Whether the configuration means the table, by its class or by name: then it was quantized on purpose. */
function isTargeted({ model, quantization }: Subject, { node }: TensorRole): boolean {
  const { names } = quantization.kinds.table;
  const name = names.name(model.weights.tensor(node).owner);
  return quantization.declarations[0]?.lookup(name, "Embedding").state === "quantized";
}

/** The token embedding is quantized. */
export const quantizedEmbedding = defineCheck<Seen>({
  id: "quantized-embedding",
  family: "quantization",
  severity: "warning",
  title: "The token embedding is quantized",
  needs: ["quantized"],
  find: (subject) =>
    quantizedPlaces(
      subject,
      (tensorRole) => tensorRole.role === "embed.token" && !isTargeted(subject, tensorRole),
    ).map(({ bits: _, ...seen }) => ({ ...seen, severity: "warning" })),
  message: ({ found }) => predicate(`is ${found}`),
  fix: "Keep the embedding in 16 bits, or make sure that your engine reads it packed.",
  page,
});
