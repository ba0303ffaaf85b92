import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { PatternSegment } from "../../checkpoint/repeats.ts";
import { type Box, sizeOfBoxes } from "../../signatures/boxes.ts";

/** Tensors of a class at some of their indices. */
export interface At {
  readonly pattern: string;
  readonly boxes: readonly Box[];
}

/** All of them as places, lists that continue each other joined. */
export function placesAt(all: readonly At[]): PlaceSet {
  const joiner = new PatternJoiner();
  let count = 0;
  for (const { pattern, boxes } of all) {
    count += sizeOfBoxes(boxes);
    for (const box of boxes) joiner.add(segmentsAt(pattern, box));
  }
  return PlaceSet.tensorPaths(joiner.patterns(), count);
}

/** Folded names as places. */
export function placesOf(
  all: readonly { readonly segments: readonly PatternSegment[]; readonly count: number }[],
): PlaceSet {
  const joiner = new PatternJoiner();
  for (const { segments } of all) joiner.add(segments);
  return PlaceSet.tensorPaths(
    joiner.patterns(),
    all.reduce((sum, { count }) => sum + count, 0),
  );
}

/** `model.layers.{0}.w` at its indices. */
export function segmentsAt(pattern: string, box: Box): PatternSegment[] {
  return pattern.split(".").map((segment) => {
    const [, prefix = "", variable] = /^(.*)\{(\d+)\}$/.exec(segment) ?? [];
    if (variable === undefined) return segment;
    const members = box[Number(variable)] ?? [];
    return members.length === 1 ? `${prefix}${members[0]}` : { prefix, members };
  });
}
