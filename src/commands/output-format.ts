import path from "node:path";
import type { Block } from "../report/render/document.ts";
import type { View } from "../report/render/view.ts";

/** Text in pieces, as they come. */
export type Chunks = Iterable<string> | AsyncIterable<string>;

/** How a run wants its text; `view` is asked for by text alone. */
export interface Wanted<Options> {
  readonly options: Options;
  readonly view: () => Promise<View>;
}

/** One way to print what a command found: a row of the command's table, and all that a new format needs. */
export interface OutputFormat<Found, Options> {
  /** Endings of an output file's name that stand for it. */
  readonly extensions: readonly string[];
  /** Renders; what it needs is loaded here, so that other formats do not pay for it. */
  readonly render: (found: Found, wanted: Wanted<Options>) => Promise<Chunks>;
}

/** A command's formats by name; the first is the one of terminals. */
export type OutputFormats<Found, Options> = Readonly<Record<string, OutputFormat<Found, Options>>>;

/** JSON, of any report: the one format that has a word for none. */
export const JSON_FORMAT: OutputFormat<object, unknown> = {
  extensions: [".json"],
  render: async (report) => [(await import("../report/render/json.ts")).renderJson(report)],
};

/** What pages are called. */
export const PAGE_EXTENSIONS = [".html", ".htm"] as const;

/** The formats that every view has: its document as text, as Markdown and as a page, and the report itself. */
export function viewFormats<Found extends object, Options>(
  documentOf: (report: Found, options: Options) => Promise<readonly Block[]>,
): OutputFormats<Found, Options> {
  return {
    text: {
      extensions: [".txt"],
      render: async (report, { options, view }) => {
        const { renderText } = await import("../report/render/text.ts");
        return renderText(await documentOf(report, options), await view());
      },
    },
    json: JSON_FORMAT,
    markdown: {
      extensions: [".md", ".markdown"],
      render: async (report, { options }) => {
        const { renderMarkdown } = await import("../report/render/markdown.ts");
        return renderMarkdown(await documentOf(report, options));
      },
    },
    html: {
      extensions: PAGE_EXTENSIONS,
      render: async (report, { options }) => {
        const { renderViewPage } = await import("../report/render/html/view-page.ts");
        return [renderViewPage(report, await documentOf(report, options))];
      },
    },
  };
}

/** The format that was asked for; the first of the table where none was, or one that the table has not (`--list-rules`). */
export function chosenFormat<Found, Options>(
  formats: OutputFormats<Found, Options>,
  { json, format }: { readonly json?: boolean; readonly format?: string },
): OutputFormat<Found, Options> {
  const [first] = Object.keys(formats) as [string];
  const name = json ? "json" : (format ?? first);
  return (formats[name] ?? formats[first]) as OutputFormat<Found, Options>;
}

/** What the options of a command know of its formats. */
export type FormatNames = Readonly<Record<string, { readonly extensions: readonly string[] }>>;

/** The format that an output file's name asks for, undefined where it names none of the command's; the longest ending counts. */
export function formatOfOutput(output: string, formats: FormatNames): string | undefined {
  const name = path.basename(output).toLowerCase();
  const meant = Object.entries(formats).flatMap(([format, { extensions }]) =>
    extensions.filter((ending) => name.endsWith(ending)).map((ending) => ({ format, ending })),
  );
  return meant.sort((a, b) => b.ending.length - a.ending.length)[0]?.format;
}
