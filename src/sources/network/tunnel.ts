import http from "node:http";
import https from "node:https";
import type net from "node:net";
import type { Duplex } from "node:stream";
import { UnfoldError } from "../../errors.ts";
import { toConnectionError } from "./connection-errors.ts";

/** Told of the socket, or of why there is none. */
type Created = (error: Error | null, socket: Duplex) => void;

/** Connections to `http:` servers through a proxy's tunnel. */
export class PlainTunnelAgent extends http.Agent {
  private readonly tunnels: Tunnels;

  constructor(proxy: URL, openMs: number, options: http.AgentOptions) {
    super(options);
    this.tunnels = new Tunnels(proxy, openMs);
  }

  override createConnection(options: http.ClientRequestArgs, created?: Created): undefined {
    this.tunnels.open(options, (error, socket) => created?.(error, socket));
  }

  override destroy(): void {
    this.tunnels.close();
    super.destroy();
  }
}

/** Connections to `https:` servers: TLS inside the tunnel, so that the proxy sees neither token nor path. */
export class SecureTunnelAgent extends https.Agent {
  private readonly tunnels: Tunnels;

  constructor(proxy: URL, openMs: number, options: https.AgentOptions) {
    super(options);
    this.tunnels = new Tunnels(proxy, openMs);
  }

  override createConnection(options: https.RequestOptions, created?: Created): undefined {
    this.tunnels.open(options, (error, socket) => {
      if (error !== null) created?.(error, socket);
      else created?.(null, super.createConnection({ ...options, socket } as https.RequestOptions) ?? socket);
    });
  }

  override destroy(): void {
    this.tunnels.close();
    super.destroy();
  }
}

/**
 * `CONNECT` requests to one proxy. Each settles once, by the proxy's answer, an error, the connection's close, its clock
 * or the end of all; none outlives the agent, whose requests may have been given up meanwhile.
 */
class Tunnels {
  private readonly proxy: URL;
  private readonly openMs: number;
  private readonly opening = new Set<http.ClientRequest>();

  constructor(proxy: URL, openMs: number) {
    this.proxy = proxy;
    this.openMs = openMs;
  }

  open(target: http.ClientRequestArgs, created: Created): void {
    const { host } = this.proxy;
    const request = this.ask(`${bracketed(target.host ?? "")}:${target.port}`);
    const settle = (outcome: Duplex | Error) => {
      if (!this.opening.delete(request)) return;
      clearTimeout(timer);
      if (!(outcome instanceof Error)) created(null, outcome);
      else {
        request.destroy();
        // Whoever gets an error gets no socket, whatever the type of the callback says.
        (created as (error: Error) => void)(toConnectionError(outcome, host));
      }
    };
    this.opening.add(request);
    const seconds = this.openMs / 1000;
    const late = new UnfoldError("TIMEOUT", { what: `the proxy ${host} did not open the way`, seconds });
    const timer = setTimeout(() => settle(late), this.openMs);
    request.on("connect", (response: http.IncomingMessage, socket: net.Socket, head: Buffer) => {
      const refusal = refusalOf(response.statusCode ?? 0, head, host);
      if (refusal !== undefined) socket.destroy();
      settle(refusal ?? socket);
    });
    request.on("error", settle);
    request.on("close", () =>
      settle(new UnfoldError("RESPONSE_CUT", { receivedBytes: 0, expectedBytes: null })),
    );
    request.end();
  }

  close(): void {
    for (const request of this.opening) request.destroy();
  }

  private ask(target: string): http.ClientRequest {
    const { protocol, hostname, port, username, password } = this.proxy;
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const authorization =
      login === ":" ? {} : { "Proxy-Authorization": `Basic ${Buffer.from(login).toString("base64")}` };
    const send = protocol === "https:" ? https.request : http.request;
    return send({
      method: "CONNECT",
      host: hostname.replace(/^\[|\]$/g, ""),
      port: port === "" ? undefined : Number(port),
      path: target,
      headers: { Host: target, "Proxy-Connection": "Keep-Alive", ...authorization },
      agent: false,
    });
  }
}

/** Why the answer to a `CONNECT` opens no way; undefined where it does. */
function refusalOf(status: number, head: Buffer, host: string): UnfoldError | undefined {
  if (status < 200 || status > 299) {
    const hint =
      status === 407
        ? "The proxy wants a login: write it as http://user:password@host in HTTPS_PROXY."
        : "This is the proxy's own answer: check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.";
    return new UnfoldError("HTTP_ERROR", { status, host, requestId: null }, { hint });
  }
  if (head.length === 0) return undefined;
  // Neither a web server nor TLS speaks first: these bytes are the proxy's, not the server's.
  const problem = "it sends bytes before it was asked for any";
  return new UnfoldError("RESPONSE_INVALID", { what: `the answer of the proxy ${host}`, problem });
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
