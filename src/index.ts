/**
 * What other programs may import: the same readers, models and analyses that the command line uses. Nothing here
 * prints. Load a checkpoint with `openSource` and `loadCheckpoint`, then ask the analyses about its components.
 */

export { type ArchOptions, type ArchResult, describeArchitecture } from "./analysis/arch.ts";
export { type DiffResult, diffComponents } from "./analysis/diff.ts";
export { type ListOptions, listTensors, type TensorRow } from "./analysis/list.ts";
export { buildOverview, type OverviewResult } from "./analysis/overview.ts";
export { countParameters, type ParamsResult } from "./analysis/params.ts";
export { analysePrecision, type PrecisionOptions, type PrecisionResult } from "./analysis/precision.ts";
export { buildTree, type TreeNode, type TreeOptions } from "./analysis/tree.ts";
export {
  type Checkpoint,
  Component,
  type IndexClaims,
  type Layout,
  type Shard,
} from "./checkpoint/checkpoint.ts";
export { type LoadOptions, loadCheckpoint } from "./checkpoint/load.ts";
export type { Note, NoteCode } from "./checkpoint/notes.ts";
export type { Problem } from "./checkpoint/problem.ts";
export type { Finding, Severity } from "./checks/check.ts";
export { type CheckResult, type RunOptions, runChecks } from "./checks/run.ts";
export { type ErrorCode, UnfoldError } from "./errors.ts";
export { buildReport, type CheckpointFacts, type Report } from "./report/report.ts";
export { DTYPE_BITS, type Dtype, isDtype } from "./safetensors/dtype.ts";
export type { Header, HeaderNote } from "./safetensors/header.ts";
export { parseHeader } from "./safetensors/header-parser.ts";
export { type TensorEntry, TensorTable } from "./safetensors/tensor-table.ts";
export { type MemoryFile, MemorySource } from "./sources/memory.ts";
export { type OpenOptions, openSource } from "./sources/open-source.ts";
export {
  type NetworkOptions,
  type NetworkSettings,
  readNetworkSettings,
  type Surroundings,
} from "./sources/settings.ts";
export type { ByteReader, Source, SourceEntry, SourceFacts } from "./sources/source.ts";
export { VERSION } from "./version.ts";
