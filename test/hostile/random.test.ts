import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";

/** Some ten seconds on two idle processors. A number of cases and not of seconds: a slow machine runs the same. */
const CASES = 250;
const SEED = 20_240_601;
/** It is stopped then: a limit for hanging, no measurement. A single case without an end is told long before. */
const KILL_AFTER_MS = 1_200_000;

it(
  "random checkpoints and command lines keep every promise",
  () => {
    const script = path.resolve("dist", "dev", "fuzz.js");
    const args = [script, "--cases", String(CASES), "--seed", String(SEED), "--jobs", "2"];
    const child = spawnSync(process.execPath, args, {
      encoding: "utf8",
      timeout: KILL_AFTER_MS,
      killSignal: "SIGKILL",
    });
    expect(child.stdout).toContain("all as promised");
    expect(child.stdout).toContain(`${CASES} cases`);
    expect(child.status).toBe(0);
  },
  KILL_AFTER_MS,
);
