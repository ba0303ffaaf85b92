import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { PatternSegment } from "../../checkpoint/repeats.ts";
import { type Fault, fault } from "../fault.ts";
import type { StructureData } from "./data.ts";

type Kind = Extract<keyof StructureData, `adapter.${string}`>;

interface Seen {
  readonly kind: Kind;
  readonly data: object;
  readonly at: PatternJoiner;
  readonly lacking: PatternJoiner;
  readonly module: PatternJoiner;
  count: number;
}

/** What was found in an adapter, alike places together. */
export class Found {
  private readonly groups = new Map<string, Seen>();

  add(
    kind: Kind,
    name: string,
    { data, lacking = [], module = name }: { data: object; lacking?: readonly string[]; module?: string },
  ): void {
    const key = JSON.stringify([kind, data, name.replace(/\d+/g, "#")]);
    let seen = this.groups.get(key);
    if (seen === undefined) {
      seen = {
        kind,
        data,
        at: new PatternJoiner(),
        lacking: new PatternJoiner(),
        module: new PatternJoiner(),
        count: 0,
      };
      this.groups.set(key, seen);
    }
    seen.count++;
    seen.at.add(name.split("."));
    seen.module.add(module.split("."));
    for (const each of lacking) seen.lacking.add(each.split("."));
  }

  faults(): Fault[] {
    return Array.from(this.groups.values(), ({ kind, data, at, lacking, module, count }) => {
      const isTensor = kind === "adapter.unpaired";
      const place = isTensor
        ? PlaceSet.tensorPaths(at.patterns(), count)
        : PlaceSet.modules(at.patterns(), count);
      const more = isTensor
        ? { lacking: places(lacking), module: PlaceSet.modules(module.patterns(), count) }
        : {};
      return fault(kind, place, { ...data, ...more } as StructureData[Kind]);
    });
  }
}

function places(joiner: PatternJoiner): PlaceSet {
  const patterns: (readonly PatternSegment[])[] = joiner.patterns();
  return PlaceSet.tensorPaths(patterns);
}
