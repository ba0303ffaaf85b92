import { formatCount } from "../../format/count.ts";
import type { WordsOf } from "../words-of.ts";
import type { StructureData } from "./data.ts";

export const STRUCTURE_WORDS: WordsOf<StructureData> = {
  "sibling.odd": ({ difference }) => ({ expected: difference.usual, found: difference.found }),
  "bias.uneven": ({ others }) => ({
    expected: others === 1 ? "1 other layer has one" : `${formatCount(others)} other layers have one`,
    found: "none",
  }),
  "adapter.unpaired": ({ lacking }) => ({ expected: lacking.format(), found: "none" }),
  "adapter.ranks": ({ rank, other }) => ({ expected: String(other), found: String(rank) }),
  "adapter.declared-rank": ({ rank, declared }) => ({ expected: String(declared), found: String(rank) }),
};
