import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** The pages in a real browser: `npm run test:browser`. One file after another, as each starts a browser. */
export default defineConfig({
  ...base,
  test: {
    include: ["test/browser/**/*.browser.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
