import { formatCount, formatShare } from "../../format/count.ts";
import { formatShape } from "../../format/shape.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import type { Stored, Wanted, WantedDim } from "../../quantization/observation.ts";
import type { Words, WordsOf } from "../words-of.ts";
import type { FusedMember, Observed, PackingData } from "./data.ts";

/** How each fault of packing is told: what was expected, what was found, and advice where the case has its own. */
export const PACKING_WORDS: WordsOf<PackingData> = {
  "scale.missing": observed,
  "scale.global-missing": observed,
  "auxiliary.missing": observed,
  "zero-point.missing": observed,
  "scale.orphan": observed,
  "scale.shape": observed,
  "zero-point.shape": observed,
  "scale.dtype": observed,
  "bits.ambiguous": observed,
  "shape.unstated": observed,
  "scale.ragged": observed,
  "scale.per-head": observed,
  "scale.padded": observed,
  "packing.old": observed,
  "scale.stacked": ({ tensors }) => ({
    expected: "a scale beside each expert",
    found: `${tensors.join(", ")} for all of them, which transformers alone looks up`,
    fix: "Split the stacked scales among the experts, as the weights are, for engines other than transformers.",
  }),
  "payload.missing": ({ suffixes }) => ({ expected: "a packed weight", found: suffixes.join(", ") }),
  "input-scale.uneven": ({ suffix, having }) => ({
    expected: `${suffix}, as ${having === 1 ? "1 module" : `${having} modules`} like it have it`,
    found: "none",
  }),
  "input-scale.lacking": ({ suffix, having }) => ({
    expected: `${suffix}: declared static, and ${having === 1 ? "1 other module has" : `${having} other modules have`} one`,
    found: "none",
  }),
  "input-scale.unwanted": ({ suffix }) => ({
    expected: "inputs that are not quantized",
    found: `${suffix} beside the weight`,
  }),
  "input-scale.promised": () => ({
    expected: "activation scales, as the configuration says static",
    found: "none in the whole checkpoint",
  }),
  "zero-point.promised": () => ({ expected: "a zero point: declared not symmetric", found: "none" }),
  "fused.uneven": ({ names, members }) => ({
    expected: `${names.join(", ")} alike`,
    found: members.map((member) => `${member.leaf} ${spell(member)}`).join(", "),
  }),
  "cache-scale.uneven": ({ layers, keys, values }) => ({
    expected: `${layers} k and ${layers} v scales`,
    found: `${keys} k and ${values} v scales`,
  }),
  "cache-scale.promised": () => ({
    expected: "k and v scales, as the configuration promises",
    found: "none; engines take 1.0",
  }),
  "bias.suspect": ({ modelType, shape }) => ({
    expected: `no bias: ${modelType} has none`,
    found: formatShape(shape),
  }),
  "declared.bits": ({ declared, stored }) => ({ expected: `${declared} bits`, found: `${stored} bits` }),
  "declared.unnamed": ({ method, dtype }) => ({
    expected: `a packing of ${method}`,
    found: `${dtype} values without what any of its packings is read by`,
  }),
  "declared.group": ({ declared, stored }) => ({
    expected: `groups of ${declared}`,
    found: stored === null ? ONE_SCALE.channel : `groups of ${stored}`,
  }),
  "declared.block": ({ declared, stored }) => ({ expected: declared.join("×"), found: stored.join("×") }),
  "declared.strategy": ({ declared, stored }) => ({
    expected: ONE_SCALE[declared],
    found: stored === "channel" ? ONE_SCALE.channel : ONE_SCALE.tensor,
  }),
  "declared.suffix": ({ declared, stored }) => ({ expected: `scales named ${declared}`, found: stored }),
  "declared.type": ({ declared, stored }) => ({ expected: `values of type ${declared}`, found: stored }),
  "declared.format": ({ declared, stored }) => ({ expected: declared, found: stored }),
  "declared.symmetric": ({ suffix }) => ({
    expected: "symmetric values, without a zero point",
    found: suffix,
  }),
  "declared.unlisted": ({ listing, stored }) => ({
    expected: `not among ${listing}`,
    found: stored,
    fix: `Add the module to ${listing}: loaders build what is not in it plain.`,
  }),
  "declared.method": ({ declared, stored }) => ({ expected: describeDeclaration(declared), found: stored }),
  "declared.unapplied": ({ declared }) => ({
    expected: describeDeclaration(declared),
    found: declared.isFake
      ? "none: the export says itself that it holds plain values (fake quantization)"
      : "none",
    file: declared.file,
  }),
  "declared.nothing": ({ schemes }) => ({
    expected: "a declaration",
    found: "none",
    declared: "no quantization",
    stored: schemes.join(", "),
  }),
  "declared.plain": ({ method, dtype, isPrediction, share }) => ({
    expected: method,
    found: `${dtype}, not quantized${share === null ? "" : `: ${formatShare(share)} of the parameters`}`,
    ...(isPrediction ? { fix: FORGOTTEN } : {}),
  }),
  "declared.twice": ({ first, other }) => ({
    expected: `${first.file} ${first.configPath}: ${describeDeclaration(first)}`.replace("  ", " "),
    found: `${other.file} ${other.configPath}: ${describeDeclaration(other)}`.replace(" :", ":"),
  }),
  "declared.skips": ({ first, other, by }, { count }) => ({
    expected: `${first.file}: ${count === 1 ? "1 module" : `${count} modules`} quantized, as stored`,
    found: `${other.file}: skipped by ${by}`,
  }),
  "declared.unusable": ({ file, text, allowed }) => ({
    expected: `${file}: ${text}`,
    found: `not used: ${allowed} is meant`,
  }),
  "skip.unjudged": ({ file, entries, reason }) => ({
    expected: `${file}: ${andMore(entries[0] ?? "", entries.length)}`,
    found: `not judged: ${WHY_UNJUDGED[reason]}`,
  }),
  "skip.quantized": ({ by, stored }) => ({ expected: `skipped by ${by}`, found: stored }),
  "skip.loosely": ({ entry, entries, method }) => ({
    expected: `skipped by ${andMore(entry, entries)} if read loosely, by the rule of ${method} not skipped`,
    found: "quantized",
    fix: SPELL_OUT,
  }),
  "skip.loose": ({ entry, entries, example, stored }) => ({
    expected: andMore(entry, entries),
    found: `no module of that name; ${example} is meant${WHAT_IS_MEANT[stored]}`,
  }),
};

