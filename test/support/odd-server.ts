import net, { type AddressInfo } from "node:net";

/** What is done with a connection once a whole request has come: raw bytes, whatever they are. */
export type Behave = (socket: net.Socket, path: string) => void;

/** A TCP server that speaks no HTTP of its own: every byte of an answer is the test's. */
export class OddServer {
  readonly origin: string;
  /** The requests in order, first lines and headers. */
  readonly heads: string[] = [];
  private readonly server: net.Server;
  private readonly sockets: Set<net.Socket>;

  private constructor(server: net.Server, sockets: Set<net.Socket>) {
    this.server = server;
    this.sockets = sockets;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(behave: Behave): Promise<OddServer> {
    const sockets = new Set<net.Socket>();
    const waiting: { server?: OddServer } = {};
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {}); // clients hang up, which is what is tested
      let pending = "";
      socket.on("data", (chunk) => {
        pending += chunk.toString("latin1");
        for (let end = pending.indexOf("\r\n\r\n"); end >= 0; end = pending.indexOf("\r\n\r\n")) {
          const head = pending.slice(0, end);
          pending = pending.slice(end + 4);
          waiting.server?.heads.push(head);
          behave(socket, head.split(" ")[1] ?? "");
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    waiting.server = new OddServer(server, sockets);
    return waiting.server;
  }

  /** First lines of the requests. */
  get seen(): string[] {
    return this.heads.map((head) => head.split("\r\n")[0] ?? "");
  }

  get connections(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Writes a piece at intervals until the other side hangs up. */
export function drip(socket: net.Socket, piece: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(piece), everyMs);
  socket.on("close", () => clearInterval(timer));
}
