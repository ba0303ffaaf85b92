import { formatCount, formatQuantity } from "../../format/count.ts";
import { formatShape } from "../../format/shape.ts";
import type { Value } from "../../signatures/signature.ts";
import type { Words, WordsOf } from "../words-of.ts";
import type { KeyData, SignatureData } from "./data.ts";

export const SIGNATURE_WORDS: WordsOf<SignatureData> = {
  "weights.missing": ({ against }) => ({ expected: `stored, as ${against} has it`, found: null }),
  "weights.renamed": ({ stored }, at) => ({
    expected: at.format(),
    found: stored.format(),
    fix: "Rename it as the class has it, or export again.",
  }),
  "weights.unexpected": ({ against }) => ({ expected: null, found: `not of ${against}` }),
  "weights.shape": ({ expected, stored }) => ({
    subject: "shape",
    expected: `[${expected.map((each) => each ?? "?").join(", ")}]`,
    found: formatShape(stored),
    fix: "Export these tensors again; `config.json` agrees with all others.",
  }),
  "class.odds": ({ architecture, modelType, taken }) => ({
    expected: `one class (architectures ${architecture}, model_type ${modelType})`,
    found: `tensors of ${taken}`,
  }),
  "class.names": ({ against, near, isSame }) => ({
    expected: `names as ${against} has them`,
    found: isSame ? "the same names below another prefix" : `names of ${near}`,
  }),
  "class.prefix": ({ against, prefix, is }) => ({
    expected: `names as ${against} has them`,
    found: is === "lacking" ? `names without ${prefix}.` : `names below ${prefix}.`,
  }),
  "key.layers": key,
  "key.kinds": key,
  "key.width": key,
  "key.vocab": key,
  "key.attention": key,
  "key.latent": key,
  "key.indexer": key,
  "key.recurrent": key,
  "key.experts": key,
  "key.positions": key,
  "key.tie": key,
  "key.tied": key,
  "key.bias": key,
  "key.biases": key,
  "key.vision": key,
  "key.other": key,
};

/** Members of a list that are shown. */
const MAX_SHOWN = 8;

function key(data: KeyData): Words {
  const { stated, taken, told, line, against } = data;
  const where = line === null ? "" : `, line ${line}`;
  const claim =
    stated === undefined
      ? `${formatValue(taken)} (${data.key}, which it leaves out)`
      : `${formatValue(stated)} (${data.key}${where})`;
  const others = data.others.map(({ key: other, told: value }) => `or ${other} ${formatValue(value)}`);
  const found = [[formatValue(told), ...others].join(", "), evidenceOf(data)].join(" ");
  return {
    subject: `${data.key} of ${against}`,
    expected: claim,
    found,
    fix: `Set \`${data.key}\` to ${formatValue(told)} in \`config.json\`${line === null ? "" : ` (line ${line})`}; or export again, if the file is right.`,
  };
}

function evidenceOf({ mismatched, missing, excess }: KeyData): string {
  const parts = [
    mismatched > 0 ? `${formatCount(mismatched)} of another shape` : "",
    missing > 0 ? `${formatCount(missing)} missing` : "",
    excess > 0 ? `${formatCount(excess)} too many` : "",
  ].filter((part) => part !== "");
  return `(tensors: ${parts.join(", ")})`;
}

/** A value as the file spells it, long lists cut. */
function formatValue(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" && Number.isInteger(value)) return formatCount(value);
  // Labels are known by their number.
  if (Array.isArray(value) && value.length > 0 && value.every((each) => each === ""))
    return formatQuantity(value.length, "entry", "entries");
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return formatQuantity(Object.keys(value).length, "entry", "entries");
  if (Array.isArray(value) && value.length > MAX_SHOWN)
    return `a list of ${value.length}: ${JSON.stringify(value.slice(0, MAX_SHOWN)).slice(1, -1)}, …`;
  return JSON.stringify(value);
}
