import { countByDtype } from "../../checkpoint/dtype-census.ts";
import { formatQuantity } from "../../format/count.ts";
import type { Dtype } from "../../safetensors/dtype.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./dtype-portability.md";

interface Recent extends Seen {
  readonly dtype: Dtype;
  readonly count: number;
}

/** Added to the format late, by the version of the reference library. */
const SINCE: Partial<Record<Dtype, string>> = {
  F4: "0.6",
  F6_E2M3: "0.6",
  F6_E3M2: "0.6",
  F8_E8M0: "0.6",
  F8_E4M3FNUZ: "0.7",
  F8_E5M2FNUZ: "0.7",
};

/** Dtypes that readers older than their addition refuse. */
export const dtypePortability = defineCheck<Recent>({
  id: "dtype-portability",
  family: "files",
  severity: "info",
  title: "A dtype needs a recent reader",
  needs: [],
  find: ({ component }) =>
    countByDtype(component)
      .filter(({ dtype }) => SINCE[dtype] !== undefined)
      .map(({ dtype, tensors }) => ({ dtype, count: tensors, where: null, found: dtype })),
  message: ({ dtype, count }) =>
    `${dtype} in ${formatQuantity(count, "tensor")}: readers older than this dtype refuse the file`,
  fix: "Nothing is broken; tell users which versions of their loaders know the dtype.",
  page,
});
