/** What one entry of a header says, as last read; kept and overwritten, so that a million entries cost no object. */
export class EntryFields {
  /** The first `rank` of these are the shape. */
  dims = new Float64Array(64);
  rank = 0;
  dtypeCode = 0;
  /** `data_offsets`. */
  begin = 0;
  end = 0;
}

/** Digits of an integer that a double surely holds. */
export const SAFE_DIGITS = 15;
