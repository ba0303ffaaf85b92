import { remark } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./layout-not-understood.md";

/** Numbers of the configuration are not those of weights whose layout is not understood. */
export const layoutNotUnderstood = fromFaults(["layout.unclear"], {
  family: "structure",
  title: "A layout is not understood",
  needs: ["whole", "config", "layers"],
  message: ({ expected, found }) =>
    remark(`expected ${expected}, stored ${found}; nothing measured on it is held against the configuration`),
  fix: "Export again, in a layout that loaders of this model read; its numbers are right.",
  page,
});
