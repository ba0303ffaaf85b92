import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import type { Block } from "../report/render/document.ts";
import type { Report } from "../report/report.ts";

/** Results of the components of a source that holds several, beside their names. */
interface ComponentResult<Result> {
  readonly component: string;
  readonly result: Result;
}

/**
 * An analysis of a source: that of its one component, with the others beside it in `components` where there are
 * several. The first is the one that loaders take; nothing is added up that does not belong together.
 */
export function perComponent<Result extends object>(
  checkpoint: Checkpoint,
  analyse: (component: Component) => Result,
): Result {
  const results = checkpoint.components.map((component) => ({
    component: component.name,
    result: analyse(component),
  }));
  const [first] = results as [ComponentResult<Result>];
  return results.length === 1 ? first.result : { ...first.result, components: results };
}

/** The document of each component under its name. */
export function documentPerComponent<Result extends object>(
  report: Report<Result>,
  document: (report: Report<Result>) => Block[],
): Block[] {
  const components = (report.result as { components?: readonly ComponentResult<Result>[] }).components;
  if (components === undefined) return document(report);
  return components.flatMap(({ component, result }, k) => {
    const blocks = document({ ...report, result });
    const title: Block = { kind: "heading", text: `Component ${component}` };
    return k === 0 ? [blocks[0] as Block, title, ...blocks.slice(1)] : [title, ...blocks.slice(1)];
  });
}
