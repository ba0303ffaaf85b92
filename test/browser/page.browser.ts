import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckpointSpec } from "../../fixtures/checkpoint-spec.ts";
import { diffusersPipeline } from "../../fixtures/stories/diffusers-pipeline.ts";
import { fp8MissingScale } from "../../fixtures/stories/fp8-missing-scale.ts";
import * as kinds from "../../fixtures/stories/kinds.ts";
import { missingShard } from "../../fixtures/stories/missing-shard.ts";
import { formatCount } from "../../src/format/count.ts";
import { membersOf } from "../../src/page/ranges.ts";
import { renderWholePage } from "../../src/report/render/html/whole-page.ts";
import { runMain } from "../support/fake-io.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { launch, open } from "./browser.ts";
import { HOSTILE, HOSTILE_TEXTS, HYBRID, LORA, NVFP4_ONE_MISSING, ONE_TENSOR } from "./checkpoints.ts";
import { type MadePage, makePage, removePages, savePage } from "./made-pages.ts";

const CHECKPOINTS = {
  "minimax-m2": "fixtures/minimax-m2.unfold.json.gz",
  hybrid: HYBRID,
  "nvfp4-one-missing": NVFP4_ONE_MISSING,
  lora: LORA,
  hostile: HOSTILE,
  "one-tensor": ONE_TENSOR,
  "fp8-missing-scale": fp8MissingScale,
  "missing-shard": missingShard,
  "diffusers-pipeline": diffusersPipeline,
} as const;
type Name = keyof typeof CHECKPOINTS;
const NAMES = Object.keys(CHECKPOINTS) as Name[];

let browser: Browser;
const made = new Map<Name, MadePage>();
const pageOf = (name: Name) => made.get(name) as MadePage;

beforeAll(async () => {
  browser = await launch();
  for (const name of NAMES) made.set(name, await makePage(name, CHECKPOINTS[name]));
});
afterAll(async () => {
  await browser.close();
  removePages();
});

/** Elements of a page at most; a browser stays quick with so many. */
const MAX_ELEMENTS = 6000;
/** Bytes of a page at most, and of the largest model here. */
const MAX_BYTES = 300_000;
const MAX_BYTES_OF_MINIMAX = 120_000;
/** Bytes of the heap of a page with half a million tensors, at most. */
const MAX_HEAP = 100_000_000;
/** Bytes of script and style together. */
const MAX_CODE = 60_000;

