import { UnfoldError } from "../../errors.ts";
import { isPrivateHost } from "./addresses.ts";

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status);
}

/**
 * Where a redirect leads, or `REDIRECT_REFUSED`: only http and https, never from https to http, without credentials
 * in the address, and from a public host never to an address that only this machine or its network reaches.
 * `asked` is the address the user configured: if that is private itself, so may the target be.
 */
export function nextAddress(from: URL, location: string | undefined, asked: URL): URL {
  if (location === undefined || location === "") throw refused("it does not say where to");
  let next: URL;
  try {
    next = new URL(location, from);
  } catch {
    throw refused("its address cannot be read");
  }
  if (next.protocol !== "https:" && next.protocol !== "http:")
    throw refused("it leads to something other than http or https");
  if (from.protocol === "https:" && next.protocol === "http:") throw refused("it leads from https to http");
  if (next.username !== "" || next.password !== "") throw refused("its address holds credentials");
  if (isPrivateHost(next.hostname) && !isPrivateHost(asked.hostname)) {
    throw refused("it leads from a public host to a private address");
  }
  return next;
}

export function refused(reason: string): UnfoldError {
  const hint = "Is a proxy or a sign-in page in between? Check the endpoint.";
  return new UnfoldError("REDIRECT_REFUSED", { reason }, { hint });
}
