import type { EngineRow } from "../../engines/verdict-rows.ts";
import type { Block } from "./document.ts";

/** What the engines make of it: a row each, after the findings that say why. */
export function engineBlocks(engines: readonly EngineRow[]): Block[] {
  if (engines.length === 0) return [];
  return [
    { kind: "heading", text: "engines", subtitle: planOf(engines) },
    { kind: "facts", rows: engines.map((row): [string, string] => [nameOf(row), tellVerdict(row)]) },
  ];
}

/** The plan is that of all. */
function planOf([first]: readonly EngineRow[]): string {
  if (first === undefined) return "";
  const { tp, ep, pp, gpu, dtype } = first.plan;
  const parts = [`tp ${tp}`];
  if (ep > 1) parts.push(`ep ${ep}`);
  if (pp > 1) parts.push(`pp ${pp}`);
  if (gpu !== null) parts.push(gpu);
  if (dtype !== "auto") parts.push(dtype);
  return parts.join(" · ");
}

function nameOf({ engine, version, component }: EngineRow): string {
  return component === null || component === "."
    ? `${engine} ${version}`
    : `${engine} ${version} [${component}]`;
}

const WORDS = {
  loads: "loads",
  slow: "loads, by a slower way",
  refuses: "refuses",
  garbage: "starts and computes nonsense",
  unknown: "not known",
} as const;

function tellVerdict({ verdict, stage, effective, plans, findings }: EngineRow): string {
  const parts: string[] = [stage === null ? WORDS[verdict] : `${WORDS[verdict]} (${stage})`];
  const { architecture, via, quantMethod, kernel } = effective;
  if (stage === null && architecture !== null)
    parts.push(via === "native" ? architecture : `${architecture} by ${via ?? "another way"}`);
  if (stage === null && quantMethod !== null)
    parts.push(kernel === null ? quantMethod : `${quantMethod} (${kernel})`);
  if (plans.tp.length > 0)
    parts.push(`tp ${plans.tp.join(", ")} ${plans.tp.length === 1 ? "loads" : "load"}`);
  const [first] = findings.filter(({ severity }) => severity === "error");
  if (stage !== null && first !== undefined) parts.push(first.message);
  return parts.join("; ");
}
