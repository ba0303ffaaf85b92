import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Draft } from "../support/draft.ts";
import { HOSTILE_NUMBERS } from "../support/fuzz/words.ts";
import { BIN, MODELS, runBin, runKept, writeDraft } from "../support/hostile.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Nothing that a checkpoint, a file of the user's or the machine holds ends in 70, and 1 is never an accident. */

const COMMANDS = ["overview", "tree", "precision", "params", "arch"];

describe("a name that is a folder of names, asked for as a tensor", () => {
  /** What stands below the name in its place. */
  const BELOW = ["absmax", "0", "weight", "quant_state.bitsandbytes__nf4", ""];
  const instances = MODELS.flatMap(([model, make]) =>
    leavesOf(make()).map((leaf) => [model, leaf, make] as const),
  );

  it.each(instances)("%s: %s", async (_model, leaf, make) => {
    const below = BELOW[leaf.length % BELOW.length] as string;
    const draft = make().rename((name) => (withoutNumbers(name) === leaf ? `${name}.${below}` : name));
    const source = writeDraft(tempFolder(), "bent", draft);
    // Rules ask by name; the views take turns.
    for (const command of ["check", COMMANDS[leaf.length % COMMANDS.length] as string])
      await runKept([command, source, "--json"]);
  });

  it("experts with a gap beside a gate that is a folder", async () => {
    const source = writeDraft(tempFolder(), "gap", gapBesideFolder());
    const { code, stdout } = await runKept(["check", source, "--json"]);
    expect(code).toBe(1);
    expect(stdout).toContain('"expert-gap"');
  });
});

describe("a name that is missing where its brothers are", () => {
  it.each(MODELS)("%s", async (_, make) => {
    for (const leaf of leavesOf(make())) {
      const source = writeDraft(
        tempFolder(),
        "bent",
        make().drop((name) => withoutNumbers(name) === leaf),
      );
      await runKept(["check", source, "--json"]);
    }
  });
});

describe("configurations of any type", () => {
  const VALUES = [null, true, 0, -1, 1e308, "x", "", [], [null], {}, { a: {} }, [[[]]], { length: 3 }];

  it.each(MODELS)("%s", async (_, make) => {
    for (const value of VALUES) {
      const whole = make();
      for (const file of whole.configs.keys()) whole.configs.set(file, value as never);
      await runKept(["check", writeDraft(tempFolder(), "whole", whole), "--json"]);
      const each = make();
      for (const config of each.configs.values()) for (const key of Object.keys(config)) config[key] = value;
      await runKept(["arch", writeDraft(tempFolder(), "each", each), "--json"]);
    }
  });
});

describe("sources that cannot be opened", () => {
  const PLACES: readonly (readonly [string, (folder: string) => string, number])[] = [
    ["below a file", (folder) => path.join(write(folder, "a.safetensors"), "x"), 3],
    ["a link to itself", (folder) => link(folder, "loop", "loop"), 3],
    ["a link that leads nowhere", (folder) => link(folder, "nowhere", "missing"), 3],
    ["a name of 300 bytes", (folder) => path.join(folder, "n".repeat(300)), 3],
    ["a path of 5,000 bytes", (folder) => path.join(folder, "n/".repeat(2500)), 3],
    ["an empty folder", (folder) => folder, 3],
    ["a file that is no checkpoint", (folder) => write(folder, "notes.txt"), 2],
    ["an address that cannot be decoded", () => "https://127.0.0.1:9/%zz.safetensors", 2],
    ["an address without a host", () => "https:///x.safetensors", 2],
  ];

  it.each(PLACES)("%s", async (_, make, code) => {
    const folder = tempFolder();
    const run = await runKept(["check", make(folder)]);
    expect(run.code).toBe(code);
    if (code === 3) expect((await runKept(["overview", make(tempFolder()), "--json"])).code).toBe(code);
  });

  it("a folder below a file, by --subfolder", async () => {
    const source = writeDraft(tempFolder(), "whole", (MODELS[0] as (typeof MODELS)[number])[1]());
    const [shard] = fs.readdirSync(source).filter((name) => name.endsWith(".safetensors"));
    const run = await runKept(["params", path.join(source, shard as string), "--subfolder", "x"]);
    expect([2, 3]).toContain(run.code);
  });
});

