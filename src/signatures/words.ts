/** The first of the characters that stand for words in a packed text: all below it stand for themselves. */
const FIRST_WORD = 0xa1;

/** What may be a word: long enough to be worth a character. */
const WORDS = /[A-Za-z]\w{3,}/g;

/** A text with a character in place of each word that a list has. The text itself must be ASCII. */
export function shortenWords(text: string, words: readonly string[]): string {
  const characters = new Map(words.map((word, at) => [word, String.fromCharCode(FIRST_WORD + at)]));
  return text.replace(WORDS, (word) => characters.get(word) ?? word);
}

/** The text that was shortened with the same list. */
export function lengthenWords(text: string, words: readonly string[]): string {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const word = text.charCodeAt(at) - FIRST_WORD;
    if (word < 0) continue;
    parts.push(text.slice(start, at), words[word] ?? "");
    start = at + 1;
  }
  return parts.join("") + text.slice(start);
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
