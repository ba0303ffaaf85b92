/**
 * Every string from a checkpoint was written by a stranger. One function for each place it can go
 * (threats: terminal control, bidi reordering, Markdown and HTML markup, spreadsheet formulas, CI commands).
 */

// C0, DEL and C1 controls; bidi controls and isolates; line and paragraph separators; zero-width marks.
const UNSAFE_FOR_TERMINAL =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Strings that CI runners take for commands anywhere in a line; `::` counts only at a line's start. */
const CI_COMMAND = /##(?=\[|vso\[|teamcity\[)/g;

/** Text that a terminal shows as it is: controls become visible (`\x1b`, `\u202e`), never disappear. */
export function escapeForTerminal(text: string): string {
  return text
    .replace(UNSAFE_FOR_TERMINAL, (char) => {
      const code = char.charCodeAt(0);
      return code < 0x80
        ? `\\x${code.toString(16).padStart(2, "0")}`
        : `\\u${code.toString(16).padStart(4, "0")}`;
    })
    .replace(CI_COMMAND, "#\\x23");
}

/** Longest outside string quoted inside a sentence; the rest is cut in the middle. */
export const MAX_QUOTED_CHARACTERS = 200;

/** A quoted outside string for messages: escaped, and cut in the middle where it is very long. */
export function quoteForMessage(text: string): string {
  return `"${shortenMiddle(escapeForTerminal(text.slice(0, 4 * MAX_QUOTED_CHARACTERS)), MAX_QUOTED_CHARACTERS)}"`;
}

/** `abcdefgh`, 5 → `ab…gh`: both ends of a name tell it apart from its neighbours. */
export function shortenMiddle(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const tail = Math.floor((characters - 1) / 2);
  return `${text.slice(0, characters - 1 - tail)}…${text.slice(text.length - tail)}`;
}

// JSON.stringify leaves these raw although a terminal obeys them.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Finished JSON text → the same document in characters that no terminal or script parser obeys. */
export function escapeJsonText(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A code span whose fence is longer than any run of backticks inside; newlines are already `\x0a`. */
export function escapeForMarkdownCode(text: string): string {
  const shown = escapeForTerminal(text).replaceAll("|", "\\|");
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad =
    shown === "" || shown.startsWith("`") || shown.endsWith("`") || shown.trim() !== shown ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** Plain Markdown text: every character that could start markup, a link or HTML is escaped. */
export function escapeForMarkdown(text: string): string {
  return escapeForTerminal(text)
    .replace(/[\\`*_{}[\]()#+!|~<>&]/g, (char) =>
      char === "<" ? "&lt;" : char === ">" ? "&gt;" : char === "&" ? "&amp;" : `\\${char}`,
    )
    .replace(/(https?|ftp|www)([:.])/gi, "$1&#8203;$2");
}

// A leading character that makes a spreadsheet read the cell as a formula, quoted or not.
const FORMULA_START = /^[=+\-@\t\r]/;

/**
 * One CSV cell (RFC 4180). Cells that a spreadsheet would run get a leading apostrophe; the unaltered
 * text is in the JSON formats. Controls are shown escaped, so no row breaks and no terminal is steered.
 */
export function escapeForCsv(text: string): string {
  const shown = FORMULA_START.test(text) ? `'${escapeForTerminal(text)}` : escapeForTerminal(text);
  return /[",\s]/.test(shown) || shown.startsWith("'") ? `"${shown.replaceAll('"', '""')}"` : shown;
}
