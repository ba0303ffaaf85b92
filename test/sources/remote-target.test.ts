import { describe, expect, test } from "vitest";
import { applyOptions, isHubId, parseHubName, parseRemoteTarget } from "../../src/sources/remote-target.ts";

const HUB = new URL("https://huggingface.co");
const hub = (id: string, revision: string | null = null, path = "") => ({ kind: "hub", id, revision, path });

describe("forms that are never a local path", () => {
  test.each([
    ["hf://owner/name", hub("owner/name")],
    ["hf://models/owner/name", hub("owner/name")],
    ["hf://gpt2", hub("gpt2")],
    ["hf://owner/name/", hub("owner/name")],
    ["hf://owner/name@v1", hub("owner/name", "v1")],
    ["hf://owner/name/sub/folder", hub("owner/name", null, "sub/folder")],
    ["hf://owner/name@v1/sub/x.safetensors", hub("owner/name", "v1", "sub/x.safetensors")],
    ["hf://owner/name@refs/pr/1", hub("owner/name", "refs/pr/1")],
    ["hf://owner/name@refs/pr/1/sub", hub("owner/name", "refs/pr/1", "sub")],
    ["hf://owner/name@refs%2Fpr%2F1/sub", hub("owner/name", "refs/pr/1", "sub")],
    ["hf://owner/name@feature%2Ffoo/sub", hub("owner/name", "feature/foo", "sub")],
    ["hf://owner/name/x@2.safetensors", hub("owner/name", null, "x@2.safetensors")],
    ["https://huggingface.co/owner/name", hub("owner/name")],
    ["https://huggingface.co/gpt2/tree/main", hub("gpt2", "main")],
    ["https://hf.co/owner/name/", hub("owner/name")],
    ["https://huggingface.co/owner/name?library=transformers#usage", hub("owner/name")],
    ["https://huggingface.co/owner/name/tree/main", hub("owner/name", "main")],
    ["https://huggingface.co/owner/name/tree/main/sub%20folder", hub("owner/name", "main", "sub folder")],
    ["https://huggingface.co/owner/name/tree/refs%2Fpr%2F7", hub("owner/name", "refs/pr/7")],
    ["https://huggingface.co/owner/name/tree/refs/pr/7/sub", hub("owner/name", "refs/pr/7", "sub")],
    ["https://huggingface.co/owner/name/blob/v1/a/x.safetensors", hub("owner/name", "v1", "a/x.safetensors")],
    [
      "https://huggingface.co/owner/name/resolve/main/x.safetensors?download=true",
      hub("owner/name", "main", "x.safetensors"),
    ],
    [
      "https://huggingface.co/owner/name/raw/main/m.safetensors.index.json",
      hub("owner/name", "main", "m.safetensors.index.json"),
    ],
  ])("reads %s", (text, expected) => {
    expect(parseRemoteTarget(text, HUB)).toEqual(expected);
  });

  test("takes pages of the endpoint's own host, below its path", () => {
    const endpoint = new URL("http://mirror.example:8080/hf");
    expect(parseRemoteTarget("http://mirror.example:8080/hf/owner/name/tree/v1", endpoint)).toEqual(
      hub("owner/name", "v1"),
    );
  });

  test.each([
    "https://files.example/a/x.safetensors",
    "https://files.example/m.safetensors.index.json?sig=1",
  ])("takes %s for a file of a web server", (text) => {
    expect(parseRemoteTarget(text, HUB)).toMatchObject({ kind: "web" });
  });

  test.each([
    ["hf://datasets/owner/name", "this is a dataset; unfold reads model repositories"],
    ["https://huggingface.co/spaces/owner/name", "this is a Space; unfold reads model repositories"],
    [
      "https://huggingface.co/owner/name/discussions/3",
      '"/owner/name/discussions/3" is not the page of a model',
    ],
    ["https://huggingface.co/api/models/owner/name", '"/api/models/owner/name" is not the page of a model'],
    ["https://huggingface.co/", '"/" is not the page of a model'],
    [
      "https://user:secret@files.example/x.safetensors",
      "an address with a user name or password in it is not used",
    ],
    ["https://files.example/page.html", "this address is neither a model of the hub nor a safetensors file"],
    ["hf://owner/name/../other", 'the path "../other" cannot be used: it leads out of the folder'],
    ["hf://owner/name/a%00b@x/..", 'the path "a%00b@x/.." cannot be used: it leads out of the folder'],
    ["hf://owner/na me", '"owner/na me" is not the name of a model'],
    ["hf://owner/name@v1~1", '"v1~1" cannot be a revision'],
    ["hf://owner/name@%0aX", '"\nX" cannot be a revision'],
    ["hf://owner/name@%ff", '"%ff" is not properly encoded'],
    ["hf://owner/name@\ud800", '"\ud800" cannot be a revision'],
    ["hf://owner/name/\ud800", 'the path "\ud800" cannot be used: it holds half a character'],
    ["https://h/%zz.safetensors", '"%zz.safetensors" is not properly encoded'],
    ["https://h/%e0%a4.index.json", '"%e0%a4.index.json" is not properly encoded'],
    [
      "https://h/%00.safetensors",
      'the file name "\u0000.safetensors" cannot be used: it holds control characters',
    ],
    [
      "https://h/a%2f..%2fb.safetensors",
      'the file name "a/../b.safetensors" cannot be used: it holds a slash',
    ],
    ["https://h/a%5cb.safetensors", 'the file name "a\\b.safetensors" cannot be used: it holds a backslash'],
    ["https://huggingface.co/o/n/resolve/main/%zz", '"%zz" is not properly encoded'],
    ["https://[::1/x.safetensors", '"https://[::1/x.safetensors" is not an address'],
    ["https://%zz/x.safetensors", '"https://%zz/x.safetensors" is not an address'],
    ["https://h:99999/x.safetensors", '"https://h:99999/x.safetensors" is not an address'],
  ])("refuses %s with a sentence", (text, message) => {
    expect(() => parseRemoteTarget(text, HUB)).toThrow(expect.objectContaining({ code: "USAGE", message }));
  });

  test.each(["./export", "owner/name", "C:\\models", "file.safetensors"])("leaves %s to others", (text) => {
    expect(parseRemoteTarget(text, HUB)).toBeUndefined();
  });
});

