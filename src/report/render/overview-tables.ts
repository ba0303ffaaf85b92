import type { ComponentOverview } from "../../analysis/overview.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatShare, formatShortCount } from "../../format/count.ts";
import { countShown } from "../../format/shown.ts";
import type { OverviewReport } from "../overview-report.ts";
import type { Table } from "./document.ts";
import { keptPhrase, shortGeometry } from "./overview-words.ts";
import { adapterPhrase, KIND_WORDS } from "./phrases.ts";

/** Rows of what a model is made of; the rest in one. */
const MAX_PARTS = 6;

/** Rows of what an adapter changes. */
const MAX_TARGETS = 10;

/** Share of the parameters below which a role stands in the last row. */
const MIN_ROLE_SHARE = 0.001;

/** Kinds whose roles tell what they are made of; convolutions and what is unknown are told by their modules. */
const BY_ROLE: ReadonlySet<ComponentOverview["kind"]> = new Set([
  "language-model",
  "encoder",
  "seq2seq",
  "multimodal",
  "classifier",
  "audio",
  "vision",
]);

/** Share of the parameters of unknown roles from which on modules tell more. */
const MAX_UNKNOWN_SHARE = 0.1;

const PATH = { isPath: true } as const;

interface Part {
  readonly name: string;
  readonly parameters: number;
  readonly share: number;
  readonly bytes: number;
  readonly kept: string;
}

/** What it is made of, largest first, with bars; the tail in one row. */
export function partTable(overview: ComponentOverview): Table {
  const unknown = overview.roles.find(({ role }) => role === "unknown")?.share ?? 0;
  const isByRole = BY_ROLE.has(overview.kind) && unknown <= MAX_UNKNOWN_SHARE;
  const parts = isByRole ? roleParts(overview) : moduleParts(overview);
  const columns: Table["columns"] = [
    { title: isByRole ? "role" : "module", meaning: "name", flexible: true, ...(isByRole ? {} : PATH) },
    { title: "", isBar: true, meaning: "accent" },
    { title: "parameters", align: "right" },
    { title: "share", align: "right" },
    { title: "size", align: "right" },
    ...(isByRole ? [{ title: "kept as", meaning: "dtype" as const, dropAt: 1 }] : []),
  ];
  return {
    kind: "table",
    columns,
    rows: parts.map(({ name, parameters, share, bytes, kept }) => [
      name,
      String(share),
      formatShortCount(parameters),
      formatShare(share),
      formatBytes(bytes),
      ...(isByRole ? [kept] : []),
    ]),
  };
}

/** The models of a file that holds a whole pipeline. */
export function modelTable({ family: whole, parts, parameters: all }: ComponentOverview): Table {
  // What the second line of the screen has said.
  const known = whole === null ? "" : ` of ${whole.replace(/ UNet$/, "")}`;
  const rows = parts
    .filter(({ parameters }) => parameters > 0)
    .map(({ part, kind, family, parameters }) => [
      part,
      family === null || family === KIND_WORDS[kind] ? KIND_WORDS[kind] : family.replace(known, ""),
      String(all === 0 ? 0 : parameters / all),
      formatShortCount(parameters),
      formatShare(all === 0 ? 0 : parameters / all),
    ]);
  return {
    kind: "table",
    columns: [
      { title: "holds", meaning: "name" },
      { title: "what", flexible: true },
      { title: "", isBar: true, meaning: "accent" },
      { title: "parameters", align: "right" },
      { title: "share", align: "right", dropAt: 1 },
    ],
    rows,
  };
}

function roleParts({ roles, parameters }: ComponentOverview): Part[] {
  const sorted = [...roles].filter((row) => row.bytes > 0).sort((a, b) => b.parameters - a.parameters);
  const large = sorted.filter(({ share }) => share >= MIN_ROLE_SHARE).slice(0, MAX_PARTS);
  const small = sorted.filter((row) => !large.includes(row));
  const shown = small.length === 1 ? sorted : large;
  const parts = shown.map((row) => ({ ...row, name: words(row.role), kept: keptWords(row.kept) }));
  if (shown === sorted || small.length === 0) return parts;
  return [...parts, tail("other", otherWords(small), small, parameters)];
}

