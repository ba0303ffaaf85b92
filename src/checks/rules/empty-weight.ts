import { isEmptyInItsClass } from "../../faults/signature/find.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { formatShape } from "../../format/shape.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import { findTensors, tensorsAt } from "../places.ts";
import page from "./empty-weight.md";

/** Weights and biases without a single element. */
export const emptyWeight = defineCheck<Seen>({
  id: "empty-weight",
  family: "files",
  severity: "error",
  title: "A weight has no elements",
  needs: [],
  find: ({ component }) => {
    const { table, shards } = component;
    // A header without an entry is legal, and what a gather that never happened leaves behind.
    if (table.count === 0 && component.isComplete && !component.isDamaged)
      return shards.slice(0, 1).map(({ path }) => ({
        where: null,
        shard: path,
        expected: "tensors",
        found: "none",
      }));
    if (!table.shapes.elements.includes(0)) return [];
    // Factors have names of their own (`hada_w1_a`, `lora_E`), and an adapter holds nothing else.
    const isAdapter = adapterOf(component) !== null;
    const isEmpty = (row: number, name: string) =>
      table.elements(row) === 0 && (isAdapter ? name !== "lora_controlnet" : /^(?:weight|bias)$/.test(name));
    return findTensors(component, isEmpty)
      .map((group) => ({
        ...tensorsAt(group),
        found: formatShape(table.shape(group.row)),
        expected: "elements",
      }))
      .filter(({ at }) => !isEmptyInItsClass(component, at));
  },
  message: ({ found, shard }) =>
    found === "none"
      ? `${quoteForMessage(shard ?? "")} holds no tensor at all`
      : predicate(`is ${found}: it has no elements`),
  fix: "Gather partitioned parameters before saving (with ZeRO-3: `stage3_gather_16bit_weights_on_model_save`).",
  page,
});
