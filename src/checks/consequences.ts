import type { Finding } from "./check.ts";
import { coversPlaces } from "./written-places.ts";

/** A check whose finding is the reason of another's at the same place. */
interface Cause {
  readonly rule: string;
  /** Whether the one explains the other; unless said, where all places of the other are within those of the one. */
  readonly explains?: (cause: Finding, consequence: Finding) => boolean;
}

/** Rules of whole tensors that are gone or too many: the number of parameters follows from them. */
const LOSSES = [
  "embedding-missing",
  "empty-weight",
  "expert-gap",
  "head-missing",
  "index-tensor-missing",
  "layer-gap",
  "module-added",
  "module-lost",
  "payload-missing",
  "sibling-odd-one-out",
] as const;

/**
 * Which findings only tell again, from further away, what another has told: by the rule that is left out, the rules
 * that say it better. A scale of a wrong shape is also unlike its siblings'; the shape is what is to be mended.
 */
const CAUSES: Readonly<Record<string, readonly Cause[]>> = {
  "sibling-odd-one-out": [
    { rule: "size-mismatch" },
    { rule: "empty-weight" },
    { rule: "payload-missing" },
    { rule: "zero-point-missing" },
    { rule: "adapter-pair-broken", explains: isOtherMatrix },
    { rule: "index-tensor-missing", explains: isItsOnlyTensor },
    { rule: "module-lost" },
    { rule: "module-added" },
  ],
  "expert-count-mismatch": [
    { rule: "expert-gap", explains: isOfTheseLayers },
    { rule: "expert-gap", explains: isOfTheirRouter },
  ],
  "parameters-unlike-config": LOSSES.map((rule) => ({ rule, explains: () => true })),
  "ignored-but-quantized": [{ rule: "skip-entry-drifted", explains: isOfTheEntry }],
  "quantized-embedding": [{ rule: "ignored-but-quantized" }, { rule: "skip-entry-drifted" }],
  "quantized-router": [{ rule: "ignored-but-quantized" }, { rule: "skip-entry-drifted" }],
  "scale-without-weight": [{ rule: "quantizer-state-leaked" }],
  "targeted-but-plain": [
    { rule: "fused-group-uneven", explains: isOfTheGroup },
    { rule: "sibling-odd-one-out" },
  ],
  "vision-part-mismatch": [{ rule: "module-lost", explains: () => true }],
  "tower-quantized": [{ rule: "ignored-but-quantized" }, { rule: "skip-entry-drifted" }],
};

/** Comparisons beyond which findings are told as they are: so many are no longer read one by one. */
const MAX_COMPARED = 1_000_000;

/** The findings without those that another one explains. */
export function withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
  const byRule = groupByRule(findings);
  const explained = new Set<Finding>();
  for (const [rule, causes] of Object.entries(CAUSES)) {
    const consequences = byRule.get(rule) ?? [];
    for (const { rule: causing, explains = coversPlace } of causes) {
      const found = byRule.get(causing) ?? [];
      if (found.length * consequences.length > MAX_COMPARED) continue;
      for (const one of consequences)
        if (found.some((cause) => cause.component === one.component && explains(cause, one)))
          explained.add(one);
    }
  }
  return explained.size === 0 ? findings : findings.filter((finding) => !explained.has(finding));
}

/** Findings of each rule, in the order given. */
export function groupByRule(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.rule);
    if (group === undefined) groups.set(finding.rule, [finding]);
    else group.push(finding);
  }
  return groups;
}

function coversPlace(cause: Finding, consequence: Finding): boolean {
  return coversPlaces(cause.where ?? "", consequence.where ?? "");
}

/** The index names a tensor, the siblings the module that lacks it and nothing else. */
function isItsOnlyTensor(cause: Finding, consequence: Finding): boolean {
  if (coversPlace(cause, consequence)) return true;
  const module = (cause.where ?? "").replace(/\.[^.]+$/, "");
  return consequence.expected === "1 tensor" && coversPlaces(module, consequence.where ?? "");
}

/** Of `lora_A` that has no counterpart, `lora_B`; and the other way round. Of two ranks the siblings know the odd one. */
function isOtherMatrix(cause: Finding, consequence: Finding): boolean {
  if (cause.found !== "none") return false;
  const [module, matrix] = (cause.where ?? "").split(/\.(?=lora_[AB]\.)/);
  return matrix !== undefined && coversPlaces(module ?? "", consequence.where ?? "");
}

/** An entry under another name is one fault, whatever its reader makes of it. */
function isOfTheEntry(cause: Finding, consequence: Finding): boolean {
  return consequence.severity !== "error" && consequence.expected?.includes(` ${cause.expected} if`) === true;
}

/** Engines pack q, k and v as one, gate and up, w1 and w3: what else is plain in the module is another matter. */
function isOfTheGroup(cause: Finding, consequence: Finding): boolean {
  const leaf = (consequence.where ?? "").split(".").at(-1) ?? "";
  const names = (cause.expected ?? "").replace(/ alike$/, "").split(", ");
  return names.includes(leaf) && coversPlace(cause, consequence);
}

/** A router has a row for each expert that there should be, those that are gone among them. */
function isOfTheirRouter(cause: Finding, consequence: Finding): boolean {
  const block = (cause.where ?? "").split(".").slice(0, -1).join(".");
  return block !== "" && coversPlaces(block, consequence.where ?? "");
}

/** `7 (layers 3)` is what `model.layers.3.mlp.experts` comes to. */
function isOfTheseLayers(cause: Finding, consequence: Finding): boolean {
  const layers = /\(layers (.*)\)$/.exec(consequence.found ?? "")?.[1];
  if (layers === undefined) return false;
  return (cause.where ?? "")
    .split(".")
    .some((segment) => segment === `{${layers}}` || segment === layers || segment.endsWith(`{${layers}}`));
}
