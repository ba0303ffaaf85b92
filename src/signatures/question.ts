import type { Differences, Placed } from "./compare.ts";
import type { Row, Signature, Value } from "./signature.ts";

/** A value that a key may have to have. */
export interface Proposal {
  readonly path: string;
  readonly value: Value;
}

/** What differences are explained in: a class, a configuration, and where its tensors are stored. */
export interface Question {
  readonly signature: Signature;
  readonly rows: readonly Row[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly placed: Placed;
  readonly differences: Differences;
}

/** Takes a value that may explain; undefined is none. */
export type Propose = (path: string, value: Value | undefined) => void;

/** The configuration with another value at a path; parts on the way are made where they are not. */
export function withKey(
  config: Readonly<Record<string, unknown>>,
  path: string,
  value: Value,
): Record<string, unknown> {
  const at = path.indexOf(".");
  if (at < 0) return { ...config, [path]: value };
  const part = path.slice(0, at);
  const inner = config[part];
  const own = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
  return { ...config, [part]: withKey(own, path.slice(at + 1), value) };
}
