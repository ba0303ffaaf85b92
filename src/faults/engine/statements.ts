import { CLASSES } from "./statements/classes.ts";
import { FILES } from "./statements/files.ts";
import { HARDWARE } from "./statements/hardware.ts";
import { METHODS } from "./statements/methods.ts";
import { NAMES } from "./statements/names.ts";
import { OPTIONS } from "./statements/options.ts";
import { PLANS } from "./statements/plans.ts";

/** All ways in which an engine meets a checkpoint, by their ids: a row, whatever the engine. */
export const STATEMENTS = {
  ...FILES,
  ...CLASSES,
  ...METHODS,
  ...HARDWARE,
  ...NAMES,
  ...PLANS,
  ...OPTIONS,
};

export type StatementId = keyof typeof STATEMENTS;
