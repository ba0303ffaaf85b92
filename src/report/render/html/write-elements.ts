import { escapeForXml } from "../../../format/escape.ts";
import type { Child } from "../../../page/element.ts";

/** Elements of HTML that have no content and no end. */
const VOID = new Set(["meta", "br", "input"]);

/** Shapes have no content, and end where they begin; only text does not. */
const SHAPES = new Set(["rect", "path", "circle", "text"]);

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
  const { tag, attributes, children } = child;
  const isShape = SHAPES.has(tag);
  into.push(`<${tag}`);
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined || value === false) continue;
    if (value === true) into.push(` ${name}`);
    // A page has thousands of them, and quotes are a tenth of a shape.
    else if (isShape && typeof value === "number") into.push(` ${name}=${shortNumber(value)}`);
    else into.push(` ${name}="${escaped(shortNumber(value))}"`);
  }
  // A number without quotes would take in the stroke that ends the element.
  into.push(isShape && tag !== "text" ? " />" : ">");
  if (VOID.has(tag) || (isShape && tag !== "text")) return;
  for (const each of children) write(each, into);
  into.push(`</${tag}>`);
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
