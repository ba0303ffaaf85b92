import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { formatShape } from "../../format/shape.ts";
import { BaseModules } from "../../kinds/adapter/base-modules.ts";
import { type Adapter, adapterOf } from "../../kinds/adapter/facts.ts";
import type { AdapterModule } from "../../kinds/adapter/modules.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import page from "./adapter-unlike-base.md";

interface Misfit extends Seen {
  readonly says: string;
}

/** Modules of an adapter that the base does not have, or has with other sides. */
export const adapterUnlikeBase = defineCheck<Misfit>({
  id: "adapter-unlike-base",
  family: "adapter",
  severity: "error",
  title: "An adapter is not made for this base",
  needs: ["base"],
  find: ({ component, options: { original } }) => {
    const adapter = adapterOf(component);
    if (adapter === null || !original || adapter.modules.length === 0) return [];
    return findMisfits(adapter, new BaseModules(original.components));
  },
  message: ({ says }) => predicate(says),
  fix: "Load it onto the model that it was trained on, which `base_model_name_or_path` or its metadata name.",
  page,
});

function findMisfits({ modules }: Adapter, base: BaseModules): Misfit[] {
  const absent: AdapterModule[] = [];
  const unlike = new Map<string, { sides: string; stored: string; modules: AdapterModule[] }>();
  for (const module of modules) {
    const meeting = base.meet(module);
    if (meeting.status === "absent") absent.push(module);
    if (meeting.status !== "unlike") continue;
    const sides = `${module.in ?? "?"} → ${module.out ?? "?"}`;
    const stored = formatShape(meeting.base.shape ?? []);
    const key = `${module.path.replace(/\d+/g, "#")} ${sides} ${stored}`;
    const group = unlike.get(key) ?? { sides, stored, modules: [] };
    unlike.set(key, group);
    group.modules.push(module);
  }
  return [
    ...absences(absent, modules.length),
    ...Array.from(unlike.values(), ({ sides, stored, modules: own }) => ({
      ...placesOf(own),
      expected: stored,
      found: sides,
      says: `is for ${sides}, the base has it as ${stored}`,
    })),
  ];
}

/** Where none is met at all, the two may only be called otherwise: that is no proof. */
function absences(absent: readonly AdapterModule[], all: number): Misfit[] {
  const [first] = absent;
  if (first === undefined) return [];
  if (absent.length < all)
    return [
      {
        ...placesOf(absent),
        expected: "a module of the base",
        found: "none",
        says: "is no module of the base",
      },
    ];
  return [
    {
      ...placesOf(absent),
      severity: "warning",
      where: first.name,
      expected: "modules of the base",
      found: "none",
      says: `and ${quoteForMessage(`${absent.length - 1}`)} further modules are under no name of the base: it is another model, or its names follow another layout`,
    },
  ];
}

function placesOf(modules: readonly AdapterModule[]): { readonly at: PlaceSet } {
  const joiner = new PatternJoiner();
  for (const { name } of modules) joiner.add(name.split("."));
  return { at: PlaceSet.modules(joiner.patterns(), modules.length) };
}
