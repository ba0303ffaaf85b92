const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

/** A form kept by another build of the engine is of no use to this one. */
const ENGINE = `${process.version}-${process.arch}`;

/** Forms of programs that are installed no more are removed after so long; one in use is then made anew. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * What `enableCompileCache` does from Node 22 on, for the program's own files: compiling them is a quarter of a short run.
 * `folder` must be the user's own, as the engine trusts what it finds there. What cannot be kept is compiled at each run.
 */
module.exports = function keepCompiled(folder) {
  const own = path.join(folder, ENGINE);
  const loaded = new Map();
  let isNew = false;
  require.extensions[".cjs"] = (module, filename) => {
    const file = path.join(own, keyOf(filename));
    const cachedData = attempt(() => fs.readFileSync(file));
    // The line break lets the text end with a comment, as CommonJS may.
    const text = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(filename, "utf8")}\n})`;
    const script = new vm.Script(text, { filename, cachedData });
    loaded.set(file, script);
    if (script.cachedDataRejected !== false) isNew = true;
    script
      .runInThisContext()
      .call(
        module.exports,
        module.exports,
        createRequire(filename),
        module,
        filename,
        path.dirname(filename),
      );
  };
  // At the end, so that the functions which the run called are among what is kept. A part that was not loaded before calls
  // functions of the other files that no run had called: these are kept with it, as a tenth of such a run is compiling them.
  process.on("exit", () => {
    if (isNew) attempt(() => keep(own, loaded));
  });
};

/** A new file, or the same one changed, has another key: V8 itself compares no more than lengths. */
function keyOf(filename) {
  const { dev, ino, size, mtimeMs, ctimeMs } = fs.statSync(filename);
  return [path.basename(filename), dev, ino, size, mtimeMs, ctimeMs].join("-");
}

function keep(own, loaded) {
  fs.mkdirSync(own, { recursive: true, mode: 0o700 });
  for (const name of fs.readdirSync(own)) {
    const file = path.join(own, name);
    if (Date.now() - fs.statSync(file).mtimeMs > KEPT_MS) fs.rmSync(file, { force: true });
  }
  for (const [file, script] of loaded) replace(file, script.createCachedData());
}

/** Whole or not at all, also when the machine loses power: the engine would run what is half written. */
function replace(file, data) {
  const temporary = `${file}.${process.pid}`;
  const descriptor = fs.openSync(temporary, "wx", 0o600);
  try {
    fs.writeFileSync(descriptor, data);
    fs.fsyncSync(descriptor);
    fs.renameSync(temporary, file);
  } catch (error) {
    attempt(() => fs.rmSync(temporary, { force: true }));
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

function attempt(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}
