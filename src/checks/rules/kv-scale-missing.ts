import { quoteForMessage } from "../../format/escape.ts";
import { findDeclarations } from "../../quantization/declared.ts";
import { NONE } from "../../safetensors/tensor-names.ts";
import { defineCheck, type Seen } from "../check.ts";
import { findTensors, placesOf } from "../places.ts";
import { findDeviants } from "../siblings.ts";
import type { Subject } from "../subject.ts";
import page from "./kv-scale-missing.md";

interface Uneven extends Seen {
  readonly text: string;
}

/** Cache scales come in pairs, on all attention layers or on none. */
export const kvScaleMissing = defineCheck<Uneven>({
  id: "kv-scale-missing",
  family: "quantization",
  severity: "error",
  title: "Scales of the key/value cache are not complete",
  needs: ["whole"],
  find: (subject) => [...unpaired(subject), ...onSomeLayers(subject), ...promised(subject)],
  message: ({ where, text }) => (where ? `${quoteForMessage(where)} ${text}` : text),
  fix: "Export the scales of both keys and values for every attention layer, or none.",
  page,
});

const SCALE = /^([kv])(_(?:cache_)?scale|_zero_point)$/;

/** `self_attn.k_scale` pairs with `self_attn.v_scale`, `k_proj.k_scale` with `v_proj.v_scale`. */
function unpaired({ component }: Subject): Uneven[] {
  const { table } = component;
  const { names } = table;
  const isAlone = (row: number, name: string) => {
    const match = SCALE.exec(name);
    if (match === null) return false;
    const full = names.name(table.nodes.data[row] as number);
    const other = match[1] === "k" ? "v" : "k";
    const counterpart = full
      .replace(/[kv](_(?:cache_)?scale|_zero_point)$/, `${other}$1`)
      .replace(/\.[kv]_proj\.([^.]+)$/, `.${other}_proj.$1`);
    const node = names.find(counterpart);
    return node === NONE || table.rowAt(node) === NONE;
  };
  return findTensors(component, isAlone).map((group) => ({
    ...placesOf(group.patterns, group.count),
    expected: "one for keys and one for values",
    found: "one of them",
    text: "has no counterpart: keys and values both need one",
  }));
}

function onSomeLayers({ component }: Subject): Uneven[] {
  return findDeviants(component)
    .filter(({ difference }) => difference.about === "kv-cache")
    .map(({ parts, count, difference, usualCount }) => ({
      ...placesOf([parts], count, difference.path),
      expected: difference.usual,
      found: difference.found,
      text:
        difference.state === "lacks"
          ? `is not stored, though ${usualCount} other layers have it`
          : `is stored, though ${usualCount} other layers do without`,
    }));
}

function promised({ component }: Subject): Uneven[] {
  const [declaration] = findDeclarations(component);
  if (
    declaration?.hasCacheScales !== true ||
    findTensors(component, (_, name) => SCALE.test(name)).length > 0
  )
    return [];
  const text = `${declaration.file} declares a quantized cache, and no scale for it is stored`;
  return [{ severity: "info", expected: "k_scale and v_scale", found: "none", text }];
}
