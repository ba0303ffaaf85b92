/** The first of the characters that stand for words in a packed text: all below it stand for themselves. */
const FIRST_WORD = 0xa1;

/** What may be a word: long enough to be worth a character. */
const WORDS = /[A-Za-z]\w{3,}/g;

/** A text with a character in place of each word that a list has. The text itself must be ASCII. */
export function shortenWords(text: string, words: readonly string[]): string {
  const characters = new Map(words.map((word, at) => [word, String.fromCharCode(FIRST_WORD + at)]));
  return text.replace(WORDS, (word) => characters.get(word) ?? word);
}

/** The words that JSON itself has: shortened like others, they must be whole again before a text can be parsed. */
const LITERALS = ["true", "false", "null"];

/**
 * Shortened texts are read as they lie in the file, a byte a character: nine of ten words of a piece are never asked for, and
 * to decode them would cost more than all the rest. A character that stands for a word is two or three such bytes.
 */
const bytesOf = (character: string): string => Buffer.from(character, "utf8").toString("latin1");

/** A shortened text of JSON as JSON: its strings stay short. */
export function lengthenLiterals(bytes: Uint8Array, words: readonly string[]): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return LITERALS.reduce((longer, literal) => {
    const at = words.indexOf(literal);
    return at < 0 ? longer : longer.replaceAll(bytesOf(String.fromCharCode(FIRST_WORD + at)), literal);
  }, text);
}

/** A text out of a parsed piece with its words long again. */
export function lengthenWords(text: string, words: readonly string[]): string {
  let long = "";
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const lead = text.charCodeAt(at);
    if (lead < 0x80) continue;
    long += text.slice(start, at);
    // UTF-8: what begins with 110 has one byte more, what begins with 1110 two.
    let character = lead < 0xe0 ? lead & 0x1f : lead & 0x0f;
    for (let more = lead < 0xe0 ? 1 : 2; more > 0; more -= 1) {
      at += 1;
      character = (character << 6) | (text.charCodeAt(at) & 0x3f);
    }
    long += words[character - FIRST_WORD] ?? "";
    start = at + 1;
  }
  return start === 0 ? text : long + text.slice(start);
}

/** A parsed value with all its strings and names of properties long again. */
export function lengthenStrings<T>(value: T, words: readonly string[]): T;
export function lengthenStrings(value: unknown, words: readonly string[]): unknown {
  if (typeof value === "string") return lengthenWords(value, words);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((member) => lengthenStrings(member, words));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [lengthenWords(key, words), lengthenStrings(member, words)]),
  );
}

/** Words that at least so many texts have, the commonest first: as many as there are characters for. */
export function commonWords(texts: readonly string[], least: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of new Set(text.match(WORDS))) counts.set(word, (counts.get(word) ?? 0) + 1);
  const common = [...counts].filter(([, count]) => count >= least);
  const gain = ([word, count]: readonly [string, number]): number => word.length * count;
  common.sort((a, b) => gain(b) - gain(a) || (a[0] < b[0] ? -1 : 1));
  return common.slice(0, 0xd7ff - FIRST_WORD).map(([word]) => word);
}
