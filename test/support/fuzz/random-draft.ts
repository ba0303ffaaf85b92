import { DTYPE_BITS, DTYPES, type Dtype } from "../../../src/safetensors/dtype.ts";
import * as models from "../../checks/sound-models.ts";
import { Draft, type DraftTensor } from "../draft.ts";
import { MUTATIONS } from "../mutations.ts";
import type { Prng } from "../prng.ts";
import { quantizedModule, RECIPES } from "../quantized-modules.ts";
import { HOSTILE_TEXTS, type Words } from "./words.ts";

const MODELS = Object.values(models);
const SCHEMES = Object.keys(RECIPES) as (keyof typeof RECIPES)[];
/** Tensors of one checkpoint: enough for layers and experts to fold, few enough for fifty runs a second. */
const MAX_TENSORS = 250;

/** A checkpoint as someone might have exported it: a sound one, or names of the field thrown together; then bent. */
export function randomDraft(random: Prng, words: Words): Draft {
  const draft = random.chance(0.7) ? random.pick(MODELS)() : wildDraft(random, words);
  if (draft.tensors.size > MAX_TENSORS) keepFew(random, draft);
  if (random.chance(0.4)) addQuantized(random, draft);
  for (let k = random.pick([0, 1, 1, 2, 4, 8]); k > 0; k--) bend(random, draft, words);
  // Last and alone, as some of them change the finished files and go by names.
  if (random.chance(0.6)) random.pick(MUTATIONS).apply(draft, random);
  // Values that end within a byte end the reading of a file: a few are enough.
  if (random.chance(0.9)) widen(draft);
  return draft;
}

function widen(draft: Draft): void {
  for (const [name, { dtype, shape }] of draft.tensors)
    if (DTYPE_BITS[dtype] < 8 && (shape.at(-1) ?? 1) % 4 !== 0) draft.change(name, { dtype: "U8" });
}

function keepFew(random: Prng, draft: Draft): void {
  const share = MAX_TENSORS / draft.tensors.size;
  draft.drop(() => !random.chance(share));
}

/** Paths of words, some of them numbered as layers and experts are. */
function wildDraft(random: Prng, words: Words): Draft {
  const specs: [string, Dtype, number[]][] = [];
  for (let k = 1 + random.below(8); k > 0; k--) {
    const parts = Array.from({ length: 1 + random.below(4) }, () => word(random, words));
    if (random.chance(0.5)) parts.splice(random.below(parts.length + 1), 0, range(random, 4));
    if (random.chance(0.2)) parts.splice(random.below(parts.length + 1), 0, range(random, 8));
    for (let leaf = 1 + random.below(3); leaf > 0; leaf--)
      specs.push([
        [...parts, random.pick(words.suffixes)].join("."),
        random.pick(DTYPES),
        randomShape(random),
      ]);
  }
  return Draft.of(specs, random.chance(0.8) ? {} : null, random.pick([1, 1, 2, 3]));
}

function range(random: Prng, most: number): string {
  const first = random.pick([0, 0, 0, 1]);
  return `{${first}-${first + random.below(most)}}`;
}

/** Modules of one scheme in the places of weights that are there, as a quantizer would leave them. */
function addQuantized(random: Prng, draft: Draft): void {
  const scheme = random.pick(SCHEMES);
  const sizes = { out: 256, in: 256, bits: random.pick([2, 3, 4, 8]), group: random.pick([32, 64, 128]) };
  const places = draft.names.filter((name) => name.endsWith(".weight"));
  const path = places.length > 0 && random.chance(0.8) ? random.pick(places).slice(0, -7) : "model.x.0";
  const isAlike = (name: string) => shapeOfName(name) === shapeOfName(`${path}.weight`);
  const shard = draft.shards[0] ?? "model.safetensors";
  for (const place of places.filter(isAlike).concat(`${path}.weight`)) {
    draft.tensors.delete(place);
    for (const [name, dtype, shape] of quantizedModule(scheme, place.slice(0, -7), sizes))
      if (random.chance(0.95)) draft.tensors.set(name, { dtype, shape, shard });
  }
}

