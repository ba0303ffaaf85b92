/** A JSON value with what `JSON.parse` forgets: each member of an object, the spelling of each number. */
export type JsonNode =
  | { readonly kind: "object"; readonly members: readonly (readonly [string, JsonNode])[] }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "number"; readonly token: string }
  | { readonly kind: "literal"; readonly word: string };

const MARK = /\s*([{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+)/y;

/**
 * Reads text that `JSON.parse` has accepted. Throws where the safetensors dialect is narrower: nesting beyond
 * `maxDepth`, duplicate keys, lone surrogates, numbers that no double holds.
 */
export function walkJson(text: string, maxDepth: number): JsonNode {
  const tokens = tokenize(text);
  let at = 0;
  const read = (depth: number): JsonNode => {
    const token = tokens[at++] as string;
    if (token === "{" || token === "[") {
      if (depth >= maxDepth) throw new Error("too deep");
      return token === "{" ? readObject(depth + 1) : readArray(depth + 1);
    }
    if (token.startsWith('"')) return { kind: "string", text: decode(token) };
    if (token === "true" || token === "false" || token === "null") return { kind: "literal", word: token };
    if (!Number.isFinite(Number(token))) throw new Error("a number beyond a double");
    return { kind: "number", token };
  };
  const readObject = (depth: number): JsonNode => {
    const members: [string, JsonNode][] = [];
    while (tokens[at] !== "}") {
      const key = decode(tokens[at++] as string);
      if (members.some(([known]) => known === key)) throw new Error("a key twice");
      at++; // the colon
      members.push([key, read(depth)]);
      if (tokens[at] === ",") at++;
    }
    at++;
    return { kind: "object", members };
  };
  const readArray = (depth: number): JsonNode => {
    const items: JsonNode[] = [];
    while (tokens[at] !== "]") {
      items.push(read(depth));
      if (tokens[at] === ",") at++;
    }
    at++;
    return { kind: "array", items };
  };
  return read(0);
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  MARK.lastIndex = 0;
  for (let match = MARK.exec(text); match !== null; match = MARK.exec(text)) tokens.push(match[1] as string);
  return tokens;
}

function decode(token: string): string {
  const text = JSON.parse(token) as string;
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text))
    throw new Error("a lone surrogate");
  return text;
}