/** `router F32, norms and head BF16, scales`: what is kept alike together. */
function otherWords(rows: ComponentOverview["roles"]): string {
  const kinds = new Map<string, string[]>();
  for (const { role, kept } of rows) {
    const key = keptWords(kept);
    kinds.set(key, [...(kinds.get(key) ?? []), words(role)]);
  }
  return Array.from(kinds, ([kept, roles]) => {
    const last = roles.at(-1) as string;
    const named = roles.length === 1 ? last : `${roles.slice(0, -1).join(", ")} and ${last}`;
    return `${named} ${kept}`.trim();
  }).join(", ");
}

/** `quant_metadata` is scales, zero points and the like. */
function words(role: string): string {
  return role === "quant_metadata" ? "scales" : role.replaceAll("_", " ");
}

function keptWords(kept: Readonly<Record<string, number>>): string {
  return Object.entries(kept)
    .sort((a, b) => b[1] - a[1])
    .map(([name]) => name)
    .join(", ");
}

function moduleParts({ modules, parameters }: ComponentOverview): Part[] {
  const sorted = [...modules].sort((a, b) => b.bytes - a.bytes);
  const most = countShown(sorted.length, MAX_PARTS);
  const parts = sorted.slice(0, most).map((row) => ({ ...row, name: row.module, kept: "" }));
  const rest = sorted.slice(most);
  return rest.length === 0
    ? parts
    : [...parts, tail(`… ${formatCount(rest.length)} more`, "", rest, parameters)];
}

function tail(
  name: string,
  kept: string,
  rows: readonly { readonly parameters: number; readonly bytes: number }[],
  all: number,
): Part {
  const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  return { name, parameters, bytes, share: all === 0 ? 0 : parameters / all, kept };
}

interface Target {
  readonly place: string;
  readonly names: Set<string>;
  modules: number;
  elements: number;
}

/** What PEFT writes in front of every module of the model that it wraps. */
const PEFT_WRAPPER = /^base_model\.model\./;

/** What an adapter changes: a row for each list of blocks, its modules by name. */
export function targetTable({ adapter, elements }: ComponentOverview): Table {
  const targets = new Map<string, Target>();
  for (const detail of adapter?.targetDetails ?? []) {
    const [place, name] = splitPattern(detail.pattern.replace(PEFT_WRAPPER, ""));
    const target = targets.get(place) ?? { place, names: new Set(), modules: 0, elements: 0 };
    targets.set(place, target);
    target.names.add(name);
    target.modules += detail.count;
    target.elements += detail.elements;
  }
  const sorted = [...targets.values()].sort((a, b) => b.elements - a.elements);
  const most = countShown(sorted.length, MAX_TARGETS);
  const rest = sorted.slice(most);
  const sum = (of: (target: Target) => number) => rest.reduce((total, target) => total + of(target), 0);
  const more = {
    place: `… ${formatCount(rest.length)} more`,
    names: new Set<string>(),
    modules: sum(({ modules }) => modules),
    elements: sum((target) => target.elements),
  };
  const shown = [...sorted.slice(0, most), ...(rest.length > 0 ? [more] : [])];
  // What all places begin with is said once.
  const root = sharedRoot(sorted.map(({ place }) => place));
  return {
    kind: "table",
    columns: [
      { title: root === "" ? "adapts" : `adapts, below ${root}`, meaning: "name" },
      { title: "", flexible: true, dropAt: 2 },
      { title: "modules", align: "right" },
      { title: "stored", align: "right" },
      { title: "", isBar: true, meaning: "accent" },
    ],
    rows: shown.map((target) => targetRow({ ...target, place: below(root, target.place) }, elements)),
  };
}

