/** Looking at eight bytes of text at a time. Words are little-endian: the first byte of text is the lowest. */

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const QUOTES: u64 = 0x2222_2222_2222_2222;
const BACKSLASHES: u64 = 0x5c5c_5c5c_5c5c_5c5c;
const BLANKS: u64 = 0x2020_2020_2020_2020;
const DOTS: u64 = 0x2e2e_2e2e_2e2e_2e2e;
const ZEROS: u64 = 0x3030_3030_3030_3030;
/** Added to a byte less "0", it sets the high bit of all that are no digits. */
const ABOVE_NINE: u64 = 0x7676_7676_7676_7676;
const QUOTE: u8 = 0x22;
/** Digits of an integer that a double surely holds. */
const MAX_DIGITS: i32 = 15;

/** High bit of the first byte that is zero, and perhaps of some behind it: only the lowest bit may be used. */
@inline
function firstZero(word: u64): u64 {
  return (word - ONES) & ~word & HIGH_BITS;
}

/** How many of the eight bytes stand before the first dot. */
@inline
export function bytesBeforeDot(word: u64): i32 {
  return <i32>(ctz(firstZero(word ^ DOTS)) >> 3);
}

/** The first `bytes` (below 8) of a word, the others zero. */
@inline
export function firstBytes(word: u64, bytes: i32): u64 {
  return word & (((<u64>1) << (<u64>bytes << 3)) - 1);
}

@inline
export function mix(hash: u64, word: u64): u64 {
  return rotl<u64>((hash ^ word) * 0x9e37_79b9_7f4a_7c15, 29);
}

/** The closing quote of a string of plain ASCII without escapes, or 0. */
export function plainEnd(from: usize): usize {
  let at = from;
  for (;;) {
    const word = load<u64>(at);
    const low = (word - BLANKS) & ~word & HIGH_BITS;
    const found = firstZero(word ^ QUOTES) | firstZero(word ^ BACKSLASHES) | low | (word & HIGH_BITS);
    if (found !== 0) {
      at += <usize>(ctz(found) >> 3);
      break;
    }
    at += 8;
  }
  return load<u8>(at) === QUOTE ? at : 0;
}

/** Where the number read last ended. */
export let numberEnd: usize = 0;

/** An integer without sign, leading zeros and beyond 15 digits, or -1; its end is left in `numberEnd`. */
export function scanNumber(begin: usize): i64 {
  const word = load<u64>(begin) ^ ZEROS;
  const digits = <i32>(ctz(((word + ABOVE_NINE) | word) & HIGH_BITS) >> 3);
  if (digits === 0 || (digits > 1 && load<u8>(begin) === 0x30)) return -1;
  numberEnd = begin + digits;
  if (digits < 8) return eightDigits(word << (<u64>(8 - digits) << 3));
  return scanLongNumber(begin, eightDigits(word));
}

function scanLongNumber(begin: usize, first: i64): i64 {
  let value = first;
  let at = begin + 8;
  for (;;) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  numberEnd = at;
  return <i32>(at - begin) > MAX_DIGITS ? -1 : value;
}

/** The value of eight digits, less "0" each: pairs, then fours, then all are joined by one multiplication. */
@inline
function eightDigits(digits: u64): i64 {
  const pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
  const fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
  return <i64>((fours * 10_000 + (fours >> 32)) & 0xffff_ffff);
}
