import { modelOf } from "../../architecture/model.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import { lineOfKey } from "../../checkpoint/config.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { explainByKeys, type KeyCause } from "../../signatures/causes.ts";
import type { Differences, Missing } from "../../signatures/compare.ts";
import { withoutRelaidExperts } from "../../signatures/experts.ts";
import { type Held, heldOf, holdingOf, sideOf } from "../../signatures/held.ts";
import { nearestClassOf, shareOfWords } from "../../signatures/held-against.ts";
import { reckonFor } from "../../signatures/reckon.ts";
import { formatSignature } from "../../signatures/signature.ts";
import { isOfMlx } from "../../signatures/stored.ts";
import { compareWithConfig } from "../config/find.ts";
import { type Fault, fault, type Severity } from "../fault.ts";
import type { Scene } from "../scene.ts";
import type { KeyData, KeyKind } from "./data.ts";
import { kindOfKey } from "./key-kinds.ts";
import { findRenamed } from "./near-miss.ts";
import { placesAt, placesOf } from "./places.ts";

/**
 * A checkpoint against the class that its configuration names: what loaders would call missing, unexpected or mismatched,
 * each cause once. Nothing where no class of a library is named.
 */
export function findSignatureFaults({ component }: Scene): readonly Fault[] {
  return signatureFaultsOf(component);
}

/** The same of a component, made once. */
export function signatureFaultsOf(component: Component): readonly Fault[] {
  return component.analyses.get(search);
}

/**
 * Whether a tensor or module is as the class has it that the component was held against: what siblings or names would say
 * of it is then no fault.
 */
export function isOfItsClass(component: Component, at: PlaceSet): boolean {
  const held = heldOf(component);
  if (held === undefined || (isOfMlx(component) && !isNamedByClass(held, at))) return false;
  return !signatureFaultsOf(component).some(
    (seen) => seen.kind.startsWith("weights.") && (seen.at.covers(at) || at.covers(seen.at)),
  );
}

/** Whether the class has it under this name and misses none of it: of what MLX stores under names of its own, a class knows nothing. */
function isNamedByClass({ expectation, differences }: Held, at: PlaceSet): boolean {
  if (differences.missing.some((each) => at.covers(placesAt([toPlace(each)])))) return false;
  const [first = ""] = at.names(1);
  const wanted = first.replace(NUMBER, "#");
  return expectation.tensors.some(({ pattern }) => {
    const own = pattern.replace(NUMBER, "#");
    return own === wanted || own.startsWith(`${wanted}.`);
  });
}

/** A member of a list in a name or pattern. */
const NUMBER = /(?<=^|\.)(?:\d+|\{\d+\})(?=\.|$)/g;

/** Whether the class has tensors without elements for this configuration, and this is as the class has it. */
export function isEmptyInItsClass(component: Component, at: PlaceSet): boolean {
  const { tensors } = heldOf(component)?.expectation ?? { tensors: [] };
  return tensors.some(({ shape }) => shape.includes(0)) && isOfItsClass(component, at);
}

/** Whether every tensor that the class has is stored, under its name. */
export function isWholeOfItsClass(component: Component): boolean {
  if (heldOf(component) === undefined) return false;
  return !signatureFaultsOf(component).some(
    ({ kind }) => kind === "weights.missing" || kind === "weights.renamed",
  );
}

function search(component: Component): readonly Fault[] {
  const held = heldOf(component);
  if (held === undefined) return namesOfAnother(component);
  const against = formatSignature(held.signature);
  const { reckon, strays: all } = reckonFor(component, held);
  const { differences, strays } = withoutRelaidExperts(reckon(held.differences), all, held.placed);
  const { causes, left } = explainByKeys(
    { ...held, ...sideOf(held.signature, held.layout), reckon },
    differences,
  );
  const { renamed, missing: lost, excess, loose } = findRenamed(left, strays);
  const towers = new Set(lost.filter((each) => isOfAbsentTower(each, held)));
  const missing = lost.filter((each) => !towers.has(each));
  return [
    ...aboutClass(held, against),
    ...causes.map((cause) => toKeyFault(cause, against, held)),
    ...renamed.map(({ at, stored }) => fault("weights.renamed", at, { against, stored })),
    ...(missing.length === 0 ? [] : [fault("weights.missing", placesAt(missing.map(toPlace)), { against })]),
    ...absentTowers([...towers], { config: held.config, against, component }),
    ...shapes(left, against),
    ...(excess.length + loose.length === 0
      ? []
      : [
          fault(
            "weights.unexpected",
            placesOf([
              ...loose.map(({ segments, stored }) => ({ segments, count: stored.count })),
              ...excess.map(({ stored, count }) => ({ segments: stored.stored, count })),
            ]),
            { against },
          ),
        ]),
  ];
}

/** Words of names that tensors must share with a class to be taken for its own. */
const MIN_ALIKE = 0.9;
/** Words that they may share with the class that is named: an extract of it, such as its text model alone, shares all. */
const MAX_SHARED = 0.5;

/**
 * The configuration names a class, and the tensors are those of another: nothing would be loaded. MLX has names of its own.
 * The same names below another prefix may be an older release's, which libraries convert.
 */
