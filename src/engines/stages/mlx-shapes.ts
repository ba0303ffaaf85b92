import { type Ask, type Said, say } from "../ask.ts";

/** mlx-lm reads bits and groups from shapes: what fits no pair, or lacks its biases, is refused. */
export function judgeMlxShapes({ linears }: Ask): Said[] {
  return linears.flatMap(({ weight, at }) => {
    const has = (suffix: string) => weight.tensors.some((each) => each.suffix === suffix);
    if (weight.scheme === "mlx-affine" && has("scales") && !has("biases")) return [say("biases-missing", at)];
    if (!weight.scheme.startsWith("mlx-")) return [];
    const isShapeless = weight.bits === null || (weight.scheme === "mlx-affine" && weight.group === null);
    const isWrong = weight.findings.some(({ code }) => code === "SCALE_SHAPE_MISMATCH");
    return isShapeless || isWrong
      ? [say("mlx-mode", at, { what: "weight and scales fit no pair of bits and group" })]
      : [];
  });
}
