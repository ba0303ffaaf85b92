import type { Component } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import { NONE } from "../../safetensors/tensor-names.ts";
import { type Held, heldOf, sideOf } from "../../signatures/held.ts";
import { type Pin, pinsOf, readPins } from "./rows.ts";

/** What a component is pinned to: a class, the configuration that it reads, and what that says of shapes. */
export interface Pinned {
  readonly className: string;
  readonly config: unknown;
  readonly pins: readonly Pin[];
}

/** The pins of a component that no signature answers for; undefined where its class has none, or none is named. */
export function pinnedOf(component: Component): Pinned | undefined {
  return component.analyses.get(find);
}

function find(component: Component): Pinned | undefined {
  if (component.table.count === 0) return undefined;
  return ofClass(component) ?? ofTimm(component) ?? ofOpenClip(component);
}

function ofClass(component: Component): Pinned | undefined {
  const config = component.configs.get("config.json");
  const architectures = member(config, "architectures");
  const className =
    member(config, "_class_name") ?? (Array.isArray(architectures) ? architectures[0] : undefined);
  if (typeof className !== "string") return undefined;
  const all = pinsOf(className);
  if (!isOfClass(component, all)) return undefined;
  const held = heldOf(component);
  const pins = held === undefined ? all : openOf(held, all);
  return pins.length === 0 ? undefined : { className, config, pins };
}

/** Names as the class has them: original layouts beside a configuration of the class are another story. */
function isOfClass({ table, kinds }: Component, pins: readonly Pin[]): boolean {
  const roots = new Set(pins.map(({ path }) => path.split(".")[0] as string));
  const stored = [...roots].filter((root) => {
    const node = table.names.find(root);
    return node !== NONE && kinds.kindOf(node) !== NONE;
  });
  return roots.size > 0 && stored.length >= MIN_ROOTS * roots.size;
}

/** Below this share of the pinned names a checkpoint is stored otherwise than the class has it. */
const MIN_ROOTS = 0.5;

/** Pins of what a signature leaves open: it has no row of the path, or does not know when it is stored, or that side. */
function openOf({ signature, layout, expectation }: Held, pins: readonly Pin[]): Pin[] {
  const unknown = new Set(expectation.unknown);
  const rows = sideOf(signature, layout).rows.filter(({ pattern }) => !unknown.has(pattern));
  const known = rows.map(({ pattern, shape }) => ({ segments: pattern.split("."), shape }));
  return pins.filter((pin) => {
    const path = pin.path.split(".");
    return !known.some(
      ({ segments, shape }) =>
        path.every((name, at) => name === segments[at] || isMember(name, segments[at])) &&
        (pin.about !== "side" || shape[pin.axis] !== undefined),
    );
  });
}

function isMember(name: string, segment = ""): boolean {
  return segment.startsWith("{") && /^(?:\d+|\{i\})$/.test(name);
}

/** timm says which module has a row for each class; with none, the model ends before it. */
function ofTimm({ configs }: Component): Pinned | undefined {
  const config = configs.get("config.json");
  const name = member(config, "architecture");
  const pretrained = member(config, "pretrained_cfg");
  const classes = member(config, "num_classes");
  if (typeof name !== "string" || typeof classes !== "number" || classes === 0) return undefined;
  // A wrapper of transformers keeps it all below a name of its own.
  if (member(config, "model_type") !== undefined) return undefined;
  const named = member(pretrained, "classifier");
  const heads = (Array.isArray(named) ? named : [named]).filter(
    (each) => typeof each === "string" && /^[\w.]+$/.test(each),
  );
  const pins = heads.flatMap((head) => [`${head}.weight !`, `${head}.weight[0] = num_classes`]);
  return { className: `timm ${name}`, config, pins: readPins(pins.join("\n")) };
}

function ofOpenClip({ configs }: Component): Pinned | undefined {
  const config = member(configs.get("open_clip_config.json"), "model_cfg");
  return config === undefined ? undefined : { className: "OpenCLIP", config, pins: pinsOf("OpenCLIP") };
}
