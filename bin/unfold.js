#!/usr/bin/env node
try {
  keepCompiled();
  require("../dist/cli.cjs").run();
} catch (error) {
  // Left to the runtime this would be exit code 1, which means "findings", after lines of bundled source.
  const [problem] = String(error?.message).split("\n");
  process.stderr.write(`error INTERNAL unfold cannot start: ${problem}\n`);
  process.stderr.write(
    `  hint: install it again, or in a clone run npm ci && npm run build (Node.js 20 or newer; this is ${process.version}).\n`,
  );
  process.exitCode = 70;
}

// What was compiled is kept: a later run starts without parsing.
function keepCompiled() {
  const folder = ownCacheFolder();
  if (folder === undefined) return;
  const { enableCompileCache } = require("node:module");
  if (enableCompileCache) enableCompileCache(folder);
  else require("./keep-compiled.js")(folder);
}

// A folder of this user's own, which nobody else can write to, as the engine trusts what it finds there; without one,
// nothing is kept. Run as another user with HOME left as it was, that user's files are not trusted.
function ownCacheFolder() {
  const fs = require("node:fs");
  const path = require("node:path");
  const { XDG_CACHE_HOME, HOME, LOCALAPPDATA } = process.env;
  const cache = [XDG_CACHE_HOME, HOME && path.join(HOME, ".cache"), LOCALAPPDATA].find(
    (folder) => folder && path.isAbsolute(folder),
  );
  if (cache === undefined) return undefined;
  const folder = path.join(cache, "unfold", "compiled");
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = fs.statSync(folder);
    const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    return isOwn ? folder : undefined;
  } catch {
    return undefined;
  }
}
