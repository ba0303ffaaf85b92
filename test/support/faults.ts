import type http from "node:http";
import { gzipSync } from "node:zlib";

/** Everything a server, a proxy or a line can do wrong, as an answer. */
export type Fault =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: http.OutgoingHttpHeaders;
      readonly body?: string;
    }
  /** Accepts, and never answers. */
  | { readonly kind: "silence" }
  /** Sends some of what it promised, then nothing more. */
  | {
      readonly kind: "stall";
      readonly headers: http.OutgoingHttpHeaders;
      readonly status: number;
      readonly bytes: Buffer;
    }
  /** Sends a piece at intervals, for ever. */
  | { readonly kind: "trickle"; readonly headers: http.OutgoingHttpHeaders; readonly everyMs: number }
  /** Sends some of what it promised, then closes. */
  | {
      readonly kind: "cut";
      readonly headers: http.OutgoingHttpHeaders;
      readonly status: number;
      readonly bytes: Buffer;
    }
  /** Answers 200 and as much as the connection takes, whatever was asked for. */
  | { readonly kind: "endless"; readonly beginning: Buffer; readonly fileBytes: number }
  /** An answer as given. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: http.OutgoingHttpHeaders;
      readonly bytes: Buffer;
    }
  | { readonly kind: "gzip"; readonly bytes: Buffer; readonly headers: http.OutgoingHttpHeaders }
  /** Closes the connection before a byte. */
  | { readonly kind: "reset" }
  | { readonly kind: "redirect"; readonly location: string };

export function sendFault(
  fault: Fault,
  response: http.ServerResponse,
  send: (chunk: Buffer) => boolean,
): void {
  switch (fault.kind) {
    case "status":
      response.writeHead(fault.status, fault.headers);
      response.end(fault.body);
      return;
    case "silence":
      return;
    case "stall":
      response.writeHead(fault.status, fault.headers);
      send(fault.bytes);
      return;
    case "trickle": {
      response.writeHead(206, fault.headers);
      const timer = setInterval(() => send(Buffer.alloc(1)), fault.everyMs);
      response.on("close", () => clearInterval(timer));
      return;
    }
    case "cut":
      response.writeHead(fault.status, fault.headers);
      response.write(fault.bytes, () => response.socket?.destroy());
      return;
    case "endless":
      response.writeHead(200, { "Content-Length": fault.fileBytes });
      pour(fault, response, send);
      return;
    case "answer":
      response.writeHead(fault.status, fault.headers);
      send(fault.bytes);
      response.end();
      return;
    case "gzip": {
      const packed = gzipSync(fault.bytes);
      response.writeHead(206, {
        ...fault.headers,
        "Content-Encoding": "gzip",
        "Content-Length": packed.length,
      });
      send(packed);
      response.end();
      return;
    }
    case "reset":
      response.socket?.destroy();
      return;
    case "redirect":
      response.writeHead(302, { Location: fault.location });
      response.end();
      return;
  }
}

const POUR_BYTES = 65_536;

/** Writes until the connection is full, and goes on as it drains, to the end of the file. */
function pour(
  fault: { beginning: Buffer; fileBytes: number },
  response: http.ServerResponse,
  send: (chunk: Buffer) => boolean,
): void {
  let sent = 0;
  const more = () => {
    while (sent < fault.fileBytes && !response.destroyed) {
      const chunk = Buffer.alloc(Math.min(POUR_BYTES, fault.fileBytes - sent));
      if (sent < fault.beginning.length) fault.beginning.copy(chunk, 0, sent);
      sent += chunk.length;
      if (!send(chunk)) {
        response.once("drain", more);
        return;
      }
    }
    response.end();
  };
  more();
}