function andMore(first: string, count: number): string {
  return count > 1 ? `${first} and ${count - 1} more` : first;
}

const WHAT_IS_MEANT = {
  quantized: " and is quantized",
  unskipped: ", is stored plain and skipped by no entry",
  skipped: "",
} as const;

const WHY_UNJUDGED = {
  beyond: "patterns beyond those that unfold reads",
  costly: "more work than one configuration is given",
  renamed: "whether they match under another name is too much work",
} as const;

const FORGOTTEN =
  "Add the layers of multi-token prediction to the skip list, which forgets them, or export them quantized.";

/** By the dialect's own rule the entry skips nothing, so that engines may read the modules either way. */
const SPELL_OUT =
  "Take the entry out of the skip list; or, if its modules are to stay plain, name each of them and export again.";

const ONE_SCALE = { tensor: "one scale a tensor", channel: "one scale a row" } as const;

function describeDeclaration({ method, weight }: Declaration): string {
  const parts = [method];
  if (weight?.bits != null) parts.push(`${weight.bits} bits`);
  if (weight?.group != null) parts.push(`groups of ${weight.group}`);
  if (weight?.block != null) parts.push(`blocks of ${weight.block.join("×")}`);
  return parts.join(", ");
}

/** Scheme, bits and group. */
function spell({ scheme, bits, group }: FusedMember): string {
  if (scheme === "none") return "none";
  return `${scheme}${bits === null ? "" : ` ${bits}-bit`}${group === null ? "" : ` group ${group}`}`;
}

