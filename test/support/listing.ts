/** What `unfold ls --json` promises of its document, as far as tests add it up. */
export interface Listing {
  readonly checkpoint: {
    readonly shards: number;
    readonly tensors: number;
    readonly headerBytes: number;
    readonly tensorBytes: number;
  };
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly result: {
    readonly tensors: readonly {
      readonly name: string;
      readonly dtype: string;
      readonly shape: readonly number[];
      readonly elements: number;
      readonly bytes: number;
    }[];
  };
}

/** Sums over a listing, in big integers: the tests must not round where unfold must not. */
export interface ListingTotals {
  readonly tensors: number;
  readonly elements: bigint;
  readonly bytes: bigint;
  readonly tensorsByDtype: Readonly<Record<string, number>>;
  readonly elementsByDtype: Readonly<Record<string, string>>;
}

export function parseListing(stdout: string): Listing {
  return JSON.parse(stdout) as Listing;
}

export function addUp(listing: Listing): ListingTotals {
  const counts = new Map<string, { tensors: number; elements: bigint }>();
  let elements = 0n;
  let bytes = 0n;
  for (const tensor of listing.result.tensors) {
    const product = tensor.shape.reduce((sum, dimension) => sum * BigInt(dimension), 1n);
    if (product !== BigInt(tensor.elements))
      throw new Error(`${JSON.stringify(tensor.name)}: elements are not the product of the shape`);
    elements += product;
    bytes += BigInt(tensor.bytes);
    const known = counts.get(tensor.dtype) ?? { tensors: 0, elements: 0n };
    counts.set(tensor.dtype, { tensors: known.tensors + 1, elements: known.elements + product });
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    tensors: listing.result.tensors.length,
    elements,
    bytes,
    tensorsByDtype: Object.fromEntries(sorted.map(([dtype, count]) => [dtype, count.tensors])),
    elementsByDtype: Object.fromEntries(sorted.map(([dtype, count]) => [dtype, String(count.elements)])),
  };
}

/** Keys in one order, so that two records are compared by their text. */
export function sortedText(record: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
