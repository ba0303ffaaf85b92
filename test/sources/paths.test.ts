import { describe, expect, it } from "vitest";
import { baseName, findUnsafePath, folderOf, joinPath } from "../../src/sources/paths.ts";

describe("shard names that are not opened (D1)", () => {
  it.each([
    ["../../etc/passwd", "leads out"],
    ["sub/../../x.safetensors", "leads out"],
    ["sub/..", "leads out"],
    ["..", "leads out"],
    ["..\\x.safetensors", "leads out"],
    ["sub\\..\\..\\x", "leads out"],
    ["/etc/passwd", "absolute"],
    ["\\\\host\\share\\x", "absolute"],
    ["\\x", "absolute"],
    ["C:\\x", "address or a drive"],
    ["c:x.safetensors", "address or a drive"],
    ["https://host/x.safetensors", "address or a drive"],
    ["file:x", "address or a drive"],
    ["data:,x", "address or a drive"],
    ["a\\b.safetensors", "backslash"],
    ["", "empty"],
    [".", "empty path segment"],
    ["./x.safetensors", "empty path segment"],
    ["a//b", "empty path segment"],
    ["a/", "empty path segment"],
    ["a\u0000.safetensors", "control"],
    ["a\nb.safetensors", "control"],
    ["a\u007f", "control"],
    ["a\ud800.safetensors", "half a character"],
    ["\udc00\ud800", "half a character"],
    ["a".repeat(4097), "longer than a path can be"],
  ])("%j", (name, reason) => {
    expect(findUnsafePath(name)).toContain(reason);
  });

  it.each([
    "model-00001-of-00002.safetensors",
    "sub/model.safetensors",
    "%2e%2e%2fx.safetensors",
    "..x.safetensors",
    "x..safetensors",
    "...",
    "a b.safetensors",
    "模型.safetensors",
    "\u{1f4a9}.safetensors",
    "a".repeat(4096),
    "-rf.safetensors",
  ])("opens %j, a name like any other (D2)", (name) => {
    expect(findUnsafePath(name)).toBeUndefined();
  });
});

describe("paths of a source", () => {
  it("split at the last slash and join again", () => {
    for (const path of ["a", "a/b", "a/b/c"]) expect(joinPath(folderOf(path), baseName(path))).toBe(path);
    expect([folderOf("a"), folderOf("a/b/c"), baseName("a/b/c")]).toEqual(["", "a/b", "c"]);
  });
});
