const ASCII: readonly (readonly [RegExp, string])[] = [
  [/…/g, "..."],
  [/ · /g, " - "],
  [/×/g, "x"],
  [/→/g, "->"],
  [/[–—]/g, "-"],
  [/✓/g, "ok"],
  [/✗/g, "x"],
  [/⚠/g, "!"],
  [/÷/g, "/"],
  [/[▏▎▍▌▋▊▉█]/g, "#"],
  [/[┌┐└┘├┤┬┴┼]/g, "+"],
  [/─/g, "-"],
  [/│/g, "|"],
  [/◄/g, "<"],
  [/▼/g, "v"],
  [/↳/g, ">"],
];

const BEYOND_ASCII = /\P{ASCII}/gu;

/** `--ascii`: marks of ours get plain spellings; outside names beyond ASCII are shown as escapes. */
export function toAscii(text: string): string {
  const plain = ASCII.reduce((line, [mark, spelling]) => line.replace(mark, spelling), text);
  return plain.replace(BEYOND_ASCII, (char) => `\\u{${(char.codePointAt(0) as number).toString(16)}}`);
}
