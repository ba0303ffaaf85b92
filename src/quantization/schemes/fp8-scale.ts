import { blockSizes } from "../block-size.ts";
import { isOneValue } from "./reading.ts";

/** How a scale lies over a weight by its shape alone. */
export type ScaleClass = "tensor" | "channel" | "group" | "block" | "block-4d" | "none";

/**
 * Classifies a scale against a weight `[L.., out, in]`. Ties: one value is `tensor`, one a row is `channel`. Stacked
 * experts may lie transposed (`[E, in, out]` of Llama 4), so a scale along either axis is a channel scale there.
 */
export function classifyScale(weight: readonly number[], scale: readonly number[]): ScaleClass {
  if (isOneValue(scale)) return "tensor";
  if (weight.length < 2) return scale.length === 1 && scale[0] === weight[0] ? "channel" : "none";
  // Convolutions: one scale an output channel, `[out]` or `[out, 1, 1, 1]`.
  if (scale[0] === weight[0] && isOneValue(scale.slice(1)) && (weight.length !== 3 || scale.length === 0))
    return "channel";
  const leading = weight.slice(0, -2);
  if (!leading.every((dim, k) => scale[k] === dim)) return "none";
  const [out, input] = weight.slice(-2) as [number, number];
  return classifyRest(out, input, scale.slice(leading.length), leading.length > 0);
}

function classifyRest(out: number, input: number, rest: readonly number[], isStacked: boolean): ScaleClass {
  if (isOneValue(rest)) return "tensor";
  if (rest.length === 1) return rest[0] === out || (isStacked && rest[0] === input) ? "channel" : "none";
  if (rest.length === 2) return classifyPair(out, input, rest as [number, number], isStacked);
  if (rest.length === 4 && rest[1] === 1 && rest[3] === 1) {
    const fits = isGrid(out, rest[0] as number) && isGrid(input, rest[2] as number);
    return fits ? "block-4d" : "none";
  }
  return "none";
}

function classifyPair(
  out: number,
  input: number,
  [rows, columns]: readonly [number, number],
  isStacked: boolean,
): ScaleClass {
  if (columns === 1 && rows === out) return "channel";
  if (isStacked && ((rows === 1 && columns === input) || (rows === 1 && columns === out))) return "channel";
  if (isStacked && columns === 1 && rows === input) return "channel";
  if (rows === out && columns < input && input % columns === 0) return "group";
  if (columns === input && rows === 1) return "none";
  return isGrid(out, rows) && isGrid(input, columns) && rows * columns < out * input ? "block" : "none";
}

/** Blocks have a value a side, or at least so many: what gives two or three is a scale of another weight. */
const MIN_BLOCK = 8;

function isGrid(dim: number, scales: number): boolean {
  const sizes = blockSizes(dim, scales);
  return sizes !== undefined && (sizes.low === 1 || sizes.high >= MIN_BLOCK);
}
