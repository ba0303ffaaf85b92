import { type ComponentChildren, h as preactNode, type VNode } from "preact";
import { escapeForTerminal } from "../../format/escape.ts";
import type { Child } from "../element.ts";

/** A node of the page; what is handed in as text stays text. */
export function h(tag: string, props: Record<string, unknown>, ...children: ComponentChildren[]): VNode {
  return preactNode(tag, props, ...children) as VNode;
}

/** Elements as nodes of the page: the script's sink. Text stays text, and what steers a reader's eye is made visible. */
export function node(child: Child): VNode | string {
  if (typeof child === "string") return escapeForTerminal(child);
  const { tag, attributes, children } = child;
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes))
    shown[name] = typeof value === "string" ? escapeForTerminal(value) : value;
  return h(tag, shown, ...children.map(node));
}
