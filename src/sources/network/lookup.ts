import dns from "node:dns";
import type { LookupFunction } from "node:net";
import { isPrivateHost } from "./addresses.ts";
import { refused } from "./redirects.ts";

/** Names of a public server that lead to a private address are a redirect to it by other means. */
export function publicOnly(given: LookupFunction | undefined, hostname: string): LookupFunction {
  const lookup = given ?? (dns.lookup as LookupFunction);
  return (host, options, callback) => {
    // What the user named may resolve to anything, as hosts of a company do.
    if (host === hostname) return lookup(host, options, callback);
    lookup(host, options, (error, address, family) => {
      const found = Array.isArray(address) ? address.map((entry) => entry.address) : [address];
      if (error === null && found.some(isPrivateHost)) {
        callback(refused("it leads from a public host to a private address") as NodeJS.ErrnoException, "", 0);
      } else {
        callback(error, address, family);
      }
    });
  };
}
