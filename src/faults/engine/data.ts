import type { EngineRule } from "./kinds.ts";
import type { StatementValues } from "./statements/row.ts";
import type { StatementId } from "./statements.ts";

/** What an engine makes of one place: which statement of the table holds, and the numbers of it. */
export interface EngineSighting {
  readonly engine: string;
  readonly version: string;
  readonly statement: StatementId;
  readonly values: StatementValues;
}

/** Every kind of them knows the same. */
export type EngineData = { readonly [Rule in EngineRule as `engine.${Rule}`]: EngineSighting };
