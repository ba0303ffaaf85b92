import type { CliRun } from "./run-cli.ts";

/** Memory of one run on any input, from the README of the conformance corpus. That it ends is seen to where it is run. */
const MAX_MB = 600;

// Everything a terminal obeys or hides: C0 but LF, DEL, C1, bidi controls, line separators, zero-width marks.
const RAW_CONTROL =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const CI_COMMAND = /^\s*::|##\[|##vso\[|##teamcity\[/im;
const STACK_TRACE = /^\s+at .+:\d+:\d+\)?$/m;

/** What is wrong with how a run behaved, whatever its verdict; empty for good manners. */
export function findBadManners(run: CliRun): string[] {
  const faults: string[] = [];
  if (run.code === null) faults.push("it was killed");
  if (run.code === 2 || run.code === 70) faults.push(`exit code ${run.code}`);
  if (run.peakMB === null) faults.push("its peak memory is not known");
  else if (run.peakMB > MAX_MB) faults.push(`took ${Math.round(run.peakMB)} MB`);
  if (!run.isUtf8) faults.push("its output is not UTF-8");
  for (const [stream, text] of [
    ["stdout", run.stdout],
    ["stderr", run.stderr],
  ] as const) {
    const control = RAW_CONTROL.exec(text);
    if (control !== null)
      faults.push(`raw U+${control[0].charCodeAt(0).toString(16).padStart(4, "0")} on ${stream}`);
    if (CI_COMMAND.test(text)) faults.push(`a CI command on ${stream}`);
    if (STACK_TRACE.test(text)) faults.push(`a stack trace on ${stream}`);
  }
  if (run.code === 3 && run.stderr.trim() === "") faults.push("it refuses without a word on stderr");
  return faults;
}
