import { isEmptyInItsClass } from "../../faults/signature/find.ts";
import { formatShape } from "../../format/shape.ts";
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
    const { table } = component;
    const isEmpty = (row: number, name: string) =>
      table.elements(row) === 0 && /^(?:weight|bias)$/.test(name);
    return findTensors(component, isEmpty)
      .map((group) => ({
        ...tensorsAt(group),
        found: formatShape(table.shape(group.row)),
        expected: "elements",
      }))
      .filter(({ at }) => !isEmptyInItsClass(component, at));
  },
  message: ({ found }) => predicate(`is ${found}: it has no elements`),
  fix: "Gather partitioned parameters before saving (with ZeRO-3: `stage3_gather_16bit_weights_on_model_save`).",
  page,
});
