import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import v8 from "node:v8";
import vm from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fp8MissingScale } from "../../fixtures/stories/fp8-missing-scale.ts";
import { Agents } from "../../src/sources/network/agents.ts";
import { HostBudgets } from "../../src/sources/network/host-budgets.ts";
import { HttpClient } from "../../src/sources/network/http-client.ts";
import { getWhole } from "../../src/sources/network/whole-file.ts";
import { runMain } from "../support/fake-io.ts";
import { PATIENT_LIMITS, settingsFor } from "../support/remote.ts";
import { writeSmallCheckpoint } from "../support/small-checkpoint.ts";
import { writeStory } from "../support/story.ts";

let root: string;
let list: string;
let output: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-fleet-"));
  [list, output] = [path.join(root, "list.txt"), path.join(root, "out.ndjson")];
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

/** Folders with small sound checkpoints; every n-th is cut, or not there. */
function writeFolders(count: number, everyBad = Number.POSITIVE_INFINITY): string[] {
  return Array.from({ length: count }, (_, k) => {
    const folder = path.join(root, `m-${k}`);
    const isBad = k % everyBad === everyBad - 1;
    if (isBad && k % (2 * everyBad) >= everyBad) return folder;
    writeSmallCheckpoint(folder);
    if (isBad) fs.truncateSync(path.join(folder, "model.safetensors"), 20);
    return folder;
  });
}

const sizeOf = (folder: string, file: string) => fs.statSync(path.join(folder, file)).size;

interface FleetLine {
  readonly listed: { readonly position: number; readonly source: string };
  readonly exitCode: number;
  readonly command: string;
  readonly error?: { readonly code: string; readonly hint: string };
  readonly result?: { readonly verdict: string };
  readonly totals?: { readonly parameters: number; readonly schemes: readonly { readonly scheme: string }[] };
}

