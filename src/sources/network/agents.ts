import type { Agent } from "node:http";
import { UnfoldError } from "../../errors.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

/** Environment variables as a value: nothing below the command line reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Connections that are kept and used again, made when the first request needs them. */
export class Agents {
  private readonly environment: Environment;
  private readonly connections: number;
  private readonly tunnelMs: number;
  private readonly made = new Map<string, Promise<Agent>>();

  /** `headersMs`: the time that an answer may take. A proxy has half of it to open the way, so that it is the one blamed. */
  constructor(environment: Environment, connections: number, headersMs = DEFAULT_LIMITS.headersMs) {
    this.environment = environment;
    this.connections = connections;
    this.tunnelMs = headersMs / 2;
  }

  /** The proxy that requests to an address go through, if any. Throws `USAGE` where the environment names none of http. */
  proxyFor(url: URL): URL | undefined {
    return findProxy(url, this.environment);
  }

  for(url: URL): Promise<Agent> {
    const proxy = this.proxyFor(url);
    const key = proxy === undefined ? url.protocol : `${url.protocol}${proxy.href}`;
    let agent = this.made.get(key);
    if (agent === undefined) {
      agent = this.make(url, proxy);
      this.made.set(key, agent);
    }
    return agent;
  }

  async close(): Promise<void> {
    for (const agent of this.made.values()) (await agent).destroy();
  }

  private async make(url: URL, proxy: URL | undefined): Promise<Agent> {
    // The connection used last is the one least likely to have been closed by the other side meanwhile.
    const options = { keepAlive: true, maxSockets: this.connections, scheduling: "lifo" } as const;
    if (proxy !== undefined) {
      const { PlainTunnelAgent, SecureTunnelAgent } = await import("./tunnel.ts");
      const TunnelAgent = url.protocol === "https:" ? SecureTunnelAgent : PlainTunnelAgent;
      return new TunnelAgent(proxy, this.tunnelMs, options);
    }
    const { Agent } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
    return new Agent(options);
  }
}

/** The proxy for an address by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case. */
export function findProxy(url: URL, environment: Environment): URL | undefined {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const written = read(name) ?? read("ALL_PROXY");
  if (written === undefined || isExcepted(url, read("NO_PROXY"))) return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  const isHttp = proxy?.protocol === "http:" || proxy?.protocol === "https:";
  if (!isHttp || !isDecodable(proxy.username + proxy.password)) {
    throw new UnfoldError("USAGE", { message: `${name} or ALL_PROXY is not the address of an http proxy` });
  }
  return proxy;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** `NO_PROXY`: `*`, or hosts with everything below them, each with a port or without. */
function isExcepted(url: URL, excepted: string | undefined): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return (excepted ?? "").split(/[\s,]+/).some((entry) => {
    if (entry === "") return false;
    if (entry === "*") return true;
    const [, host = "", onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    const domain = host.replace(/^\*?\./, "");
    const isHost = url.hostname === domain || url.hostname.endsWith(`.${domain}`);
    return isHost && (onlyPort === undefined || onlyPort === port);
  });
}
