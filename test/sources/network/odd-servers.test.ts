import type net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { loadCheckpoint } from "../../../src/checkpoint/load.ts";
import { UnfoldError } from "../../../src/errors.ts";
import { EXIT, exitCodeForError } from "../../../src/report/exit-code.ts";
import { WebSource } from "../../../src/sources/http.ts";
import type { NetworkSettings } from "../../../src/sources/settings.ts";
import { drip, OddServer } from "../../support/odd-server.ts";
import { connect, FAST_LIMITS, PATIENT_LIMITS, settingsFor } from "../../support/remote.ts";
import { makeShard, sliceOfShard } from "../../support/shards.ts";

const shard = makeShard([["a.weight", "F32", [4]]]);
const whole = sliceOfShard(shard);
const size = whole.length;
const text = whole.toString("latin1");

/** An answer to the ranged request for the whole of the small file. */
const head = (more = "", status = "206 Partial Content") =>
  `HTTP/1.1 ${status}\r\nContent-Range: bytes 0-${size - 1}/${size}\r\n${more}`;
const sized = `Content-Length: ${size}\r\n`;
const GOOD = `${head(sized)}\r\n${text}`;
const say = (bytes: string) => (socket: net.Socket) => void socket.write(bytes, "latin1");
const sayAndClose = (bytes: string) => (socket: net.Socket) => void socket.end(bytes, "latin1");
const chunked = (body: string) => `${head("Transfer-Encoding: chunked\r\n")}\r\n${body}`;
const chunk = `${size.toString(16)}\r\n${text}\r\n`;
const times = (count: number, bytes: string) => bytes.repeat(count);
const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\n";

interface Odd {
  readonly name: string;
  readonly behave: (socket: net.Socket) => void;
  /** Codes of the problems of a shard that is answered so; none where it is read all the same. */
  readonly asShard: string | undefined;
  /** Code that the run ends with where the hub's first answer is so. */
  readonly asListing: string;
}

const row = (
  name: string,
  behave: (socket: net.Socket) => void,
  asShard: string | undefined,
  asListing = asShard ?? "RESPONSE_INVALID",
): Odd => ({ name, behave, asShard, asListing });

