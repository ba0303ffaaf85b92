import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import schema from "../../src/report/report.schema.json" with { type: "json" };
import sources from "../../src/report/sources.schema.json" with { type: "json" };

const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  allErrors: true,
})
  .addSchema(schema)
  .addSchema(sources);

function compiled(id: string): ValidateFunction {
  const validate = ajv.getSchema(id);
  if (validate === undefined) throw new Error(`no schema ${id}`);
  return validate;
}

const validators = {
  report: compiled(schema.$id),
  sources: compiled(sources.$id),
  entry: compiled(`${sources.$id}#/$defs/entry`),
};

/** Faults of a report by the shipped schema; empty for a valid one. */
export function schemaFaults(report: unknown): string[] {
  return faultsBy(validators.report, report);
}

/** Faults of a document about several sources. */
export function sourcesSchemaFaults(document: unknown): string[] {
  return faultsBy(validators.sources, document);
}

/** Faults of a line of NDJSON about one of several sources. */
export function entrySchemaFaults(line: unknown): string[] {
  return faultsBy(validators.entry, line);
}

function faultsBy(validate: ValidateFunction, document: unknown): string[] {
  if (validate(document)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
