import fs from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openSource } from "../../src/sources/open-source.ts";
import { rejectionOf } from "../support/errors.ts";
import { runMain } from "../support/fake-io.ts";
import { settingsFor } from "../support/remote.ts";
import { tempFolder } from "../support/temp-folder.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a path that cannot be looked at", () => {
  test.each([
    ["a link to itself", (folder: string) => fs.symlinkSync("m", path.join(folder, "m")), "m", "LINK_LOOP"],
    ["a name of 300 bytes", () => {}, "m".repeat(300), "READ_FAILED"],
    ["a path of 5,000 bytes", () => {}, "m/".repeat(2500), "READ_FAILED"],
    [
      "something below a file",
      (folder: string) => fs.writeFileSync(path.join(folder, "m"), ""),
      "m/n",
      "SOURCE_NOT_FOUND",
    ],
    [
      "a link to nowhere",
      (folder: string) => fs.symlinkSync("gone", path.join(folder, "m")),
      "m",
      "SOURCE_NOT_FOUND",
    ],
    [
      "a loop of folders",
      (folder: string) => {
        fs.symlinkSync("b", path.join(folder, "a"));
        fs.symlinkSync("a", path.join(folder, "b"));
      },
      "a/model.safetensors",
      "LINK_LOOP",
    ],
  ] as const)("as %s is exit 3", async (_, make, name, code) => {
    const folder = tempFolder();
    make(folder);
    for (const target of [name, `${name}.safetensors`, `${name}.unfold.json`].slice(
      0,
      name.length > 250 ? 3 : 1,
    )) {
      const run = await runMain(["params", path.join(folder, target)], { env: {} });
      expect(run.code).toBe(3);
      expect(run.stderr).toMatch(new RegExp(`^error ${code} `));
    }
  });

  test.each([
    ["EACCES", "ACCESS_DENIED", "no permission to read it"],
    ["EPERM", "ACCESS_DENIED", "no permission to read it"],
    ["ELOOP", "LINK_LOOP", "a symbolic link that leads back to itself"],
    ["EIO", "READ_FAILED", "reading failed: the disk or the network behind it fails (EIO)"],
    ["ESTALE", "READ_FAILED", "reading failed: the network folder it is in was replaced (ESTALE)"],
    ["EWHATEVER", "READ_FAILED", "reading failed: EWHATEVER"],
  ])("for %s is told as %s, whichever step says so", async (systemCode, code, message) => {
    // Made by hand: whoever runs the tests may be allowed to read everything.
    const refuse = () => {
      throw Object.assign(new Error(`${systemCode}: '/home/somebody/secret'`), { code: systemCode });
    };
    // Within a folder of its own: what lies beside it is watched.
    const folder = path.join(tempFolder(), "model");
    fs.mkdirSync(folder);
    for (const name of ["statSync", "opendirSync"] as const) {
      const spy = vi.spyOn(fs, name).mockImplementation(refuse);
      const run = await runMain(["params", folder]);
      spy.mockRestore();
      expect(run.code).toBe(3);
      expect(run.stderr).toMatch(new RegExp(`^error ${code} `));
      expect(run.stderr).toContain(message);
      expect(run.stderr + run.stdout).not.toContain("somebody");
    }
  });

  test("with NUL in it is wrong usage", async () => {
    expect((await rejectionOf(openSource("a\0b"))).code).toBe("USAGE");
    expect((await rejectionOf(openSource("a", { subfolder: "x\0" }))).code).toBe("USAGE");
  });

  test("and could be a model's name says how to ask the hub", async () => {
    vi.spyOn(fs, "statSync").mockImplementation(() => {
      throw Object.assign(new Error("EACCES"), { code: "EACCES" });
    });
    const error = await rejectionOf(openSource("owner/name", { network: settingsFor("http://127.0.0.1:1") }));
    expect([error.code, error.hint]).toEqual([
      "ACCESS_DENIED",
      "For the model of that name on the hub write hf://owner/name.",
    ]);
  });
});
