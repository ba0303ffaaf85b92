import { classEnd, findChoices } from "../patterns/glob.ts";

/** One place of a pattern: any text, any character, this one, or one of a class. */
type Token = "*" | "?" | { readonly char: string } | { readonly members: RegExp };

/** Patterns that choices stand for; `{a,b}{c,d}` are four. */
const MAX_ALTERNATIVES = 500;

/**
 * The globs of `ls --filter` in a tenth of the room that the program's matcher takes, which reads hundreds of patterns at
 * once. A test holds both to the same answers. Undefined for a glob of too many choices.
 */
export function compilePageGlob(glob: string): ((text: string) => boolean) | undefined {
  const reader = new Reader(glob);
  const alternatives = reader.alternatives();
  if (alternatives === undefined || !reader.isAtEnd) return undefined;
  return (text) => alternatives.some((tokens) => matches(tokens, text));
}

/** Reads a pattern front to back, its choices multiplied out. */
class Reader {
  private readonly glob: string;
  private readonly choices: ReadonlyMap<number, string>;
  private at = 0;

  constructor(glob: string) {
    this.glob = glob;
    this.choices = findChoices(glob);
  }

  get isAtEnd(): boolean {
    return this.at >= this.glob.length;
  }

  alternatives(): Token[][] | undefined {
    let made: Token[][] = [[]];
    while (!this.isAtEnd) {
      const choice = this.choices.get(this.at);
      if (choice === ")" || choice === "|") return made;
      const next = choice === undefined ? [[this.token()]] : this.group();
      if (next === undefined || made.length * next.length > MAX_ALTERNATIVES) return undefined;
      made = made.flatMap((before) => next.map((after) => [...before, ...after]));
    }
    return made;
  }

  private group(): Token[][] | undefined {
    const all: Token[][] = [];
    do {
      this.at++;
      const own = this.alternatives();
      if (own === undefined) return undefined;
      all.push(...own);
    } while (this.choices.get(this.at) === "|");
    this.at++;
    return all;
  }

  private token(): Token {
    const char = this.glob[this.at] as string;
    const end = char === "[" ? classEnd(this.glob, this.at) : -1;
    const start = this.at;
    this.at = end < 0 ? start + 1 : end + 1;
    if (end < 0) return char === "*" || char === "?" ? char : { char };
    const members = this.glob.slice(start + 1, end);
    const isNegated = /^[!^]/.test(members);
    const escaped = members.slice(isNegated ? 1 : 0).replace(/[\\\]^]/g, "\\$&");
    return { members: new RegExp(`^[${isNegated ? "^" : ""}${escaped}]$`, "s") };
  }
}

/** Takes the earliest place for what stands between two `*`: a later one never helps. */
function matches(tokens: readonly Token[], text: string): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    const now = tokens[token];
    if (now === "*") {
      star = token++;
      retry = at;
    } else if (now !== undefined && fits(now, text[at] as string)) {
      at++;
      token++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++retry;
    } else return false;
  }
  while (tokens[token] === "*") token++;
  return token === tokens.length;
}

function fits(token: Exclude<Token, "*">, char: string): boolean {
  if (token === "?") return true;
  return "char" in token ? token.char === char : token.members.test(char);
}
