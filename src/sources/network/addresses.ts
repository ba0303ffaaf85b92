import net from "node:net";

/** `https://user:x@host/path?signature` → `https://host/path`: queries of signed addresses are secrets. */
export function showAddress(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

export function isLoopbackHost(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\./.test(host);
}

/**
 * A host that only this machine or its own network reaches: loopback, private (RFC 1918, RFC 4193), link-local with
 * the metadata services of clouds, unspecified. Names count only where they are local by definition.
 */
export function isPrivateHost(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  if (isLoopbackHost(host) || host.endsWith(".local") || host.endsWith(".internal")) return true;
  if (net.isIPv4(host)) return PRIVATE_RANGES.check(host, "ipv4");
  if (net.isIPv6(host)) return PRIVATE_RANGES.check(host, "ipv6");
  return false;
}

const PRIVATE_RANGES = new net.BlockList();
for (const [range, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  PRIVATE_RANGES.addSubnet(range, bits, "ipv4");
}
for (const [range, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  PRIVATE_RANGES.addSubnet(range, bits, "ipv6");
}

function withoutBrackets(hostname: string): string {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  // ::ffff:127.0.0.1, which URL writes as ::ffff:7f00:1
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (mapped === null) return host.replace(/^::ffff:(?=\d+\.)/, "");
  const high = Number.parseInt(mapped[1] ?? "0", 16);
  const low = Number.parseInt(mapped[2] ?? "0", 16);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
