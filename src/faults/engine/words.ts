import type { WordsOf } from "../words-of.ts";
import type { EngineData, EngineSighting } from "./data.ts";
import { ENGINE_RULES } from "./kinds.ts";
import { STATEMENTS } from "./statements.ts";

/** An engine's statement in words: what is so, what the engine says of it, what to do. */
function tell({ engine, version, statement, values }: EngineSighting) {
  const { tells, says, fix } = STATEMENTS[statement];
  // An engine that goes on in silence says nothing; of its message we know what to search for, and not always its sense.
  const quoted = says?.(values) || null;
  const found = tells(values);
  return {
    subject: `${engine} ${version}`,
    expected: quoted === null ? null : `the message of ${engine} ${version} has "${quoted}"`,
    found,
    fix: fix(values),
  };
}

export const ENGINE_WORDS = Object.fromEntries(
  ENGINE_RULES.map((rule) => [`engine.${rule}`, tell]),
) as unknown as WordsOf<EngineData>;
