import type { PlaceSet } from "../checkpoint/place-set.ts";
import { CONFIG_FAULTS } from "./config/kinds.ts";
import type { Fault, Severity } from "./fault.ts";
import { areAlike } from "./packing/fused.ts";

/** Something that was seen, as far as it can explain or be explained. */
export interface Sighting {
  readonly rule: string;
  readonly severity: Severity;
  readonly at: PlaceSet;
  /** The component that it is about. */
  readonly component: object;
  /** What is known of it, null for what is seen beyond the contradictions of one component. */
  readonly fault: Fault | null;
}

type Explains = (cause: Sighting, consequence: Sighting) => boolean;

/** A rule whose findings are the reason of another's. */
interface Cause {
  readonly rule: string;
  /** Unless said, a finding explains what lies wholly within its places. */
  readonly explains: Explains;
}

const within: Explains = (cause, consequence) => cause.at.covers(consequence.at);
const anywhere: Explains = () => true;
/** A number that is contradicted itself is the reason why others do not come out. */
const isGrave: Explains = ({ fault }) => fault?.severity === "error";

function by(rule: string, explains: Explains = within): Cause {
  return { rule, explains };
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

/** Rules of the numbers that the estimate of parameters is made from. */
const CONFIG_RULES = [
  ...new Set(
    Object.values(CONFIG_FAULTS)
      .map(({ rule }) => rule)
      .filter((rule) => rule !== "parameters-unlike-config"),
  ),
];

/** Rules of the tensors that a packing is read by: without one of them no number is measured on the weight. */
const READ_BY = [
  "auxiliary-missing",
  "global-scale-missing",
  "scale-missing",
  "scale-shape-mismatch",
  "zero-point-missing",
  "zero-point-shape-mismatch",
] as const;

/**
 * Which findings only tell again, from further away, what another tells: by the rule that is explained, the rules that
 * say it better. A scale of a wrong shape is also unlike its siblings'; the shape is what is to be mended.
 */
const CAUSES: Readonly<Record<string, readonly Cause[]>> = {
  // Siblings and numbers say it nearer where they say it as an error; else the class does.
  "weights-missing": [
    by("expert-gap", isGravelyWithin),
    by("layer-gap", isGravelyWithin),
    by("sibling-odd-one-out", isGravelyWithin),
    by("bias-uneven", isGravelyWithin),
    by("payload-missing", isOfTheModule),
    by("index-tensor-missing"),
  ],
  "companion-missing": [
    by("weights-missing"),
    by("index-tensor-missing"),
    by("payload-missing", isOfTheModule),
    by("shape-unlike-config", isItsWitness),
  ],
  "layer-gap": [by("companion-missing")],
  "weights-unexpected": [by("head-unlike-class"), by("adapter-unmerged")],
  "shape-unlike-config": [by("companion-missing", isMemberOfIt)],
  "sibling-odd-one-out": [
    by("companion-missing"),
    by("shape-unlike-config", isAboutShape),
    by("weights-missing", isMilder),
    by("size-mismatch"),
    by("empty-weight"),
    by("payload-missing", isOfOneOfThem),
    ...[...READ_BY, "scale-without-weight"].map((rule) => by(rule, isOfItsTensor)),
    by("input-scale-missing", isCalibrated("activation")),
    by("kv-scale-missing", isCalibrated("kv-cache")),
    by("zero-point-missing", isOfOneOfThem),
    by("adapter-pair-broken", isOtherMatrix),
    by("index-tensor-missing", isItsOnlyTensor),
    by("module-lost"),
    by("module-added"),
  ],
  "sides-unlike": ["shape-unlike-config", "sibling-odd-one-out", "convolution-turned"].map((rule) =>
    by(rule, isOfOneSide),
  ),
  "fused-group-uneven": READ_BY.map((rule) => by(rule, isOfItsMember)),
  "attention-shape-mismatch": [
    by("attention-shape-mismatch", isFirstOfSame),
    ...["shape-unlike-config", "sibling-odd-one-out"].map((rule) => by(rule, isOfItsAttention)),
  ],
  "width-mismatch": [by("width-mismatch", isFirstOfSame)],
  "expert-count-mismatch": [by("expert-gap"), by("expert-gap", isOfTheirRouter)],
  "layout-not-understood": [
    by("quantization-undeclared", isPacking),
    by("payload-missing"),
    ...READ_BY.map((rule) => by(rule, isOfTheWeight)),
  ],
  "norm-count-uneven": [by("sibling-odd-one-out", isAboutNorm)],
  "parameters-unlike-config": [
    ...[...LOSSES, "layout-not-understood"].map((rule) => by(rule, anywhere)),
    ...CONFIG_RULES.map((rule) => by(rule, isGrave)),
    by("adapter-unmerged", anywhere),
  ],
  "bias-uneven": [by("sibling-odd-one-out", isAboutBias)],
  "ignored-but-quantized": [by("skip-entry-drifted", isOfTheEntry)],
  "quantized-embedding": [by("ignored-but-quantized"), by("skip-entry-drifted")],
  "quantized-router": [by("ignored-but-quantized"), by("skip-entry-drifted")],
  "scale-without-weight": [by("quantizer-state-leaked"), by("payload-missing")],
  "targeted-but-plain": [
    by("fused-group-uneven", isOfTheGroup),
    by("sibling-odd-one-out"),
    by("skip-entry-drifted"),
  ],
  "vision-part-mismatch": [by("module-lost", anywhere)],
  "tower-quantized": [by("ignored-but-quantized"), by("skip-entry-drifted")],
};

/** Comparisons beyond which findings are told as they are: so many are no longer read one by one. */
const MAX_COMPARED = 1_000_000;

/** The rules of the findings that explain each one; what nothing explains is not in it. */
export function explain<Seen extends Sighting>(
  sightings: readonly Seen[],
): ReadonlyMap<Seen, readonly string[]> {
  const byRule = groupByRule(sightings);
  const explained = new Map<Seen, string[]>();
  for (const [rule, causes] of Object.entries(CAUSES)) {
    const consequences = byRule.get(rule) ?? [];
    for (const { rule: causing, explains } of causes) {
      const found = byRule.get(causing) ?? [];
      if (found.length * consequences.length > MAX_COMPARED) continue;
      for (const one of consequences) {
        if (!found.some((cause) => cause.component === one.component && explains(cause, one))) continue;
        const rules = explained.get(one) ?? [];
        if (!rules.includes(causing)) rules.push(causing);
        explained.set(one, rules);
      }
    }
  }
  return explained;
}

/** What was seen by each rule, in the order given. */
export function groupByRule<Seen extends { readonly rule: string }>(
  sightings: readonly Seen[],
): Map<string, Seen[]> {
  const groups = new Map<string, Seen[]>();
  for (const seen of sightings) {
    const group = groups.get(seen.rule);
    if (group === undefined) groups.set(seen.rule, [seen]);
    else group.push(seen);
  }
  return groups;
}

/** Nothing says how a weight is packed, so nothing can be measured on it. */
function isPacking(cause: Sighting, consequence: Sighting): boolean {
  const { fault } = consequence;
  if (fault?.kind !== "layout.unclear") return false;
  const { doubt } = fault.data;
  return (doubt === "open" || doubt === "unnamed" || doubt === "turned") && within(cause, consequence);
}

function isGravelyWithin(cause: Sighting, consequence: Sighting): boolean {
  return cause.severity === "error" && within(cause, consequence);
}

/** A number of members that is another because this one is not there. */
function isMemberOfIt(cause: Sighting, consequence: Sighting): boolean {
  const { fault } = consequence;
  return fault?.kind === "pin.unlike" && fault.data.about === "members" && consequence.at.covers(cause.at);
}

/** Of two sides that do not fit each other one is told to be wrong already. */
function isOfOneSide({ at }: Sighting, { at: own, fault }: Sighting): boolean {
  if (fault?.kind !== "sides.unlike") return false;
  if (at.covers(own)) return true;
  const [other] = fault.data.other.split(".");
  return [at, at.parents()].some((side) => side.leaves().includes(other ?? "") && side.parents().covers(own));
}

/** What something has to lie beside by a weight's shape is no lack where that shape is wrong. */
function isItsWitness(cause: Sighting, consequence: Sighting): boolean {
  const { fault } = consequence;
  if (fault?.kind !== "companion.missing" || cause.fault?.kind !== "weights.shape") return false;
  const witness = cause.at.parents();
  const isNamed = witness.leaves().some((leaf) => fault.data.beside.startsWith(`${leaf} `));
  return isNamed && witness.parents().covers(consequence.at);
}

/** Of a payload that is gone, the weight that it would have been. */
function isOfTheModule(cause: Sighting, consequence: Sighting): boolean {
  return within(cause, consequence) || cause.at.parents().covers(consequence.at);
}

/** What one tensor should be is told by its class; siblings only tell that it is odd. */
function isAboutShape(cause: Sighting, consequence: Sighting): boolean {
  return cause.fault?.kind === "weights.shape" && within(cause, consequence);
}

function isMilder(cause: Sighting, consequence: Sighting): boolean {
  return consequence.severity !== "error" && (within(cause, consequence) || within(consequence, cause));
}

/** What a scale or zero point belongs to. */
function isOfTheWeight({ fault }: Sighting, { at }: Sighting): boolean {
  return fault !== null && "of" in fault.data && fault.data.of.covers(at);
}

/** What one sibling has and another lacks is told where it is lacking, be that the odd one or the usual ones. */
function placesOfSibling({ at, fault }: Sighting): readonly PlaceSet[] {
  if (fault?.kind !== "sibling.odd") return [];
  return fault.data.difference.state === "adds" ? [at, fault.data.siblings] : [at];
}

function isOfOneOfThem({ at }: Sighting, consequence: Sighting): boolean {
  return placesOfSibling(consequence).some((place) => at.covers(place));
}

/** A tensor of a weight by the name that pairing has for it: a stacked weight's scale is called by several. */
function isOfItsTensor({ fault: cause, at }: Sighting, consequence: Sighting): boolean {
  const { fault } = consequence;
  if (fault?.kind !== "sibling.odd" || cause === null || !("suffix" in cause.data)) return false;
  const { about, suffix } = fault.data.difference;
  if (about !== "bookkeeping" || suffix !== cause.data.suffix) return false;
  const of = "of" in cause.data ? cause.data.of : at;
  return placesOfSibling(consequence).some((place) => at.covers(place) || of.covers(place));
}

/** Scales of activations, or of the cache, that calibration has left out. */
function isCalibrated(what: "activation" | "kv-cache"): Explains {
  return ({ fault: cause, at }, consequence) => {
    const { fault } = consequence;
    if (fault?.kind !== "sibling.odd" || fault.data.difference.about !== what) return false;
    const of = cause !== null && "of" in cause.data ? cause.data.of : at;
    return placesOfSibling(consequence).some((place) => at.covers(place) || of.covers(place));
  };
}

/** The index names a tensor, the siblings the module that lacks it and nothing else. */
function isItsOnlyTensor(cause: Sighting, consequence: Sighting): boolean {
  if (within(cause, consequence)) return true;
  const { fault } = consequence;
  if (fault?.kind !== "sibling.odd") return false;
  const { about, tensor, tensors } = fault.data.difference;
  const isModule = about === "weight" && tensor === null && tensors === 1;
  return isModule && cause.at.parents().covers(consequence.at);
}

/** Where single layers are told as odd ones out, a run of layers is the rest of the same loss. */
function isAboutBias({ fault }: Sighting): boolean {
  return fault?.kind === "sibling.odd" && fault.data.difference.about === "bias";
}

/** A lone layer that lacks a norm is told by name. */
function isAboutNorm({ fault }: Sighting): boolean {
  if (fault?.kind !== "sibling.odd" || fault.data.list !== "layers") return false;
  const { path, tensor } = fault.data.difference;
  return [...path, tensor].some((name) => typeof name === "string" && /norm|ln_/i.test(name));
}

/** Of a matrix that has no counterpart, the counterpart. Of two ranks the siblings know the odd one. */
function isOtherMatrix({ fault, at }: Sighting, consequence: Sighting): boolean {
  return fault?.kind === "adapter.unpaired" && fault.data.module.covers(consequence.at) && !at.isWhole;
}

/** An entry under another name is one fault, whatever its reader makes of it. */
function isOfTheEntry({ fault: cause }: Sighting, { fault }: Sighting): boolean {
  return (
    cause?.kind === "skip.loose" && fault?.kind === "skip.loosely" && cause.data.entry === fault.data.entry
  );
}

/** A number of the configuration that is off shows in several tensors, by the same factor in each. */
function isFirstOfSame({ fault: cause, at }: Sighting, { fault, at: own }: Sighting): boolean {
  if (cause === null || fault === null || cause.kind !== fault.kind) return false;
  const [first, second] = [measureOf(cause), measureOf(fault)];
  if (first === null || second === null || first.isSecond || !second.isSecond) return false;
  const isBeside = at.isWhole || at.parents().parents().covers(own);
  return isBeside && first.stored * second.value === second.stored * first.value;
}

/** Heads that outputs and keys tell together are off where one of these is told to be. */
function isOfItsAttention({ at }: Sighting, { at: own, fault }: Sighting): boolean {
  return fault?.kind === "shape.q" && "width" in fault.data && at.parents().parents().covers(own);
}

function measureOf({ data }: Fault) {
  if (!("isSecond" in data)) return null;
  const { stored, isSecond, expected } = data;
  return expected.value === null ? null : { stored, isSecond, value: expected.value };
}

/** What a lost or misshapen scale hides of a member is no difference, where the others are alike and none is plain. */
function isOfItsMember({ fault: cause }: Sighting, { fault, at }: Sighting): boolean {
  if (fault?.kind !== "fused.uneven" || cause === null || !("of" in cause.data)) return false;
  const { members } = fault.data;
  if (members.some(({ scheme }) => scheme === "none")) return false;
  if (!areAlike(members.filter(({ isDamaged }) => !isDamaged))) return false;
  const { of } = cause.data;
  return members.some(({ leaf, isDamaged }) => isDamaged && of.covers(at.below(leaf)));
}

/** Engines pack q, k and v as one, gate and up, w1 and w3: what else is plain in the module is another matter. */
function isOfTheGroup(cause: Sighting, consequence: Sighting): boolean {
  const { fault } = cause;
  if (fault?.kind !== "fused.uneven") return false;
  const isMember = consequence.at.leaves().every((leaf) => fault.data.names.includes(leaf));
  return isMember && within(cause, consequence);
}

/** A router has a row for each expert that there should be, those that are gone among them. */
function isOfTheirRouter(cause: Sighting, consequence: Sighting): boolean {
  return cause.at.parents().covers(consequence.at);
}