/** A name without its numbers: the same for all layers. */
function shapeOfName(name: string): string {
  return name.replace(/\d+/g, "#");
}

function bend(random: Prng, draft: Draft, words: Words): void {
  const { names } = draft;
  if (names.length === 0) return;
  const name = random.pick(names);
  // All layers alike, or one of them.
  const isMeant = random.chance(0.4)
    ? (each: string) => shapeOfName(each) === shapeOfName(name)
    : (each: string) => each === name;
  const seed = random.below(2 ** 31);
  switch (random.below(4)) {
    case 0:
    case 1: {
      const change = nameChange(random, words);
      draft.rename((each) => (isMeant(each) ? change(each) : each));
      return;
    }
    case 2: {
      const shape = randomShape(random);
      const { shape: before } = draft.tensors.get(name) as DraftTensor;
      const bent = random.chance(0.5) ? shape : bendShape(random, before);
      for (const each of names.filter(isMeant)) draft.change(each, { shape: bent });
      return;
    }
    default: {
      if (seed % 2 === 0) draft.drop(isMeant);
      else for (const each of names.filter(isMeant)) draft.change(each, { dtype: random.pick(DTYPES) });
    }
  }
}

/** One way to spell names otherwise, chosen once for all that it is applied to. */
function nameChange(random: Prng, words: Words): (name: string) => string {
  const text = random.pick([
    word(random, words),
    word(random, words),
    random.pick(words.suffixes),
    random.pick(HOSTILE_TEXTS),
    String(random.below(12)),
  ]);
  const at = random.below(6);
  const onParts = (change: (parts: string[]) => void) => (name: string) => {
    const parts = name.split(".");
    change(parts);
    return parts.join(".");
  };
  return random.pick([
    // The leaf lost, the leaf a folder, the leaf another.
    onParts((parts) => void parts.pop()),
    (name: string) => `${name}.${text}`,
    onParts((parts) => void parts.splice(-1, 1, text)),
    // A segment more, one less, one twice, one renamed.
    onParts((parts) => void parts.splice(at, 0, text)),
    onParts((parts) => void parts.splice(at % parts.length, 1)),
    onParts((parts) => void parts.splice(at, 0, parts[at] ?? text)),
    onParts((parts) => void parts.splice(at % parts.length, 1, text)),
    // Numbers that count from elsewhere, or that are none.
    (name: string) => name.replace(/\d+/, (digits) => String(Number(digits) * 2 + 1)),
    (name: string) => name.replace(/\d+/, text),
    (name: string) => name.replace(/\.(\d+)\./, "_$1_"),
    (name: string) => `${text}.${name}`,
    (name: string) => name.replaceAll(".", "_"),
  ]);
}

function word(random: Prng, { names, suffixes }: Words): string {
  return random.chance(0.8) ? random.pick(names) : random.pick(suffixes);
}

const DIMS = [0, 1, 1, 2, 3, 7, 8, 16, 31, 32, 64, 128, 129, 256, 512, 4096];

export function randomShape(random: Prng): number[] {
  const rank = random.pick([0, 1, 1, 2, 2, 2, 3, 4, 5]);
  const dims = random.chance(0.1) ? [...DIMS, 2 ** 20, 2 ** 31, 2 ** 52] : DIMS;
  return Array.from({ length: rank }, () => random.pick(dims));
}

function bendShape(random: Prng, shape: readonly number[]): number[] {
  const at = random.below(Math.max(1, shape.length));
  const dim = shape[at] ?? 1;
  return random.pick([
    [...shape].reverse(),
    shape.toSpliced(at, 1),
    shape.toSpliced(at, 0, random.pick([1, 2, dim])),
    shape.toSpliced(at, 1, dim + 1),
    [shape.reduce((product, each) => product * each, 1)],
    shape.map((each) => each * 2),
  ]);
}
