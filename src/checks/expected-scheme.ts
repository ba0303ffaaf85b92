import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { SCHEMES } from "../quantization/registry.ts";
import { suggest } from "./expectations.ts";

/** The id of a scheme, or `none`. Throws `USAGE` for a scheme that there is not. */
export function parseScheme(text: string): string {
  const id = text.trim();
  const ids = ["none", ...SCHEMES.map((scheme) => scheme.id as string)];
  if (ids.includes(id)) return id;
  const hint = suggest(
    id,
    ids,
    "Schemes have names such as fp8-block, gptq or none; unfold precision SOURCE shows those of a checkpoint.",
  );
  throw new UnfoldError("USAGE", { message: `there is no scheme ${quoteForMessage(id)}` }, { hint });
}
