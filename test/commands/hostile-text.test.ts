import fs from "node:fs";
import path from "node:path";
import type { Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/commands/program.ts";
import { fakeIo, type Run, runMain } from "../support/fake-io.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** What a string from outside can try, each with the place that obeys it. */
const ATTACKS = {
  clipboard: "\u001b]52;c;ZXZpbA==\u0007",
  colour: "\u001b[8mhidden\u001b[0m",
  "eight-bit CSI": "\u009b2J\u009d0;x\u009c",
  bidi: "a\u202eb\u2066c\u2069\u200f\u061c",
  "line separators": "a\u2028b\u2029c\u0085d",
  "carriage return": "a\rb\bc\td\u007f",
  "zero width": "a\u200bb\ufeffc",
  "half a character": "a\ud800b",
  "a workflow command": "::error file=x::pwned",
  "a workflow command on its own line": "a\r\n::stop-commands::x\n ::error::y",
  "one behind a blank": "a ::error::b ::warning::c",
  "an old workflow command": "##[error]x ##[group]y",
  "Azure's": "##vso[task.setvariable variable=a]b",
  "TeamCity's": "##teamcity[x]",
  "pieces of one": "##",
  markup: "<img src=x onerror=alert(1)>|`b`[c](d)]]><!--",
  formula: '=HYPERLINK("x")',
} as const;
const WORDS: readonly string[] = Object.values(ATTACKS);
const ALL = WORDS.join(" ");
/** What a header can hold: one with half a character is refused whole. */
const NAMES: readonly string[] = WORDS.filter((word) => word !== ATTACKS["half a character"]);

const RAW =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const COMMAND = /##(\[|vso\[|teamcity\[)/i;
const LINE_COMMAND = /^\s*::/;
/** What our own styles write. */
// biome-ignore lint/complexity/useRegexLiterals: an escape character in a literal is hard to read
const OUR_COLOUR = new RegExp("\\u001b\\[(?:[12]|22|3[1-6]|39)m", "g");
/** The one output whose lines are such commands on purpose. */
const ANNOTATION = /^::(error|warning|notice) (file=[^:,]*,)?title=[^:,]*::/;

/** What in an output would be obeyed; empty where nothing. */
function obeyed(text: string, format: string): string[] {
  // A pattern over the whole text would find what stands between two lines of it.
  return text.split("\n").flatMap((line) => {
    const isOurs = format === "github" && ANNOTATION.test(line);
    const found =
      RAW.exec(line)?.[0] ?? COMMAND.exec(line)?.[0] ?? (isOurs ? null : LINE_COMMAND.exec(line)?.[0]);
    return found == null ? [] : [`${JSON.stringify(found)} in ${JSON.stringify(line.slice(0, 200))}`];
  });
}

function expectHarmless(run: Run, format: string, why: string): void {
  expect(obeyed(run.stdout, format), `${why}: stdout`).toEqual([]);
  expect(obeyed(run.stderr, "text"), `${why}: stderr`).toEqual([]);
  expect([0, 1, 2, 3], `${why}: ${run.stderr}`).toContain(run.code);
}

/** A snapshot whose every text is an attack. */
function hostileSnapshot(): object {
  const entry = (dtype: string, at: number) => ({ dtype, shape: [4], data_offsets: [at, at + 16] });
  const tensors = NAMES.flatMap((word, k) => [
    [`${word}.weight`, entry("F32", 32 * k)],
    [`model.layers.${k}.${word}.weight_scale`, entry("F32", 32 * k + 16)],
  ]);
  const header = Buffer.from(
    JSON.stringify({ __metadata__: { [NAMES.join(" ")]: NAMES.join(" ") }, ...Object.fromEntries(tensors) }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const base64 = Buffer.concat([length, header]).toString("base64");
  const bad = Buffer.from(
    `{${JSON.stringify(ALL)}:{"dtype":${JSON.stringify(ALL)},"shape":[4],"data_offsets":[0,16]}}`,
  );
  const badLength = Buffer.alloc(8);
  badLength.writeBigUInt64LE(BigInt(bad.length));
  const config = {
    model_type: ALL,
    architectures: [ALL],
    torch_dtype: ALL,
    [ALL]: ALL,
    quantization_config: { quant_method: ALL, ignore: WORDS, modules_to_not_convert: WORDS, format: ALL },
  };
  const name = (text: string) => `${text.replaceAll("/", "-").replaceAll("\0", "")}.safetensors`;
  return {
    unfoldSnapshot: 1,
    source: { kind: "hub", id: ALL, revision: ALL, commit: ALL, subfolder: ALL },
    chosenFile: null,
    files: [
      {
        path: "model-00001-of-00004.safetensors",
        kind: "bytes",
        base64,
        fileBytes: 8 + header.length + 32 * NAMES.length,
      },
      {
        path: "model-00002-of-00004.safetensors",
        kind: "failed",
        code: "READ_FAILED",
        details: { reason: ALL },
        hint: ALL,
      },
      {
        path: "model-00003-of-00004.safetensors",
        kind: "bytes",
        base64: Buffer.concat([badLength, bad]).toString("base64"),
        fileBytes: 8 + bad.length + 16,
      },
      { path: "config.json", kind: "text", text: JSON.stringify(config) },
      {
        path: "generation_config.json",
        kind: "failed",
        code: "RESPONSE_INVALID",
        details: { what: ALL, problem: ALL },
        hint: ALL,
      },
      ...WORDS.map((word) => ({ path: name(word), kind: "listed", fileBytes: 9 })),
      ...WORDS.map((word) => ({
        path: `${name(word)}.index.json`,
        kind: "text",
        text: `{"weight_map":{${JSON.stringify(word)}:${JSON.stringify(word)}}}`,
      })),
    ],
  };
}

/** A folder whose files have hostile names, as far as a file system takes them. */
function hostileFolder(): string {
  const folder = tempFolder();
  const header = Buffer.from('{"a.weight":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const shard = Buffer.concat([length, header, Buffer.alloc(16)]);
  const name = (word: string) => word.replaceAll("/", "-");
  for (const word of ["model", ...WORDS])
    fs.writeFileSync(path.join(folder, `${name(word)}.safetensors`), shard);
  for (const word of WORDS) fs.mkdirSync(path.join(folder, name(word)));
  return folder;
}

const program = await createProgram(undefined, fakeIo(), () => {});
const formatsOf = (command: Command): readonly string[] =>
  command.options.find(({ long }) => long === "--format")?.argChoices ?? ["text"];
const optionsWithValues = (command: Command): readonly Option[] =>
  command.options.filter(({ required }) => required);

/** A command line of a command: sources where it takes some, hostile words where it takes something else. */
function argumentsOf(command: Command, source: string): string[] {
  const words = command.registeredArguments.map((argument) =>
    /^(source|before|after)$/.test(argument.name()) ? source : ALL,
  );
  return [command.name(), ...words];
}

/** Both sources, made for one test. */
function hostileSources(): { folder: string; sources: Record<"a snapshot" | "a folder", string> } {
  const folder = hostileFolder();
  const snapshot = path.join(tempFolder(), "hostile.unfold.json");
  fs.writeFileSync(snapshot, JSON.stringify(hostileSnapshot()));
  return { folder, sources: { "a snapshot": snapshot, "a folder": folder } };
}

/** Where a command that writes a file by itself may do so. */
const outputOf = (command: Command): string[] =>
  command.name() === "snapshot" ? ["--output", path.join(tempFolder(), "made.unfold.json")] : [];

describe("the oracle", () => {
  it.each(Object.entries(ATTACKS))("knows %s", (name, word) => {
    const isObeyedByText = !["pieces of one", "markup", "formula", "one behind a blank"].includes(name);
    expect(obeyed(word, "text").length > 0).toBe(isObeyedByText);
  });

  it("knows a command in an annotation", () => {
    expect(obeyed("::error title=a::b", "github")).toEqual([]);
    expect(obeyed("::error title=a::b", "text")).toHaveLength(1);
    expect(obeyed("::add-mask::b", "github")).toHaveLength(1);
  });
});

describe("outside text", () => {
  const runs = program.commands.flatMap((command) =>
    formatsOf(command).map((format) => ({ command, format })),
  );

  it("is asked of all there is", () => {
    expect(program.commands.length).toBeGreaterThan(10);
    expect(runs.length).toBeGreaterThan(30);
  });

  it.each(runs.map((run) => [`${run.command.name()} --format ${run.format}`, run] as const))(
    "steers nothing through %s",
    async (_, { command, format }) => {
      const { sources } = hostileSources();
      const asked = command.options.some(({ long }) => long === "--format") ? ["--format", format] : [];
      for (const [kind, source] of Object.entries(sources)) {
        const args = [...argumentsOf(command, source), ...asked, ...outputOf(command)];
        const plain = await runMain(args);
        expectHarmless(plain, format, kind);
        if (/json|sarif/.test(format) && plain.stdout !== "")
          for (const document of format === "ndjson" ? plain.stdout.trim().split("\n") : [plain.stdout])
            expect(() => JSON.parse(document)).not.toThrow();
        const world = { columns: 60, env: { FORCE_COLOR: "3" } };
        const coloured = await runMain([...args, ...(asked.length > 0 ? ["--color"] : [])], world);
        const uncoloured = {
          ...coloured,
          stdout: coloured.stdout.replaceAll(OUR_COLOUR, ""),
          stderr: coloured.stderr.replaceAll(OUR_COLOUR, ""),
        };
        expectHarmless(uncoloured, format, `${kind}, in colour`);
        expect(uncoloured.code, "the exit code does not depend on colour").toBe(plain.code);
      }
    },
  );

  const options = new Map(
    program.commands.flatMap((command) =>
      optionsWithValues(command).map((option) => [option.long ?? option.flags, { command, option }] as const),
    ),
  );

  it.each([...options])("steers nothing through the value of %s", async (long, { command }) => {
    const { sources } = hostileSources();
    for (const word of [ALL, ATTACKS["a workflow command on its own line"], ATTACKS["a workflow command"]]) {
      const value =
        long === "--output" ? path.join(tempFolder(), "nowhere", word.replaceAll("/", "-")) : word;
      const args = [...argumentsOf(command, sources["a snapshot"]), `${long}=${value}`];
      if (long !== "--output") args.push(...outputOf(command));
      for (const more of [[], ["--json"]]) expectHarmless(await runMain([...args, ...more]), "text", long);
    }
  });

  it.each(WORDS)("steers nothing as a word that nobody knows: %j", async (word) => {
    for (const args of [
      [word],
      [word, word],
      ["tree", `--${word}`],
      [`--${word}`],
      ["cache", word],
      ["explain", word],
    ])
      for (const more of [[], ["--json"]])
        expectHarmless(await runMain([...args, ...more]), "text", JSON.stringify(args));
  });

  it("comes back from JSON as it is", async () => {
    const { sources } = hostileSources();
    const names = (stdout: string) =>
      (JSON.parse(stdout) as { result: { tensors: { name: string }[] } }).result.tensors.map(
        ({ name }) => name,
      );
    const whole = await runMain(["ls", sources["a snapshot"], "--json"]);
    const wanted = NAMES.map((word) => `${word}.weight`);
    expect(names(whole.stdout)).toEqual(expect.arrayContaining(wanted));
    const problems = (JSON.parse(whole.stdout) as { problems: { message: string; hint: string | null }[] })
      .problems;
    expect(problems).toContainEqual(
      expect.objectContaining({ message: `reading failed: ${ALL}`, hint: ALL }),
    );
  });
});

describe("an error where JSON was asked for", () => {
  it.each<[string, string[], string, string]>([
    ["a source that is not there", ["tree", "./nowhere"], "SOURCE_NOT_FOUND", '"./nowhere" is not there'],
    ["an option that nobody knows", ["tree", "x", "--dept"], "USAGE", "unknown option '--dept'"],
    [
      "a value that is none",
      ["tree", "x", "--depth", ALL],
      "USAGE",
      `--depth: ${JSON.stringify(ALL)} is not a whole number`,
    ],
  ])("is a document: %s", async (_, args, code, message) => {
    for (const json of [["--json"], ["--format", "json"], ["--format=json"]]) {
      const run = await runMain([...args, ...json]);
      const document = JSON.parse(run.stdout) as { schemaVersion: number; error: Record<string, unknown> };
      expect(Object.keys(document)).toEqual(["schemaVersion", "error"]);
      expect(document).toMatchObject({ schemaVersion: 1, error: { code, message } });
      expect(Object.hasOwn(document.error, "hint")).toBe(true);
      expect(run.stderr).toContain(`error ${code} `);
    }
    expect((await runMain(args)).stdout).toBe("");
  });

  it("is none where the report was written", async () => {
    const { sources } = hostileSources();
    const run = await runMain(["tree", sources["a folder"], "--json", "--output", "/nowhere/at/all"]);
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: "OUTPUT_FAILED" } });
    const whole = await runMain(["tree", sources["a snapshot"], "--json"]);
    expect(JSON.parse(whole.stdout)).toMatchObject({ command: "tree" });
  });
});
