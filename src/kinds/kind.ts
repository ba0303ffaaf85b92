import { type FamilyVerdict, ofItsOwn, typesOf } from "../architecture/families/detect.ts";
import { type Model, modelOf } from "../architecture/model.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { member } from "../checkpoint/config.ts";
import { type Adapter, adapterOf } from "./adapter/facts.ts";
import { kindOfBody } from "./body.ts";
import { DIFFUSERS_CLASSES, TRANSFORMERS_CLASSES } from "./class-names.ts";
import { diffusersTitle } from "./diffusers-titles.ts";
import { type Kind, WRITERS } from "./kind-names.ts";
import { LAYOUTS, type LayoutRow } from "./layouts.ts";
import { NameTree } from "./name-tree.ts";
import { PICTURE_TASKS, storedTask } from "./task.ts";

export { KINDS, type Kind } from "./kind-names.ts";

/** What a component is: named by its configuration where that names it, else told by names and shapes, else unknown. */
export interface KindVerdict {
  readonly kind: Kind;
  /** The head that is stored, such as `SequenceClassification`; null for none. */
  readonly task: string | null;
  readonly family: Omit<FamilyVerdict, "traits">;
  /** What says so. */
  readonly evidence: readonly string[];
}

/** What a component is, found once. */
export function kindOf(component: Component): KindVerdict {
  return component.analyses.get(findKind);
}

/** Whether it writes tokens one by one, and so has a cache of keys and values, and a head over words. */
export function writesTokens(component: Component): boolean {
  const { kind, task } = kindOf(component);
  if (task !== null && PICTURE_TASKS.test(task)) return false;
  const model = modelOf(component);
  if (NO_WRITERS.test(model.claims.architecture ?? "")) return false;
  // A classifier that was made from a writer has layers which keep what they read.
  const isMadeOfWriter = kind === "classifier" && kindOfBody(model).kind === "language-model";
  return (WRITERS.has(kind) || isMadeOfWriter) && model.isGenerative;
}

/** Classes whose heads fill gaps, find things or name what a whole picture shows, on whatever layers. */
const NO_WRITERS = /For(?:MaskedLM|TokenClassification|ImageClassification|\w*Detection)$|VisionModel$/;

function findKind(component: Component): KindVerdict {
  const adapter = adapterOf(component);
  if (adapter !== null) return asAdapter(adapter);
  const model = modelOf(component);
  const verdict =
    byDiffusersClass(model) ?? byTimm(model) ?? byClass(model) ?? byLayout(model) ?? byBody(model);
  return component.worksFor === null ? verdict : asPart(verdict, kindOf(component.worksFor));
}

/** Of a file that holds several, an autoencoder or an encoder is that of what paints: `image autoencoder of FLUX.1`. */
function asPart(verdict: KindVerdict, { family: main }: KindVerdict): KindVerdict {
  const { family } = verdict;
  if (family.confidence === "unknown" || main.confidence === "unknown" || family.title === main.title)
    return verdict;
  const title = `${family.title} of ${main.title.replace(/ UNet$/, "")}`;
  return { ...verdict, family: { ...family, title } };
}

/** An adapter has no family of its own: what it was made for is told with it. */
function asAdapter({ kind, naming, baseFamily }: Adapter): KindVerdict {
  const evidence = [`tensors of ${kind} under names of ${naming}`];
  const family = {
    id: null,
    title: baseFamily ?? "unknown family",
    confidence: baseFamily === null ? "unknown" : "likely",
    evidence: baseFamily === null ? [] : evidence,
    remarks: [],
  } as const;
  return { kind: "adapter", task: null, family, evidence };
}

/** `_class_name` of diffusers names kind and family at once. */
function byDiffusersClass({ claims, component }: Model): KindVerdict | undefined {
  const name = claims.word("className")?.value;
  if (name === undefined) return undefined;
  const kind = DIFFUSERS_CLASSES.find(({ pattern }) => pattern.test(name))?.kind ?? "other";
  const layout = kind === "unet" ? findLayout(component) : undefined;
  const title =
    layout?.kind === "unet" && name === "UNet2DConditionModel" ? layout.family : diffusersTitle(name);
  const evidence = [`_class_name ${name} in config.json`];
  return { kind: kind as Kind, task: null, family: certain(title, evidence), evidence };
}

/** `architecture` of timm is one word, and its classes are counted beside it. */
function byTimm({ component, claims }: Model): KindVerdict | undefined {
  const name = timmNameOf(component);
  if (name === undefined) return openClip(component);
  const classes = member(component.configs.get("config.json"), "num_classes");
  const evidence = [`architecture ${name} in config.json`];
  const isClassifier = typeof classes === "number" && classes > 0;
  return {
    kind: isClassifier ? "classifier" : "vision",
    task: isClassifier && claims.exists ? "ImageClassification" : null,
    family: certain(name, evidence),
    evidence,
  };
}