const SERVERS: readonly Odd[] = [
  // Another protocol
  row(
    "switches protocols",
    say(`${SWITCH}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\nabc`),
    "HTTP_ERROR",
  ),
  row("switches protocols without saying to which", say(`${SWITCH}\r\n`), "HTTP_ERROR"),
  row(
    "switches protocols and closes",
    sayAndClose(`${SWITCH}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`),
    "HTTP_ERROR",
  ),
  row(
    "switches protocols after hints",
    say(`${HINTS}${SWITCH}Upgrade: x\r\nConnection: Upgrade\r\n\r\n`),
    "HTTP_ERROR",
  ),
  row("greets like SSH", say("SSH-2.0-OpenSSH_9.6\r\n"), "RESPONSE_INVALID"),
  row("speaks TLS", say("\x15\x03\x01\x00\x02\x02\x50"), "RESPONSE_INVALID"),
  row("speaks HTTP/2", say("\x00\x00\x12\x04\x00\x00\x00\x00\x00"), "RESPONSE_INVALID"),
  row("speaks HTTP/0.9", sayAndClose("<html>hello</html>\n"), "RESPONSE_INVALID"),
  row("speaks FTP", say("220 ready\r\n"), "RESPONSE_INVALID"),
  // Interim answers
  row("continues, and answers", say(`HTTP/1.1 100 Continue\r\n\r\n${GOOD}`), undefined, "HTTP_ERROR"),
  row("hints, and answers", say(times(3, HINTS) + GOOD), undefined, "HTTP_ERROR"),
  row("hints without end", (socket) => drip(socket, times(20, HINTS), 1), "RESPONSE_INVALID"),
  row("hints now and then", (socket) => drip(socket, HINTS, 20), "TIMEOUT"),
  row("continues, and falls silent", say("HTTP/1.1 100 Continue\r\n\r\n"), "TIMEOUT"),
  row("processes, and hangs up", sayAndClose("HTTP/1.1 102 Processing\r\n\r\n"), "CONNECTION_FAILED"),
  // No answer
  row("says nothing", () => {}, "TIMEOUT"),
  row("hangs up", (socket) => void socket.end(), "CONNECTION_FAILED"),
  row("resets", (socket) => void socket.resetAndDestroy(), "CONNECTION_FAILED"),
  row("hangs up within the status line", sayAndClose("HTTP/1.1 20"), "CONNECTION_FAILED"),
  row("hangs up within a header", sayAndClose("HTTP/1.1 206 OK\r\nContent-Ra"), "CONNECTION_FAILED"),
  row("falls silent within a header", say("HTTP/1.1 206 OK\r\nContent-Ra"), "TIMEOUT"),
  row("sends a header by the byte", (socket) => drip(socket, "H", 10), "RESPONSE_INVALID"),
  row(
    "sends headers without end",
    (socket) => {
      socket.write("HTTP/1.1 206 OK\r\n");
      drip(socket, "X: y\r\n", 10);
    },
    "TIMEOUT",
  ),
  row(
    "sends 40 kB of headers",
    say(`HTTP/1.1 206 OK\r\n${times(4000, "X-Y: 123\r\n")}\r\n`),
    "RESPONSE_INVALID",
  ),
  // Headers that cannot be
  row("sends NUL in a header", say(`HTTP/1.1 206 OK\r\nX: a\0b\r\n\r\n`), "RESPONSE_INVALID"),
  row("sends a header without a name", say("HTTP/1.1 206 OK\r\n: x\r\n\r\n"), "RESPONSE_INVALID"),
  row("sends two lengths", say(head(`Content-Length: 5\r\n${sized}\r\n`)), "RESPONSE_INVALID"),
  row("sends a negative length", say(head("Content-Length: -1\r\n\r\n")), "RESPONSE_INVALID"),
  row("sends a length past 2^64", say(head(`Content-Length: ${times(30, "9")}\r\n\r\n`)), "RESPONSE_INVALID"),
  row(
    "sends a length and chunks",
    say(head(`${sized}Transfer-Encoding: chunked\r\n\r\n`)),
    "RESPONSE_INVALID",
  ),
  row(
    "sends bytes above ASCII in its headers",
    say(head(`ETag: "\xff\xe9"\r\n${sized}\r\n${text}`)),
    undefined,
    "HTTP_ERROR",
  ),
  row(
    "promises more than the range",
    say(`${head(`Content-Length: ${size + 1}\r\n`)}\r\n${text}x`),
    "RANGE_INVALID",
    "HTTP_ERROR",
  ),
  // Statuses
  row("answers 000", sayAndClose("HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n"), "HTTP_ERROR"),
  row("answers 204", say("HTTP/1.1 204 No Content\r\n\r\n"), "RANGE_INVALID", "HTTP_ERROR"),
  row("answers 304 that nobody asked for", say("HTTP/1.1 304 Not Modified\r\n\r\n"), "HTTP_ERROR"),
  row(
    "answers 300 without a choice",
    say("HTTP/1.1 300 Multiple\r\nContent-Length: 0\r\n\r\n"),
    "HTTP_ERROR",
  ),
  row("answers 999", say("HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n"), "HTTP_ERROR"),
  row(
    "answers 503 without end",
    (socket) => {
      socket.write("HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n");
      drip(socket, times(20_000, "x"), 1);
    },
    "HTTP_ERROR",
  ),
  row("redirects nowhere", say("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "REDIRECT_REFUSED"),
  row(
    "redirects to no address",
    say("HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n"),
    "REDIRECT_REFUSED",
  ),
  row(
    "redirects to a file",
    say("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
    "REDIRECT_REFUSED",
  ),
  row(
    "redirects to itself",
    say("HTTP/1.1 307 Again\r\nLocation: ?\r\nContent-Length: 0\r\n\r\n"),
    "REDIRECT_REFUSED",
  ),
  row(
    "redirects to port 1",
    say("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
    "CONNECTION_FAILED",
  ),
  // Bodies
  row("closes after its headers", sayAndClose(`${head(sized)}\r\n`), "RESPONSE_CUT", "HTTP_ERROR"),
  row(
    "closes within its body",
    sayAndClose(`${head(sized)}\r\n${text.slice(0, 20)}`),
    "RESPONSE_CUT",
    "HTTP_ERROR",
  ),
  row(
    "closes before the promised end, no length told",
    sayAndClose(`${head()}\r\n${text.slice(0, 20)}`),
    "RESPONSE_CUT",
    "HTTP_ERROR",
  ),
  row("falls silent after its headers", say(`${head(sized)}\r\n`), "TIMEOUT", "HTTP_ERROR"),
  row("falls silent within its body", say(`${head(sized)}\r\n${text.slice(0, 20)}`), "TIMEOUT", "HTTP_ERROR"),
  row(
    "sends its body by the byte",
    (socket) => {
      socket.write(`${head(sized)}\r\n`);
      drip(socket, " ", 40);
    },
    "TIMEOUT",
    "HTTP_ERROR",
  ),
  row("tells the end by closing", sayAndClose(`${head()}\r\n${text}`), undefined, "HTTP_ERROR"),
  row(
    "sends chunks and a trailer",
    say(chunked(`${chunk}0\r\nX-Checksum: 1\r\n\r\n`)),
    undefined,
    "HTTP_ERROR",
  ),
  row("sends chunks of no number", say(chunked(`zz\r\n${text}\r\n`)), "RESPONSE_INVALID", "HTTP_ERROR"),
  row(
    "closes between chunks",
    sayAndClose(chunked(`5\r\n${text.slice(0, 5)}\r\n`)),
    "RESPONSE_CUT",
    "HTTP_ERROR",
  ),
  row("never sends the last chunk", say(chunked(`5\r\n${text.slice(0, 5)}\r\n`)), "TIMEOUT", "HTTP_ERROR"),
  row(
    "sends more chunks than promised",
    say(chunked(`${chunk}5\r\nabcde\r\n0\r\n\r\n`)),
    "RANGE_INVALID",
    "HTTP_ERROR",
  ),
  row(
    "sends a trailer without end",
    (socket) => {
      socket.write(chunked(`${chunk}0\r\n`), "latin1");
      drip(socket, "X: y\r\n", 40);
    },
    "TIMEOUT",
    "HTTP_ERROR",
  ),
  row("answers twice", say(GOOD + GOOD), undefined, "HTTP_ERROR"),
  row("answers, and talks on", say(`${GOOD}and another thing`), "RESPONSE_INVALID", "HTTP_ERROR"),
  row(
    "closes its side only",
    (socket) => {
      socket.allowHalfOpen = true;
      socket.end(GOOD, "latin1");
    },
    undefined,
    "HTTP_ERROR",
  ),
];

const NOT_FOUND = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
let server: OddServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** Only what is meant to run out of time has little of it: the machine may be busy. */
const limitsFor = (code: string | undefined) => ({
  limits: code === "TIMEOUT" ? FAST_LIMITS : PATIENT_LIMITS,
});

/** How reading ended: codes of what could not be read, and the exit code of a run. */
interface Ending {
  readonly codes: readonly string[];
  readonly exit: number;
}

async function readFrom(origin: string, settings: NetworkSettings): Promise<Ending> {
  try {
    const source = new WebSource(
      { kind: "web", url: new URL(`${origin}/model.safetensors`), file: "model.safetensors" },
      settings,
    );
    try {
      const { problems } = await loadCheckpoint(source, { chosenFile: source.chosenFile });
      return {
        codes: problems.map(({ code }) => code),
        exit: problems.length > 0 ? EXIT.unreadable : EXIT.done,
      };
    } finally {
      await source.close();
    }
  } catch (error) {
    return endingOf(error);
  }
}

function endingOf(error: unknown): Ending {
  return {
    codes: [error instanceof UnfoldError ? error.code : String(error)],
    exit: exitCodeForError(error),
  };
}

describe("a server of a shard that", () => {
  for (const { name, behave, asShard } of SERVERS) {
    test(`${name}: ${asShard ?? "is read"}`, async () => {
      server = await OddServer.start((socket, path) =>
        path.includes("model.safetensors") || path === "/" || path === "/?"
          ? behave(socket)
          : say(NOT_FOUND)(socket),
      );
      const ending = await readFrom(server.origin, settingsFor(server.origin, limitsFor(asShard)));
      expect(ending).toEqual(
        asShard === undefined ? { codes: [], exit: EXIT.done } : { codes: [asShard], exit: EXIT.unreadable },
      );
    });
  }
});

describe("a hub whose first answer", () => {
  for (const { name, behave, asListing } of SERVERS) {
    test(`${name}: ${asListing}`, async () => {
      server = await OddServer.start(behave);
      const settings = settingsFor(server.origin, limitsFor(asListing));
      const ending = await connect("owner/name", settings).then(
        () => ({ codes: [], exit: EXIT.done }),
        endingOf,
      );
      expect(ending).toEqual({ codes: [asListing], exit: EXIT.unreadable });
    });
  }
});
