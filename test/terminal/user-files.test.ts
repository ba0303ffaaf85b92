import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readSmallText, readUserJson } from "../../src/terminal/user-files.ts";
import { runMain } from "../support/fake-io.ts";
import { writeSmallCheckpoint } from "../support/small-checkpoint.ts";
import { tempFolder } from "../support/temp-folder.ts";

let root: string;
const at = (...names: string[]) => path.join(root, ...names);
beforeEach(() => {
  root = tempFolder();
  writeSmallCheckpoint(at("m"));
});

/** What may have the name of a small file of the user's and is none. */
const IMPOSTORS: readonly (readonly [string, (file: string) => void, RegExp])[] = [
  ["a pipe", (file) => execFileSync("mkfifo", [file]), /is a pipe or a device, not a regular file/],
  ["an endless device", (file) => fs.symlinkSync("/dev/zero", file), /is a pipe or a device/],
  ["a folder", (file) => fs.mkdirSync(file), /is a folder/],
  ["a terabyte of nothing", sparse, /is larger than 10 MB/],
  [
    "a loop of links",
    (file) => fs.symlinkSync(path.basename(file), file),
    /cannot be read: ELOOP|is not there/,
  ],
  ["no JSON", (file) => fs.writeFileSync(file, "\u001b]0;x\u0007 no"), /is not JSON/],
  ["nothing at all", (file) => fs.writeFileSync(file, ""), /is not JSON/],
];

function sparse(file: string): void {
  fs.writeFileSync(file, "{}");
  fs.truncateSync(file, 1_000_000_000_000);
}

describe.each(IMPOSTORS)("%s", (_, make, problem) => {
  it("is no JSON of the user's", () => {
    make(at("x.json"));
    expect(() => readUserJson(at("x.json"))).toThrow(problem);
  });

  it.each([
    ["as a configuration that was named", ["--config", "x.json"]],
    ["as a baseline", ["--baseline", "x.json"]],
  ])("ends the run with 2 %s", async (_, [option, name]) => {
    make(at("x.json"));
    const run = await runMain(["check", at("m"), option as string, at(name as string)]);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(problem);
    expect(run.stderr).not.toMatch(/[\u0007\u001b]/);
  });
});

it.each(IMPOSTORS.filter(([what]) => !what.startsWith("a loop")))(
  "%s as the configuration that is found ends the run with 2",
  async (_, make, problem) => {
    make(at("unfold.config.json"));
    fs.mkdirSync(at("below"));
    const run = await runMain(["check", at("m")], { workingFolder: at("below") });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(problem);
  },
);

it("a token's file is a short regular one", () => {
  fs.writeFileSync(at("token"), "hf_x\n");
  expect(readSmallText(at("token"))).toBe("hf_x\n");
  execFileSync("mkfifo", [at("pipe")]);
  sparse(at("large"));
  for (const name of ["pipe", "large", "m", "nowhere"]) expect(readSmallText(at(name))).toBeUndefined();
  expect(readSmallText("/dev/zero")).toBeUndefined();
});

/** One value of each type that JSON has. */
const VALUES = [null, true, 0, -1, 0.5, 1e308, "", "text", [], [[]], {}, { a: 1 }, ["error"]];

describe("values of other types", () => {
  const entry = { rule: "scale-missing", component: ".", shard: null, where: null, found: null };
  const baselines = [
    ...VALUES,
    ...VALUES.map((unfoldBaseline) => ({ unfoldBaseline, findings: [] })),
    ...VALUES.filter((value) => !(Array.isArray(value) && value.length === 0)).map((findings) => ({
      unfoldBaseline: 1,
      findings,
    })),
    ...VALUES.map((value) => ({ unfoldBaseline: 1, findings: [entry, value] })),
    ...VALUES.filter((value) => typeof value !== "string").map((rule) => ({
      unfoldBaseline: 1,
      findings: [{ ...entry, rule }],
    })),
    ...Object.keys(entry)
      .slice(1)
      .flatMap((field) =>
        VALUES.filter((value) => value !== null && typeof value !== "string").map((value) => ({
          unfoldBaseline: 1,
          findings: [{ ...entry, [field]: value }],
        })),
      ),
  ];

  it("in a baseline end the run with 2 and say where", async () => {
    expect(baselines.length).toBeGreaterThan(80);
    for (const baseline of baselines) {
      const text = JSON.stringify(baseline);
      fs.writeFileSync(at("b.json"), text);
      const run = await runMain(["check", at("m"), "--baseline", at("b.json")]);
      expect([text, run.code, run.stdout]).toEqual([text, 2, ""]);
      expect(run.stderr).toMatch(
        /is no baseline of unfold: (it|unfoldBaseline|findings(\[\d+\](\.\w+)?)?) must be /,
      );
    }
  });

  it("in a configuration end the run with 0, 1 or 2, never with a bug", async () => {
    const fields = ["failOn", "rules", "ignore", "expect", "$schema", "__proto__", "other"];
    const nested = [
      ...VALUES.map((value) => ({ rules: { "scale-missing": value } })),
      ...VALUES.map((value) => ({ rules: { [String(value)]: "off" } })),
      ...VALUES.map((value) => ({ ignore: [value] })),
      ...["rule", "where", "reason"].flatMap((field) =>
        VALUES.map((value) => ({ ignore: [{ rule: "scale-missing", reason: "known", [field]: value }] })),
      ),
      ...["schemes", "params", "layers", "dtypes", "maxBytes", "maxShardBytes"].flatMap((field) =>
        [...VALUES, [null], { "*": null }, { "": "BF16" }].map((value) => ({ expect: { [field]: value } })),
      ),
    ];
    const configs = [
      ...VALUES,
      ...fields.flatMap((field) => VALUES.map((value) => ({ [field]: value }))),
      ...nested,
    ];
    const codes = new Set<number>();
    for (const config of configs) {
      const text = JSON.stringify(config);
      fs.writeFileSync(at("c.json"), text);
      const run = await runMain(["check", at("m"), "--config", at("c.json")]);
      expect([0, 1, 2], `${text} ${run.stderr}`).toContain(run.code);
      codes.add(run.code);
      if (run.code === 2) expect(run.stderr).toMatch(/^error USAGE ".*c\.json": /);
    }
    expect([...codes].sort()).toEqual([0, 1, 2]);
  });
});