describe.each(NAMES)("the page of %s", (name) => {
  it("does nothing but show itself, within its budgets", async () => {
    const { address, html } = pageOf(name);
    const { page, mischief } = await open(browser, address);
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(MAX_ELEMENTS);
    expect(html.length).toBeLessThan(name === "minimax-m2" ? MAX_BYTES_OF_MINIMAX : MAX_BYTES);
    const code = [.../<style>(.*?)<\/style>|<script>(.*?)<\/script>/gs[Symbol.matchAll](html)];
    expect(
      code.reduce((sum, [, style = "", script = ""]) => sum + style.length + script.length, 0),
    ).toBeLessThan(MAX_CODE);
    expect(await page.evaluate(() => document.querySelectorAll("script").length)).toBe(2);
    expect(mischief).toEqual([]);
    await page.context().close();
  });

  it("is the same, byte for byte, when it is made again", async () => {
    const again = await makePage(name, CHECKPOINTS[name]);
    expect(again.html === pageOf(name).html).toBe(true);
  });

  it("says the verdict, the findings and the figures without its script", async () => {
    const { address, report } = pageOf(name);
    const { page, mischief } = await open(browser, address, { javaScriptEnabled: false });
    await saysFigures(page, report);
    expect(mischief).toEqual([]);
    await page.context().close();
  });

  it("says them under a policy that lets neither script nor style through", async () => {
    const { html, report } = pageOf(name);
    const policy = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';";
    const server = http.createServer((_, answer) => {
      answer.writeHead(200, {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
      });
      answer.end(html);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await saysFigures(page, report);
    expect(await page.locator("svg [fill]").count()).toBeGreaterThan(0);
    await page.context().close();
    server.close();
  });
});

const SIZES = [
  { width: 1400, height: 900 },
  { width: 800, height: 600 },
  { width: 360, height: 640 },
] as const;

describe.each(["minimax-m2", "hybrid", "nvfp4-one-missing", "diffusers-pipeline"] as const)("%s", (name) => {
  it.each(["light", "dark"] as const)(
    "breaks no rule of accessibility, %s, large and small",
    async (colorScheme) => {
      const { page } = await open(browser, pageOf(name).address, { colorScheme, bypassCSP: true });
      await page.evaluate(axe.source);
      for (const size of SIZES) {
        await page.setViewportSize(size);
        const found = await page.evaluate(async () => {
          const run = Reflect.get(globalThis, "axe") as typeof axe;
          const { violations } = await run.run();
          return violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary?.slice(0, 300)}`,
          );
        });
        expect(found, `${size.width} px`).toEqual([]);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(wide, `${size.width} px`).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    },
  );
});

/** Exact figures of the report as words of the page. */
async function saysFigures(page: Page, { result, checkpoint }: MadePage["report"]): Promise<void> {
  const text = (await page.locator("body").textContent()) ?? "";
  const { summary, findings } = result.check;
  for (const figure of [
    formatCount(checkpoint.tensors),
    formatCount(checkpoint.tensorBytes),
    `${formatCount(summary.errors)} error`,
    ...findings.slice(0, 20).map(({ rule }) => rule),
  ])
    if (result.components.length === 1 || figure !== formatCount(checkpoint.tensorBytes))
      expect(text).toContain(figure);
  for (const { params } of result.components) {
    expect(text).toContain(formatCount(params.parameters.total));
    for (const row of params.byRole) {
      expect(text).toContain(formatCount(row.bytes));
      expect(text).toContain(formatCount(row.parameters));
    }
  }
}

describe("hostile names", () => {
  it("are text, whatever they hold, and so is the address", async () => {
    const { address } = pageOf("hostile");
    const { page, mischief } = await open(browser, `${address}#cell=<img>&find0=<img src=x>&box=0.99999`);
    expect(await page.evaluate(() => "__ran" in globalThis)).toBe(false);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("h1").count()).toBe(1);
    expect(mischief).toEqual([]);
    await page.getByLabel("Search tensors").fill("*.weight");
    const text = (await page.locator("body").textContent()) ?? "";
    expect(text).not.toMatch(/[\u202e\u2028]/);
    expect(text).toContain("right\\u202eleft");
    expect(
      [...text].filter((char) => char !== "\n" && /\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u.test(char)),
    ).toEqual([]);
    expect(text).toMatch(/nul\\(?:u0000|0|x00)byte/);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(sideways).toBeLessThanOrEqual(0);
    await page.context().close();
    expect(HOSTILE_TEXTS.length).toBeGreaterThan(10);
  });

  it("cannot make markup from the page itself", async () => {
    const { page } = await open(browser, pageOf("hostile").address);
    // Asked from a handler of the page: evaluation over the browser's own door goes round the policy.
    const outcome = await page.evaluate(
      () =>
        new Promise<string>((told) => {
          const probe = document.createElement("div");
          document.body.append(probe);
          probe.addEventListener("click", () => {
            try {
              probe.innerHTML = "<b>x</b>";
              told("made");
            } catch (error) {
              told(error instanceof TypeError ? "refused" : String(error));
            }
          });
          probe.click();
        }),
    );
    expect(outcome).toBe("refused");
    await page.context().close();
  });
});

describe("the map", () => {
  const faulty = (page: Page) =>
    page
      .locator("svg path.fault")
      .evaluateAll((paths) =>
        paths.reduce((sum, path) => sum + ((path.getAttribute("d") ?? "").match(/M/g)?.length ?? 0) / 2, 0),
      );

  it.each([
    ["nvfp4-one-missing", 1],
    ["fp8-missing-scale", 1],
    ["minimax-m2", 0],
    ["hybrid", 0],
  ] as const)("of %s marks %i cells", async (name, count) => {
    const { page } = await open(browser, pageOf(name).address);
    expect(await faulty(page)).toBe(count);
    await page.context().close();
  });

  it("leads from a finding to its cell, by mouse and by keys", async () => {
    const { page } = await open(browser, pageOf("nvfp4-one-missing").address);
    await page.getByRole("button", { name: "Show in the map" }).first().click();
    const panel = page.locator(".panel").first();
    expect(await panel.textContent()).toContain("model.layers.17.mlp.up_proj");
    await page.reload();
    await page.keyboard.press("n");
    expect(await panel.textContent()).toContain("model.layers.17.mlp.up_proj");
    await page.keyboard.press("ArrowLeft");
    expect(await panel.textContent()).toContain("model.layers.16.mlp.up_proj");
    await page.waitForFunction(() => location.hash.includes("cell="));
    const address = page.url();
    const again = await open(browser, address);
    expect(await again.page.locator(".panel").first().textContent()).toContain("model.layers.16.mlp.up_proj");
    await again.page.context().close();
    await page.context().close();
  });
});

describe("the boxes", () => {
  it("are one tab stop, and keys reach every module", async () => {
    const { page } = await open(browser, pageOf("minimax-m2").address);
    const tree = page.getByRole("tree");
    expect(await page.locator("[role=tree], [role=tree] [tabindex]").count()).toBe(1);
    await tree.focus();
    const seen = new Set<string>();
    const words = async () => (await page.locator("figure.icicle .panel").textContent()) ?? "";
    const walk = async (depth: number): Promise<void> => {
      for (;;) {
        const now = await words();
        if (seen.has(now)) return;
        seen.add(now);
        await page.keyboard.press("ArrowRight");
        if ((await words()) !== now) {
          await walk(depth + 1);
          await page.keyboard.press("ArrowLeft");
        }
        await page.keyboard.press("ArrowDown");
        if ((await words()) === now) return;
      }
    };
    await page.keyboard.press("ArrowRight");
    await walk(0);
    const modules = await page.evaluate(() => {
      type Box = readonly [...unknown[], readonly Box[]];
      const data = JSON.parse(document.getElementById("data")?.textContent ?? "");
      const count = (box: Box): number =>
        (box.at(-1) as readonly Box[]).reduce((sum, child) => sum + count(child), 1);
      return count(data.components[0].boxes.root) - 1;
    });
    expect(seen.size).toBe(modules);
    await page.keyboard.press("Enter");
    await page.keyboard.press("0");
    expect(await page.locator(".crumbs button").count()).toBe(1);
    await page.context().close();
  });
});

describe("the layers", () => {
  it("have a tab for each structure, and a strip that sums to them", async () => {
    const { page } = await open(browser, pageOf("hybrid").address);
    const { arch } = pageOf("hybrid").report.result
      .components[0] as MadePage["report"]["result"]["components"][number];
    const tabs = page.getByRole("tab");
    expect(await tabs.count()).toBe(arch.structures.length);
    expect(arch.structures.length).toBe(2);
    expect(await page.locator("[role=group][aria-label='Which layer is which'] rect").count()).toBe(16);
    await tabs.first().focus();
    await page.keyboard.press("ArrowRight");
    expect(await tabs.nth(1).getAttribute("aria-selected")).toBe("true");
    const text = (await page.getByRole("tabpanel").textContent()) ?? "";
    expect(text).toContain("1,024 → 2,048");
    await page.context().close();
  });
});

const DRAWN: Readonly<Record<string, CheckpointSpec>> = {
  visionLanguage: kinds.visionLanguage,
  seq2seq: kinds.seq2seq,
  speech: kinds.speech,
  encoder: kinds.encoder,
  unet: kinds.unet,
  diffusionTransformer: kinds.diffusionTransformer,
  ...Object.fromEntries(Object.entries(ARCHITECTURES).map(([name, { spec }]) => [name, spec])),
};

describe.each(Object.keys(DRAWN))("the architecture of %s", (name) => {
  it("has a tab for each structure and chain, and boxes that open to what the document says", async () => {
    const { address, report } = await makePage(`arch-${name}`, DRAWN[name] as CheckpointSpec);
    const [component] = report.result.components;
    const { structures = [], stages = [] } = component?.arch ?? {};
    const { page, mischief } = await open(browser, address);
    const tabs = page.getByRole("tab");
    expect(await tabs.count()).toBe(structures.length + stages.length);
    const { nodes = [], edges = [] } = component?.arch.graph ?? {};
    const whole = page.locator("[aria-label='Drawing of the whole model'] [data-node]");
    expect(await whole.count()).toBe(
      nodes.filter(({ parameters, isTied }) => parameters > 0 || isTied).length,
    );
    for (const { from, to } of edges)
      expect(nodes.map(({ id }) => id)).toEqual(expect.arrayContaining([from, to]));
    for (const stack of new Set(structures.map((structure) => structure.stack))) {
      const own = structures.filter((structure) => structure.stack === stack);
      const inLayers = own.reduce((sum, { layers }) => sum + membersOf(layers).length, 0);
      if (own.length < 2) continue;
      await tabs.nth(stages.length + structures.indexOf(own[0] as (typeof own)[number])).click();
      const strip = page.locator("[role=group][aria-label='Which layer is which'] rect");
      expect(await strip.count()).toBe(inLayers);
    }
    const said = [];
    for (const [at, structure] of structures.entries()) {
      await tabs.nth(stages.length + at).click();
      const panel = page.getByRole("tabpanel");
      for (const { id, linears, kind } of structure.nodes) {
        if (kind === "rest" || linears.length === 0) continue;
        await panel.locator(`[data-node="${id}"]`).click();
        const text = (await panel.textContent()) ?? "";
        said.push(text);
        for (const linear of linears)
          expect(text).toContain(`${formatCount(linear.in)} → ${formatCount(linear.out)}`);
      }
    }
    for (const words of ARCHITECTURES[name]?.says ?? []) expect(said.join("\n")).toMatch(words);
    for (const [at, { nodes }] of stages.entries()) {
      await tabs.nth(at).click();
      const drawn = nodes.filter(({ kind }) => kind !== "beside");
      expect(await page.getByRole("tabpanel").locator("[data-node]").count()).toBe(drawn.length);
    }
    expect(mischief).toEqual([]);
    await page.context().close();
  });
});

/** Where pictures of the pages are kept for people; they are compared by what is in them, never by pixels. */
const PICTURES = process.env.UNFOLD_PICTURES ?? path.join(os.tmpdir(), "unfold-pictures");

describe.each(["minimax-m2", "hybrid", "nvfp4-one-missing", "visionLanguage", "unet", "lora"] as const)(
  "pictures of %s",
  (name) => {
    const figures = async (options: BrowserContextOptions) => {
      const { address } =
        name === "visionLanguage" || name === "unet"
          ? await makePage(`seen-${name}`, kinds[name])
          : pageOf(name);
      const { page } = await open(browser, address, options);
      return { page, found: await page.evaluate(countFigures) };
    };

    it("hold the same at every size, in light and dark, and nothing runs over", async () => {
      fs.mkdirSync(PICTURES, { recursive: true });
      const wide = await figures({});
      await wide.page.context().close();
      for (const [width, height, colorScheme] of [
        [1400, 900, "dark"],
        [800, 600, "light"],
        [360, 640, "dark"],
      ] as const) {
        const { page, found } = await figures({ viewport: { width, height }, colorScheme });
        expect(found).toEqual({ ...wide.found, cut: [], sideways: 0 });
        const file = path.join(PICTURES, `${name}-${width}-${colorScheme}.png`);
        await page.screenshot({ path: file, fullPage: true });
        expect(fs.statSync(file).size).toBeGreaterThan(10_000);
        await page.context().close();
      }
    });
  },
);

/** What a page holds, whatever its width; and what of it does not fit. Runs in the page. */
function countFigures() {
  const count = (selector: string) => document.querySelectorAll(selector).length;
  const cut = [...document.querySelectorAll("h1, h2, h3, dt, dd, th")].filter(
    (each) =>
      each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0 && each.closest(".scroll") === null,
  );
  return {
    headings: count("h1, h2, h3"),
    figures: count("dt"),
    findings: count("[data-finding]"),
    maps: count("[data-view=precision] svg"),
    tabs: count("[role=tab]"),
    rows: count("section[data-view=ledger] tr"),
    cut: cut.map(({ textContent }) => textContent),
    sideways: Math.max(0, document.documentElement.scrollWidth - window.innerWidth),
  };
}

describe("the tensors", () => {
  it("are found as `ls` finds them, with few rows in the page", async () => {
    const { page } = await open(browser, pageOf("minimax-m2").address);
    const search = page.getByLabel("Search tensors");
    const status = page.locator(".tensors [role=status]");
    for (const [query, count] of [
      ["*.experts.0.w1.*", 124],
      ["dtype=F32", 47988],
      ["shape=[*,3072] dtype=BF16", 2],
      ["model.layers.61.*.w3.weight bytes>=1MB", 256],
      ["*.q_proj.{weight,weight_scale_inv}", 124],
      ["name~*.layers.[0-4].*.w1.weight", 1280],
      ["", 96103],
    ] as const) {
      await search.fill(query);
      await page.waitForFunction(
        ([words]) => {
          const told = document.querySelector(".tensors [role=status]")?.textContent ?? "";
          return told.startsWith(words ?? "") && !told.endsWith("so far");
        },
        [`${formatCount(count)} tensor`],
      );
      expect(await status.textContent()).toMatch(new RegExp(`^${formatCount(count)} tensors?( of 96,103)?$`));
      expect(await page.locator(".tensors [role=row]").count()).toBeLessThanOrEqual(40);
    }
    await page.locator(".rows").evaluate((rows) => rows.scrollTo(0, rows.scrollHeight));
    await page.waitForFunction(() => document.querySelector('.rows [aria-rowindex="96103"]') !== null);
    expect(await page.locator(".tensors [role=row]").count()).toBeLessThanOrEqual(40);
    await page.context().close();
  });

  it.each(["hybrid", "nvfp4-one-missing", "fp8-missing-scale", "lora", "missing-shard"] as const)(
    "of %s are those of `ls`, query by query",
    async (name) => {
      const { address, source } = pageOf(name);
      const { page } = await open(browser, address);
      for (const [query, ...options] of [
        ["*.q_proj.*", "--filter", "*.q_proj.*"],
        ["**.weight", "--filter", "**.weight"],
        ["*layers.[0-3].*", "--filter", "*layers.[0-3].*"],
        ["dtype=BF16", "--where", "dtype=BF16"],
        ["bytes>=1MB", "--where", "bytes>=1MB"],
        ["shape=[*,1024]", "--where", "shape=[*,1024]"],
      ] as const) {
        const { stdout } = await runMain(["ls", source, "--format", "ndjson", ...options]);
        const listed = stdout.split("\n").filter((line) => line !== "").length;
        await page.getByLabel("Search tensors").fill(query);
        await page.waitForFunction(
          ([words]) => {
            const told = document.querySelector(".tensors [role=status]")?.textContent ?? "";
            return told.startsWith(words ?? "") && !told.endsWith("so far");
          },
          [`${formatCount(listed)} tensor`],
        );
      }
      await page.context().close();
    },
  );

  it("of half a million take up little memory", async () => {
    const { report } = pageOf("hybrid");
    const [component] = report.result.components;
    if (component === undefined) throw new Error("no component");
    const rows = ["w1.weight", "w1.weight_scale_inv", "w2.weight", "w2.weight_scale_inv"].map((leaf) => ({
      parts: ["model.layers.", "0-99", ".mlp.experts.", "0-1249", `.${leaf}`],
      count: 125_000,
      dtype: "BF16",
      shape: [8, 8],
      bytesEach: 128,
      shards: [[0, 125_000]] as const,
    }));
    const large = { ...component, tensors: { shards: ["model.safetensors"], rows } };
    const html = renderWholePage({ ...report, result: { ...report.result, components: [large] } });
    const { page } = await open(browser, savePage("half-a-million", html));
    await page.getByLabel("Search tensors").fill("*.experts.7.*");
    await page.waitForFunction(() =>
      document.querySelector(".tensors [role=status]")?.textContent?.startsWith("400 tensors"),
    );
    await page.getByLabel("Search tensors").fill("");
    await page.locator(".rows").evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.waitForFunction(() => document.querySelector('.rows [aria-rowindex="500000"]') !== null);
    const door = await page.context().newCDPSession(page);
    await door.send("HeapProfiler.collectGarbage");
    const { usedSize } = await door.send("Runtime.getHeapUsage");
    expect(usedSize).toBeLessThan(MAX_HEAP);
    await page.context().close();
  });

  it("says what it cannot read", async () => {
    const { page } = await open(browser, pageOf("hybrid").address);
    await page.getByLabel("Search tensors").fill("dtype=F99");
    expect(await page.locator(".tensors [role=status]").textContent()).toContain("F99");
    await page.context().close();
  });
});

describe("parts of a pipeline", () => {
  it("are closed but for the largest, and open where they are led to", async () => {
    const { page, mischief } = await open(browser, pageOf("diffusers-pipeline").address);
    const { components } = pageOf("diffusers-pipeline").report.result;
    const parts = page.locator("details.component");
    expect(await parts.count()).toBe(components.length);
    const isOpen = (at: number) => parts.nth(at).evaluate((part) => (part as HTMLDetailsElement).open);
    const bytes = components.map(({ tree }) => tree.bytes);
    const largest = bytes.indexOf(Math.max(...bytes));
    for (const at of components.keys()) expect(await isOpen(at)).toBe(at === largest);
    const other = largest === 0 ? 1 : 0;
    await page.locator(`nav a[href="#component-${other + 1}"]`).click();
    await page.waitForFunction((at) => {
      const part = document.querySelectorAll("details.component")[at];
      return part instanceof HTMLDetailsElement && part.open;
    }, other);
    expect(mischief).toEqual([]);
    await page.context().close();
  });
});

describe("a comparison", () => {
  it("has both sides in its header, its map and its boxes", async () => {
    const [before, after] = [pageOf("nvfp4-one-missing"), pageOf("hybrid")];
    const args = ["diff", before.source, after.source];
    const { stdout } = await runMain([...args, "--format", "html"]);
    const { result } = JSON.parse((await runMain([...args, "--json"])).stdout);
    const [component] = result.components;
    const { page, mischief } = await open(browser, savePage("comparison", stdout));
    expect(await page.locator("h1").textContent()).toContain(" → ");
    const tiles = (await page.locator(".tiles").textContent()) ?? "";
    const { bytes } = component.totals;
    expect(tiles).toContain(
      `${bytes.after > bytes.before ? "+" : "−"}${formatCount(Math.abs(bytes.after - bytes.before))}`,
    );
    const sum = (rows: readonly { count: number }[]) =>
      formatCount(rows.reduce((all, { count }) => all + count, 0));
    expect(tiles).toContain(sum(component.removed));
    expect(tiles).toContain(sum(component.added));
    expect(await page.getByRole("tree").count()).toBe(1);
    expect(await page.locator("figure.map").count()).toBeGreaterThan(0);
    const legend = (await page.locator("figure.icicle .legend").textContent()) ?? "";
    expect(legend).toContain("shrunk");
    expect(legend).toContain("grown");
    expect(mischief).toEqual([]);
    await page.context().close();
  });
});

describe("elsewhere", () => {
  it("prints every heading", async () => {
    const { page } = await open(browser, pageOf("minimax-m2").address);
    await page.emulateMedia({ media: "print" });
    for (const heading of await page.locator("h1, main h2").all())
      expect(await heading.isVisible()).toBe(true);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
    await page.context().close();
  });

  it("draws in a frame that allows scripts only, and gets its size late", async () => {
    const { html } = pageOf("hybrid");
    const page = await (await browser.newContext({ offline: true })).newPage();
    await page.setContent(`<iframe sandbox="allow-scripts" style="width:0;height:0"></iframe>`);
    await page.evaluate((text) => {
      const frame = document.querySelector("iframe");
      frame?.setAttribute("srcdoc", text);
    }, html);
    const frame = page.frames()[1] ?? page.mainFrame().childFrames()[0];
    await frame?.waitForSelector("html[data-ready]", { state: "attached" });
    await page.evaluate(() =>
      document.querySelector("iframe")?.setAttribute("style", "width:1000px;height:700px"),
    );
    const narrow = await frame?.waitForFunction(
      () => (document.querySelector("[role=tree] svg")?.clientWidth ?? 0) > 800,
    );
    expect(narrow).toBeDefined();
    await page.context().close();
  });
});
