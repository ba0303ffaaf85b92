import { isSideScope } from "../../architecture/roles.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import { findTensors, tensorsAt } from "../places.ts";
import type { Subject } from "../subject.ts";
import page from "./name-doubled.md";

/** Prefixes of layer lists with an empty or a repeated segment. */
export const nameDoubled = defineCheck<Seen>({
  id: "name-doubled",
  family: "structure",
  severity: "warning",
  title: "A name has an empty or doubled segment before its layers",
  needs: ["doubt"],
  find: (subject) => [
    ...emptySegments(subject.component),
    ...starSegments(subject.component),
    ...doubledStacks(subject),
  ],
  message: ({ found }) =>
    predicate(
      found === "*" ? "has a literal * for the number of its layer" : "has an empty or doubled segment",
    ),
  fix: "Convert the names once, from the original; do not convert a converted checkpoint.",
  page,
});

/** A weight of all layers under one name: the pattern was written where each layer should have been, and one is left. */
function starSegments(component: Component): Seen[] {
  const { names } = component.table;
  if (names.segments.find("*") < 0) return [];
  const isLost = (row: number, name: string) =>
    /^(?:weight|bias)$/.test(name) && component.table.name(row).split(".").includes("*");
  return findTensors(component, isLost).map((group) => ({
    ...tensorsAt(group),
    severity: "error",
    found: "*",
  }));
}

/** Lists of layers below a segment that stands twice. Of an adapter no model is made. */
function doubledStacks(subject: Subject): Seen[] {
  if (adapterOf(subject.component) !== null) return [];
  return subject.model.stacks
    .filter(({ prefix, scope }) => {
      if (isSideScope(scope)) return false;
      const segments = prefix.split(".");
      return !segments.includes("") && segments.some(isDoubled);
    })
    .map(({ prefix, groups }) => ({
      at: PlaceSet.named(prefix),
      count: groups.reduce((sum, group) => sum + group.members.length, 0),
      found: prefix,
    }));
}

/** What wraps a model when it is saved. Boxes of boxes of other names are called alike by design (`encoder.encoder`). */
const WRAPPERS = /^(?:model|module|base_model|transformer|language_model|_orig_mod)$/;

function isDoubled(segment: string, at: number, segments: readonly string[]): boolean {
  return segment === segments[at + 1] && at === segments.length - 3 && WRAPPERS.test(segment);
}

/** Names with nothing before, after or between two dots: what is left of a prefix that was taken off badly. */
function emptySegments(component: Component): Seen[] {
  const { table } = component;
  if (table.names.segments.find("") < 0) return [];
  const isEmpty = (row: number) => /^\.|\.$|\.\./.test(table.name(row));
  const groups = findTensors(component, isEmpty);
  const [first] = groups;
  if (first === undefined) return [];
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  return [{ at: tensorsAt(first).at.counted(count), found: "an empty segment" }];
}
