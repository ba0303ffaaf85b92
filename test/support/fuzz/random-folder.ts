import fs from "node:fs";
import path from "node:path";
import type { MemoryFile } from "../../../src/sources/memory.ts";
import type { Draft } from "../draft.ts";
import { fileStart } from "../header-text.ts";
import { mutate } from "../mutate.ts";
import type { Prng } from "../prng.ts";
import { randomHeader } from "../random-header.ts";
import { bendConfigs, randomValue } from "./random-config.ts";
import { randomDraft } from "./random-draft.ts";
import { HOSTILE_TEXTS, type Words } from "./words.ts";

export type Files = Map<string, MemoryFile>;

/** Longest file made: holes cost nothing, and file systems end somewhere. */
const MAX_FILE_BYTES = 2 ** 40;

const COMPONENT_FOLDERS = ["unet", "transformer", "vae", "text_encoder", "text_encoder_2", "image_encoder"];
const SHARD_NAMES = [
  "model.safetensors",
  "model.fp16.safetensors",
  "diffusion_pytorch_model.safetensors",
  "adapter_model.safetensors",
  "consolidated.safetensors",
  "pytorch_lora_weights.safetensors",
  "lora-b.safetensors",
  "x.safetensors",
  "model-00001-of-00002.safetensors",
  "model-00003-of-00002.safetensors",
];

/** The files of a random source, and one draft of which they were made: its names are what options ask for. */
export function randomFolder(random: Prng, words: Words): { files: Files; draft: Draft } {
  const files: Files = new Map();
  const draft = addComponent(random, words, files, "");
  const shape = random.below(10);
  if (shape === 0) addPipeline(random, words, files);
  if (shape === 1) for (let k = random.below(3); k >= 0; k--) addSecond(random, words, files);
  if (shape === 2) files.set("adapter_config.json", json({ r: 8, lora_alpha: 16, peft_type: "LORA" }));
  for (let k = random.pick([0, 0, 0, 1, 1, 2]); k > 0; k--) damage(random, words, files, draft);
  return { files, draft };
}

function addComponent(random: Prng, words: Words, files: Files, folder: string): Draft {
  const draft = randomDraft(random, words);
  bendConfigs(random, draft, words);
  bendIndex(random, draft);
  for (const [name, file] of draft.toFiles()) files.set(path.posix.join(folder, name), file);
  return draft;
}

function bendIndex(random: Prng, draft: Draft): void {
  if (random.chance(0.7)) return;
  draft.hasIndex = random.chance(0.8);
  const { names, shards } = draft;
  for (let k = random.below(4); k > 0; k--) {
    const name = random.chance(0.7) && names.length > 0 ? random.pick(names) : random.pick(HOSTILE_TEXTS);
    draft.indexChanges.set(name, random.pick([null, random.pick(HOSTILE_TEXTS), shards[0] ?? null]));
  }
  if (random.chance(0.3))
    draft.metadata[random.pick(["total_size", "total_parameters", "x"])] = random.pick([
      0,
      -1,
      1e300,
      "12",
      null,
      {},
    ]);
}

function addPipeline(random: Prng, words: Words, files: Files): void {
  const parts = random.shuffled(COMPONENT_FOLDERS).slice(0, 1 + random.below(3));
  for (const part of parts) addComponent(random, words, files, part);
  const listed = parts.map((part) => [part, ["diffusers", random.pick(words.names)]] as const);
  files.set(
    "model_index.json",
    json({ _class_name: "StableDiffusionPipeline", ...Object.fromEntries(listed) }),
  );
}

/** Another checkpoint in the same folder: a variant, an adapter, a file left over. */
function addSecond(random: Prng, words: Words, files: Files): void {
  const draft = randomDraft(random, words);
  draft.hasIndex = false;
  const [file] = [...draft.toFiles()].filter(([name]) => name.endsWith(".safetensors"));
  if (file !== undefined) files.set(random.pick(SHARD_NAMES), file[1]);
}

function damage(random: Prng, words: Words, files: Files, draft: Draft): void {
  const names = [...files.keys()];
  // An earlier damage may have taken the only file away: an empty folder stays one.
  if (names.length === 0) return;
  const name = random.pick(names);
  const file = files.get(name) as MemoryFile;
  const { bytes } = file;
  const dataBytes = (file.fileBytes ?? bytes.length) - bytes.length;
  switch (random.below(8)) {
    case 0:
    case 1: {
      if (!name.endsWith(".safetensors")) return;
      const header = { json: bytes.subarray(8), dataBytes };
      const bent = mutate(random, header, randomHeader(random));
      const start = fileStart(bent.json);
      files.set(name, { bytes: start, fileBytes: start.length + bent.dataBytes });
      return;
    }
    case 2: {
      const cut = random.below(bytes.length + 1);
      files.set(name, { bytes: bytes.subarray(0, cut) });
      return;
    }
    case 3: {
      const changed = Uint8Array.from(bytes);
      for (let k = random.below(4); k >= 0; k--)
        changed[random.below(Math.max(1, random.chance(0.3) ? 9 : changed.length))] = random.below(256);
      files.set(name, { bytes: changed, fileBytes: changed.length + dataBytes });
      return;
    }
    case 4:
      files.set(name, {
        bytes,
        fileBytes: bytes.length + Math.max(0, dataBytes + random.pick([-8, 1, 4096])),
      });
      return;
    case 5:
      files.delete(name);
      return;
    case 6:
      files.set(
        random.pick(["config.json", "model.safetensors.index.json", "README.md", "adapter_config.json"]),
        json(randomValue(random, words, draft, 0)),
      );
      return;
    default:
      files.set(fileName(random), file);
  }
}

function fileName(random: Prng): string {
  const stem = random
    .pick(HOSTILE_TEXTS)
    .replace(/[\0/\\]/g, "_")
    .slice(0, 40);
  return `${stem}${random.pick([".safetensors", ".json", "", ".safetensors.index.json"])}` || "_";
}

export function json(value: unknown): MemoryFile {
  return { bytes: Buffer.from(JSON.stringify(value) ?? "null", "utf8") };
}

/** Writes files below a folder; what cannot be a file's name there is left out. */
export function writeFiles(folder: string, files: Files): void {
  for (const [name, { bytes, fileBytes }] of files) {
    const target = path.join(folder, name);
    if (target.includes("\0") || fs.statSync(target, { throwIfNoEntry: false })?.isDirectory()) continue;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, bytes);
    if (fileBytes !== undefined && fileBytes > bytes.length)
      fs.truncateSync(target, Math.min(fileBytes, MAX_FILE_BYTES));
  }
}

/** One change somewhere in a JSON value, as deep as it goes. */
export function bendJson(random: Prng, value: unknown, words: Words, draft: Draft): unknown {
  if (typeof value !== "object" || value === null || random.chance(0.05))
    return randomValue(random, words, draft, 1);
  const keys = Object.keys(value);
  if (keys.length === 0) return randomValue(random, words, draft, 1);
  const key = random.pick(keys);
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
  if (random.chance(0.1)) delete copy[key];
  else copy[key] = bendJson(random, copy[key], words, draft);
  return copy;
}