describe("names of models", () => {
  test.each([
    ["owner/name", hub("owner/name")],
    ["owner/name@feature/foo", hub("owner/name", "feature/foo")],
    ["owner/name@refs/pr/1", hub("owner/name", "refs/pr/1")],
    ["huggingface.co/owner/name/tree/main/sub", hub("owner/name", "main", "sub")],
    ["hf.co/owner/name", hub("owner/name")],
    ["name", hub("name")],
    ["owner/name/", hub("owner/name")],
    ["a/b/c", hub("a/b", null, "c")],
  ])("reads %s", (text, expected) => {
    expect(parseHubName(text, HUB)).toEqual(expected);
  });

  test.each([
    "./a/b",
    "../a",
    "a/b/../c",
    "name.safetensors",
    "/abs/dir",
    "a/b.git",
    "-a/b",
    "a--b/c",
    "a/..",
    "~/models",
  ])("takes %s for no name", (text) => {
    expect(parseHubName(text, HUB)).toBeUndefined();
  });

  test("ends at 96 characters", () => {
    expect(isHubId(`o/${"n".repeat(94)}`)).toBe(true);
    expect(isHubId(`o/${"n".repeat(95)}`)).toBe(false);
  });
});

describe("options on top of what was written", () => {
  const target = { kind: "hub", id: "owner/name", revision: "v1", path: "a" } as const;

  test("add a folder", () => {
    expect(applyOptions(target, { subfolder: "b/" })).toEqual({ ...target, path: "a/b" });
  });

  test("may repeat the revision, not contradict it", () => {
    expect(applyOptions(target, { revision: "v1" })).toEqual(target);
    expect(() => applyOptions(target, { revision: "v2" })).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: 'the source names revision "v1", --revision another one',
      }),
    );
  });
});
