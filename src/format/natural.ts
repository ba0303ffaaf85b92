/** Order in which people count: `layers.2` before `layers.10`, names by code unit otherwise. */
export function compareNatural(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const digitsA = digitsEnd(a, i);
    const digitsB = digitsEnd(b, j);
    if (digitsA > i && digitsB > j) {
      const order = compareDigits(a.slice(i, digitsA), b.slice(j, digitsB));
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

/** Compared as text without leading zeros, so a run of a thousand digits costs no big number. */
function compareDigits(a: string, b: string): number {
  const x = a.replace(/^0+/, "");
  const y = b.replace(/^0+/, "");
  if (x.length !== y.length) return x.length - y.length;
  return x < y ? -1 : x > y ? 1 : 0;
}
