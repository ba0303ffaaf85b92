import type { Configuration, Row, Value } from "./signature.ts";

/**
 * The configuration of each layer of a row, where its part of the configuration says of single layers what is otherwise
 * there: `per_layer_config: {"25": {"num_local_experts": 4}}`. Undefined where it says nothing, or the row has no layers.
 */
export function singleLayersOf(
  row: Row,
  whole: Configuration,
): ((layer: number) => Configuration) | undefined {
  const [count] = row.counts;
  if (!Array.isArray(count) || count[0] !== "k" || !/(?:^|\.)num_hidden_layers$/.test(count[1] as string))
    return undefined;
  const section = (count[1] as string).replace(/num_hidden_layers$/, "");
  const stated = whole.get(`${section}per_layer_config`);
  if (!isMembers(stated)) return undefined;
  const layers = new Map(Object.entries(stated).map(([layer, own]) => [Number(layer), own]));
  return (layer) => {
    const own = layers.get(layer);
    if (!isMembers(own)) return whole;
    return {
      get(path) {
        const key = path.slice(section.length);
        return path.startsWith(section) && Object.hasOwn(own, key) ? own[key] : whole.get(path);
      },
    };
  };
}

function isMembers(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
