/** `unfold-cli/engines`: what each engine accepts and what each GPU has, as data, for programs of others. */

export { findGpu, GPUS, type Gpu } from "./gpus.ts";
export { ENGINE_NAMES, ENGINES, type EngineName, parseEngine } from "./names.ts";
export {
  type ArchitectureRow,
  type LibraryTable,
  loadTables,
  type MethodRow,
  type MlxTable,
  type NameTable,
  type Renaming,
  type ServingTable,
  type Tables,
} from "./table.ts";
