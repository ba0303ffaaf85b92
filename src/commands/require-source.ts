import { UnfoldError } from "../errors.ts";

/** What is said of a command line without a source, by whoever notices. */
export const NO_SOURCE = {
  message: "no source is named",
  hint: "Name a folder, a .safetensors file, or a model of the hub (owner/name).",
} as const;

/** The source of a command that does without one under some options. Throws `USAGE` where none is named. */
export function requireSource(source: string | undefined): string {
  if (source !== undefined) return source;
  const { message, hint } = NO_SOURCE;
  throw new UnfoldError("USAGE", { message }, { hint });
}
