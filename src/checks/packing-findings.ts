import type { Component } from "../checkpoint/checkpoint.ts";
import { quoteForMessage } from "../format/escape.ts";
import { type Disagreement, findDisagreements } from "../quantization/disagreements.ts";
import { findScaleFaults, type ScaleFinding } from "../quantization/model-findings.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import type { FindingCode } from "../quantization/scheme.ts";
import { gatherWeightModules } from "../quantization/weight-groups.ts";
import { type Check, defineCheck, type Seen } from "./check.ts";
import { namesOfPattern } from "./places.ts";
import type { Subject } from "./subject.ts";

export interface PackingFindings {
  readonly scales: readonly ScaleFinding[];
  /** Where the configuration and the tensors differ about packing. */
  readonly declared: readonly Disagreement[];
}

const MADE = new WeakMap<Component, PackingFindings>();

/** All that pairing and the configuration's declaration bring to light, made once. */
export function packingFindings(component: Component): PackingFindings {
  let known = MADE.get(component);
  if (known === undefined) {
    const quantization = quantizationOf(component);
    const modules = gatherWeightModules(quantization);
    known = {
      scales: findScaleFaults(quantization, modules),
      declared: findDisagreements(quantization, modules),
    };
    MADE.set(component, known);
  }
  return known;
}

export interface ScaleSeen extends Seen {
  readonly finding: ScaleFinding;
}

/** A check of what pairing found under these codes. `isMeant` leaves out what another check tells. */
export function fromPacking(
  codes: readonly FindingCode[],
  check: Omit<Check<ScaleSeen>, "find" | "needs">,
  isMeant: (finding: ScaleFinding, component: Component) => boolean = () => true,
): Check {
  return defineCheck<ScaleSeen>({
    ...check,
    needs: ["whole"],
    find: ({ component }) =>
      packingFindings(component)
        .scales.filter((finding) => codes.includes(finding.code) && isMeant(finding, component))
        .map((finding) => {
          const { severity, tensor, count, expected, found } = finding;
          return {
            where: tensor,
            modules: namesOfPattern(tensor),
            count,
            severity,
            expected,
            found,
            finding,
          };
        }),
  });
}

/** `"model.layers.{0-7}.up_proj.weight_scale_inv": expected [4, 4], found none`. */
export function tellExpected({ where, expected, found }: Seen): string {
  return `${quoteForMessage(where ?? "")}: expected ${expected ?? "?"}, found ${found ?? "none"}`;
}

export interface DeclaredSeen extends Seen {
  readonly about: Disagreement;
}

/** A check of what the configuration declares against what is stored, by codes. */
export function fromDeclaration(
  codes: readonly FindingCode[],
  check: Omit<Check<DeclaredSeen>, "find" | "needs" | "message">,
  isMeant: (about: Disagreement) => boolean = () => true,
  /** Advice for a case, where it is more exact than the check's own. */
  fixFor: (about: Disagreement, subject: Subject) => string = () => check.fix,
): Check {
  return defineCheck<DeclaredSeen>({
    ...check,
    needs: ["whole"],
    find: (subject) =>
      packingFindings(subject.component)
        .declared.filter((about) => codes.includes(about.code) && isMeant(about))
        .map((about) => {
          const { module, severity, declared, stored } = about;
          const place = module === "" ? {} : { where: module, modules: namesOfPattern(module) };
          return {
            ...place,
            count: Math.max(1, about.count),
            severity,
            expected: declared,
            found: stored,
            fix: fixFor(about, subject),
            about,
          };
        }),
    message: ({ where, about }) => {
      const place = where ? `${quoteForMessage(where)}: ` : "";
      return `${place}declared ${about.declared}; stored ${about.stored}`;
    },
  });
}
