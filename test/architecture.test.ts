import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

/** Left to right: a file imports from its own layer and from those before it. Two in one row are side by side. */
const LAYERS = [
  ["errors", "format", "patterns", "version"],
  ["sources"],
  ["safetensors"],
  ["checkpoint"],
  ["quantization"],
  ["signatures"],
  ["architecture"],
  ["kinds"],
  ["faults"],
  ["engines"],
  ["analysis"],
  ["checks"],
  ["page"],
  ["report"],
  ["terminal", "completion"],
  ["commands"],
  ["cli"],
] as const;

/** What `index.ts` may re-export: nothing that prints. */
const LAST_EXPORTED_LAYER = "report";

/** Each package has one door, so that replacing it is a change in one place. */
const DOORS: readonly { readonly name: RegExp; readonly doors: RegExp }[] = [
  { name: /^@huggingface\/hub$/, doors: /^sources\/hub\.ts$/ },
  { name: /^@(aws-sdk|smithy)\//, doors: /^sources\/s3-sdk\.ts$/ },
  { name: /^(node:)?fs(\/promises)?$/, doors: /^(sources|terminal)\/[^/]+\.ts$/ },
  { name: /^cli-table3$/, doors: /^report\/render\/table\.ts$/ },
  { name: /^(chalk|ora)$/, doors: /^terminal\/[^/]+\.ts$/ },
  { name: /^preact$/, doors: /^page\/browser\/[^/]+\.ts$/ },
  { name: /^commander$/, doors: /^(cli\.ts|commands\/[^/]+\.ts)$/ },
  {
    name: /^(node:)?(http|https|net|tls|dns|worker_threads|vm)$/,
    doors: /^sources\/.+\.ts$/,
  },
  // Nothing of a checkpoint is run: the one program that is started is the user's own pager.
  { name: /^(node:)?child_process$/, doors: /^terminal\/pager\.ts$/ },
];

interface Import {
  /** The importing file, relative to src. */
  readonly from: string;
  /** A file relative to src, or a package. */
  readonly to: string;
  readonly isPackage: boolean;
  readonly isTypeOnly: boolean;
  readonly names: string;
}

const SRC = path.resolve("src");
const IMPORT =
  /^\s*(?:import|export)\s+(?:(type)\s+)?(?:([^"';]*?)\s+from\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*(?:,\s*\{[^)]*\}\s*)?\)/gm;

function importsOf(file: string): Import[] {
  const text = fs.readFileSync(path.join(SRC, file), "utf8");
  return [...text.matchAll(IMPORT)].map(([, type, names, target, dynamic]) => {
    const to = (target ?? dynamic) as string;
    const isPackage = !to.startsWith(".");
    const inSrc = path
      .relative(SRC, path.resolve(SRC, path.dirname(file), to))
      .split(path.sep)
      .join("/");
    // `import { type A, type B }` takes no values either.
    const braced = /^\{(.*)\}$/s.exec(names ?? "")?.[1];
    const allTypes = braced
      ?.split(",")
      .every((name) => name.trim() === "" || name.trim().startsWith("type "));
    return {
      from: file,
      to: isPackage ? to : inSrc,
      isPackage,
      isTypeOnly: type !== undefined || allTypes === true,
      names: names ?? "",
    };
  });
}

const files = fs
  .readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
  // The kernel is AssemblyScript: another compiler, another way to name a file.
  .filter((file) => !file.startsWith("safetensors/kernel/"))
  .sort();
const imports = files.flatMap(importsOf);
const own = imports.filter(({ isPackage, to }) => !isPackage && to.endsWith(".ts"));

const layerName = (file: string): string => (file.split("/")[0] as string).replace(/\.ts$/, "");
const layerOf = (file: string): number =>
  LAYERS.findIndex((layer) => (layer as readonly string[]).includes(layerName(file)));
const show = ({ from, to }: Import): string => `${from} → ${to}`;

describe("the reader of imports", () => {
  it("sees every import there is", () => {
    const text = files.map((file) => fs.readFileSync(path.join(SRC, file), "utf8")).join("\n");
    const fromClauses = text.match(/\sfrom "[^"\s]+"/g) ?? [];
    const dynamic = text.match(/\bimport\(/g) ?? [];
    expect(fromClauses.length).toBeGreaterThan(50);
    expect(imports.length).toBe(fromClauses.length + dynamic.length);
  });

  it("points every relative import at a file", () => {
    for (const each of imports.filter(({ isPackage }) => !isPackage))
      expect(fs.existsSync(path.join(SRC, each.to)), show(each)).toBe(true);
  });
});

describe("imports point left", () => {
  it("every file has a layer", () => {
    expect(files.filter((file) => file !== "index.ts" && layerOf(file) < 0)).toEqual([]);
  });

  it("no file imports from a layer to its right", () => {
    const wrong = own.filter(({ from, to }) => from !== "index.ts" && layerOf(to) > layerOf(from));
    expect(wrong.map(show)).toEqual([]);
  });

  it("index.ts re-exports up to the report and is imported by nobody", () => {
    const last = layerOf(LAST_EXPORTED_LAYER);
    expect(own.filter(({ from, to }) => from === "index.ts" && layerOf(to) > last).map(show)).toEqual([]);
    expect(own.filter(({ to }) => to === "index.ts").map(show)).toEqual([]);
  });

  it("no two files import each other, by whatever way round", () => {
    const graph = new Map(files.map((file) => [file, [] as string[]]));
    for (const { from, to } of own) graph.get(from)?.push(to);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
      else if (!done.has(file)) {
        for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
        done.add(file);
      }
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe("the picture's refinements", () => {
  it("safetensors/ takes only the ByteReader type from sources/", () => {
    const wrong = own.filter(
      ({ from, to, isTypeOnly, names }) =>
        from.startsWith("safetensors/") &&
        to.startsWith("sources/") &&
        !(isTypeOnly && /^\{\s*ByteReader\s*\}$/.test(names)),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it("report/render/ sees the Report, format/ and its own folder; of errors, analyses and checks only types", () => {
    const mayImport = ({ to, isTypeOnly }: Import) =>
      /^(report\/render\/|format\/|page\/[^/]+$|report\/((overview|whole)-)?(report|page-code|checked-source)\.ts$|version\.ts$)/.test(
        to,
      ) ||
      (isTypeOnly && /^(errors\.ts$|(analysis|checks|engines)\/)/.test(to));
    const wrong = own.filter((each) => each.from.startsWith("report/render/") && !mayImport(each));
    expect(wrong.map(show)).toEqual([]);
  });

  it("page/ sees format/ and what it searches with; of results and everything else only types", () => {
    const mayImport = ({ to, isTypeOnly }: Import) =>
      /^(page\/|format\/|patterns\/glob\.ts$|analysis\/where\.ts$)/.test(to) || isTypeOnly;
    const wrong = own.filter((each) => each.from.startsWith("page/") && !mayImport(each));
    expect(wrong.map(show)).toEqual([]);
  });

  it("only the page's browser side is made for a browser", () => {
    const wrong = imports.filter(
      ({ from, to }) => to.startsWith("page/browser/") && !from.startsWith("page/"),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it("format/ imports nothing of ours", () => {
    const wrong = own.filter(({ from, to }) => from.startsWith("format/") && !to.startsWith("format/"));
    expect(wrong.map(show)).toEqual([]);
  });
});

describe("tests", () => {
  it("read no clock: a busy machine changes nothing that is measured", () => {
    const clocks = /\bperformance\s*\.\s*now\b|\bDate\s*\.\s*now\b|\bhr(?:time)\b|\bnew Date\(\)/;
    const reading = fs
      .readdirSync("test", { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && file !== "architecture.test.ts")
      .filter((file) => clocks.test(fs.readFileSync(path.join("test", file), "utf8")));
    expect(reading).toEqual([]);
  });
});

describe("the way out", () => {
  const textOf = (file: string) => fs.readFileSync(path.join(SRC, file), "utf8");

  it("outside text is escaped by the writers of a format and by the terminal, and nowhere else", () => {
    const escaping = imports.filter(
      ({ to, names }) => to === "format/escape.ts" && /\bescape|\bbreak/.test(names),
    );
    const wrong = escaping.filter(({ from }) => !/^(report\/render|terminal|page\/browser)\//.test(from));
    expect(escaping.length).toBeGreaterThan(5);
    expect(wrong.map(show)).toEqual([]);
  });

  it("streams are written to where text is made harmless", () => {
    const writers = files.filter((file) => /\bstd(out|err)(\.stdout)?\.write\(/.test(textOf(file)));
    const doors = /^(terminal\/[^/]+|cli|commands\/(program|failure|run-view))\.ts$/;
    expect(writers.length).toBeGreaterThan(3);
    expect(writers.filter((file) => !doors.test(file))).toEqual([]);
  });
});

describe("package doors", () => {
  it.each(DOORS)("$name is imported at its door only", ({ name, doors }) => {
    const wrong = imports.filter(
      ({ isPackage, to, from }) => isPackage && name.test(to) && !doors.test(from),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it("every package that is imported is declared", () => {
    const declared = JSON.parse(fs.readFileSync("package.json", "utf8")) as Record<string, object>;
    const known = new Set(Object.keys({ ...declared.dependencies, ...declared.devDependencies }));
    const packages = imports.filter(({ isPackage, to }) => isPackage && !to.startsWith("node:"));
    expect(packages.filter(({ to }) => !known.has(to)).map(show)).toEqual([]);
  });
});
