import { Ajv2020 } from "ajv/dist/2020.js";
import schema from "../../src/report/report.schema.json" with { type: "json" };

const validate = new Ajv2020({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  allErrors: true,
}).compile(schema);

/** Faults of a report by the shipped schema; empty for a valid one. */
export function schemaFaults(report: unknown): string[] {
  if (validate(report)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
