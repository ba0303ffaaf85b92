import type { TreeWeight } from "../../analysis/tree-weights.ts";
import { formatShape } from "../../format/shape.ts";
import type { Span } from "./document.ts";
import { granularityWords } from "./scheme-words.ts";
import type { Meaning } from "./view.ts";

/** What goes first where a row is too wide: parts, then what shares a scale, then the shape. */
const DROP = { parts: 3, granularity: 2, shape: 1 } as const;

/** What tensors beside the values are called in a row; others go by what they are. */
const PART_WORDS: Readonly<Partial<Record<Part, string>>> = {
  scale: "scales",
  "global-scale": "global",
  "zero-point": "zeros",
  activation: "input",
  "kv-cache": "KV scales",
  "column-scale": "column scales",
  "low-rank": "low rank",
};

/** Parts that describe a layout and say nothing to a reader. */
const UNTOLD: ReadonlySet<Part> = new Set([
  "payload",
  "payload-part",
  "bias",
  "parameter",
  "metadata",
  "scratch",
]);

type Part = TreeWeight["tensors"][number]["part"];

/** `NVFP4 [4096, 12288] g16 · scales, global, input` or `BF16 [4096, 2880] + bias`. */
export function weightSpans(weight: TreeWeight): Span[] {
  const { bias, block, granularity, group, logicalShape, tensors, title } = weight;
  const shares = title === null ? "" : granularityWords({ granularity, block, group }, title);
  const parts = [
    ...new Set(tensors.flatMap(({ part }) => (UNTOLD.has(part) ? [] : [PART_WORDS[part] ?? part]))),
  ];
  return [
    { text: schemeWord(weight), meaning: bitsMeaning(weight) },
    { text: ` ${logicalShape === null ? "[?]" : formatShape(logicalShape)}`, dropAt: DROP.shape },
    ...(shares === "" ? [] : [{ text: ` ${shares}`, dropAt: DROP.granularity }]),
    ...(parts.length === 0
      ? []
      : [{ text: ` · ${parts.join(", ")}`, meaning: "muted" as const, dropAt: DROP.parts }]),
    ...(bias === null ? [] : [{ text: " + bias", meaning: "muted" as const, dropAt: DROP.parts }]),
  ];
}

/** Stored tensors of a weight, its values first: `weight_packed U8 [4096, 6144] + weight_scale …`. */
export function storedSpans(
  weight: TreeWeight,
  tensorNamed: (name: string) => { readonly dtype: string; readonly shape: readonly number[] } | undefined,
): Span[] {
  return weight.tensors.flatMap(({ name }, k): Span[] => {
    const tensor = tensorNamed(name);
    if (tensor === undefined) return [];
    return [
      ...(k === 0 ? [] : [{ text: " + ", meaning: "muted" as const }]),
      ...(name === "weight" ? [] : [{ text: `${name} `, meaning: "muted" as const }]),
      { text: tensor.dtype, meaning: bitsMeaning({ dtype: tensor.dtype, bits: null }) },
      { text: ` ${formatShape(tensor.shape)}` },
    ];
  });
}

/** `NVFP4`, `GPTQ 4-bit`, `BF16`: who wrote it in which form is for `unfold precision`. */
function schemeWord({ bits, dtype, title }: TreeWeight): string {
  if (title === null) return dtype;
  const short = title.replace(/ of [\w' -]+$/, "").replace(/,.*$/, "");
  return bits === null || /\d/.test(short) ? short : `${short} ${bits}-bit`;
}

/** Colour by bits: what is kept in more or fewer than its neighbours stands out. */
export function bitsMeaning({ bits, dtype }: Pick<TreeWeight, "bits" | "dtype">): Meaning {
  const width = bits ?? Number(/\d+/.exec(dtype)?.[0] ?? 0);
  if (width === 0) return "dtype";
  return width <= 6 ? "bits4" : width <= 8 ? "bits8" : width <= 16 ? "bits16" : "bits32";
}
