/**
 * The scan kernel: reads headers and the index in their common spelling, straight into the tables that the rest of
 * unfold works on. It decides nothing else: at the first byte that is not as expected it stops before the entry, and the
 * general parsers in src/safetensors take over from there with what was read so far.
 *
 * It is WebAssembly because a run lasts a tenth of a second: JavaScript is slow until the engine has compiled the hot
 * loops, which takes as long as the whole work; this code is fast from its first byte.
 */
import * as kinds from "./kinds";
import { heapBytes, startHeap, take } from "./memory";
import * as names from "./names";
import * as rows from "./rows";
import { SegmentTable, TABLE_BYTES } from "./segments";
import * as shapes from "./shapes";
import { firstBytes, numberEnd, plainEnd, scanNumber } from "./words";

/** Bytes of text looked at in one call. */
const WINDOW_BYTES: i32 = 262_144;
/** Reads of whole words go beyond the window by less than this. */
const SLACK_BYTES: i32 = 64;
const window: usize = memory.data(WINDOW_BYTES + SLACK_BYTES);

/** Sixteen bytes for each dtype: its name with the quote behind it. Written by src/safetensors/scan-kernel.ts. */
const dtypeNames: usize = memory.data(512);
/** Length of that text and bits of an element, for each dtype. */
const dtypeFacts: usize = memory.data(256);
let dtypeCount: i32 = 0;
let maxNodes: i32 = 0;

const BLANK: u8 = 0x20;
const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const COLON: u8 = 0x3a;
const CLOSE_BRACKET: u8 = 0x5d;
const CLOSE_BRACE: u8 = 0x7d;

/** The fixed text of an entry as little-endian words: `":{"dtype":"`, `,"shape":[` and `,"data_offsets":[`. */
const DTYPE_1: u64 = 0x7079_7464_227b_3a22;
const DTYPE_2: u32 = 0x223a_2265;
const SHAPE_1: u64 = 0x2265_7061_6873_222c;
const SHAPE_2: u16 = 0x5b3a;
const OFFSETS_1: u64 = 0x6f5f_6174_6164_222c;
const OFFSETS_2: u64 = 0x3a22_7374_6573_6666;
const OFFSETS_3: u8 = 0x5b;
/** The same as Python's `json.dumps` spells it: `": {"dtype": "`, `, "shape": [` and `, "data_offsets": [`. */
const SPACED_DTYPE_1: u64 = 0x7974_6422_7b20_3a22;
const SPACED_DTYPE_2: u32 = 0x3a22_6570;
const SPACED_DTYPE_3: u16 = 0x2220;
const SPACED_SHAPE_1: u64 = 0x6570_6168_7322_202c;
const SPACED_SHAPE_2: u32 = 0x5b20_3a22;
const SPACED_OFFSETS_1: u64 = 0x5f61_7461_6422_202c;
const SPACED_OFFSETS_2: u64 = 0x2273_7465_7366_666f;
const SPACED_OFFSETS_3: u16 = 0x203a;
const SPACED_OFFSETS_4: u8 = 0x5b;
/** `__metadata__`: no tensor. */
const METADATA_1: u64 = 0x6164_6174_656d_5f5f;
const METADATA_2: u32 = 0x5f5f_6174;
/** Memory above which the general parsers go on: addresses have 32 bits, and a table may double. */
const MAX_HEAP_BYTES: usize = 1_000_000_000;

const shardNames = changetype<SegmentTable>(memory.data(TABLE_BYTES));

let rank: i32 = 0;
let indexEntries: i32 = 0;

let lastDtype: i32 = 0;
let lastName: usize = 0;
let lastNameBytes: i32 = 0;
/** Where the data of this shard is filled up to, while its tensors come one behind the other and fit. */
let packedTo: f64 = 0;

export function windowAt(): usize {
  return window;
}

export function windowBytes(): i32 {
  return WINDOW_BYTES;
}

export function dtypeNamesAt(): usize {
  return dtypeNames;
}

export function dtypeFactsAt(): usize {
  return dtypeFacts;
}

export function startCheckpoint(dtypes: i32, nodes: i32): void {
  dtypeCount = dtypes;
  maxNodes = nodes;
  startHeap();
  names.startNames();
  rows.startRows();
  shapes.startShapes();
  shardNames.start();
  kinds.clear();
  indexEntries = 0;
  lastDtype = 0;
  startShard();
}

/** Whether a window of text may need more nodes or memory than there are: the general parsers then say so. */
function isFull(): bool {
  return names.nodeCount > maxNodes - WINDOW_BYTES || heapBytes() > MAX_HEAP_BYTES;
}

export function rowCount(): i32 {
  return rows.rowCount;
}

export function indexEntryCount(): i32 {
  return indexEntries;
}

export function startShard(): void {
  packedTo = 0;
}

/** The end of the shard's data if all its tensors follow each other and have the size that they need, else -1. */
export function packedEnd(): f64 {
  return packedTo;
}

