import { PLAIN_STYLE, type Style } from "../report/render/view.ts";

/** Colours there are: none, 16, 256 or 16 million. */
type ColorLevel = 0 | 1 | 2 | 3;

export interface ColorFacts {
  /** `--color` or `--no-color`, undefined where neither was given. */
  readonly flag: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
}

/**
 * Colour, decided once per stream: flag, then `FORCE_COLOR`, then `NO_COLOR` (any non-empty value), then `TERM=dumb`, then
 * whether it is a terminal. chalk's own detection heeds neither `NO_COLOR` nor our flag, so it is not asked.
 */
export function chooseColorLevel({ flag, env, isTTY }: ColorFacts): ColorLevel {
  const best: ColorLevel =
    env.COLORTERM === "truecolor" || env.COLORTERM === "24bit" ? 3 : /256/.test(env.TERM ?? "") ? 2 : 1;
  if (flag !== undefined) return flag ? best : 0;
  const force = env.FORCE_COLOR;
  if (force !== undefined) {
    if (force === "0" || force === "false") return 0;
    return force === "2" ? 2 : force === "3" ? 3 : force === "1" ? 1 : best;
  }
  if (env.NO_COLOR) return 0;
  if (env.TERM === "dumb") return 0;
  return isTTY ? best : 0;
}

/** The style of a stream; chalk is loaded only where there is colour to paint. */
export async function createStyle(level: ColorLevel): Promise<Style> {
  if (level === 0) return PLAIN_STYLE;
  const { Chalk } = await import("chalk");
  const chalk = new Chalk({ level });
  return {
    plain: (text) => text,
    title: chalk.bold,
    muted: chalk.dim,
    name: chalk.bold,
    dtype: chalk.cyan,
    number: (text) => text,
    good: chalk.green,
    warning: chalk.yellow,
    error: chalk.red,
    info: chalk.blue,
    accent: chalk.magenta,
    bits4: chalk.green,
    bits8: chalk.cyan,
    bits16: chalk.blue,
    bits32: chalk.magenta,
  };
}