function observed({ wanted, stored }: Observed): Words {
  // The shape is as it should be: what differs are the blocks.
  if (stored.is === "cut")
    return { expected: `whole blocks of ${stored.block.join("×")}`, found: tellStored(stored) };
  return { expected: tellWanted(wanted), found: tellStored(stored) };
}

function tellWanted(wanted: Wanted): string {
  switch (wanted.is) {
    case "scale":
      return "a scale";
    case "scale-of":
      return `a scale for ${formatShape(wanted.shape)}`;
    case "scale-of-values":
      return `a scale for each ${wanted.group} values`;
    case "scale-of-blocks":
      return `a scale for each block of ${formatShape(wanted.dims)}`;
    case "beside":
      return `${wanted.suffix} beside the weight`;
    case "quantized-weight":
      return "a quantized weight beside it";
    case "no-internals":
      return "no internals of the quantizer";
    case "shape":
      return wanted.anyOf.map(formatShape).join(" or ");
    case "dims": {
      const dims = `[${wanted.dims.map(tellDim).join(", ")}]`;
      return wanted.groupsOf === undefined ? dims : `${dims} with groups that divide ${wanted.groupsOf}`;
    }
    case "dtype":
      return wanted.anyOf.join(" or ");
    case "rows-of":
      return `1, 2, 4 or 8 times the rows of ${formatShape(wanted.shape)}`;
    case "divides":
      return `${wanted.side} that divide ${wanted.inputs}${wanted.side === "rows" ? " inputs" : ""}`;
    case "divisor":
      return `a divisor of each of ${formatShape(wanted.shape)}`;
    case "multiple":
      return `a last dimension that is a multiple of ${wanted.of}`;
    case "block-scales":
      return `one for 8, 16 or 32 of ${wanted.values} values`;
    case "one-reading":
      return "one reading";
    case "stated-shape":
      return "a shape that is stated";
    default:
      return wanted satisfies never;
  }
}

function tellDim(dim: WantedDim): string {
  if (typeof dim === "number") return String(dim);
  if (typeof dim === "object") return `groups that divide ${dim.groupsOf}`;
  return dim === "more" ? "…" : dim;
}

/** `576 rows are 4.5 blocks of 128: the last block is partial`. */
function tellCut({ dims, block }: Extract<Stored, { readonly is: "cut" }>): string {
  const sides = ["rows", "columns"].flatMap((side, at) => {
    const [length = 0, size = 1] = [dims[at], block[at]];
    if (length % size === 0 || length < size) return [];
    return [`${length} ${side} are ${Number((length / size).toFixed(2))} blocks of ${size}`];
  });
  return `${sides.join(", ")}: the last block is partial`;
}

function tellStored(stored: Stored): string {
  switch (stored.is) {
    case "none":
      return "none";
    case "shape":
      return formatShape(stored.shape);
    case "dtype":
      return stored.dtype;
    case "left-in":
      return "left in by the exporter";
    case "cut":
      return tellCut(stored);
    case "slices":
      return `${formatShape(stored.shape)}: rows cut in ${stored.slices} slices`;
    case "readings":
      return stored.candidates
        .map(
          ({ bits, group, logicalShape }) =>
            `${bits} bit${group > 0 ? ` in groups of ${group}` : ""} ${formatShape(logicalShape)}`,
        )
        .join(", or ");
    case "values":
      return `${formatShape(stored.shape)}: ${formatCount(stored.values)} values, whose rows and columns no header tells`;
    case "packed":
      return `${formatShape(stored.shape)} packed`;
    case "tiles":
      return `${stored.tiles} tiles of 16 × 16`;
    case "unknown-type":
      return `${formatShape(stored.shape)} bytes of an unknown GGUF type`;
    default:
      return stored satisfies never;
  }
}
