import { defineCheck, predicate, type Seen } from "../check.ts";
import { quantizedPlaces } from "../quantized-places.ts";
import page from "./quantized-embedding.md";

/** The token embedding is quantized. */
export const quantizedEmbedding = defineCheck<Seen>({
  id: "quantized-embedding",
  family: "quantization",
  severity: "warning",
  title: "The token embedding is quantized",
  needs: ["quantized"],
  find: (subject) =>
    quantizedPlaces(subject, ({ role }) => role === "embed.token").map(({ bits: _, ...seen }) => ({
      ...seen,
      severity: "warning",
    })),
  message: ({ found }) => predicate(`is ${found}`),
  fix: "Keep the embedding in 16 bits, or make sure that your engine reads it packed.",
  page,
});
