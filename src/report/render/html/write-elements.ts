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
    into.push(escapeForXml(child));
    return;
  }
  into.push(`<${child.tag}`);
  for (const [name, value] of Object.entries(child.attributes)) {
    if (value === undefined || value === false) continue;
    into.push(value === true ? ` ${name}` : ` ${name}="${escapeForXml(shortNumber(value))}"`);
  }
  into.push(">");
  if (VOID.has(child.tag)) return;
  for (const each of child.children) write(each, into);
  into.push(`</${child.tag}>`);
}

/** Places in pixels, to a hundredth. */
function shortNumber(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
}
