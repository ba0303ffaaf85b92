import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";

/** `quant_method: fp8`: what the configuration class asks of its keys. */
export function judgeFp8({ declared }: Ask): Said[] {
  const value = declared?.value;
  const scheme = member(value, "activation_scheme");
  if (scheme !== "static" && scheme !== "dynamic")
    return [
      say("activation-scheme-missing", null, { found: scheme === undefined ? "missing" : String(scheme) }),
    ];
  const block = member(value, "weight_block_size");
  if (block === undefined || block === null) return [];
  const isPair = Array.isArray(block) && block.length === 2 && block.every(Number.isSafeInteger);
  if (isPair && scheme === "dynamic") return [];
  const found = Array.isArray(block) ? `[${block.join(", ")}]` : String(block);
  return [
    say("block-size-unusable", null, {
      found: isPair ? `${found} with ${scheme} activations` : `is ${found}`,
    }),
  ];
}
