import type { Row } from "../../src/signatures/signature.ts";
import { openSignatures } from "../../src/signatures/store.ts";
import type { Derived, DerivedRow } from "./derived.ts";

/**
 * The classes of a packed file as derive.py writes them, by the pieces that they lie in: what was packed as unknown stays
 * unknown, and what packing leaves out (the values that were tried, modules' names) is not there.
 */
export function unpackClasses(data: Uint8Array): Derived[][] {
  const store = openSignatures(data);
  const pieces: Derived[][] = [];
  for (const listed of store.listSignatures()) {
    const { library, className, modelTypes, piece } = listed;
    const signature = store.signatureFor({ library, className, modelType: modelTypes[0] });
    if (signature === undefined) throw new Error(`${library} has no ${className}`);
    const { runtime, fixed, lengths, vocabulary, required } = signature;
    const known = pieces[piece] ?? [];
    pieces[piece] = known;
    known.push({
      library,
      // Of the library's folders nothing is packed; classes of one model have one type.
      folder: modelTypes[0] ?? "",
      class: className,
      modelTypes,
      rows: signature.rows.map(derivedRow),
      unknown: unknownOf(signature.unknown),
      runtime: runtime === undefined ? null : runtime.rows.map(derivedRow),
      runtimeUnknown: unknownOf(runtime?.unknown ?? []),
      ties: signature.tied,
      ignorable: signature.ignorable,
      aliases: signature.aliases,
      defaults: signature.defaults,
      fixed,
      lengths,
      read: Object.keys(lengths),
      singles: {},
      base: null,
      synonyms: signature.synonyms,
      packed: { vocabulary, required },
    });
  }
  return pieces;
}

function unknownOf(patterns: readonly string[]): [string, string][] {
  return patterns.map((pattern) => [pattern, "packed"]);
}

function derivedRow({ shape, ...row }: Row): DerivedRow {
  return { ...row, shape: shape.map((formula) => formula ?? "?") };
}
