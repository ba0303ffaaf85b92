import { fromConfig } from "../from-config.ts";
import page from "./position-table-mismatch.md";

/** Learned positions, one row each. */
export const positionTableMismatch = fromConfig(["position.table", "key.positions"], {
  title: "The table of positions has another number of rows than the configuration says",
  fix: "Write the number of stored positions into `config.json`.",
  page,
});
