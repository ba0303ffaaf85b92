import fs from "node:fs";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Pages of checks are text, signatures are bytes, as for the bundler.
  plugins: [
    {
      name: "data-as-bytes",
      load: (id) =>
        id.endsWith(".data")
          ? `export default () => Buffer.from(${JSON.stringify(fs.readFileSync(id, "base64"))}, "base64");`
          : undefined,
    },
    {
      name: "markdown-as-text",
      transform: (code, id) =>
        id.endsWith(".md") ? { code: `export default ${JSON.stringify(code)};`, map: null } : undefined,
    },
  ],
  test: {
    include: ["test/**/*.test.ts"],
    // Of two cores, the runner by itself would leave one idle.
    maxWorkers: "100%",
    // Files of a worker share what they import: reading it anew for each was a sixth of the run.
    isolate: false,
    // Limits for what hangs, no measurement: half a million tensors take over a minute beside eight busy loops.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
