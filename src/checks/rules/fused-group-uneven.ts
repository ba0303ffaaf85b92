import { quoteForMessage } from "../../format/escape.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { defineCheck, type Seen, type Severity } from "../check.ts";
import { findModules, placesOf } from "../places.ts";
import type { Subject } from "../subject.ts";
import page from "./fused-group-uneven.md";

/** Projections that engines concatenate into one matrix. */
const FUSED = [
  ["q_proj", "k_proj", "v_proj"],
  ["gate_proj", "up_proj"],
  ["w1", "w3"],
] as const;

/** Projections of one fused group share scheme, bits and group size. */
export const fusedGroupUneven = defineCheck<Seen>({
  id: "fused-group-uneven",
  family: "quantization",
  severity: "error",
  title: "Projections that are run as one are quantized differently",
  needs: ["whole", "quantized"],
  find: (subject) =>
    FUSED.flatMap((names) =>
      findModules(subject.component, (kind) => unevenness(subject, kind, names) !== undefined).map(
        (group) => {
          const uneven = unevenness(subject, group.kind, names);
          return {
            ...placesOf(group.patterns, group.count),
            severity: uneven?.severity ?? "error",
            expected: `${names.join(", ")} alike`,
            found: uneven?.found ?? null,
          };
        },
      ),
    ),
  message: ({ where, found }) => `${quoteForMessage(where ?? "")}: ${found}`,
  fix: "Give q/k/v, gate/up and w1/w3 of one module the same scheme, bits and group size.",
  page,
});

function unevenness(
  { quantization, component: { kinds } }: Subject,
  kind: number,
  names: readonly string[],
): { readonly severity: Severity; readonly found: string } | undefined {
  const weights = new Map<string, Weight>();
  for (let position = 0; position < kinds.childCount(kind); position++) {
    const name = kinds.childName(kind, position);
    if (!names.includes(name) || quantization.isPart(kind, position)) continue;
    const weight = quantization
      .module(kinds.childKind(kind, position))
      .weights.find(({ parameter }) => parameter === "");
    if (weight !== undefined) weights.set(name, weight);
  }
  // A scale that is lost or misshapen hides bits and group, and is told where pairing finds it.
  const isMixed = [...weights.values()].some(({ scheme }) => scheme === "none");
  for (const [name, weight] of weights) if (!isMixed && hasFault(weight)) weights.delete(name);
  const spelled = new Map([...weights].map(([name, weight]) => [name, spell(weight)]));
  if (new Set(spelled.values()).size < 2) return undefined;
  const schemes = [...weights.values()].map(({ scheme }) => scheme);
  const severity = schemes.includes("none")
    ? "error"
    : schemes.every((scheme) => scheme.startsWith("mlx-"))
      ? "info"
      : "warning";
  return { severity, found: [...spelled].map(([name, what]) => `${name} ${what}`).join(", ") };
}

function hasFault({ findings }: Weight): boolean {
  return findings.some(({ severity }) => severity === "error");
}

/** Scheme, bits and group; a plain weight by dtype says nothing here. */
function spell({ scheme, bits, group }: Weight): string {
  if (scheme === "none") return "none";
  return `${scheme}${bits === null ? "" : ` ${bits}-bit`}${group === null ? "" : ` group ${group}`}`;
}
