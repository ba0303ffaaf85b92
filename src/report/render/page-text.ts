import type { Span } from "./document.ts";
import { finishLine, paintSpans, showSpans } from "./line.ts";
import type { View } from "./view.ts";
import { wrapSpans } from "./wrap.ts";

/**
 * A page of a check, as Markdown, for a terminal: headings without their marks, paragraphs broken at the terminal's
 * width and at blanks alone, code as it stands. Only what those pages use of Markdown is known.
 */
export function* renderPage(markdown: string, view: View): Generator<string> {
  let isCode = false;
  let paragraph: string[] = [];
  for (const line of [...markdown.split("\n"), ""]) {
    const isFence = line.startsWith("```");
    const isBreak = isFence || isCode || line === "" || /^(?:#|[-*|] |\d+\. )/.test(line);
    if (isBreak && paragraph.length > 0) {
      yield* paragraphLines(paragraph, view);
      paragraph = [];
    }
    if (isFence) isCode = !isCode;
    else if (isCode) yield* lines([{ text: `    ${line}`, meaning: "dtype" }], view, "    ");
    else if (line.startsWith("#"))
      yield* lines([{ text: line.replace(/^#+ /, ""), meaning: "title" }], view, "");
    else if (line === "") yield "\n";
    else paragraph.push(line);
  }
}

function* paragraphLines(paragraph: readonly string[], view: View): Generator<string> {
  const text = paragraph.map((line) => line.trim()).join(" ");
  const indent = /^(?:[-*] |\d+\. )/.exec(text)?.[0].length ?? 0;
  yield* lines(spansOf(text), view, " ".repeat(indent));
}

/** Text with what stands between backticks as code. */
function spansOf(text: string): Span[] {
  return text
    .split("`")
    .map((part, k): Span => (k % 2 === 1 ? { text: part, meaning: "dtype" } : { text: part }))
    .filter(({ text: part }) => part !== "");
}

function* lines(spans: readonly Span[], view: View, indent: string): Generator<string> {
  for (const line of wrapSpans(showSpans(spans, view.unicode), view.width, indent))
    yield finishLine(paintSpans(line, view.style));
}