function parseLines(text: string): FleetLine[] {
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const readLines = () => parseLines(fs.readFileSync(output, "utf8"));

describe("check --from", () => {
  it("prints a line for each source, with its place in the list, and ends with the worst code", async () => {
    writeStory("broken", fp8MissingScale, root);
    const [sound = ""] = writeFolders(1);
    const missing = path.join(root, "missing");
    const broken = path.join(root, "broken");
    fs.writeFileSync(list, `# ours\n${sound}\n\n  ${broken}\r\n${missing}\n${sound}\n`);
    const run = await runMain(["check", "--from", list, "--format", "ndjson", "--jobs", "1"]);
    const lines = parseLines(run.stdout);
    expect(lines.map(({ listed, exitCode }) => [listed.position, listed.source, exitCode])).toEqual([
      [1, sound, 0],
      [2, broken, 1],
      [3, missing, 3],
    ]);
    expect(lines.map(({ command }) => command)).toEqual(["check", "check", "check"]);
    expect(lines[1]?.totals?.schemes.map(({ scheme }) => scheme)).toContain("fp8-block");
    expect(lines[0]?.totals?.parameters).toBe(32);
    expect(lines[2]?.error).toMatchObject({ code: "SOURCE_NOT_FOUND", hint: expect.any(String) });
    expect(run.code).toBe(3);
    expect(run.stderr).toContain("1 line repeats an earlier one");
    expect(run.stderr).toContain("3 sources: 1 passed, 1 failed, 1 could not be read");
  });

  it("goes on where a killed run was stopped: one line each, nothing twice", async () => {
    const folders = writeFolders(500, 12);
    fs.writeFileSync(list, folders.join("\n"));
    const words = ["bin/unfold.js", "check", "--from", list, "-o", output, "--jobs", "3", "--quiet"];
    const killed = spawn(process.execPath, words);
    const ended = new Promise((resolve) => killed.on("close", (_, signal) => resolve(signal)));
    while (!fs.existsSync(output) || fs.readFileSync(output, "utf8").split("\n").length < 200)
      await new Promise((resolve) => setTimeout(resolve, 5));
    killed.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    // A write that the kill cut in two.
    fs.appendFileSync(output, '{"listed":{"position":499,"source":"');
    const run = await runMain(["check", "--from", list, "-o", output]);
    expect(run.code).toBe(3);
    const lines = readLines();
    expect(lines).toHaveLength(500);
    expect(new Set(lines.map(({ listed }) => listed.source))).toEqual(new Set(folders));
    expect(lines.filter(({ exitCode }) => exitCode !== 0)).toHaveLength(41);
    const before = fs.readFileSync(output, "utf8");
    expect((await runMain(["check", "--from", list, "-o", output])).stderr).toContain(
      "500 sources were in the output",
    );
    expect(fs.readFileSync(output, "utf8")).toBe(before);
  });

  it("keeps nothing of the sources that are done", async () => {
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("gc") as () => void;
    const folders = writeFolders(8);
    const heldAfter = async (rounds: number) => {
      // The same folders by other names: every line is another source.
      const names = Array.from({ length: rounds }, (_, k) =>
        folders.map((each) => `${each}${"/".repeat(k + 1)}`),
      );
      fs.writeFileSync(list, names.flat().join("\n"));
      await runMain(["check", "--from", list, "-o", path.join(root, `${rounds}.ndjson`), "--jobs", "2"]);
      collect();
      return process.memoryUsage().heapUsed;
    };
    await heldAfter(4);
    const few = await heldAfter(5);
    const many = await heldAfter(40);
    // 280 sources more; a report alone is some 20 kB.
    expect((many - few) / 280).toBeLessThan(4_000);
  });

  it("writes into no file of another kind, and leaves it as it is", async () => {
    fs.writeFileSync(list, writeFolders(1).join("\n"));
    for (const text of ["a letter\n", '{"name":"a.weight"}\n']) {
      fs.writeFileSync(output, text);
      const run = await runMain(["check", "--from", list, "-o", output]);
      expect([run.code, fs.readFileSync(output, "utf8")]).toEqual([2, text]);
    }
    expect((await runMain(["check", "--from", list, "-o", list])).code).toBe(2);
  });

  it.each(["config.json", "text_encoder/config.json", "model.safetensors.index.json"])(
    "never makes a line of one source a file of another: %s",
    async (name) => {
      const [first] = writeFolders(1) as [string];
      const place = path.join(first, name);
      fs.mkdirSync(path.dirname(place), { recursive: true });
      // The one that is not there ends first.
      fs.writeFileSync(list, [path.join(root, "nowhere"), first].join("\n"));
      const before = fs
        .readdirSync(path.dirname(place))
        .map((file) => [file, sizeOf(path.dirname(place), file)]);
      expect((await runMain(["check", "--from", list, "-o", place])).code).toBe(2);
      const after = fs
        .readdirSync(path.dirname(place))
        .map((file) => [file, sizeOf(path.dirname(place), file)]);
      expect(after).toEqual(before);
    },
  );

  it.each([
    ["a checkpoint", Buffer.from([8, 0, 0, 0, 0, 0, 0, 0, 123, 125])],
    ["a list in UTF-16", Buffer.from("\ufeff./m\r\n", "utf16le")],
  ])("says of %s that it is no list", async (_, bytes) => {
    fs.writeFileSync(list, bytes);
    const run = await runMain(["check", "--from", list]);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("line 1 holds control characters");
  });

  it.each([
    ["a source beside it", ["."]],
    ["a page", ["--format", "html"]],
    ["a page by its name", ["-o", "x.html"]],
    ["a baseline", ["--baseline", "known.json"]],
    ["no list", ["--from", "/nowhere/list.txt"]],
    ["too many jobs", ["--jobs", "1000"]],
  ])("refuses %s", async (_, words) => {
    fs.writeFileSync(list, writeFolders(1).join("\n"));
    expect((await runMain(["check", "--from", list, ...words])).code).toBe(2);
  });
});

describe("check --from in another format", () => {
  const formats = ["text", "json", "markdown", "github", "gitlab", "junit", "sarif"];
  it.each(formats)(
    "prints as %s what naming the sources does, however many are read at once",
    async (format) => {
      const folders = writeFolders(5, 2);
      fs.writeFileSync(list, [...folders, folders[0]].join("\n"));
      const listed = await runMain(["check", "--from", list, "--format", format, "--jobs", "3"]);
      const named = await runMain(["check", ...folders, "--format", format]);
      expect([listed.code, listed.stdout]).toEqual([named.code, named.stdout]);
      expect(listed.stderr).toContain("1 line repeats an earlier one");
    },
  );

  it("chooses it by the output's extension", async () => {
    const [folder = ""] = writeFolders(1);
    fs.writeFileSync(list, folder);
    const file = path.join(root, "all.sarif");
    expect((await runMain(["check", "--from", list, "-o", file])).code).toBe(0);
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toMatchObject({ version: "2.1.0" });
  });

  it("refuses more than one document holds, and says which format takes any number", async () => {
    fs.writeFileSync(list, Array.from({ length: 1001 }, (_, k) => `./m-${k}`).join("\n"));
    const { code, stderr } = await runMain(["check", "--from", list, "--json"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/1,001 sources; .* 1,000 at most/);
    expect(stderr).toContain("hint: --format ndjson");
  });
});

describe("check --from -", () => {
  it("reads the list from standard input", async () => {
    const folders = writeFolders(3);
    fs.writeFileSync(list, folders.join("\n"));
    const piped = await runMain(["check", "--from", "-", "--jobs", "1"], {
      stdin: `# ours\n${folders.join("\r\n")}\n`,
    });
    expect(piped).toEqual(await runMain(["check", "--from", list, "--jobs", "1"]));
    expect(piped.code).toBe(0);
  });

  it.each([
    ["an empty list", [], "# nothing\n", "names no source"],
    ["what is no list", [], "\0\u0001", "standard input is no list: line 1 holds control characters"],
    ["a token from the same place", ["--token-stdin"], "hf_x\n", "both read standard input"],
  ])("refuses %s", async (_, words, stdin, reason) => {
    const { code, stderr, stdout } = await runMain(["check", "--from", "-", ...words], { stdin });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/\n {2}hint: /);
  });

  it("reads it from a real pipe, and never writes over it where it is a file", async () => {
    const [folder = ""] = writeFolders(1);
    fs.writeFileSync(list, `${folder}\n`);
    const run = (words: readonly string[]) =>
      spawnSync(process.execPath, ["bin/unfold.js", "check", "--from", "-", ...words], {
        stdio: [fs.openSync(list, "r"), "pipe", "pipe"],
        encoding: "utf8",
      });
    expect(parseLines(run([]).stdout).map(({ listed }) => listed.source)).toEqual([folder]);
    expect(run(["--json", "-o", list]).status).toBe(2);
    expect(fs.readFileSync(list, "utf8")).toBe(`${folder}\n`);
  });
});

it("check --format ndjson is the report in one line", async () => {
  const [folder = ""] = writeFolders(1);
  const line = await runMain(["check", folder, "--format", "ndjson"]);
  const whole = await runMain(["check", folder, "--json"]);
  expect(line.stdout.split("\n")).toHaveLength(2);
  expect(JSON.parse(line.stdout)).toEqual(JSON.parse(whole.stdout));
});

describe("sources of one host", () => {
  let server: http.Server;
  let running = 0;
  let most = 0;
  let answer: (response: http.ServerResponse) => void;
  beforeEach(async () => {
    [running, most] = [0, 0];
    server = http.createServer((_, response) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        answer(response);
      }, 5);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const address = () => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
  const clients = (count: number, more = {}) => {
    const hosts = new HostBudgets();
    const settings = settingsFor(address().origin, { limits: PATIENT_LIMITS, concurrency: 3 });
    const origin = address();
    return Array.from(
      { length: count },
      () => new HttpClient({ ...settings, ...more, origin, hosts, agents: new Agents({}, 3) }),
    );
  };
  const askAll = async (of: readonly HttpClient[], times: number) => {
    const asked = of.flatMap((client) =>
      Array.from({ length: times }, () => getWhole(client, address(), 100, "bytes")),
    );
    await Promise.all(asked);
    await Promise.all(of.map((client) => client.close()));
  };

  it("are asked for no more at once than one would be", async () => {
    answer = (response) => response.end("x");
    await askAll(clients(8), 10);
    expect(most).toBe(3);
  });

  it("wait together when the host asks one of them to", async () => {
    let refused = 0;
    let isWaiting = false;
    let early = 0;
    answer = (response) => {
      if (isWaiting) early++;
      if (refused++ === 0) response.writeHead(429, { "Retry-After": "1" });
      response.end("x");
    };
    const wait = async () => {
      // What was under way comes to its end; nothing new may start.
      await new Promise((resolve) => setTimeout(resolve, 40));
      isWaiting = true;
      await new Promise((resolve) => setTimeout(resolve, 40));
      isWaiting = false;
    };
    await askAll(clients(4, { wait }), 5);
    expect([refused, early]).toEqual([21, 0]);
  });
});
