import { formatCount } from "../../format/count.ts";
import type { WordsOf } from "../words-of.ts";
import type { StructureData } from "./data.ts";

export const STRUCTURE_WORDS: WordsOf<StructureData> = {
  "sibling.odd": ({ difference }) => ({ expected: difference.usual, found: difference.found }),
  "bias.uneven": ({ others }) => ({
    expected: others === 1 ? "1 other layer has one" : `${formatCount(others)} other layers have one`,
    found: "none",
  }),
  "companion.missing": ({ beside }) => ({ expected: `stored, as ${beside} is`, found: "none" }),
  "adapter.unpaired": ({ lacking }) => ({ expected: lacking.format(), found: "none" }),
  "adapter.ranks": ({ rank, other }) => ({ expected: String(other), found: String(rank) }),
  "adapter.declared-rank": ({ rank, declared }) => ({ expected: String(declared), found: String(rank) }),
  "adapter.magnitude": ({ lacks }) =>
    lacks === "magnitude"
      ? { expected: "a magnitude vector (use_dora)", found: "none" }
      : { expected: "lora_A and lora_B", found: "a magnitude vector alone" },
  "adapter.alphas": ({ others }) => ({
    expected: `alpha, as ${formatCount(others)} other ${others === 1 ? "module has" : "modules have"}`,
    found: "none",
  }),
  "adapter.namings": ({ naming, usual }) => ({ expected: `names of ${usual}`, found: `names of ${naming}` }),
};