/** The modules that all paths begin with, "" for none: `base_model.model` of PEFT's names. */
function sharedRoot(paths: readonly string[]): string {
  const [first = "", ...others] = paths.map((path) => path.split("."));
  if (others.length === 0 || first === "") return "";
  const isShared = (name: string, k: number) => others.every((path) => path[k] === name);
  const most = first.findIndex((name, k) => !isShared(name, k));
  return first.slice(0, most < 0 ? first.length : most).join(".");
}

function below(root: string, place: string): string {
  if (root === "" || !place.startsWith(root)) return place;
  return place.slice(root.length + 1);
}

function targetRow({ place, names, modules, elements }: Target, all: number): string[] {
  const share = all === 0 ? 0 : elements / all;
  const few = fewOf([...names]);
  const more = names.size > few.length ? [`${formatCount(names.size - few.length)} more`] : [];
  return [
    place === "" ? "(top level)" : place,
    [...few, ...more].join(", "),
    formatCount(modules),
    formatShortCount(elements),
    String(share),
  ];
}

/** Names of modules that a row lists, and characters that they take: it stands between two columns of figures. */
const MAX_NAMES = 6;
const MAX_NAME_CHARACTERS = 32;

/** The first names that a row has room for; all where none would be left for "1 more". */
function fewOf(names: readonly string[]): readonly string[] {
  const takes = (count: number) => names.slice(0, count).join(", ").length;
  if (names.length <= MAX_NAMES && takes(names.length) <= MAX_NAME_CHARACTERS) return names;
  let count = Math.min(names.length, MAX_NAMES) - 1;
  while (count > 1 && takes(count) > MAX_NAME_CHARACTERS) count--;
  return names.slice(0, Math.max(1, count));
}

/** `transformer.blocks.{0-18}.attn.to_q` → the list before its first number, and the module behind the last. */
function splitPattern(pattern: string): [place: string, name: string] {
  const list = /^(.*?)\.(?:\{[^}]*\}|\d+)(?:\.|$)/.exec(pattern)?.[1];
  const name = /[^.]*[^.\d{}][^.]*(?:\.\d+)?$/.exec(pattern)?.[0] ?? pattern;
  return [list ?? pattern.slice(0, -name.length - 1), name];
}

/** Parts of a source that are told one by one, where it is no list of adapters. */
const MAX_COMPONENTS = 30;

/** Each part of a source of several: its class or kind, its size, and the numbers that people compare. */
export function componentTable({ components, pipeline }: OverviewReport): Table {
  const classes = new Map((pipeline?.steps ?? []).map(({ name, className }) => [name || ".", className]));
  const isFolderOfAdapters = components.every(({ adapter }) => adapter !== null);
  // A folder of adapters is a list of them: one line each.
  const most = isFolderOfAdapters ? components.length : countShown(components.length, MAX_COMPONENTS);
  const rows = components
    .slice(0, most)
    .map((each) => [
      each.component,
      partWords(each, classes.get(each.component) ?? null),
      formatShortCount(each.parameters),
      formatBytes(each.bytes),
      keptPhrase(each),
      shortGeometry(each),
    ]);
  const rest = components.slice(most);
  const sum = (of: (part: ComponentOverview) => number) => rest.reduce((total, part) => total + of(part), 0);
  if (rest.length > 0)
    rows.push([
      `… ${formatCount(rest.length)} more`,
      "",
      formatShortCount(sum(({ parameters }) => parameters)),
      formatBytes(sum(({ bytes }) => bytes)),
      "",
      "",
    ]);
  return {
    kind: "table",
    columns: [
      { title: "component", meaning: "name" },
      { title: "what", flexible: true },
      { title: "parameters", align: "right" },
      { title: "size", align: "right" },
      { title: "kept as", meaning: "dtype", dropAt: 1 },
      { title: "", dropAt: 2 },
    ],
    rows,
  };
}

function partWords({ adapter, declares, family, kind }: ComponentOverview, className: string | null): string {
  if (adapter !== null) return adapterPhrase(adapter);
  const step = className?.split(".").at(-1) ?? null;
  return declares?.architecture ?? family ?? step ?? KIND_WORDS[kind];
}
