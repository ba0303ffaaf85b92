import { formatCount, formatQuantity } from "../../format/count.ts";
import { formatIndexRanges } from "../../format/ranges.ts";
import { formatShape } from "../../format/shape.ts";
import { PEFT_PREFIX } from "../../kinds/adapter/naming.ts";
import type { WordsOf } from "../words-of.ts";
import type { StructureData } from "./data.ts";

/** What declares an adapter. */
const CONFIG = "adapter_config.json";

/** Ids that are told of many. */
const MAX_IDS = 50;

export const STRUCTURE_WORDS: WordsOf<StructureData> = {
  "sibling.odd": ({ difference }) => ({ expected: difference.usual, found: difference.found }),
  "bias.uneven": ({ others }) => ({
    expected: others === 1 ? "1 other layer has one" : `${formatCount(others)} other layers have one`,
    found: "none",
  }),
  "companion.missing": ({ beside }) => ({ expected: `stored, as ${beside} is`, found: "none" }),
  "sides.unlike": ({ size, expected }) => ({ expected: String(expected), found: String(size) }),
  "convolution.turned": ({ shape, reason, biases }) => ({
    expected:
      reason === "biases"
        ? `${formatCount(biases ?? 0)} outputs come first, as its bias has them`
        : reason === "channels-first"
          ? "in MLX the input channels come last"
          : "the input channels come second",
    found: formatShape(shape),
  }),
  "head.other": ({ className, other }) => ({
    expected: `a class with this head, such as ${other}`,
    found: className,
    fix: `Name \`${other}\` in \`architectures\`, if the head is meant to be used.`,
  }),
  "head.lost": ({ className }) => ({ expected: `the head of ${className}`, found: "none" }),
  "tokens.without-row": ({ ids, rows }) => ({
    expected: `ids ${formatIndexRanges(ids.slice(0, MAX_IDS))}`,
    found: formatQuantity(rows, "row"),
  }),
  "adapter.unpaired": ({ lacking }) => ({ expected: lacking.format(), found: "none" }),
  "dtype.uneven": ({ dtype, usual }) => ({ expected: usual, found: dtype }),
  "adapter.unmerged": () => ({ expected: "merged weights", found: "lora_A and lora_B" }),
  "adapter.vectors": ({ vectors, other }) => ({
    expected: formatQuantity(other, "vector"),
    found: formatQuantity(vectors, "vector"),
  }),
  "adapter.ranks": ({ rank, other }) => ({ expected: String(other), found: String(rank) }),
  "adapter.declared-rank": ({ rank, declared }) => ({ expected: String(declared), found: String(rank) }),
  "adapter.incomplete": ({ leaf }) => ({ expected: leaf, found: "none" }),
  "adapter.other-method": ({ stored, declared }) => ({
    expected: `tensors of ${declared}`,
    found: `tensors of ${stored}`,
    fix: "Correct `peft_type` in `adapter_config.json`.",
  }),
  "adapter.declared-size": ({ declared, stored }) => ({ expected: String(declared), found: String(stored) }),
  "adapter.alpha-shape": ({ shape }) => ({ expected: "one number", found: formatShape(shape) }),
  "adapter.magnitude": ({ lacks }) =>
    lacks === "magnitude"
      ? { expected: "a magnitude vector (use_dora)", found: "none" }
      : lacks === "pair"
        ? { expected: "lora_A and lora_B", found: "a magnitude vector alone" }
        : {
            expected: "use_dora: true",
            found: "use_dora: false",
            fix: "Set `use_dora` to true in `adapter_config.json`: without it loaders leave the magnitudes out.",
          },
  "adapter.other-base": ({ stated, seen }) => ({
    expected: `modules of ${stated}`,
    found: `modules of ${seen}`,
  }),
  "adapter.header-rank": ({ declared, rank }) => ({ expected: String(declared), found: String(rank) }),
  "adapter.odd-end": ({ name }) => ({
    expected: name.replace(/_+$/, ""),
    found: name,
    fix: "Take the underscore from the end of the names.",
  }),
  "adapter.target-missing": () => ({ expected: "lora_A and lora_B", found: "none", file: CONFIG }),
  "adapter.unsaved": ({ taskType }) => ({
    expected: taskType === null ? "the module, whole" : "a head for labels",
    found: "none",
    file: CONFIG,
    fix:
      taskType === null
        ? "Save the adapter again with the modules of `modules_to_save`, or take the name out of the list."
        : "Save the adapter again with its head (`classifier` or `score` in `modules_to_save`).",
  }),
  "adapter.untargeted": () => ({
    expected: "a target",
    found: "none",
    fix: "Add the modules to `target_modules`; loaders leave them out as it is.",
  }),
  "adapter.beyond-last": ({ declared, layers }) => ({
    expected: String(declared),
    found: String(layers),
    file: CONFIG,
    fix: "Set `num_layers` to the number of adapted layers.",
  }),
  "adapter.of-memory": ({ name, segment }) => ({
    expected: name.replace(`.${segment}`, ""),
    found: name,
    fix: "Save the adapter with `save_pretrained`, which leaves such segments out.",
  }),
  "adapter.no-prefix": ({ module }) => ({
    expected: `${PEFT_PREFIX}${module}`,
    found: module,
    fix: `Put "${PEFT_PREFIX}" before every name of the adapter.`,
  }),
  "adapter.alphas": ({ others }) => ({
    expected: `alpha, as ${formatCount(others)} other ${others === 1 ? "module has" : "modules have"}`,
    found: "none",
  }),
  "adapter.namings": ({ naming, usual }) => ({ expected: `names of ${usual}`, found: `names of ${naming}` }),
};
