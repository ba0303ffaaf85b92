/**
 * Keeps, beside the built program, what the engine compiles of it while the common commands run on a small checkpoint:
 * a run then starts without parsing. Called by the build.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { compiledForm, requireCompiled } from "../bin/require-compiled.js";
import { minimaxM2 } from "../fixtures/minimax-m2.ts";
import type { Io, OutputStream } from "../src/terminal/io.ts";
import { writeCheckpoint } from "./make-checkpoint.ts";

const COMMANDS = ["overview", "tree", "precision", "params", "arch", "check", "ls"];

const file = path.resolve("dist", "program.cjs");
const { exports, script } = requireCompiled(file);
const { runProgram } = exports as { runProgram(argv: readonly string[], io: Io): Promise<number> };
const nowhere: OutputStream = { write: () => {}, isTTY: false, columns: undefined };
const io: Io = { stdout: nowhere, stderr: nowhere, env: {}, readStdin: async () => "" };
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-compile-"));
try {
  const { folder } = writeCheckpoint(path.join(temporary, "model"), minimaxM2);
  for (const argv of COMMANDS.flatMap((command) => [[command], [command, "--json"]])) {
    const code = await runProgram([...argv, folder], io);
    if (code !== 0) throw new Error(`unfold ${argv.join(" ")} ended with ${code} while it was compiled`);
  }
  fs.writeFileSync(compiledForm(file), script.createCachedData());
} finally {
  fs.rmSync(temporary, { recursive: true, force: true });
}
