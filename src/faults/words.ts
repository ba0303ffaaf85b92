import { CONFIG_WORDS } from "./config/words.ts";
import { ENGINE_WORDS } from "./engine/words.ts";
import type { Fault, FaultData, FaultKind } from "./fault.ts";
import { PACKING_WORDS } from "./packing/words.ts";
import { PIN_WORDS } from "./pins/words.ts";
import { PIPELINE_WORDS } from "./pipeline/words.ts";
import { SIGNATURE_WORDS } from "./signature/words.ts";
import { STRUCTURE_WORDS } from "./structure/words.ts";
import type { Words, WordsOf } from "./words-of.ts";

const WORDS: WordsOf<FaultData> = {
  ...PACKING_WORDS,
  ...STRUCTURE_WORDS,
  ...SIGNATURE_WORDS,
  ...CONFIG_WORDS,
  ...PIN_WORDS,
  ...PIPELINE_WORDS,
  ...ENGINE_WORDS,
};

/** What was expected and found: the one place where a fault is put into words. */
export function wordsFor({ kind, data, at }: Fault): Words {
  const tell = WORDS[kind] as (data: FaultData[FaultKind], at: Fault["at"]) => Words;
  return tell(data, at);
}
