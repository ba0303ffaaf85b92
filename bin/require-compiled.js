const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const v8 = require("node:v8");
const vm = require("node:vm");

/**
 * Where the compiled form of a file lies: beside it, with the engine in its name. The engine trusts what it is given, so it
 * gets only what the same one made: version, flags and processor features are in the tag.
 *
 * @param {string} file
 * @returns {string}
 */
function compiledForm(file) {
  const tag = v8.cachedDataVersionTag().toString(16);
  return `${file}.${process.version}-${process.platform}-${process.arch}-${tag}.v8-cache`;
}

/**
 * Loads a CommonJS file of ours as `require` does, from its compiled form where the build made one with this engine:
 * compiling half a megabyte is a sixth of a run. The file must be ASCII; the build sees to that.
 *
 * @param {string} file
 * @returns {{ exports: unknown, script: vm.Script }}
 */
function requireCompiled(file) {
  const script = new vm.Script(Module.wrap(fs.readFileSync(file, "latin1")), {
    filename: file,
    cachedData: readIfThere(compiledForm(file)),
  });
  const module = { exports: {} };
  const body = script.runInThisContext();
  body.call(module.exports, module.exports, Module.createRequire(file), module, file, path.dirname(file));
  return { exports: module.exports, script };
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined; // built with another engine
  }
}

module.exports = { compiledForm, requireCompiled };
