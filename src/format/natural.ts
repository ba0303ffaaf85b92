/** Order in which people count: `layers.2` before `layers.10`, names by code unit otherwise. */
export function compareNatural(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const digitsA = digitsEnd(a, i);
    const digitsB = digitsEnd(b, j);
    if (digitsA > i && digitsB > j) {
      const order = compareDigits(a, i, digitsA, b, j, digitsB);
      if (order !== 0) return order;
      i = digitsA;
      j = digitsB;
    } else {
      const order = a.charCodeAt(i) - b.charCodeAt(j);
      if (order !== 0) return order;
      i++;
      j++;
    }
  }
  if (a.length - i !== b.length - j) return a.length - i - (b.length - j);
  return a < b ? -1 : a > b ? 1 : 0; // "01" and "1" are equal in number, not in name
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++;
  return end;
}

/** Compared digit by digit without leading zeros, so a run of a thousand digits costs no big number; nothing is cut out. */
function compareDigits(
  a: string,
  fromA: number,
  endA: number,
  b: string,
  fromB: number,
  endB: number,
): number {
  let i = zerosEnd(a, fromA, endA);
  let j = zerosEnd(b, fromB, endB);
  if (endA - i !== endB - j) return endA - i - (endB - j);
  for (; i < endA; i++, j++) {
    const order = a.charCodeAt(i) - b.charCodeAt(j);
    if (order !== 0) return order;
  }
  return 0;
}

function zerosEnd(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) === 0x30) at++;
  return at;
}
