import fs from "node:fs";
import path from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Path of the browser of this machine. Without one the suite fails, and says how to get it. */
export function findChromium(): string {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const found = folders
    .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
  if (found !== undefined) return found;
  throw new Error(
    "No Chromium was found. On Debian and Ubuntu: apt-get update && apt-get install -y chromium",
  );
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page with all that it did beside showing itself: there should be nothing. */
export interface Opened {
  readonly page: Page;
  /** Console messages, uncaught errors, breaches of the policy, and requests other than the first. */
  readonly mischief: string[];
}

/** Opens a page without a network, and watches it from before its first script. */
export async function open(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({
    offline: address.startsWith("file:"),
    viewport: { width: 1400, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const mischief: string[] = [];
  page.on("console", (message) => mischief.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => mischief.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== address.split("#")[0])
      mischief.push(`request: ${request.url().slice(0, 200)}`);
  });
  page.on("dialog", (dialog) => {
    mischief.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(address);
  if (options.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready]");
  return { page, mischief };
}