/** What was the name before is not in the window any more. */
function forgetName(): void {
  lastNameBytes = 0;
  names.forgetPath();
}

/**
 * Reads entries of a header from the start of the window, `"name":{…}` with commas between. Returns the bytes read: up
 * to behind the last whole entry. `length` bytes of the window are text, zeros follow.
 */
export function scanHeader(length: i32, shard: i32): i32 {
  if (isFull()) return 0;
  forgetName();
  let at = window;
  let done = window;
  const end = window + length;
  while (at < end && load<u8>(at) === QUOTE) {
    at = scanEntry(at + 1, shard);
    if (at === 0) break;
    done = at;
    if (load<u8>(at) !== COMMA) break;
    at = afterBlank(at + 1);
  }
  return <i32>(done - window);
}

/** The place behind one blank, where there is one. */
@inline
function afterBlank(at: usize): usize {
  return at + <usize>(load<u8>(at) === BLANK);
}

/** Behind the fixed text from a name's closing quote to the dtype, or 0. */
@inline
function dtypeAt(at: usize): usize {
  if (load<u64>(at) === DTYPE_1 && load<u32>(at, 8) === DTYPE_2) return at + 12;
  const isSpaced =
    load<u64>(at) === SPACED_DTYPE_1 && load<u32>(at, 8) === SPACED_DTYPE_2 && load<u16>(at, 12) === SPACED_DTYPE_3;
  return isSpaced ? at + 14 : 0;
}

/** Behind the fixed text from a dtype to the dimensions, or 0. */
@inline
function shapeAt(at: usize): usize {
  if (load<u64>(at) === SHAPE_1 && load<u16>(at, 8) === SHAPE_2) return at + 10;
  return load<u64>(at) === SPACED_SHAPE_1 && load<u32>(at, 8) === SPACED_SHAPE_2 ? at + 12 : 0;
}

/** Behind the fixed text from the dimensions to the offsets, or 0. */
@inline
function offsetsAt(at: usize): usize {
  if (load<u64>(at) === OFFSETS_1 && load<u64>(at, 8) === OFFSETS_2 && load<u8>(at, 16) === OFFSETS_3) return at + 17;
  const isSpaced =
    load<u64>(at) === SPACED_OFFSETS_1 &&
    load<u64>(at, 8) === SPACED_OFFSETS_2 &&
    load<u16>(at, 16) === SPACED_OFFSETS_3 &&
    load<u8>(at, 18) === SPACED_OFFSETS_4;
  return isSpaced ? at + 19 : 0;
}

/** End of the entry whose name begins here, or 0 where it is not spelled as expected. */
function scanEntry(begin: usize, shard: i32): usize {
  const shared = sharedWithLastName(begin);
  const nameEnd = plainEnd(begin + shared);
  const name = <i32>(nameEnd - begin);
  if (nameEnd === 0) return 0;
  if (name === 12 && load<u64>(begin) === METADATA_1 && load<u32>(begin, 8) === METADATA_2) return 0;
  let at = dtypeAt(nameEnd);
  if (at !== 0) at = scanDtype(at);
  if (at !== 0) at = shapeAt(at);
  if (at !== 0) at = scanShape(at);
  if (at !== 0) at = offsetsAt(at);
  if (at === 0) return 0;
  const from = scanNumber(at);
  if (from < 0 || load<u8>(numberEnd) !== COMMA) return 0;
  const to = scanNumber(afterBlank(numberEnd + 1));
  if (to < from || load<u8>(numberEnd) !== CLOSE_BRACKET || load<u8>(numberEnd, 1) !== CLOSE_BRACE) return 0;
  const entryEnd = numberEnd + 2;
  const shape = shapes.internShape(rank);
  if (shape < 0) return 0;
  const bits = shapes.elementsOf(shape) * <f64>load<i32>(dtypeFacts + (lastDtype << 3), 4);
  const bytes = bits / 8;
  if (bytes !== Math.floor(bytes)) return 0;
  const node = names.insert(begin, nameEnd, shared);
  lastName = begin;
  lastNameBytes = name;
  if (node < 0 || load<i32>(names.rowOfNode + (node << 2)) !== 0) return 0;
  rows.append(node, lastDtype, shape, shard, <f64>from, <f64>to);
  packedTo = packedTo === <f64>from && <f64>(to - from) === bytes ? <f64>to : -1;
  return entryEnd;
}

/** How many bytes here are those of the name before. */
function sharedWithLastName(begin: usize): i32 {
  let shared = 0;
  while (shared + 8 <= lastNameBytes) {
    const differing = load<u64>(begin + shared) ^ load<u64>(lastName + shared);
    if (differing !== 0) return shared + <i32>(ctz(differing) >> 3);
    shared += 8;
  }
  while (shared < lastNameBytes && load<u8>(begin + shared) === load<u8>(lastName + shared)) shared++;
  return shared;
}

