#!/usr/bin/env node
try {
  keepCompiled();
  require("../dist/cli.cjs").run();
} catch (error) {
  // Left to the runtime this would be exit code 1, which means "findings", after lines of bundled source.
  const [problem] = String(error?.message).split("\n");
  process.stderr.write(`error INTERNAL unfold cannot start: ${problem}\n`);
  process.stderr.write(`  hint: install it again (Node.js 20 or newer; this is ${process.version}).\n`);
  process.exitCode = 70;
}

// Node 22 and later keep what they compile: a later run starts without parsing. Only in a folder of the user's own, as
// the engine trusts what it finds there; without one, nothing is kept.
function keepCompiled() {
  const { enableCompileCache } = require("node:module");
  const path = require("node:path");
  const { XDG_CACHE_HOME, HOME, LOCALAPPDATA } = process.env;
  const cache = [XDG_CACHE_HOME, HOME && path.join(HOME, ".cache"), LOCALAPPDATA].find(
    (folder) => folder && path.isAbsolute(folder),
  );
  if (cache) enableCompileCache?.(path.join(cache, "unfold", "compiled"));
}
