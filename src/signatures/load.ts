import data from "./signatures.data";
import { openSignatures, type SignatureStore } from "./store.ts";

let opened: SignatureStore | undefined;

/** The signatures that travel with the program. Read once, late: runs that ask for no class never load them. */
export function loadSignatures(): SignatureStore {
  opened ??= openSignatures(data());
  return opened;
}