/** Tries the dtype of the tensor before first: headers are grouped by dtype. */
function scanDtype(at: usize): usize {
  if (isDtype(lastDtype, at)) return at + load<i32>(dtypeFacts + (lastDtype << 3));
  for (let dtype = 0; dtype < dtypeCount; dtype++) {
    if (!isDtype(dtype, at)) continue;
    lastDtype = dtype;
    return at + load<i32>(dtypeFacts + (dtype << 3));
  }
  return 0;
}

@inline
function isDtype(dtype: i32, at: usize): bool {
  const known = dtypeNames + (dtype << 4);
  const length = load<i32>(dtypeFacts + (dtype << 3));
  if (length < 8) return firstBytes(load<u64>(at), length) === load<u64>(known);
  return load<u64>(at) === load<u64>(known) && firstBytes(load<u64>(at, 8), length - 8) === load<u64>(known, 8);
}

/** Dimensions up to behind the closing bracket, left in `shapes.dims` and `rank`. */
function scanShape(begin: usize): usize {
  rank = 0;
  if (load<u8>(begin) === CLOSE_BRACKET) return begin + 1;
  let at = begin;
  let c = COMMA;
  while (c === COMMA) {
    const dim = scanNumber(at);
    if (dim < 0 || rank === shapes.MAX_RANK) return 0;
    store<f64>(shapes.dims + (rank << 3), <f64>dim);
    rank++;
    c = load<u8>(numberEnd);
    at = c === COMMA ? afterBlank(numberEnd + 1) : numberEnd + 1;
  }
  return c === CLOSE_BRACKET ? at : 0;
}

/**
 * Reads entries of an index from the start of the window, `"name": "shard"` with commas and blanks between. Returns
 * the bytes read, up to behind the last whole entry.
 */
export function scanIndex(length: i32, maxShards: i32): i32 {
  if (isFull()) return 0;
  forgetName();
  let at = window;
  let done = window;
  const end = window + length;
  while (at < end && load<u8>(at) === QUOTE) {
    at = scanIndexEntry(at + 1, maxShards);
    if (at === 0) break;
    done = at;
    if (load<u8>(at) !== COMMA) break;
    at = skipBlanks(at + 1);
  }
  return <i32>(done - window);
}

function scanIndexEntry(begin: usize, maxShards: i32): usize {
  const shared = sharedWithLastName(begin);
  const nameEnd = plainEnd(begin + shared);
  if (nameEnd === 0) return 0;
  if (load<u8>(nameEnd, 1) !== COLON) return 0;
  const shardQuote = skipBlanks(nameEnd + 2);
  if (load<u8>(shardQuote) !== QUOTE) return 0;
  const shardBegin = shardQuote + 1;
  const shardEnd = plainEnd(shardBegin);
  if (shardEnd === 0) return 0;
  const node = names.insert(begin, nameEnd, shared);
  lastName = begin;
  lastNameBytes = <i32>(nameEnd - begin);
  if (node < 0) return 0;
  const slot = names.shardOfNode + (node << 2);
  if (load<i32>(slot) !== 0) return 0;
  const shard = shardNames.intern(shardBegin, <i32>(shardEnd - shardBegin));
  if (shard >= maxShards) return 0;
  store<i32>(slot, shard + 1);
  indexEntries++;
  return shardEnd + 1;
}

function skipBlanks(from: usize): usize {
  let at = from;
  let c = load<u8>(at);
  while (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) c = load<u8>(++at);
  return at;
}

/** Room for the natural rank of each segment, which `classify` then works with. */
export function takeRanks(): usize {
  ranks = take(names.segments.count << 2);
  return ranks;
}

let ranks: usize = 0;

/** Numbers equal subtrees, once all is read. */
export function classify(): void {
  kinds.classify(ranks);
}

/** Where the tables are and how long: in the order of `TABLE_FIELDS` in src/safetensors/kernel-module.ts. */
export function tables(): usize {
  fields = 0;
  put(names.nodeCount);
  put(names.parents);
  put(names.segmentOf);
  put(names.firstChildren);
  put(names.nextSiblings);
  put(names.slots);
  put(names.slotMask + 1);
  put(names.childCounts);
  put(names.placed);
  put(names.rowOfNode);
  put(names.shardOfNode);
  put(names.segments.count);
  put(names.segments.places);
  put(names.segments.pool);
  put(rows.rowCount);
  put(rows.nodes);
  put(rows.dtypes);
  put(rows.shapeIds);
  put(rows.shards);
  put(rows.begins);
  put(rows.ends);
  put(shapes.shapeCount);
  put(shapes.shapes);
  put(shapes.elements);
  put(shardNames.count);
  put(shardNames.places);
  put(shardNames.pool);
  put(kinds.kindCount);
  put(kinds.kindOfNode);
  put(kinds.examples);
  put(kinds.dtypeOf);
  put(kinds.shapeOf);
  put(kinds.pairStarts);
  put(kinds.pairs);
  return directory;
}

const directory: usize = memory.data(256);
let fields: i32 = 0;

function put(value: usize): void {
  store<u32>(directory + (fields++ << 2), <u32>value);
}