/** The architecture that timm's configuration names; undefined for any other configuration. */
export function timmNameOf({ configs }: Component): string | undefined {
  const config = configs.get("config.json");
  const name = member(config, "architecture");
  return typeof name === "string" && member(config, "pretrained_cfg") !== undefined ? name : undefined;
}

function openClip(component: Component): KindVerdict | undefined {
  if (!component.configs.has("open_clip_config.json")) return undefined;
  const evidence = ["open_clip_config.json"];
  return { kind: "multimodal", task: null, family: certain("OpenCLIP", evidence), evidence };
}

/** The ending of a class of transformers; what carries the head is told by the tensors. */
function byClass(model: Model): KindVerdict | undefined {
  const [name] = model.claims.topArchitectures ?? [];
  if (typeof name !== "string") return undefined;
  const row = TRANSFORMERS_CLASSES.find(({ pattern }) => pattern.test(name));
  const body = row === undefined || row.kind === "body" ? kindOfBody(model) : undefined;
  const task = storedTask(model);
  const evidence = [`${name} in config.json`, ...(body?.evidence ? [body.evidence] : [])];
  const kind = body === undefined ? (row?.kind as Kind) : withTask(body.kind, name, model);
  return { kind: isReward(task, kind) ? "classifier" : kind, task, family: familyOf(model), evidence };
}

/** A model that writes nothing and is embedded with is an encoder, whatever it was trained as. */
function withTask(kind: Kind, name: string, { component }: Model): Kind {
  if (kind === "language-model" && component.configs.has("modules.json")) return "encoder";
  if (kind === "unknown") return /ForCausalLM$|LMHeadModel$/.test(name) ? "language-model" : "other";
  if (kind === "multimodal" && /For(?:Object|Keypoint)Detection$|For\w*Segmentation$/.test(name)) return kind;
  return kind;
}

function isReward(task: string | null, kind: Kind): boolean {
  return task === "SequenceClassification" && kind === "language-model";
}

function byLayout(model: Model): KindVerdict | undefined {
  if (model.claims.exists && model.claims.typeNames.length > 0) return undefined;
  const row = findLayout(model.component);
  if (row === undefined) return undefined;
  const evidence = [`names of ${row.family}`];
  const family = { ...certain(row.family, evidence), confidence: "likely" } as const;
  return { kind: row.kind, task: null, family, evidence };
}

function findLayout(component: Component): LayoutRow | undefined {
  const names = new NameTree(component);
  return LAYOUTS.find(({ has, lacks = [], shape }) =>
    names.prefixes.some(
      (prefix) =>
        has.every((each) => each.split("|").some((one) => names.has(prefix, one))) &&
        !lacks.some((each) => names.has(prefix, each)) &&
        (shape === undefined || names.shape(prefix, shape.tensor)?.[shape.axis] === shape.is),
    ),
  );
}

function byBody(model: Model): KindVerdict {
  const { kind, evidence } = kindOfBody(model);
  const task = storedTask(model);
  return {
    kind: isReward(task, kind) ? "classifier" : kind,
    task,
    family: familyOf(model),
    evidence: evidence === "" ? [] : [evidence],
  };
}

function familyOf(model: Model): KindVerdict["family"] {
  const own = isOfAPart(model) ? ofItsOwn(model.claims) : undefined;
  const { traits: _, ...family } = own ?? model.family;
  if (own === undefined || !model.isGenerative) return family;
  return { ...family, evidence: [...family.evidence, `its text model is of ${model.family.title}`] };
}

/** Whether the family is that of a part, the whole having a name of its own: a detector is not the BERT that it asks. */
function isOfAPart({ claims: { modelType, typeNames }, family }: Model): boolean {
  if (modelType === undefined || family.id === null) return false;
  return (
    !typesOf(family.id).includes(modelType) && typesOf(family.id).some((type) => typeNames.includes(type))
  );
}

function certain(title: string, evidence: readonly string[]): KindVerdict["family"] {
  return { id: idOf(title), title, confidence: "certain", evidence, remarks: [] };
}

/** Families that had an id before their title was what it is. */
const IDS: readonly { readonly title: RegExp; readonly id: string }[] = [
  { title: /^FLUX\.1$/, id: "flux" },
  { title: /^Stable Diffusion 3$/, id: "sd3" },
  { title: /^PixArt$/, id: "pixart" },
  { title: /UNet$/, id: "unet" },
  { title: /^image autoencoder/, id: "vae" },
];

/** `hunyuan-video` of `HunyuanVideo`, `ltx-video` of `LTXVideo`. */
function idOf(title: string): string {
  const known = IDS.find((row) => row.title.test(title));
  return (
    known?.id ??
    title
      .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
  );
}
