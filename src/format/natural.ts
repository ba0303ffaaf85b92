/** Order in which people count: `layers.2` before `layers.10`, names by code unit otherwise. */
export function compareNatural(a: string, b: string): number {
  // Names of one checkpoint begin alike: what both have is skimmed, back to where its last number starts.
  let i = 0;
  while (i < a.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  while (i > 0 && isDigit(a.charCodeAt(i - 1))) i--;
  let j = i;
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
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
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
