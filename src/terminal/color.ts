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

/** Variables by which terminals that have links (OSC 8) tell what they are. */
const LINKING_PROGRAMS: ReadonlySet<string> = new Set([
  "iTerm.app",
  "WezTerm",
  "vscode",
  "ghostty",
  "Hyper",
  "Tabby",
]);
const LINKING_TERMS = /^(xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour)/;
const LINKING_VARIABLES = ["WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID"] as const;
/** From which on terminals by GNOME's library have them: 0.50. */
const LINKING_VTE = 5000;

/** Whether a stream shows links: a terminal that is known to. Others would show the address, or what stands around it. */
export function hasLinks({ env, isTTY }: Omit<ColorFacts, "flag">): boolean {
  if (!isTTY || env.TERM === "dumb") return false;
  // Within a multiplexer what the terminal outside told is no promise.
  if (/^(screen|tmux)/.test(env.TERM ?? "")) return false;
  return (
    LINKING_PROGRAMS.has(env.TERM_PROGRAM ?? "") ||
    LINKING_TERMS.test(env.TERM ?? "") ||
    LINKING_VARIABLES.some((name) => env[name]) ||
    Number(env.VTE_VERSION ?? 0) >= LINKING_VTE
  );
}

/** `text` as a link of terminals; the address is one of ours, encoded. */
function toLink(text: string, address: string): string {
  return `\u001b]8;;${encodeURI(address)}\u001b\\${text}\u001b]8;;\u001b\\`;
}

/** The style of a stream; chalk is loaded only where there is colour to paint. Links go with colours. */
export async function createStyle(level: ColorLevel, withLinks = false): Promise<Style> {
  if (level === 0) return PLAIN_STYLE;
  const { Chalk } = await import("chalk");
  const chalk = new Chalk({ level });
  return {
    ...(withLinks ? { link: toLink } : {}),
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
