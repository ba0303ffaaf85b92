import { spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { LocalSource, MAX_FOLDER_ENTRIES } from "../../src/sources/local.ts";
import { checkpoint } from "../support/checkpoint-builder.ts";
import { codeOf, rejectionOf } from "../support/errors.ts";
import { tempFolder } from "../support/temp-folder.ts";

const sourceOf = (folder: string) => new LocalSource(folder, folder, null);
/** Code on opening `name` in a folder, or "accepted". */
const opening = (folder: string, name: string) => codeOf(() => sourceOf(folder).open(name));

afterEach(() => {
  vi.restoreAllMocks();
});

describe("what is opened (D4, D5)", () => {
  it("opens a regular file, also through links", () => {
    const folder = tempFolder();
    fs.mkdirSync(path.join(folder, "blobs"));
    fs.mkdirSync(path.join(folder, "snapshot"));
    fs.writeFileSync(path.join(folder, "blobs", "abc"), "12345678");
    fs.symlinkSync("../blobs/abc", path.join(folder, "snapshot", "model.safetensors"));
    const reader = sourceOf(path.join(folder, "snapshot")).open("model.safetensors");
    expect(reader.fileBytes).toBe(8);
    reader.close();
  });

  it("does not wait at a named pipe", () => {
    const folder = tempFolder();
    expect(spawnSync("mkfifo", [path.join(folder, "pipe.safetensors")]).status).toBe(0);
    expect(opening(folder, "pipe.safetensors")).toBe("NOT_A_FILE");
  });

  it("refuses a folder, a socket and a device under a shard's name", async () => {
    const folder = tempFolder();
    fs.mkdirSync(path.join(folder, "folder.safetensors"));
    fs.symlinkSync("/dev/zero", path.join(folder, "device.safetensors"));
    const server = net.createServer().listen(path.join(folder, "socket.safetensors"));
    await new Promise((resolve) => server.once("listening", resolve));
    for (const kind of ["folder", "device", "socket"])
      expect(opening(folder, `${kind}.safetensors`), kind).toBe("NOT_A_FILE");
    await new Promise((resolve) => server.close(resolve));
  });

  it("tells a link that leads back to itself from one that leads nowhere", () => {
    const folder = tempFolder();
    fs.symlinkSync("loop.safetensors", path.join(folder, "loop.safetensors"));
    fs.symlinkSync("gone", path.join(folder, "dangling.safetensors"));
    expect(opening(folder, "loop.safetensors")).toBe("LINK_LOOP");
    expect(opening(folder, "dangling.safetensors")).toBe("SHARD_MISSING");
    expect(opening(folder, "nothing.safetensors")).toBe("SHARD_MISSING");
  });

  it.each([
    ["EACCES", "ACCESS_DENIED"],
    ["EPERM", "ACCESS_DENIED"],
    ["EMFILE", "TOO_MANY_OPEN_FILES"],
    ["ENFILE", "TOO_MANY_OPEN_FILES"],
    ["EIO", "READ_FAILED"],
  ])("turns the system's %s into words without its path (D6, D7)", (code, expected) => {
    // Made by hand: whoever runs the tests may be allowed to read everything.
    vi.spyOn(fs, "openSync").mockImplementation(() => {
      throw Object.assign(new Error(`${code}: open '/home/somebody/secret'`), { code });
    });
    const folder = tempFolder();
    expect(opening(folder, "a.safetensors")).toBe(expected);
    let message = "";
    try {
      sourceOf(folder).open("a.safetensors");
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toContain("somebody");
  });
});

describe("a shard that cannot be read", () => {
  it("does not hide the others (D6)", async () => {
    const folder = tempFolder();
    checkpoint()
      .shard("model-00001-of-00003.safetensors")
      .tensor("a", "BF16", [8])
      .shard("model-00002-of-00003.safetensors")
      .tensor("b", "BF16", [8])
      .shard("model-00003-of-00003.safetensors")
      .tensor("c", "BF16", [8])
      .index()
      .writeTo(folder);
    fs.rmSync(path.join(folder, "model-00002-of-00003.safetensors"));
    fs.symlinkSync("model-00002-of-00003.safetensors", path.join(folder, "model-00002-of-00003.safetensors"));
    const { components, problems } = await loadCheckpoint(sourceOf(folder));
    expect(problems.map(({ code, shard }) => [code, shard])).toEqual([
      ["LINK_LOOP", "model-00002-of-00003.safetensors"],
    ]);
    expect(components[0]?.table.count).toBe(2);
  });
});

describe("a file that changes while it is read (D15)", () => {
  const grown = (change: (file: string) => void) => {
    const folder = tempFolder();
    const file = path.join(folder, "a.safetensors");
    fs.writeFileSync(file, "0123456789");
    const reader = sourceOf(folder).open("a.safetensors");
    reader.read(0, 8);
    change(file);
    return reader;
  };

  it("is told when it grew or was rewritten", () => {
    expect(codeOf(() => grown((file) => fs.appendFileSync(file, "x")).close())).toBe("FILE_CHANGED");
    expect(codeOf(() => grown((file) => fs.utimesSync(file, 1, 1)).close())).toBe("FILE_CHANGED");
    expect(codeOf(() => grown(() => {}).close())).toBe("accepted");
  });

  it("is told when it shrank, and no zeros are made up", () => {
    const reader = grown((file) => fs.truncateSync(file, 4));
    expect(codeOf(() => reader.read(0, 10))).toBe("FILE_CHANGED");
  });

  it("is no problem when another file takes its name: the open one stays", () => {
    const reader = grown((file) => {
      fs.writeFileSync(`${file}.new`, "other");
      fs.renameSync(`${file}.new`, file);
    });
    expect(Buffer.from(reader.read(0, 10) as Uint8Array).toString()).toBe("0123456789");
    expect(codeOf(() => reader.close())).toBe("accepted");
  });
});

describe("reading", () => {
  it("reads headers of a file of five terabytes, and nothing else of it (D16)", async () => {
    const folder = tempFolder();
    checkpoint().tensor("a", "F16", [1_250_000, 2_000_000]).writeTo(folder);
    expect(fs.statSync(path.join(folder, "model.safetensors")).size).toBeGreaterThan(5e12);
    const spy = vi.spyOn(fs, "readSync");
    const { components, problems } = await loadCheckpoint(sourceOf(folder));
    expect(problems).toEqual([]);
    expect(components[0]?.table.bytes(0)).toBe(5e12);
    const read = spy.mock.results.reduce((sum, { value }) => sum + (value as number), 0);
    expect(read).toBe(components[0]?.headerBytes);
  });

  it("closes every file it opened, the refused ones too", async () => {
    const folder = tempFolder();
    const builder = checkpoint();
    for (let k = 1; k <= 20; k++)
      builder.shard(`model-000${String(k).padStart(2, "0")}-of-00020.safetensors`).tensor(`t${k}`, "U8", [1]);
    builder.file("model-00003-of-00020.safetensors", "short").index().writeTo(folder);
    const opened = vi.spyOn(fs, "openSync");
    const closed = vi.spyOn(fs, "closeSync");
    await loadCheckpoint(sourceOf(folder));
    expect(opened.mock.calls.length).toBeGreaterThanOrEqual(20);
    expect(closed.mock.calls.length).toBe(opened.mock.calls.length);
  });

  it("reads a small file whole, none as undefined, and none above the limit", async () => {
    const folder = tempFolder();
    fs.writeFileSync(path.join(folder, "config.json"), "{}");
    const source = sourceOf(folder);
    expect(Buffer.from((await source.readFile("config.json", 2)) as Uint8Array).toString()).toBe("{}");
    expect(await source.readFile("nothing.json", 2)).toBeUndefined();
    const error = await rejectionOf(source.readFile("config.json", 1));
    expect([error.code, error.file]).toEqual(["LIMIT_EXCEEDED", "config.json"]);
  });

  it("reads two small files into two arrays: the first is not overwritten", async () => {
    const folder = tempFolder();
    fs.writeFileSync(path.join(folder, "a.json"), "aaaa");
    fs.writeFileSync(path.join(folder, "b.json"), "bbbb");
    const source = sourceOf(folder);
    const first = (await source.readFile("a.json", 10)) as Uint8Array;
    await source.readFile("b.json", 10);
    expect(Buffer.from(first).toString()).toBe("aaaa");
  });
});

describe("listing", () => {
  it("tells files, folders and the rest apart, links by what they lead to", async () => {
    const folder = tempFolder();
    fs.mkdirSync(path.join(folder, "sub"));
    fs.writeFileSync(path.join(folder, "file"), "");
    fs.symlinkSync("sub", path.join(folder, "to-folder"));
    fs.symlinkSync("file", path.join(folder, "to-file"));
    fs.symlinkSync("gone", path.join(folder, "to-nothing"));
    spawnSync("mkfifo", [path.join(folder, "pipe")]);
    const kinds = Object.fromEntries(
      (await sourceOf(folder).list("")).map(({ path: name, kind }) => [name, kind]),
    );
    expect(kinds).toEqual({
      sub: "folder",
      file: "file",
      "to-folder": "folder",
      "to-file": "file",
      "to-nothing": "file",
      pipe: "other",
    });
  });

  it("stops at a folder that does not end (D14)", async () => {
    const entry = { name: "x", isFile: () => true } as fs.Dirent;
    const closeSync = vi.fn();
    vi.spyOn(fs, "opendirSync").mockReturnValue({ readSync: () => entry, closeSync } as unknown as fs.Dir);
    const error = await rejectionOf(sourceOf("/").list(""));
    expect(error.code).toBe("LIMIT_EXCEEDED");
    expect(error.message).toContain(MAX_FOLDER_ENTRIES.toLocaleString("en"));
    expect(closeSync).toHaveBeenCalledOnce();
  });

  it("opens a file whose name is no valid UTF-8 (D13)", async () => {
    const folder = tempFolder();
    checkpoint().tensor("a", "U8", [4]).writeTo(folder);
    const odd = Buffer.concat([
      Buffer.from(`${folder}/model`),
      Buffer.from([0xff]),
      Buffer.from(".safetensors"),
    ]);
    fs.renameSync(path.join(folder, "model.safetensors"), odd);
    const { components, problems } = await loadCheckpoint(sourceOf(folder));
    expect(problems).toEqual([]);
    expect(components[0]?.table.count).toBe(1);
  });
});

describe("what reports say of a source", () => {
  it("is what was typed, and of an absolute path its last part", () => {
    expect(new LocalSource("./export", "/x/export", null).facts.id).toBe("./export");
    expect(new LocalSource("/home/somebody/export", "/home/somebody/export", null).facts.id).toBe("export");
    expect(
      new LocalSource("/home/somebody/a.safetensors", "/home/somebody", "a.safetensors").facts,
    ).toMatchObject({
      kind: "file",
      id: "a.safetensors",
    });
  });
});
