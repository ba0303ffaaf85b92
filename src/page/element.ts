/**
 * What the page consists of, before it is known where: the program writes elements as text, the page's script as nodes.
 * Names of elements and attributes are ours; text is outside text, and each sink makes it harmless.
 */
export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly children: readonly Child[];
}

/** Left out where undefined or false; written without a value where true. */
export type AttributeValue = string | number | boolean | undefined;

export type Child = Element | string;

/** What may stand for children: lists are taken apart, nothing is left out. */
export type Content = Child | number | null | undefined | false | readonly Content[];

export function el(
  tag: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
  ...content: readonly Content[]
): Element {
  return { tag, attributes, children: flatten(content) };
}

function flatten(content: readonly Content[]): Child[] {
  const children: Child[] = [];
  for (const each of content) {
    if (each === null || each === undefined || each === false) continue;
    if (typeof each === "number") children.push(String(each));
    else if (typeof each === "string") children.push(each);
    else if (isList(each)) for (const child of flatten(each)) children.push(child);
    else children.push(each);
  }
  return children;
}

function isList(content: Element | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content);
}

/** Lines as they are set on a terminal. A line's end is an element: in text it would be outside text, and be shown escaped. */
export function preformatted(lines: readonly string[]): Element {
  return el(
    "pre",
    { tabindex: 0 },
    el(
      "code",
      {},
      lines.map((line, at) => [at > 0 && el("br"), line]),
    ),
  );
}

/** A table with a caption; cells that are numbers in words go to the right. Without a caption that is seen it still has a name. */
export function table(
  caption: string,
  heads: readonly (string | { readonly title: string; readonly isRight: true })[],
  rows: readonly (readonly Content[])[],
  showsCaption = true,
): Element {
  const isRight = heads.map((head) => typeof head !== "string");
  const head = heads.map((each, at) =>
    el(
      "th",
      { scope: "col", class: isRight[at] ? "r" : undefined },
      typeof each === "string" ? each : each.title,
    ),
  );
  const body = rows.map((cells) =>
    el(
      "tr",
      {},
      cells.map((cell, at) => el("td", { class: isRight[at] ? "r" : undefined }, cell)),
    ),
  );
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "group", "aria-label": caption },
    el(
      "table",
      showsCaption ? {} : { "aria-label": caption },
      showsCaption && el("caption", {}, caption),
      el("thead", {}, el("tr", {}, head)),
      el("tbody", {}, body),
    ),
  );
}

/** A column of numbers. */
export function right(title: string): { readonly title: string; readonly isRight: true } {
  return { title, isRight: true };
}
