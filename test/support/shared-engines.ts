import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { runCli } from "./run-cli.ts";
import type { Tally } from "./tally.ts";

interface EngineCase {
  readonly id: string;
  readonly engine: string;
  readonly plan?: Readonly<Record<string, string | number>>;
  readonly expect: "refuse" | "garbage" | "ok" | "slow";
  readonly rule: string;
  readonly config?: object;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly spec?: object;
}

interface EngineAnswer {
  readonly engine: string;
  readonly verdict: string;
  readonly findings: readonly { readonly severity: string; readonly message: string }[];
}

/** Names of engines as the cases have them. */
const NAMES: Readonly<Record<string, string>> = { "tensorrt-llm": "trtllm", "mlx-lm": "mlx" };

const WANTED: Readonly<Record<EngineCase["expect"], readonly string[]>> = {
  refuse: ["refuses"],
  garbage: ["garbage", "refuses"],
  ok: ["loads", "slow"],
  slow: ["slow", "loads"],
};

const PLAN = ["tp", "ep", "pp", "gpu", "dtype"] as const;

/** Every case of an engine with a known verdict: the verdict, and the number that its rule names. */
export function runEngines(root: string, shared: string, scratch: string, tally: Tally): void {
  const file = path.join(shared, "cases", "engines", "cases.json");
  if (!fs.existsSync(file)) return;
  for (const each of JSON.parse(fs.readFileSync(file, "utf8")) as EngineCase[]) {
    if (each.spec === undefined) continue;
    const folder = writeCase(shared, path.join(scratch, "engines", each.id), each);
    const engine = NAMES[each.engine] ?? each.engine;
    const plan = PLAN.flatMap((key) => {
      const value = each.plan?.[key];
      return value === undefined ? [] : [`--${key}`, String(value)];
    });
    const run = runCli(root, ["check", folder, "--engine", engine, ...plan, "--json"]);
    tally.check(`engines/${each.id}`, faultsOf(each, engine, run.stdout));
  }
}

function writeCase(shared: string, folder: string, { spec, config, files }: EngineCase): string {
  fs.mkdirSync(folder, { recursive: true });
  const specFile = path.join(folder, "spec.json");
  fs.writeFileSync(specFile, JSON.stringify(spec));
  const made = path.join(folder, "model");
  spawnSync(process.execPath, [path.join(shared, "tools", "mkckpt.mjs"), specFile, made]);
  fs.writeFileSync(path.join(made, "config.json"), JSON.stringify(config ?? {}));
  for (const [name, value] of Object.entries(files ?? {}))
    fs.writeFileSync(path.join(made, name), typeof value === "string" ? value : JSON.stringify(value));
  return made;
}

function faultsOf({ expect, rule }: EngineCase, engine: string, stdout: string): string[] {
  const { engines } = (JSON.parse(stdout) as { result: { engines: readonly EngineAnswer[] } }).result;
  const answer = engines.find((each) => each.engine === engine);
  if (answer === undefined) return [`no verdict of ${engine}`];
  if (!WANTED[expect].includes(answer.verdict)) return [`${answer.verdict}, wanted ${expect}: ${rule}`];
  // A refusal has to name the number of its rule: `input_size_per_partition = 64`.
  const number = expect === "ok" || expect === "slow" ? undefined : /= (\d+) is not/.exec(rule)?.[1];
  const told = answer.findings.map(({ message }) => message).join("; ");
  return number === undefined || told.includes(number) ? [] : [`${number} of the rule is not told: ${told}`];
}
