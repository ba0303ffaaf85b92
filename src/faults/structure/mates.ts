import type { Component } from "../../checkpoint/checkpoint.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { kindOf } from "../../kinds/kind.ts";
import { partsOfFile } from "../../kinds/single-file.ts";
import { heldOf } from "../../signatures/held.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Models whose layers lie side by side: no list of layers tells what one of them lacks, but boxes of one name do. */
export const SIDE_BY_SIDE: ReadonlySet<string> = new Set(["unet", "autoencoder", "controlnet"]);

/** Boxes of one name that agree before the one that does not is a fault. */
const MIN_MATES = 8;

/** What some blocks have by design and others not: a shortcut where widths differ, steps down and up between levels. */
const OPTIONAL = /shortcut|skip_connection|sample|^op$|attn|attention/;

/** Tensors that one block of a UNet or an autoencoder lacks and all others of its name have. */
export function findLostMates({ component }: Scene): Fault[] {
  const parts = partsOfFile(component);
  return (parts.length > 0 ? parts : [component]).flatMap(lostIn);
}

function lostIn(component: Component): Fault[] {
  // A class says what belongs together better than names do.
  if (!SIDE_BY_SIDE.has(kindOf(component).kind) || heldOf(component) !== undefined) return [];
  const boxes = readBoxes(component);
  return lacksAmongMates(boxes).map(({ box, child, beside }) =>
    fault("companion.missing", PlaceSet.named(`${box}.${child}`), { beside }),
  );
}

interface Lost {
  readonly box: string;
  readonly child: string;
  readonly beside: string;
}

type Boxes = ReadonlyMap<string, ReadonlySet<string>>;

/** Every box of the names with what lies directly in it. Steps: one a segment. */
function readBoxes({ table }: Component): Boxes {
  const boxes = new Map<string, Set<string>>();
  for (let row = 0; row < table.count; row++) {
    const name = table.name(row);
    for (let end = name.lastIndexOf("."), last = name.length; end > 0; ) {
      const box = name.slice(0, end);
      const children = boxes.get(box) ?? new Set();
      const isNew = !children.has(name.slice(end + 1, last));
      children.add(name.slice(end + 1, last));
      boxes.set(box, children);
      if (!isNew) break;
      [last, end] = [end, name.lastIndexOf(".", end - 1)];
    }
  }
  return boxes;
}

/** Of boxes with one name, what all have but one. */
function lacksAmongMates(boxes: Boxes): Lost[] {
  const byName = new Map<string, [string, ReadonlySet<string>][]>();
  for (const entry of boxes) {
    const key = entry[0].split(".").slice(-2).join(".").replace(/\d+/g, "#");
    byName.set(key, [...(byName.get(key) ?? []), entry]);
  }
  return [...byName.values()].flatMap((mates): Lost[] => {
    if (mates.length <= MIN_MATES) return [];
    const counts = new Map<string, number>();
    for (const [, children] of mates)
      for (const child of children) counts.set(child, (counts.get(child) ?? 0) + 1);
    return Array.from(counts).flatMap(([child, count]): Lost[] => {
      if (count !== mates.length - 1 || child === "weight" || OPTIONAL.test(child)) return [];
      const lacking = mates.find(([, children]) => !children.has(child));
      const beside = lacking === undefined ? undefined : [...lacking[1]][0];
      return lacking === undefined || beside === undefined ? [] : [{ box: lacking[0], child, beside }];
    });
  });
}
