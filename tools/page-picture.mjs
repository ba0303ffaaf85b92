// Makes docs/report.png, the README's picture of the page, from a fixture: `npm run build && node tools/page-picture.mjs`.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const executablePath = (process.env.PATH ?? "")
  .split(path.delimiter)
  .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
  .find((file) => fs.existsSync(file));
if (executablePath === undefined) throw new Error("No Chromium was found: apt-get install -y chromium");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-picture-"));
const file = path.join(folder, "page.html");
const source = process.argv[2] ?? "fixtures/minimax-m2.unfold.json.gz";
execFileSync(process.execPath, ["bin/unfold.js", "report", source, "--quiet", "--output", file]);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1290, height: 900 }, colorScheme: "light" });
await page.goto(pathToFileURL(file).href);
await page.waitForSelector("html[data-ready]");
// The script draws for the room there is once it is known.
await page.waitForTimeout(300);
const top = await page.locator("#precision-title").boundingBox();
const bottom = await page.locator("figure.icicle").boundingBox();
await page.screenshot({
  path: process.argv[3] ?? "docs/report.png",
  fullPage: true,
  clip: { x: 0, y: top.y - 12, width: 1290, height: bottom.y + bottom.height - top.y - 40 },
});
await browser.close();
fs.rmSync(folder, { recursive: true });
