import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";
import { weightsFile } from "../support/small-checkpoint.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Texts that links may lead to; none of it may be sent around. */
const SECRETS: readonly (readonly [string, string])[] = [
  ["lines", "root:hunter2:0:0:/root:/bin/sh\nother:hunter2\n"],
  ["short", "hunter2"],
  ["a JSON text", '"hunter2"'],
  ["a JSON object", '{"password": "hunter2", "weight_map": "hunter2"}'],
  ["a JSON list", '["hunter2"]'],
  ["a header's length before other text", `\u0010\0\0\0\0\0\0\0{"hunter2": hunter2}`],
  ["long", "hunter2 ".repeat(100_000)],
];

/** What the checkpoint of a case is called where it is whole, and the file that is a link instead. */
const PLACES = ["model.safetensors", "model.safetensors.index.json", "adapter_model.safetensors"] as const;

it.each(SECRETS.flatMap(([what, text]) => PLACES.map((place) => [what, place, text] as const)))(
  "of %s under the name %s a snapshot holds nothing, and tells the same",
  async (_, place, text) => {
    const root = tempFolder();
    const folder = path.join(root, "m");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(root, "secret"), text);
    fs.writeFileSync(path.join(folder, "adapter_config.json"), "{}");
    fs.writeFileSync(path.join(folder, "model.safetensors"), weightsFile());
    fs.rmSync(path.join(folder, place), { force: true });
    fs.symlinkSync("../secret", path.join(folder, place));
    const snapshot = path.join(root, "m.unfold.json");
    await runMain(["snapshot", folder, "-o", snapshot, "--quiet"]);
    const written = fs.readFileSync(snapshot, "utf8");
    expect(written).toContain(place);
    const texts = [written, ...(written.match(/"base64":"[^"]*"/g) ?? []).map(decodeField)];
    for (const each of texts) expect(each).not.toContain("hunter2");
    const here = await runMain(["check", folder, "--json"]);
    const there = await runMain(["check", snapshot, "--json"]);
    expect(there.code).toBe(here.code);
    expect(JSON.parse(there.stdout).result).toEqual(JSON.parse(here.stdout).result);
    expect(JSON.parse(there.stdout).problems).toEqual(JSON.parse(here.stdout).problems);
  },
);

function decodeField(field: string): string {
  return Buffer.from(field.slice('"base64":"'.length, -1), "base64").toString("latin1");
}
