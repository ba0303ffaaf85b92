import { UnfoldError } from "../errors.ts";
import { refuseDepth } from "./hub-api.ts";
import type { Answer } from "./network/answer.ts";
import type { HttpClient } from "./network/http-client.ts";
import { MAX_API_BYTES, MAX_LISTING_PAGES } from "./network/limits.ts";
import { getWhole } from "./network/whole-file.ts";

/**
 * A `fetch` for the paged listing of the Hub's library, which has no retry, no deadline, no end, and would send the
 * token wherever `Link: rel="next"` leads. This one goes through our client. Mirrors pass on links to the hub they
 * copy: only the query of the next page is taken, and put on the address that was asked first.
 */
export function listingFetch(client: HttpClient, explain: (answer: Answer) => UnfoldError): typeof fetch {
  const seen = new Set<string>();
  let first: URL | undefined;
  return async (input) => {
    const asked = new URL(String(input));
    first ??= asked;
    const url = new URL(first);
    url.search = asked.search;
    if (seen.has(url.href))
      throw new UnfoldError("RESPONSE_INVALID", {
        what: "the listing",
        problem: "a page leads back to itself",
      });
    if (seen.size >= MAX_LISTING_PAGES) {
      const details = { what: "pages in the listing", found: seen.size + 1, limit: MAX_LISTING_PAGES };
      throw new UnfoldError("LIMIT_EXCEEDED", details);
    }
    seen.add(url.href);
    const answer = await getWhole(client, url, MAX_API_BYTES, "bytes in a page of the listing");
    if (answer.status !== 200) throw explain(answer);
    refuseDepth(answer.body, "the listing");
    const { link } = answer.headers;
    return new Response(new Uint8Array(answer.body), {
      status: 200,
      headers: typeof link === "string" ? { link } : {},
    });
  };
}
