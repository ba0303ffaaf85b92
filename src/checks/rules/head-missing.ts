import type { Component } from "../../checkpoint/checkpoint.ts";
import type { Claims } from "../../checkpoint/claims.ts";
import { fromConfig } from "../config-disagreements.ts";
import page from "./head-missing.md";

/** The configuration unties the head and none is stored. */
export const headMissing = fromConfig(
  ["tie.config"],
  {
    id: "head-missing",
    family: "config",
    severity: "error",
    title: "The configuration unties the head and none is stored",
    tell: ({ config }) =>
      `the configuration unties the head from the embedding: ${config}; and no head such as lm_head.weight is stored`,
    fix: "Export `lm_head.weight`, or set `tie_word_embeddings` to true if the head is tied.",
    page,
  },
  ({ severity }, { claims, component }) =>
    severity === "error" && computesLogits(claims) && !isDrafter(component),
);

/** Bare encoders and backbones have no head to miss, whatever their configuration says of ties. */
function computesLogits({ architecture: name }: Claims): boolean {
  return name === undefined || /(?:CausalLM|ConditionalGeneration|LMHeadModel)$/.test(name);
}

/** EAGLE's drafters join the target's hidden state and their own (`fc` [H, 2H]), and borrow the target's head. */
function isDrafter({ table }: Component): boolean {
  const row = table.rowNamed("fc.weight");
  const shape = row === undefined ? [] : table.shape(row);
  return (
    shape.length === 2 &&
    (shape[1] as number) >= 2 * (shape[0] as number) &&
    (shape[1] as number) % (shape[0] as number) === 0
  );
}
