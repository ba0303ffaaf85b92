import type { ArchResult } from "../../analysis/arch.ts";
import type { Diagram, DiagramBox } from "../../analysis/arch-diagram.ts";
import { formatCount } from "../../format/count.ts";

/** The layers as a Mermaid flowchart, as GitHub draws it. Labels are words of ours: no name from the file gets in. */
export function renderMermaid({ diagrams, embedding, norms }: ArchResult): string {
  const lines = ["flowchart TD"];
  const rows = embedding.rows.value;
  lines.push(
    `  embed["embedding${rows === null ? "" : ` · ${formatCount(rows)} × ${formatCount(embedding.width ?? 0)}`}"]`,
  );
  let from = "embed";
  for (const [at, diagram] of diagrams.entries()) from = addDiagram(lines, diagram, `l${at}`, from);
  lines.push(`  norm["${norms.kind ?? "norm"}"]`, `  ${from} --> norm`);
  if (embedding.tied !== null) {
    lines.push(`  head["head${embedding.tied ? " · the embedding table" : ""}"]`, "  norm --> head");
  }
  return `${lines.join("\n")}\n`;
}

function addDiagram(lines: string[], diagram: Diagram, id: string, from: string): string {
  const name = `layers ${diagram.layers.replaceAll(",", ", ")} · ${diagram.count} ×`;
  lines.push(`  subgraph ${id}["${name}"]`);
  const edges: string[] = [];
  let stream = from;
  for (const [b, branch] of diagram.branches.entries()) {
    let last = stream;
    for (const [k, box] of branch.boxes.entries()) {
      const node = `${id}b${b}x${k}`;
      lines.push(`    ${node}["${label(box)}"]`);
      edges.push(`  ${last} --> ${node}`);
      last = node;
    }
    const sum = `${id}b${b}sum`;
    lines.push(`    ${sum}(("+"))`);
    edges.push(`  ${last} --> ${sum}`, `  ${stream} --> ${sum}`);
    stream = sum;
  }
  lines.push("  end", ...edges);
  return stream;
}

function label({ title, lines }: DiagramBox): string {
  return [title, ...lines].join("<br/>");
}
