import { describe, expect, test } from "vitest";
import { main } from "../../src/cli.ts";
import { fakeIo, runMain } from "../support/fake-io.ts";
import { OddServer } from "../support/odd-server.ts";

describe("--timeout", () => {
  test.each(["2147484", "2592000", "9999999999"])(
    "of %s seconds, which no timer holds, is exit 2",
    async (seconds) => {
      const { code, stderr } = await runMain(["params", "x", "--timeout", seconds]);
      expect(code).toBe(2);
      expect(stderr.split("\n")[0]).toBe(
        "error USAGE --timeout: takes at most 2147483 seconds (24 days); without it there is no limit",
      );
    },
  );

  test("of as much as a timer holds is taken", async () => {
    expect((await runMain(["params", "./nothing-here", "--timeout", "2147483"])).code).toBe(3);
  });

  test("ends a run of several sources once, whatever each of them waits for", async () => {
    const server = await OddServer.start((socket) => void socket.write("HTTP/1.1 101 Switching\r\n"));
    const address = `${server.origin}/model.safetensors`;
    const { code, stderr } = await runMain(["diff", address, address, "--no-cache", "--timeout", "1"]);
    await server.stop();
    expect(stderr).toContain("TIMEOUT");
    expect(code).toBe(3);
  });

  test("ends the wait for a token on standard input", async () => {
    const io = fakeIo();
    const silent = {
      ...io,
      readStdin: (signal: AbortSignal) =>
        new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    };
    // The timer of a deadline keeps no process: something else has to, as an open standard input does.
    const keep = setInterval(() => {}, 1000);
    const code = await main(["params", "hf://owner/name", "--token-stdin", "--timeout", "1"], silent);
    clearInterval(keep);
    expect(code).toBe(3);
    expect(io.err()).toContain("error TIMEOUT the run did not end within 1 second");
  });
});
