import { type DiffResult, diffComponents } from "../analysis/diff.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import type { Subject } from "./subject.ts";

const MADE = new WeakMap<Component, DiffResult>();

/** What changed from the original to this checkpoint; undefined where no original was given. */
export function originalDiff({ original, component }: Subject): DiffResult | undefined {
  if (original === undefined) return undefined;
  let known = MADE.get(component);
  if (known === undefined) {
    known = diffComponents(original, component);
    MADE.set(component, known);
  }
  return known;
}
