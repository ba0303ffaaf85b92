import { UnfoldError } from "../errors.ts";
import { formatShape } from "../format/shape.ts";
import { countShown } from "../format/shown.ts";
import type { Header } from "./header.ts";
import { MAX_FAULTS_SHOWN } from "./limits.ts";
import type { HeaderBytes } from "./read-header.ts";

/** How long a file is, and how much of it lies behind its header. */
export type FileLength = Pick<HeaderBytes, "fileBytes" | "dataBytes">;

/**
 * Whether the tensors of one header fill its data area exactly: sorted by offset, each begins where the one
 * before ended, the first at 0, the last at the end of the file, and each spans what dtype and shape need. Empty
 * tensors count: one of size 0 has to sit on a boundary. (tensor.rs `validate`, `MetadataIncompleteBuffer`.)
 *
 * `dataBytes` is `fileBytes` less 8 and the header. Returns the faults in file order, a few of each kind
 * and the rest counted; empty for a sound file.
 */
export function findLayoutFaults(header: Header, length: FileLength): UnfoldError[] {
  if (header.packedEnd !== null) return compareEnd(header.packedEnd, length);
  const { table, firstRow, endRow } = header;
  const begins = table.begins.data;
  const ends = table.ends.data;
  const faults = new FaultList();
  const order = rowsByOffset(begins, ends, firstRow, endRow);
  let reached = 0;
  let before = -1;
  for (let k = firstRow; k < endRow; k++) {
    const row = order === undefined ? k : (order[k - firstRow] as number);
    const begin = begins[row] as number;
    const end = ends[row] as number;
    if (begin > reached)
      faults.add(new UnfoldError("DATA_HOLE", { tensor: table.name(row), from: reached, to: begin }));
    else if (begin < reached) {
      faults.add(
        new UnfoldError("DATA_OVERLAP", { tensor: table.name(row), other: table.name(before), begin, end }),
      );
    }
    const needBytes = table.bytes(row);
    if (end - begin !== needBytes) {
      const shape = formatShape(table.shape(row));
      faults.add(
        new UnfoldError("SIZE_MISMATCH", {
          tensor: table.name(row),
          dtype: table.dtype(row),
          shape,
          needBytes,
          haveBytes: end - begin,
        }),
      );
    }
    if (end >= reached) {
      reached = end;
      before = row;
    }
  }
  for (const fault of compareEnd(reached, length)) faults.add(fault);
  return faults.all();
}

/** Whether the tensors end where the file does. */
function compareEnd(reached: number, { dataBytes, fileBytes }: FileLength): UnfoldError[] {
  if (dataBytes === reached) return [];
  if (dataBytes > reached) return [new UnfoldError("DATA_TRAILING", { extraBytes: dataBytes - reached })];
  const hint = "The download or copy ended early: fetch the file again.";
  const missingBytes = reached - dataBytes;
  const lack = { fileBytes, neededBytes: fileBytes + missingBytes, missingBytes };
  return [new UnfoldError("FILE_TRUNCATED", lack, { hint })];
}

/** Rows sorted by (begin, end), or undefined where they come so already, as nearly all writers do it. */
function rowsByOffset(
  begins: Float64Array,
  ends: Float64Array,
  firstRow: number,
  endRow: number,
): Int32Array | undefined {
  let sorted = true;
  for (let row = firstRow + 1; row < endRow && sorted; row++) {
    const a = begins[row - 1] as number;
    const b = begins[row] as number;
    sorted = a < b || (a === b && (ends[row - 1] as number) <= (ends[row] as number));
  }
  if (sorted) return undefined;
  const order = Int32Array.from({ length: endRow - firstRow }, (_, k) => firstRow + k);
  return order.sort((a, b) => {
    const byBegin = (begins[a] as number) - (begins[b] as number);
    return byBegin !== 0 ? byBegin : (ends[a] as number) - (ends[b] as number);
  });
}

class FaultList {
  /** One more of each kind than are told, in case that it is the last. */
  private readonly kept: { readonly fault: UnfoldError; readonly ordinal: number }[] = [];
  private readonly counts = new Map<string, number>();

  add(fault: UnfoldError): void {
    const ordinal = (this.counts.get(fault.code) ?? 0) + 1;
    this.counts.set(fault.code, ordinal);
    if (ordinal <= MAX_FAULTS_SHOWN + 1) this.kept.push({ fault, ordinal });
  }

  all(): UnfoldError[] {
    const shown = (code: string) => countShown(this.counts.get(code) ?? 0, MAX_FAULTS_SHOWN);
    const told = this.kept.filter(({ fault, ordinal }) => ordinal <= shown(fault.code));
    const faults = told.map(({ fault }) => fault);
    const more = [...this.counts.values()].reduce((sum, count) => sum + count, 0) - faults.length;
    return more === 0 ? faults : [...faults, new UnfoldError("MORE_FAULTS", { count: more })];
  }
}
