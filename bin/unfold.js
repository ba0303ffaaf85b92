#!/usr/bin/env node
const { enableCompileCache } = require("node:module");
const path = require("node:path");

// Node 22 and later keep what they compile: a later run starts without parsing. Only in a folder of the user's own, as
// the engine trusts what it finds there; without one, nothing is kept.
const { XDG_CACHE_HOME, HOME, LOCALAPPDATA } = process.env;
const cache = [XDG_CACHE_HOME, HOME && path.join(HOME, ".cache"), LOCALAPPDATA].find(
  (folder) => folder && path.isAbsolute(folder),
);
if (cache) enableCompileCache?.(path.join(cache, "unfold", "compiled"));

require("../dist/cli.cjs").run();
