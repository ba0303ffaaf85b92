import { defineConfig } from "vitest/config";

export default defineConfig({
  // Pages of checks are text, as for the bundler.
  plugins: [
    {
      name: "markdown-as-text",
      transform: (code, id) =>
        id.endsWith(".md") ? { code: `export default ${JSON.stringify(code)};`, map: null } : undefined,
    },
  ],
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
