import { double, take } from "./memory";
import { mix } from "./words";

/** Dimensions kept of a shape; entries with more are left to the general parser. */
export const MAX_RANK: i32 = 8;
/** Rank and eight dimensions, a word each. */
const SHAPE_BYTES: i32 = 72;
/** Up to 2^50 elements of at most eight bytes are counted exactly; more are left to the general parser. */
const MAX_ELEMENTS: f64 = 1_125_899_906_842_624;

/** See `MAX_SHAPE_NUMBERS` in src/safetensors/limits.ts. */
const MAX_NUMBERS: i32 = 1_000_000;

export let shapeCount: i32 = 0;
/** Dimensions of all shapes, and one more for each. */
let numbers: i32 = 0;
let capacity: i32 = 0;
/** Rank and eight dimensions of each shape, as doubles: they are below 2^50. */
export let shapes: usize = 0;
export let elements: usize = 0;
let hashes: usize = 0;
let slots: usize = 0;
let mask: i32 = 0;

/** The shape being read. */
export const dims: usize = memory.data(64);

export function startShapes(): void {
  shapeCount = 0;
  numbers = 0;
  capacity = 256;
  shapes = take(capacity * SHAPE_BYTES);
  elements = take(capacity << 3);
  hashes = take(capacity << 2);
  mask = 4 * capacity - 1;
  slots = take(capacity << 4);
}

export function elementsOf(shape: i32): f64 {
  return load<f64>(elements + (shape << 3));
}

/** The number of the shape with these first `dims`, or -1 where its elements are not counted here. */
export function internShape(rank: i32): i32 {
  let hash: u64 = rank;
  for (let k = 0; k < rank; k++)
    hash = mix(hash, load<u64>(dims + (k << 3)));
  const short = <i32>(hash ^ (hash >> 32));
  let slot = short & mask;
  for (;;) {
    const id = load<i32>(slots + (slot << 2)) - 1;
    if (id < 0) break;
    if (load<i32>(hashes + (id << 2)) === short && equals(id, rank)) return id;
    slot = (slot + 1) & mask;
  }
  return add(rank, short, slot);
}

function equals(id: i32, rank: i32): bool {
  const at = shapes + id * SHAPE_BYTES;
  if (load<f64>(at) !== <f64>rank) return false;
  for (let k = 0; k < rank; k++)
    if (load<f64>(at + ((k + 1) << 3)) !== load<f64>(dims + (k << 3))) return false;
  return true;
}

function add(rank: i32, hash: i32, slot: i32): i32 {
  let count: f64 = 1;
  for (let k = 0; k < rank; k++) {
    count *= load<f64>(dims + (k << 3));
    if (count > MAX_ELEMENTS) return -1;
  }
  if (numbers + rank + 1 > MAX_NUMBERS) return -1;
  numbers += rank + 1;
  if (shapeCount === capacity) {
    shapes = double(shapes, capacity * SHAPE_BYTES);
    elements = double(elements, capacity << 3);
    hashes = double(hashes, capacity << 2);
    capacity *= 2;
  }
  const id = shapeCount++;
  const at = shapes + id * SHAPE_BYTES;
  store<f64>(at, rank);
  for (let k = 0; k < rank; k++) store<f64>(at + ((k + 1) << 3), load<f64>(dims + (k << 3)));
  store<f64>(elements + (id << 3), count);
  store<i32>(hashes + (id << 2), hash);
  store<i32>(slots + (slot << 2), id + 1);
  if (shapeCount * 2 > mask) rehash();
  return id;
}

function rehash(): void {
  mask = 2 * mask + 1;
  slots = take((mask + 1) << 2);
  for (let id = 0; id < shapeCount; id++) {
    let slot = load<i32>(hashes + (id << 2)) & mask;
    while (load<i32>(slots + (slot << 2)) !== 0) slot = (slot + 1) & mask;
    store<i32>(slots + (slot << 2), id + 1);
  }
}
