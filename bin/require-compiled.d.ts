import type { Script } from "node:vm";

/** See require-compiled.js, which runs as it is. */
export function compiledForm(file: string): string;
export function requireCompiled(file: string): { readonly exports: unknown; readonly script: Script };
