import { member } from "../../checkpoint/config.ts";
import type { Comparing } from "./comparing.ts";

/** Lists with an entry for each layer, by how they are written. */
const LISTS = ["layer_types", "layers_block_type"] as const;

/**
 * A list of what each layer is has an entry for each: new releases of transformers refuse any other length. Exporters
 * add entries for the layers of multi-token prediction, which are no layers of the model.
 */
export function listLengths(c: Comparing): void {
  if (member(c.model.component.configs.get("config.json"), "auto_map") !== undefined)
    return c.lack("layers.list", "the code that reads it is the model's own (auto_map)");
  const layers = c.claims.integer("layers");
  // Other spellings are those of encoders and decoders beside each other, each with lists of its own.
  if (layers?.key !== "num_hidden_layers")
    return c.lack("layers.list", "the configuration does not state num_hidden_layers");
  const lengths: (readonly [key: string, entries: number | undefined])[] = [
    ...LISTS.map((key) => [key, c.claims.strings(key)?.length] as const),
    ["no_rope_layers", c.claims.integers("no_rope_layers")?.length],
    ["hybrid_override_pattern", c.claims.word("hybrid_override_pattern")?.value.length],
  ];
  for (const [key, entries] of lengths) {
    if (entries === undefined || entries === 0) continue;
    if (entries === layers.value) c.agree("layers.list");
    else {
      const isOfPrediction = entries > layers.value && entries - layers.value === predictionLayers(c);
      const data = { key, entries, layers, isOfPrediction };
      c.report("layers.list", data, [], isOfPrediction ? "warning" : "error");
    }
  }
  c.lack("layers.list", "the configuration has no list with an entry for each layer");
}

/** As stated; where only tensors tell, the one that all such models have. */
function predictionLayers({ claims, model }: Comparing): number {
  const stated = claims.integer("mtp")?.value;
  if (stated !== undefined) return stated;
  return model.tensorRoles.some(({ scope }) => scope === "mtp") ? 1 : 0;
}
