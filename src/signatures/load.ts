import { openSignatures, type SignatureStore } from "./store.ts";

let opened: Promise<SignatureStore> | undefined;

/** The signatures that travel with the program. Read once, late: runs that ask for no class never load them. */
export function loadSignatures(): Promise<SignatureStore> {
  opened ??= import("./signatures.data").then(({ default: data }) => openSignatures(data));
  return opened;
}
