import type { Agent } from "node:http";
import { UnfoldError } from "../../errors.ts";

/** Environment variables as a value: nothing below the command line reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Connections that are kept and used again, made when the first request needs them. */
export class Agents {
  private readonly environment: Environment;
  private readonly connections: number;
  private readonly made = new Map<string, Promise<Agent>>();

  constructor(environment: Environment, connections: number) {
    this.environment = environment;
    this.connections = connections;
  }

  for(url: URL): Promise<Agent> {
    const proxy = findProxy(url, this.environment);
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
      const { HttpsProxyAgent } = await import("https-proxy-agent");
      return new HttpsProxyAgent(proxy, options);
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
  if (proxy?.protocol !== "http:" && proxy?.protocol !== "https:") {
    throw new UnfoldError("USAGE", { message: `${name} or ALL_PROXY is not the address of an http proxy` });
  }
  return proxy;
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
