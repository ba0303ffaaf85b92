/** Limits on what a safetensors file may make us do. Each is a number with a unit and a reason. */

/** Bytes of a header: the reference implementation's own limit (decimal), equal is allowed. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Bytes of a header above which both Hub clients refuse a file that the format allows. */
export const COMMON_HEADER_BYTES = 25_000_000;

/** Nesting of JSON values: the reference reads a total depth of 127 and refuses 128. */
export const MAX_JSON_DEPTH = 127;

/**
 * Keys of one object besides the tensors: metadata, and what an entry may hold that is not ours. Some writers put a
 * few keys for each tensor into the metadata; ten million of them, as a header can hold, would take 1.6 GB.
 */
export const MAX_OBJECT_KEYS = 1_000_000;

/**
 * Dimensions kept for the distinct shapes of a checkpoint, and one more for each shape. Real ones have a few
 * dozen shapes; a header can ask for 1.4 million, or for one shape of fifty million dimensions.
 */
export const MAX_SHAPE_NUMBERS = 1_000_000;

/** Dimensions above which at least one maintained reader refuses a tensor. */
export const COMMON_RANK = 8;

/** The largest integer that JSON numbers, and so our reports, hold exactly: 2^53 - 1. */
export const MAX_EXACT_INTEGER = Number.MAX_SAFE_INTEGER;

/** Dimensions and offsets are unsigned 64-bit integers in the format: 2^64 - 1. */
export const MAX_U64 = 2n ** 64n - 1n;

/**
 * Segments of one name kept apart; what follows is one last segment, dots included. Real names have up to
 * some 20; a name made of dots alone must not cost a module for each byte.
 */
export const MAX_NAME_SEGMENTS = 64;

/**
 * Modules and tensors held in memory, at some 40 bytes each. The largest known checkpoint (497,000 tensors) needs
 * about 900,000; crafted names could ask for fifty million.
 */
export const MAX_MODULES = 6_000_000;

/** Bytes of an index file: the largest known has 60 MB for 497,000 tensors. */
export const MAX_INDEX_BYTES = 100_000_000;

/** Distinct shards that one index may name: the largest known has about 300. */
export const MAX_SHARDS = 10_000;

/** Layout faults told one by one for each file; a file of overlapping tensors has one for every tensor. */
export const MAX_FAULTS_SHOWN = 5;
