import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import { partsOfFile } from "../kinds/single-file.ts";
import type { Block } from "../report/render/document.ts";
import type { Report } from "../report/report.ts";

/** Results of the components of a source that holds several, beside their names. */
interface ComponentResult<Result> {
  readonly component: string;
  readonly result: Result;
}

/** What is done with a source of several models. */
interface Wholes<Result> {
  /** Figures of all parts together, where they make up one model; without it those of the first stand for it. */
  readonly together?: (parts: readonly ComponentResult<Result>[]) => Result;
  /** Whether a file that holds a whole pipeline is told part by part. */
  readonly splits?: boolean;
}

/**
 * An analysis of a source: that of its one component, with the others beside it in `components` where there are several.
 * Nothing is added up that does not belong together: of separate checkpoints the first is the one that loaders take. A file
 * of a whole pipeline is told part by part.
 */
export function perComponent<Result extends object>(
  { components, addUp }: Checkpoint,
  analyse: (component: Component) => Result,
  { together, splits = false }: Wholes<Result> = {},
): Result {
  const tell = (component: Component) => ({ component: component.name, result: analyse(component) });
  const results = components.map(tell);
  const parts = results.length === 1 && splits ? components.flatMap(partsOfFile).map(tell) : [];
  if (parts.length > 0) return withParts(parts, together);
  if (results.length > 1) return withParts(results, addUp ? together : undefined);
  const [only] = results as [ComponentResult<Result>];
  return only.result;
}

/** Figures of the whole on top, else those of the first part: of a file's models that is the one which paints. */
function withParts<Result extends object>(
  parts: readonly ComponentResult<Result>[],
  add: Wholes<Result>["together"],
): Result {
  const [first] = parts as readonly [ComponentResult<Result>, ...ComponentResult<Result>[]];
  return { ...(add === undefined ? first.result : add(parts)), components: parts };
}

/** The document of each component under its name; that of the whole before them where the figures on top are the whole's. */
export function documentPerComponent<Result extends object>(
  report: Report<Result>,
  document: (report: Report<Result>) => Block[],
  isOfWhole: (report: Report<Result>, parts: readonly string[]) => boolean = () => false,
): Block[] {
  const components = (report.result as { components?: readonly ComponentResult<Result>[] }).components;
  if (components === undefined) return document(report);
  const hasWhole = isOfWhole(
    report,
    components.map(({ component }) => component),
  );
  const parts = components.flatMap(({ component, result }, k): Block[] => {
    const blocks = document({ ...report, result });
    const title: Block = { kind: "heading", text: `Component ${component}` };
    return k === 0 && !hasWhole
      ? [blocks[0] as Block, title, ...blocks.slice(1)]
      : [title, ...blocks.slice(1)];
  });
  return hasWhole ? [...document(report), ...parts] : parts;
}
