import { formatQuantity } from "../../format/count.ts";
import { DTYPES, type Dtype } from "../../safetensors/dtype.ts";
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
  find: ({ component: { table } }) => {
    const counts = new Map<number, number>();
    for (let row = 0; row < table.count; row++) {
      const code = table.dtypes.data[row] as number;
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    return [...counts]
      .map(([code, count]) => ({ dtype: DTYPES[code] as Dtype, count }))
      .filter(({ dtype }) => SINCE[dtype] !== undefined)
      .map(({ dtype, count }) => ({ dtype, count, where: null, found: dtype }));
  },
  message: ({ dtype, count }) =>
    `${dtype} in ${formatQuantity(count, "tensor")}: readers older than this dtype refuse the file`,
  fix: "Nothing is broken; tell users which versions of their loaders know the dtype.",
  page,
});
