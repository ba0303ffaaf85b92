import { UnfoldError } from "../errors.ts";

/**
 * An access token and where it was found. Its text leaves only as a request header: printing, logging or
 * serializing the object shows its origin.
 */
export class Token {
  readonly origin: string;
  readonly #text: string;

  constructor(text: string, origin: string) {
    // A line break or a control character would end the header, or make Node quote it in an error.
    if (!/^[\x21-\x7e]+$/.test(text)) {
      throw new UnfoldError("USAGE", {
        message: `the token from ${origin} holds characters that no token has`,
      });
    }
    this.#text = text;
    this.origin = origin;
  }

  header(): string {
    return `Bearer ${this.#text}`;
  }
}

export interface TokenPlaces {
  /** `--token` or `--token-stdin`. */
  readonly option: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `HF_TOKEN_PATH`, else the file `token` in `HF_HOME`. */
  readonly tokenFile: string | null;
  readonly readText: (path: string) => string | undefined;
}

/**
 * The token to use, in the order of the Hub's own clients: option, `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, token file.
 * Empty means unset and goes on to the next; where `HF_HUB_DISABLE_IMPLICIT_TOKEN` is true only the option counts.
 */
export function findToken(places: TokenPlaces): Token | null {
  const { environment } = places;
  const given = clean(places.option);
  if (given !== undefined) return new Token(given, "--token");
  if (isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return null;
  for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]) {
    const text = clean(environment[name]);
    if (text !== undefined) return new Token(text, name);
  }
  const stored = places.tokenFile === null ? undefined : clean(places.readText(places.tokenFile));
  return stored === undefined ? null : new Token(stored, "the token file");
}

/** The Hub's notion of true: `1`, `ON`, `YES`, `TRUE` in any case; everything else is false. */
export function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? "");
}

function clean(text: string | undefined): string | undefined {
  const trimmed = text?.replace(/[\r\n]/g, "").trim();
  return trimmed === "" ? undefined : trimmed;
}