function namesOfAnother(component: Component): Fault[] {
  const holding = holdingOf(component);
  if (holding.status !== "unlike" || isOfMlx(component)) return [];
  const near = nearestClassOf(component);
  if (near === null || near.alikeness < MIN_ALIKE) return [];
  const { signature } = holding;
  const isSame = near.class === signature.className;
  if (!isSame && shareOfWords(component, signature) >= MAX_SHARED) return [];
  const data = { against: formatSignature(signature), near: near.class, isSame };
  return [fault("class.names", PlaceSet.whole(), data, isSame ? "warning" : "error")];
}

interface Absence {
  readonly config: Held["config"];
  readonly against: string;
  readonly component: Component;
}

const TOWER = /^(?!.*projection$)(?:.*)(?:vis(?:ion|ual)|image|video|audio|speech)/;

/** Whether it is of a tower that is left out whole, as exports of the text alone do. */
function isOfAbsentTower({ expected: { pattern } }: Missing, { placed }: Held): boolean {
  const segments = pattern.split(".");
  const at = segments.findIndex((segment) => TOWER.test(segment));
  if (at < 0) return false;
  const tower = `${segments.slice(0, at + 1).join(".")}.`;
  return ![...placed.byPattern.keys()].some((stored) => stored.startsWith(tower));
}

/** Nothing where the configuration has none either, or where the comparison of configuration and tower tells. */
function absentTowers(towers: readonly Missing[], { config, against, component }: Absence): Fault[] {
  if (towers.length === 0 || !Object.keys(config).some((key) => TOWER.test(key))) return [];
  if (compareWithConfig(modelOf(component)).faults.some(({ kind }) => kind.startsWith("vision."))) return [];
  return [fault("weights.missing", placesAt(towers.map(toPlace)), { against }, "warning")];
}

function aboutClass({ odds, shift, signature }: Held, against: string): Fault[] {
  return [
    ...(odds === null
      ? []
      : [fault("class.odds", PlaceSet.whole(), { ...odds, taken: signature.className })]),
    ...(shift === null ? [] : [fault("class.prefix", PlaceSet.whole(), { against, ...shift })]),
  ];
}

function toKeyFault(cause: KeyCause, against: string, held: Held): Fault {
  const { key, stated, taken, told, others, explained } = cause;
  const { missing, excess, mismatched } = explained;
  const data: KeyData = {
    key,
    stated,
    taken,
    told,
    others,
    missing: countOf(missing),
    excess: countOf(excess),
    mismatched: countOf(mismatched),
    against,
    line: lineOfKey(held.config, key) ?? null,
  };
  const at = placesAt([
    ...mismatched.map(({ expected, box }) => ({ pattern: expected.pattern, boxes: [box] })),
    ...missing.map(toPlace),
    ...excess,
  ]);
  const [kind, severity] = kindOf(data, explained);
  return fault(kind, at, data, severity);
}

/** What is stored beyond the class's own is passed over by loaders: wrong results and no refusal. */
function kindOf(data: KeyData, { missing, excess }: Differences): readonly [KeyKind, Severity] {
  const kind = kindOfKey(data.key);
  const isSwitch = typeof data.told === "boolean" || typeof data.stated === "boolean";
  if (kind === "key.bias") return data.missing === 0 ? ["key.biases", "warning"] : ["key.bias", "warning"];
  if (kind === "key.tie") return data.missing === 0 ? ["key.tied", "info"] : ["key.tie", "error"];
  // Biases start as zeros: what is lost is what they would add.
  const areBiases = [
    ...missing.map(({ expected }) => expected.pattern),
    ...excess.map(({ pattern }) => pattern),
  ].every((pattern) => /bias$/.test(pattern));
  const isMild = data.mismatched === 0 && (areBiases || (isSwitch && data.missing === 0));
  return [kind, isMild ? "warning" : isPadding(data, kind) ? "warning" : "error"];
}

/** Tables are padded to round numbers of rows: engines take it, the library refuses. */
function isPadding({ stated, told }: KeyData, kind: KeyKind): boolean {
  if (kind !== "key.vocab" || typeof told !== "number" || typeof stated !== "number") return false;
  return told > stated && told % 8 === 0 && told <= stated * MAX_PADDING;
}

/** Rows that padding adds are fewer than this share of the table. */
const MAX_PADDING = 1.25;

/** Tensors of another shape that no key explains, one fault for each pattern and shape. */
function shapes({ mismatched }: Differences, against: string): Fault[] {
  const groups = new Map<string, typeof mismatched>();
  for (const each of mismatched) {
    const key = `${each.expected.pattern} ${each.expected.shape.join()} ${each.stored.shape?.join()}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((group) => {
    const [{ expected, stored }] = group as [(typeof mismatched)[number]];
    const at = placesAt(group.map(({ box }) => ({ pattern: expected.pattern, boxes: [box] })));
    return fault("weights.shape", at, { against, expected: expected.shape, stored: stored.shape ?? [] });
  });
}

function toPlace({ expected, boxes }: Differences["missing"][number]) {
  return { pattern: expected.pattern, boxes };
}

function countOf(all: readonly { readonly count: number }[]): number {
  return all.reduce((sum, { count }) => sum + count, 0);
}
