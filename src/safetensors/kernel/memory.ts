/**
 * Memory of the scan kernel: one heap that only grows, begun anew for each checkpoint. What a table leaves behind
 * when it doubles is at most as much as it then holds.
 */

const PAGE_BYTES: usize = 65_536;
const ALIGNMENT: usize = 16;

let next: usize = __heap_base;
/** Bytes below this were in use before and are not zero any more. */
let dirty: usize = __heap_base;

/** Gives all memory back; what comes from `take` later is zeroed again. */
export function startHeap(): void {
  if (next > dirty) dirty = next;
  next = __heap_base;
}

/** Zeroed memory. Pages that were never touched are zero already, and stay untouched. */
export function take(bytes: usize): usize {
  const at = (next + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  next = at + bytes;
  const missing = <isize>next - <isize>(<usize>memory.size() * PAGE_BYTES);
  if (missing > 0 && memory.grow(<i32>((<usize>missing + PAGE_BYTES - 1) / PAGE_BYTES)) < 0) unreachable();
  if (at < dirty) memory.fill(at, 0, (next < dirty ? next : dirty) - at);
  return at;
}

export function heapBytes(): usize {
  return next;
}

/** Twice the room, the old content at its start. */
export function double(at: usize, bytes: usize): usize {
  return enlarge(at, bytes, 2 * bytes);
}

/** So much room, the old content at its start. */
export function enlarge(at: usize, bytes: usize, grownBytes: usize): usize {
  const grown = take(grownBytes);
  memory.copy(grown, at, bytes);
  return grown;
}
