import { spawnSync } from "node:child_process";
import path from "node:path";
import { watchSources } from "./watched-sources.ts";

export interface CliRun {
  /** Exit code, null where the process was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Peak resident memory in MB, null where the process did not live to tell. */
  readonly peakMB: number | null;
  /** Whether both streams were valid UTF-8. */
  readonly isUtf8: boolean;
}

/** Kills what hangs: well above what any case takes on a busy machine. */
const KILL_AFTER_MS = 30_000;
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

// Loaded before unfold: the process itself knows its peak best, and says so on a fourth stream.
const REPORT_PEAK = `data:text/javascript,${encodeURIComponent(
  'import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))',
)}`;

/** Runs `bin/unfold.js` of the project in `root` as a process of its own, with no terminal and no colours asked. Throws where it changes its source. */
export function runCli(root: string, args: readonly string[]): CliRun {
  const changesOf = watchSources(args);
  const child = spawnSync(
    process.execPath,
    ["--import", REPORT_PEAK, path.join(root, "bin", "unfold.js"), ...args],
    {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      timeout: KILL_AFTER_MS,
      killSignal: "SIGKILL",
      maxBuffer: MAX_OUTPUT_BYTES,
    },
  );
  const changes = changesOf();
  if (changes.length > 0)
    throw new Error(`unfold ${args.join(" ")} changed its source: ${changes.join(", ")}`);
  const [, out, err, peak] = child.output ?? [];
  const stdout = decode(out);
  const stderr = decode(err);
  const peakKB = Number(peak?.toString() || "x");
  return {
    code: child.status,
    stdout: stdout.text,
    stderr: stderr.text,
    peakMB: Number.isFinite(peakKB) ? peakKB / 1024 : null,
    isUtf8: stdout.isUtf8 && stderr.isUtf8,
  };
}

function decode(bytes: string | Buffer | null | undefined): { text: string; isUtf8: boolean } {
  const raw = Buffer.from(bytes ?? "");
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw), isUtf8: true };
  } catch {
    return { text: raw.toString("utf8"), isUtf8: false };
  }
}
