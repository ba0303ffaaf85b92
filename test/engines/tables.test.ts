import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ENGINE_NAMES, ENGINES } from "../../src/engines/names.ts";
import { loadTables, type ServingTable } from "../../src/engines/table.ts";

const FOLDER = path.join("src", "engines");
/** Where wheels of the pinned releases are, if they have been fetched: `python3 tools/engines/run.py` does. */
const WHEELS = process.env.UNFOLD_WHEELS ?? path.join("tools", "engines", "wheels");
const PINS = JSON.parse(fs.readFileSync("tools/engines/versions.json", "utf8")) as string[];

const tables = await loadTables(ENGINE_NAMES);
const serving = Object.entries(tables.serving) as [string, ServingTable][];

describe("tables of engines", () => {
  it("are one file a version, of the versions that verdicts name", () => {
    for (const engine of ENGINE_NAMES) {
      const table = JSON.parse(
        fs.readFileSync(path.join(FOLDER, engine, `${ENGINES[engine].version}.json`), "utf8"),
      ) as { version: string };
      expect(table.version).toBe(ENGINES[engine].version);
    }
    for (const engine of ["vllm", "sglang", "transformers"] as const)
      expect(PINS).toContain(`${engine}==${ENGINES[engine].version}`);
  });

  it.each(serving)("%s: rows point into their tables, and patterns are patterns", (_, table) => {
    for (const [, , packed, rename] of Object.values(table.architectures)) {
      if (packed !== null) expect(table.packed[packed]).toBeDefined();
      if (rename !== null) expect(table.renames[rename]).toBeDefined();
    }
    for (const { regex } of table.renames)
      for (const pattern of Object.keys(regex ?? {}))
        expect(() => new RegExp(pattern.replaceAll("(?P<", "(?<")), pattern).not.toThrow();
    expect(Object.keys(table.architectures).length).toBeGreaterThan(200);
    for (const type of table.newModelTypes) expect(table.ownModelTypes).not.toContain(type);
    expect(PINS).toContain(`transformers==${table.transformers}`);
  });

  it("are what the script makes of the packages, where these are at hand", () => {
    const missing = PINS.filter((pin) => {
      const [name, version] = pin.split("==") as [string, string];
      const prefix = `${name.replaceAll("-", "_")}-${version}-`;
      return !fs.existsSync(WHEELS) || !fs.readdirSync(WHEELS).some((file) => file.startsWith(prefix));
    });
    // Half a gigabyte of wheels is not fetched by a test: without them the script has nothing to say.
    const made = missing.length > 0 ? {} : (JSON.parse(runScript()) as Record<string, { version: string }>);
    for (const [engine, table] of Object.entries(made)) {
      const file = path.join(FOLDER, engine, `${table.version}.json`);
      expect(JSON.parse(fs.readFileSync(file, "utf8")), file).toEqual(table);
    }
    expect(Object.keys(made).length).toBe(missing.length > 0 ? 0 : 4);
  });
});

function runScript(): string {
  const args = ["tools/engines/run.py", "--wheels", WHEELS, "--offline", "--print"];
  return execFileSync("python3", args, { encoding: "utf8", maxBuffer: 1 << 26 });
}