describe("files of the user's own, of any type", () => {
  const TEXTS = [
    "",
    "{",
    "null",
    "1",
    '"x"',
    "[]",
    "[[]]",
    '{"__proto__":1}',
    `${"[".repeat(200_000)}`,
    "\u0000",
  ];
  const BASELINES = [null, 1, "x", {}, [null], [1], [{ rule: 1 }], [{ rule: {} }], { length: 1 }];
  const CONFIGS = ["failOn", "rules", "ignore", "expect"].flatMap((key) =>
    [null, 1, "x", [null], [[]], { a: null }, { layers: -1 }, { params: {} }].map((value) => ({
      [key]: value,
    })),
  );

  it.each([
    ...TEXTS.map((text) => [text.slice(0, 20), text] as const),
    ...BASELINES.map((findings) => baselineText(findings)),
  ])("baseline %j", async (_, text) => {
    const folder = tempFolder();
    const { code } = await runKept(["check", source(folder), "--baseline", write(folder, "b.json", text)]);
    expect([0, 2]).toContain(code);
  });

  it.each([
    ...TEXTS.map((text) => [text.slice(0, 20), text] as const),
    ...CONFIGS.map((config) => [JSON.stringify(config), JSON.stringify(config)] as const),
  ])("configuration %j", async (_, text) => {
    const folder = tempFolder();
    const { code } = await runKept(["check", source(folder), "--config", write(folder, "c.json", text)]);
    expect([0, 2]).toContain(code);
  });

  function baselineText(findings: unknown): readonly [string, string] {
    const text = JSON.stringify({ unfoldBaseline: 1, findings });
    return [text, text];
  }
});

describe("snapshots whose fields have any other type", () => {
  const VALUES: readonly unknown[] = [null, true, "x", [], {}, [null], ...HOSTILE_NUMBERS];

  it("each field in turn", async () => {
    const folder = tempFolder();
    const made = path.join(folder, "made.unfold.json");
    await runKept(["snapshot", source(folder), "-o", made]);
    const whole: unknown = JSON.parse(fs.readFileSync(made, "utf8"));
    const paths = placesIn(whole, 60);
    expect(paths.length).toBeGreaterThan(30);
    for (const [k, place] of paths.entries()) {
      const value = VALUES[k % VALUES.length];
      const bent = write(folder, "bent.unfold.json", JSON.stringify(replaced(whole, place, value)));
      const { code } = await runKept(["check", bent]);
      expect([0, 1, 3]).toContain(code);
    }
  });

  it.each(["[", '{"a":', '{"unfoldSnapshot":1,"source":{"id":"x"},"files":['])(
    "nested without end: %s",
    async (piece) => {
      const bent = write(tempFolder(), "deep.unfold.json", piece.repeat(piece.length > 10 ? 1 : 200_000));
      expect((await runKept(["overview", bent])).code).toBe(3);
    },
  );
});

describe("the machine", () => {
  it("has no home folder", () => {
    const { code, stderr } = runBin(["overview", source(tempFolder())], { env: { HOME: "" } });
    expect([code, stderr.includes("INTERNAL")]).toEqual([0, false]);
  });

  it("has no user of that number, and no home", () => {
    const folder = tempFolder();
    const made = source(folder);
    fs.chmodSync(folder, 0o755);
    // Only root can be somebody else; for others the missing home alone has to do.
    const user = process.getuid?.() === 0 ? { uid: 54_321, gid: 54_321 } : {};
    const { code, stderr } = runBin(["overview", made], user);
    expect([code, stderr.includes("INTERNAL")]).toEqual([0, false]);
  });

  it("has removed the working folder", () => {
    const folder = tempFolder();
    const script = `mkdir gone && cd gone && rmdir ../gone && "$NODE" "$BIN" check "$SOURCE"`;
    const { status, stderr } = spawnSync("sh", ["-c", script], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", NODE: process.execPath, BIN, SOURCE: source(folder) },
      encoding: "utf8",
    });
    expect(stderr).not.toContain("INTERNAL");
    expect(status).toBe(0);
  });

  it.each(["relative/home", "/dev/null", "/proc/version"])("has a home folder at %s", (home) => {
    const { code } = runBin(["overview", source(tempFolder())], { env: { HOME: home } });
    expect(code).toBe(0);
  });
});

function source(folder: string): string {
  return writeDraft(folder, "source", (MODELS[0] as (typeof MODELS)[number])[1]());
}

function gapBesideFolder(): Draft {
  const [, make] = MODELS.find(([name]) => name === "expertModel") as (typeof MODELS)[number];
  return make()
    .rename((name) => name.replace(/mlp\.gate\.weight$/, "mlp.gate.weight.absmax"))
    .drop((name) => /experts\.3\./.test(name));
}

function leavesOf(draft: Draft): string[] {
  return [...new Set(draft.names.map(withoutNumbers))];
}

function withoutNumbers(name: string): string {
  return name.replace(/\d+/g, "#");
}

function write(folder: string, name: string, text = "text"): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
}

function link(folder: string, name: string, target: string): string {
  const file = path.join(folder, name);
  fs.symlinkSync(target, file);
  return file;
}

/** Paths of the first fields of a JSON value, outermost first. */
function placesIn(value: unknown, most: number): (readonly (string | number)[])[] {
  const found: (readonly (string | number)[])[] = [];
  const pending: { readonly at: readonly (string | number)[]; readonly value: unknown }[] = [
    { at: [], value },
  ];
  while (found.length < most) {
    const next = pending.shift();
    if (next === undefined) break;
    if (next.at.length > 0) found.push(next.at);
    if (typeof next.value === "object" && next.value !== null)
      for (const [key, inner] of Object.entries(next.value))
        pending.push({ at: [...next.at, key], value: inner });
  }
  return found;
}

function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}
