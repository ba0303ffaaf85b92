/** Limits on what a snapshot may make us do. Each is a number with a unit and a reason. */

import type { JsonLimits } from "./json-size.ts";

/**
 * Bytes of a snapshot, of the file and unpacked. The largest known checkpoint (497,000 tensors) takes 25 MB, or 95 MB where
 * another than the usual writer spelled its headers.
 */
export const MAX_SNAPSHOT_BYTES = 150_000_000;

/** Bytes that one header or index of a snapshot expands to: what is read of one in a file as well. */
export const MAX_EXPANDED_FILE_BYTES = 100_000_000;

/** Bytes that all of a snapshot expands to: twice the headers and the index of the largest known checkpoint. */
export const MAX_EXPANDED_BYTES = 250_000_000;

/** What the JSON of a snapshot, or of a header or index to be kept in one, may ask of its parser. */
export const JSON_LIMITS: JsonLimits = {
  /** Nesting, as in headers: what is deeper overflows the stack of whoever writes it out again. */
  depth: 127,
  /**
   * Lists and objects, at 60 bytes and more each in memory, so that three bytes of text become twenty times that. Half a
   * million tensors of as many different shapes take a million.
   */
  containers: 2_000_000,
  /** Members of lists and objects: half a million tensors and their index take four to eight million. */
  members: 10_000_000,
  /** Keys of objects, which cost more than other members: headers in full have four for each tensor. */
  keys: 4_000_000,
};

/** Characters of a path: as much as file systems take. */
export const MAX_PATH_CHARACTERS = 4_096;
