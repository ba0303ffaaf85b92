/**
 * Every string from a checkpoint was written by a stranger. One function for each place it can go
 * (threats: terminal control, bidi reordering, Markdown and HTML markup, spreadsheet formulas, CI commands).
 */

// C0, DEL and C1 controls; bidi controls and isolates; line and paragraph separators; zero-width marks.
const UNSAFE_FOR_TERMINAL =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// Colour codes of ours may stand between: what shows a log may have taken them out before it looks.
/** Strings that CI runners take for commands anywhere in a line. */
const CI_COMMAND = /##(?=(?:\u001b\[[0-9;]*m)*(?:\[|vso\[|teamcity\[))/gi;

/** Text that a terminal shows as it is: controls become visible (`\x1b`, `\u202e`), never disappear. */
export function escapeForTerminal(text: string): string {
  return breakCommands(text.replace(UNSAFE_FOR_TERMINAL, showCharacter));
}

function showCharacter(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x80
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/**
 * A line that is no command of a CI runner. Asked of finished lines as well: two harmless pieces may make a command
 * together, and a break may leave the middle of a text at the start of a line.
 */
export function breakCommands(line: string): string {
  const whole = line.includes("##") ? line.replace(CI_COMMAND, "#\\x23") : line;
  // This one counts at a line's start only, and a name may stand first in a row of a table.
  if (!whole.includes("::")) return whole;
  const start = leadEnd(whole);
  return whole.startsWith("::", start) ? `${whole.slice(0, start)}\\x3a${whole.slice(start + 1)}` : whole;
}

const COLOUR = /\u001b\[[0-9;]*m/y;

/** Where a line begins, behind blanks and colours. Step by step: a pattern for some 10,000 blanks runs out of stack. */
function leadEnd(line: string): number {
  let at = 0;
  for (;;) {
    COLOUR.lastIndex = at;
    if (line.charCodeAt(at) === 0x1b && COLOUR.test(line)) at = COLOUR.lastIndex;
    else if (at < line.length && line.charAt(at).trim() === "") at++;
    else return at;
  }
}

/** Longest outside string quoted inside a sentence; the rest is cut in the middle. */
export const MAX_QUOTED_CHARACTERS = 200;

/** A quoted outside string inside a sentence, cut in the middle where it is very long. It stays raw: sinks escape. */
export function quoteForMessage(text: string): string {
  return `"${shortenMiddle(text, MAX_QUOTED_CHARACTERS)}"`;
}

/** `abcdefgh`, 5 → `ab…gh`: both ends of a name tell it apart from its neighbours. */
export function shortenMiddle(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const tail = Math.floor((characters - 1) / 2);
  let headEnd = characters - 1 - tail;
  let tailStart = text.length - tail;
  // A pair of surrogates is one character: half of it would be none.
  if (isHighSurrogate(text.charCodeAt(headEnd - 1))) headEnd--;
  if (isHighSurrogate(text.charCodeAt(tailStart - 1))) tailStart++;
  return `${text.slice(0, headEnd)}…${text.slice(tailStart)}`;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

// JSON.stringify leaves these raw although a terminal obeys or hides them.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** `::` where the string, or a line in it, begins: a log may show what a string holds. */
const CI_COMMAND_IN_JSON = /:(?=:)(?<=(?:"|\\[nrt])\s*:)/g;

/**
 * Finished JSON text → the same document in characters that no terminal, script parser or CI runner obeys. Outside
 * strings JSON has none of them, so what is written here as `\u` escapes stands in strings, and readers see no difference.
 */
export function escapeJsonText(json: string): string {
  let safe = json.replace(UNSAFE_IN_JSON, escapeInJson);
  if (safe.includes("##")) safe = safe.replace(CI_COMMAND, `#${escapeInJson("#")}`);
  return safe.includes("::") ? safe.replace(CI_COMMAND_IN_JSON, escapeInJson) : safe;
}

/**
 * JSON inside an HTML document: beside what `escapeJsonText` escapes, nothing that could end the element it stands in. The
 * characters stand in strings only, so readers see no difference.
 */
export function escapeJsonForHtml(json: string): string {
  return escapeJsonText(json).replace(/[<>&]/g, escapeInJson);
}

function escapeInJson(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A code span whose fence is longer than any run of backticks inside; newlines are already `\x0a`. */
export function escapeForMarkdownCode(text: string): string {
  const shown = escapeForTerminal(text).replaceAll("|", "\\|");
  // No spread into Math.max: a name can hold a million runs, and a call takes some 100,000 arguments.
  let longest = 0;
  for (const [run] of shown.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = "`".repeat(longest + 1);
  const pad =
    shown === "" || shown.startsWith("`") || shown.endsWith("`") || shown.trim() !== shown ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

const MARKDOWN_ENTITIES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  // An address would become a link, a name a mention that notifies somebody.
  "@": "&#64;",
};

/** Plain Markdown text: what could start markup, a link, HTML or, at the beginning, a block is escaped. */
export function escapeForMarkdown(text: string): string {
  return escapeForTerminal(text)
    .replace(/[\\`*_[\]|~<>&@]/g, (char) => MARKDOWN_ENTITIES[char] ?? `\\${char}`)
    .replace(/^(\s*)([#+=-])/, "$1\\$2")
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, "$1\\$2")
    .replace(/(https?|ftp|www)([:.])/gi, "$1&#8203;$2");
}

// What makes a spreadsheet read a cell as a formula, quoted or not; also behind a quote or a separator, where a
// program that splits at other marks than commas sees a new cell.
const FORMULA_START = /(^|["';,\t\r\n])(?=[=+\-@\t\r])/g;

/**
 * One CSV cell (RFC 4180). Cells that a spreadsheet would run get a leading apostrophe; the unaltered
 * text is in the JSON formats. Controls are shown escaped, so no row breaks and no terminal is steered.
 */
export function escapeForCsv(text: string): string {
  const shown = escapeForTerminal(text.replace(FORMULA_START, "$1'"));
  return /[",\s]/.test(shown) || shown.startsWith("'") ? `"${shown.replaceAll('"', '""')}"` : shown;
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** XML text or attribute value. Characters that XML 1.0 cannot hold, and controls, are shown as escapes. */
export function escapeForXml(text: string): string {
  return escapeForTerminal(text)
    .replace(/[\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`)
    .replace(/[&<>"']/g, (char) => XML_ENTITIES[char] as string);
}
