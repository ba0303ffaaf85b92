import { expect, it } from "vitest";
import { nameSnapshot } from "../../src/commands/snapshot-name.ts";
import type { SourceFacts } from "../../src/sources/source.ts";

const facts = (kind: SourceFacts["kind"], id: string, subfolder: string | null = null): SourceFacts => ({
  kind,
  id,
  revision: null,
  commit: null,
  subfolder,
});

it.each([
  ["a folder", "./export/", facts("local", "./export/"), null, "export"],
  ["the folder here", ".", facts("local", "."), null, "checkpoint"],
  ["the folder above", "../..", facts("local", "../.."), null, "checkpoint"],
  ["a file", "/a/b.c/model.safetensors", facts("file", "model.safetensors"), "model.safetensors", "model"],
  ["an index", "m/model.safetensors.index.json", facts("file", "x"), "x", "model"],
  ["a snapshot", "a/x.unfold.json.gz", facts("snapshot", "../../owner/name"), null, "x"],
  ["a model", "owner/name@refs/pr/1", facts("hub", "owner/name"), null, "name"],
  ["an address of a model", "https://h/owner/name/tree/main", facts("hub", "owner/name"), null, "name"],
  ["a folder of a model", "hf://owner/name/vae", facts("hub", "owner/name", "vae"), null, "name-vae"],
  ["a file of a model", "hf://o/n/a.safetensors", facts("hub", "o/n"), "a.safetensors", "n-a"],
  [
    "a signed address",
    "https://h/p/model%20a.safetensors?X-Amz-Signature=secret&x=/y",
    facts("http", "https://h/p/model%20a.safetensors"),
    "model a.safetensors",
    "model-a",
  ],
  ["an address with a lone percent", "https://h/%zz", facts("http", "https://h/%zz"), "%zz", "zz"],
  ["a hidden folder", "/home/.cache", facts("local", ".cache"), null, "cache"],
  ["a name like an option", "./--json", facts("local", "./--json"), null, "json"],
  ["a name of other letters", "./модель\u0007", facts("local", "x"), null, "checkpoint"],
  ["a long name", `./${"n".repeat(255)}`, facts("local", "x"), null, "n".repeat(240)],
])("of %s", (_, target, source, chosenFile, stem) => {
  const name = nameSnapshot(target, { facts: source, chosenFile });
  expect(name).toBe(`${stem}.unfold.json.gz`);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
});
