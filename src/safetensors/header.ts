import type { HeaderMetadata } from "./header-metadata.ts";
import type { TensorTable } from "./tensor-table.ts";

/** The parsed header of one shard: its tensors are rows `firstRow` to `endRow` of the table. */
export interface Header {
  readonly table: TensorTable;
  readonly firstRow: number;
  readonly endRow: number;
  /** `__metadata__`, null where it is absent or null. */
  readonly metadata: HeaderMetadata | null;
  /** Allowed, but not what every reader takes. */
  readonly notes: readonly HeaderNote[];
  /** Bytes that all its tensors need by dtype and shape. */
  readonly tensorBytes: number;
  /** Bytes of data up to the last tensor, where each was seen to fit and to follow the one before; null: not looked at. */
  readonly packedEnd: number | null;
}

export interface HeaderNote {
  readonly code:
    | "HEADER_LEADING_SPACE"
    | "HEADER_PADDING"
    | "METADATA_NULL"
    | "ENTRY_KEY_UNKNOWN"
    | "RANK_HIGH";
  readonly message: string;
}
