import { escapeForXml } from "../../../format/escape.ts";
import type { Child } from "../../../page/element.ts";

/** Elements of HTML that have no content and no end. */
const VOID = new Set(["meta", "br", "input"]);

/** Elements as HTML: the one place where text becomes markup. Names are ours, all else is escaped. */
export function writeElements(content: readonly Child[]): string {
  const pieces: string[] = [];
  for (const child of content) write(child, pieces);
  return pieces.join("");
}

function write(child: Child, into: string[]): void {
  if (typeof child === "string") {
    into.push(escaped(child));
    return;
  }
  into.push(`<${child.tag}`);
  for (const name in child.attributes) {
    const value = child.attributes[name];
    if (value === undefined || value === false) continue;
    into.push(value === true ? ` ${name}` : ` ${name}="${escaped(shortNumber(value))}"`);
  }
  into.push(">");
  if (VOID.has(child.tag)) return;
  for (const each of child.children) write(each, into);
  into.push(`</${child.tag}>`);
}

/** Nothing but these: most of a page's thousands of texts are words and numbers, which a look at each is enough for. */
const PLAIN = /^[A-Za-z0-9 .,_()/%-]*$/;

function escaped(text: string): string {
  return PLAIN.test(text) ? text : escapeForXml(text);
}

/** Places in pixels, to a hundredth. */
function shortNumber(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
}
