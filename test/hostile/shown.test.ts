import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { plainModel } from "../checks/sound-models.ts";
import type { Draft } from "../support/draft.ts";
import { HOSTILE_TEXTS } from "../support/fuzz/words.ts";
import { runKept, viewsWithFormats, writeDraft } from "../support/hostile.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Texts in every place that outside strings come from: no output holds one raw, in whatever format. */
const TEXTS = HOSTILE_TEXTS.filter((text) => text !== "");
/** What can be the name of a file. */
const FILE_NAMES = TEXTS.filter((text) => !/[\0/\\]/.test(text) && !/^\.+$/.test(text) && text.length < 200);

/** All of them as one text, and those by themselves that count at a line's start. */
const FEW_TEXTS = [TEXTS.join(" "), ...TEXTS.filter((text) => /^\s*(?:::|##)/.test(text)), "\u0007\b\r"];

const VIEWS = await viewsWithFormats();

function small(): Draft {
  return plainModel().drop((name) => /layers\.[2-5]\./.test(name));
}

/** Where the strings are, and a source that holds them there. */
const PLACES: readonly (readonly [string, (folder: string) => string])[] = [
  [
    "names of tensors",
    (folder) => {
      const draft = small();
      for (const text of TEXTS) draft.tensors.set(`model.${text}.weight`, tensor(draft));
      for (const text of TEXTS) draft.tensors.set(text, tensor(draft));
      return writeDraft(folder, "names", draft);
    },
  ],
  [
    "names of files",
    (folder) => {
      const source = writeDraft(folder, "files", small());
      const [shard] = fs.readdirSync(source).filter((name) => name.endsWith(".safetensors"));
      for (const text of FILE_NAMES)
        fs.copyFileSync(path.join(source, shard as string), path.join(source, `${text}.safetensors`));
      return source;
    },
  ],
  [
    "the name of a broken file",
    (folder) => {
      const source = path.join(folder, "broken");
      fs.mkdirSync(source);
      for (const text of FILE_NAMES) fs.writeFileSync(path.join(source, `${text}.safetensors`), "no header");
      return source;
    },
  ],
  [
    "the name of the folder",
    (folder) => writeDraft(folder, `a\u001b[2J\u009b1m\u202e##[error]x\n::error::y`, small()),
  ],
  [
    "shards that an index names",
    (folder) => {
      const draft = small();
      draft.hasIndex = true;
      for (const [k, text] of TEXTS.entries()) draft.indexChanges.set(`x.${k}`, `${text}.safetensors`);
      return writeDraft(folder, "index", draft);
    },
  ],
  [
    "tensors that an index names",
    (folder) => {
      const draft = small();
      draft.hasIndex = true;
      for (const text of TEXTS) draft.indexChanges.set(text, draft.shards[0] as string);
      return writeDraft(folder, "listed", draft);
    },
  ],
  [
    "values of the configuration",
    (folder) => {
      const draft = small();
      const { config } = draft;
      config.architectures = [...TEXTS];
      config.model_type = TEXTS.join(" ");
      config.torch_dtype = TEXTS[10];
      config.quantization_config = {
        quant_method: TEXTS.join(" "),
        format: TEXTS[30],
        ignore: [...TEXTS],
        modules_to_not_convert: [...TEXTS],
      };
      return writeDraft(folder, "config", draft);
    },
  ],
  [
    "keys of the configuration",
    (folder) => {
      const draft = small();
      draft.config.quantization_config = {
        quant_method: "gptq",
        dynamic: Object.fromEntries(TEXTS.map((text) => [text, { bits: 3 }])),
      };
      return writeDraft(folder, "keys", draft);
    },
  ],
  [
    "an adapter's configuration",
    (folder) => {
      const draft = small();
      draft.configs.set("adapter_config.json", {
        peft_type: TEXTS[25],
        base_model_name_or_path: TEXTS.join(" "),
        target_modules: [...TEXTS],
        r: 8,
      });
      return writeDraft(folder, "adapter", draft);
    },
  ],
];

function tensor(draft: Draft) {
  return { dtype: "BF16", shape: [4], shard: draft.shards[0] ?? "model.safetensors" } as const;
}

describe.each(PLACES)("outside text in %s", (_, write) => {
  // Of a model that is not quantized there is nothing to declare, which is a 2 of its own.
  const views = VIEWS.filter(([command]) => command !== "declare");
  it.each(views.map((argv) => [argv.join(" "), argv] as const))("%s", async (_view, [command, ...rest]) => {
    const { code } = await runKept([command as string, write(tempFolder()), ...rest]);
    expect(code).not.toBe(2);
  });
});

describe("outside text in snapshots", () => {
  const FIELDS: readonly (readonly [string, (value: SnapshotJson, text: string) => void])[] = [
    [
      "source.id",
      ({ source }, text) => {
        source.id = text;
      },
    ],
    [
      "source.kind",
      ({ source }, text) => {
        source.kind = text;
      },
    ],
    [
      "source.revision",
      ({ source }, text) => {
        source.revision = text;
      },
    ],
    [
      "source.subfolder",
      ({ source }, text) => {
        source.subfolder = text;
      },
    ],
    [
      "chosenFile",
      (value, text) => {
        value.chosenFile = text;
      },
    ],
    ["path", ({ files }, text) => files.push({ path: text, kind: "listed", fileBytes: null })],
    ["kind", ({ files }, text) => files.push({ path: "x", kind: text, fileBytes: null })],
    ["code", ({ files }, text) => files.push({ ...FAILED, code: text })],
    ["hint", ({ files }, text) => files.push({ ...FAILED, hint: text })],
    [
      "details",
      ({ files }, text) =>
        files.push({ ...FAILED, details: { reason: text, path: text, url: text, problem: text } }),
    ],
  ];
  const FAILED = {
    path: "model-00009-of-00009.safetensors",
    kind: "failed",
    code: "HTTP_ERROR",
    details: {},
    hint: null,
  };

  it.each(FIELDS)("%s", async (_, change) => {
    const folder = tempFolder();
    const source = writeDraft(folder, "whole", small());
    const made = path.join(folder, "made.unfold.json");
    await runKept(["snapshot", source, "-o", made]);
    for (const text of FEW_TEXTS) {
      const value = JSON.parse(fs.readFileSync(made, "utf8")) as SnapshotJson;
      change(value, text);
      const bent = path.join(folder, "bent.unfold.json");
      fs.writeFileSync(bent, JSON.stringify(value));
      for (const argv of [[], ["check"], ["ls", "--json"]])
        await runKept([...argv.slice(0, 1), bent, ...argv.slice(1)]);
    }
  });

  interface SnapshotJson {
    readonly source: Record<string, unknown>;
    chosenFile: unknown;
    readonly files: Record<string, unknown>[];
  }
});

describe("outside text on the command line", () => {
  const OPTIONS: readonly (readonly string[])[] = [
    ["overview", "TEXT"],
    ["TEXT"],
    ["check", "SOURCE", "--config", "TEXT"],
    ["check", "SOURCE", "--baseline", "TEXT"],
    ["check", "SOURCE", "--against", "TEXT"],
    ["check", "SOURCE", "--expect-scheme", "TEXT"],
    ["check", "SOURCE", "--expect-params", "TEXT"],
    ["check", "SOURCE", "--expect-dtype", "TEXT"],
    ["check", "SOURCE", "--max-bytes", "TEXT"],
    ["check", "SOURCE", "--tp", "TEXT"],
    ["check", "SOURCE", "--fail-on", "TEXT"],
    ["diff", "SOURCE", "TEXT"],
    ["explain", "TEXT"],
    ["ls", "SOURCE", "--where", "TEXT"],
    ["ls", "SOURCE", "--sort", "TEXT"],
    ["ls", "SOURCE", "--include", "TEXT"],
    ["tree", "SOURCE", "--expand", "TEXT"],
    ["tree", "SOURCE", "--depth", "TEXT"],
    ["tree", "SOURCE", "--TEXT"],
    ["precision", "SOURCE", "--module", "TEXT"],
    ["arch", "SOURCE", "--context", "TEXT"],
    ["params", "SOURCE", "--by", "TEXT"],
    ["overview", "SOURCE", "--variant", "TEXT"],
    ["overview", "SOURCE", "--subfolder", "TEXT"],
    ["overview", "SOURCE", "--revision", "TEXT"],
    ["overview", "SOURCE", "--endpoint", "TEXT"],
    ["overview", "SOURCE", "--width", "TEXT"],
    ["overview", "SOURCE", "--concurrency", "TEXT"],
    ["overview", "SOURCE", "--timeout", "TEXT"],
    ["overview", "SOURCE", "--token", "TEXT"],
  ];

  it.each(OPTIONS.map((argv) => [argv.join(" "), argv] as const))("unfold %s", async (_, argv) => {
    const source = writeDraft(tempFolder(), "whole", small());
    for (const text of FEW_TEXTS.map((each) => each.replaceAll("\0", "")))
      await runKept(argv.map((part) => part.replace("SOURCE", () => source).replace("TEXT", () => text)));
  });
});

describe("outside text in files of the user's", () => {
  it.each(["unfold.config.json", "baseline.json"])("%s", async (file) => {
    const folder = tempFolder();
    const source = writeDraft(folder, "whole", small());
    const flag = file === "baseline.json" ? "--baseline" : "--config";
    for (const text of FEW_TEXTS) {
      const values = [
        text,
        { [text]: text },
        { rules: { [text]: "off" } },
        { failOn: text },
        { ignore: [{ rule: "scale-missing", where: text, reason: text }] },
        { expect: { dtypes: { [text]: text } } },
        {
          unfoldBaseline: 1,
          findings: [{ rule: text, component: null, shard: text, where: text, found: text }],
        },
      ];
      for (const value of values) {
        fs.writeFileSync(path.join(folder, file), JSON.stringify(value));
        await runKept(["check", source, flag, path.join(folder, file)]);
      }
    }
  });
});

describe("names in JSON", () => {
  it("come back exactly as they are in the header", async () => {
    const draft = small();
    const wanted = TEXTS.map((text) => `a.${text}`);
    for (const name of wanted) draft.tensors.set(name, tensor(draft));
    const source = writeDraft(tempFolder(), "names", draft);
    const { stdout } = await runKept(["ls", source, "--json"]);
    const { tensors } = (JSON.parse(stdout) as { result: { tensors: { name: string }[] } }).result;
    expect(tensors.map(({ name }) => name)).toEqual(expect.arrayContaining(wanted));
  });
});
