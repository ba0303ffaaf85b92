import { type Content, type Element, el, preformatted } from "../../../page/element.ts";

/** A page of a rule: our own Markdown, of which it uses headings, paragraphs, lists, tables, code and nothing else. */
export function rulePage(markdown: string): Element[] {
  const blocks = markdown.replaceAll("\r\n", "\n").split(/\n{2,}/);
  const made: Element[] = [];
  for (let at = 0; at < blocks.length; at++) {
    let block = (blocks[at] as string).trim();
    // A fence may hold empty lines.
    while (block.startsWith("```") && !/\n```$/.test(block) && at + 1 < blocks.length)
      block += `\n\n${(blocks[++at] as string).trimEnd()}`;
    const element = blockOf(block);
    if (element !== null) made.push(element);
  }
  return made;
}

function blockOf(block: string): Element | null {
  if (block === "" || /^# /.test(block)) return null;
  const heading = /^#{2,} (.*)$/.exec(block);
  if (heading !== null) return el("h4", {}, heading[1]);
  const fence = /^```\w*\n([\s\S]*?)\n?```$/.exec(block);
  if (fence !== null) return preformatted((fence[1] as string).split("\n"));
  const lines = block.split("\n");
  if (lines.every((line) => line.startsWith("|"))) return tableOf(lines);
  if (/^(?:[-*]|\d+\.) /.test(block)) return listOf(lines);
  return el("p", {}, inline(lines.join(" ")));
}

function listOf(lines: readonly string[]): Element {
  const items: string[] = [];
  for (const line of lines) {
    const item = /^(?:[-*]|\d+\.) (.*)$/.exec(line);
    if (item !== null) items.push(item[1] as string);
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  return el(
    /^\d/.test(lines[0] ?? "") ? "ol" : "ul",
    {},
    items.map((item) => el("li", {}, inline(item))),
  );
}

function tableOf(lines: readonly string[]): Element {
  const cells = (line: string) =>
    line
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|"));
  const [head = "", , ...body] = lines;
  return el(
    "table",
    {},
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        cells(head).map((cell) => el("th", { scope: "col" }, inline(cell))),
      ),
    ),
    el(
      "tbody",
      {},
      body.map((line) =>
        el(
          "tr",
          {},
          cells(line).map((cell) => el("td", {}, inline(cell))),
        ),
      ),
    ),
  );
}

/** Code, emphasis, and links by their words: a page leads nowhere but to pages of rules. */
function inline(text: string): Content {
  return text
    .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((piece) => {
      if (/^`[^`]+`$/.test(piece)) return el("code", {}, piece.slice(1, -1));
      return /^\*\*/.test(piece) ? el("b", {}, piece.slice(2, -2)) : piece;
    });
}
