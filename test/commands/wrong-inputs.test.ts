import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { plainModel } from "../checks/sound-models.ts";
import { runMain } from "../support/fake-io.ts";
import { writeDraft } from "../support/hostile.ts";

/**
 * What people type, name or meet that cannot be done: each answer says the code, names the thing, gives the reason and the
 * next step, all on stderr, with the exit code of its kind.
 */
type Wrong = readonly [args: string, code: 2 | 3, says: RegExp, next: RegExp];

let folder: string;
const at = (name: string) => path.join(folder, name);
const write = (name: string, content: string | Uint8Array) => fs.writeFileSync(at(name), content);

/** A file that begins with a length and a header, which may both be wrong. */
const withHeader = (bytes: bigint, header: string) => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(bytes);
  return Buffer.concat([length, Buffer.from(header)]);
};

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-wrong-"));
  writeDraft(folder, "good", plainModel());
  for (const name of ["empty", "docs", "pickle", "gguf", "halves", "config", "beside", "beside/onnx", "list"])
    fs.mkdirSync(at(name));
  write("docs/readme.md", "words");
  write("halves/model.safetensors.incomplete", "half");
  write("config/config.json", "{}");
  write("answer.safetensors", '{"error":"Repository not found"}');
  write("lost.safetensors", '{"a.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
  write("beside/cut.safetensors", withHeader(1000n, '{"a":'));
  for (let k = 0; k < 23; k++) {
    fs.mkdirSync(at(`list/run-${k}`));
    write(`list/run-${k}/model.safetensors`, withHeader(2n, "{}"));
  }
  write("note.txt", "words");
  write("pickle/pytorch_model.bin", "PK\u0003\u0004");
  write("gguf/model.gguf", "GGUF");
  write("zip.safetensors", "PK\u0003\u0004xxxxxxxxxxxx");
  write("zero.safetensors", "");
  write("short.safetensors", Buffer.from([5, 0]));
  write("huge.safetensors", withHeader(0x7fffffffffffffffn, "{}"));
  write("cut.safetensors", withHeader(1000n, '{"a":'));
  write("list.safetensors", withHeader(2n, "[]"));
  write("lfs.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n");
  write("html.safetensors", "<!DOCTYPE html><html></html>");
  write("a.safetensors.index.json", '{"weight_map":3}');
  write("b.safetensors.index.json", "not json");
  write("c.safetensors.index.json", '{"weight_map":{"a":"gone.safetensors"}}');
  write("d.safetensors.index.json", '{"weight_map":{"a":"../../etc/passwd"}}');
  write("x.unfold.json", "{}");
  write("y.unfold.json.gz", "no");
  write("bad.config.json", '{ "failOn": "sometimes" }');
  write("cut.config.json", "{");
  write("known.json", "[]");
  fs.symlinkSync("loop", at("loop"));
  fs.symlinkSync("nowhere", at("dangling"));
  execFileSync("mkfifo", [at("pipe.safetensors")]);
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const FETCH = /fetch the file again/;
const HELP = /--help lists/;

const SOURCES: readonly Wrong[] = [
  ["overview ./nope", 3, /SOURCE_NOT_FOUND .*nope" is not there/, /Check the path/],
  ["tree ./good2", 3, /good2" is not there/, /Did you mean .*good"/],
  ["check ./nope", 3, /nope" is not there/, /Check the path/],
  ["overview ./empty", 3, /NO_CHECKPOINT empty: no safetensors files/, /right folder/],
  ["overview ./docs", 3, /NO_CHECKPOINT docs: no safetensors files/, /right folder/],
  [
    "overview ./halves",
    3,
    /no safetensors files/,
    /"model\.safetensors\.incomplete" is a download that did not end/,
  ],
  ["overview ./config", 3, /no safetensors files/, /its weights are not: fetch or copy the \.safetensors/],
  [
    "overview ./config/config.json",
    2,
    /files such as "config\.json"/,
    /Give the folder that it lies in: ".*config"/,
  ],
  ["overview ./list", 3, /no safetensors files/, /"run-0" \(1 file\).*; 3 further folders not looked into/],
  ["overview ./answer.safetensors", 3, /a server's answer in JSON/, /saved a message .*fetch the file again/],
  ["overview ./lost.safetensors", 3, /JSON text without the 8-byte length/, /lost its first 8 bytes/],
  // What lies beside a file that was named is not told of.
  ["overview ./beside/cut.safetensors", 3, /truncated header/, /fetch the file again\.\n$/],
  ["overview ' '", 2, /the source is empty/, /A source is a folder/],
  ["overview ./pickle", 3, /1 PyTorch pickle file/, /weights_only=True/],
  ["overview ./gguf", 3, /1 GGUF file/, /gguf-dump/],
  ["overview ./note.txt", 2, /does not read files such as "note.txt"/, /Give a folder/],
  [
    "overview ./zip.safetensors",
    3,
    /zip\.safetensors: this is a zip archive/,
    /safetensors\.torch\.save_file/,
  ],
  ["overview ./zero.safetensors", 3, /zero\.safetensors: 0 bytes in all/, FETCH],
  ["overview ./short.safetensors", 3, /short\.safetensors: 2 bytes in all/, FETCH],
  [
    "overview ./huge.safetensors",
    3,
    /HEADER_TOO_LARGE huge\.safetensors: the header claims/,
    /is it a safetensors file/,
  ],
  ["overview ./cut.safetensors", 3, /cut\.safetensors: truncated header/, FETCH],
  ["overview ./list.safetensors", 3, /list\.safetensors: expected an object/, /save it again/],
  ["overview ./lfs.safetensors", 3, /Git LFS pointer/, /git lfs pull/],
  ["overview ./html.safetensors", 3, /an HTML page/, FETCH],
  ["overview ./pipe.safetensors", 3, /NOT_A_FILE pipe\.safetensors: a named pipe/, /regular file/],
  [
    "overview ./a.safetensors.index.json",
    3,
    /INDEX_INVALID .*weight_map is not an object/,
    /Write the index anew/,
  ],
  ["overview ./b.safetensors.index.json", 3, /INDEX_INVALID .*not JSON/, /Write the index anew/],
  ["overview ./c.safetensors.index.json", 3, /SHARD_MISSING gone\.safetensors/, /copy the missing files/],
  ["overview ./d.safetensors.index.json", 3, /SHARD_NAME_UNSAFE .*etc\/passwd/, /index anew/],
  ["overview ./loop", 3, /LINK_LOOP .*leads back to itself/, /Mend the link/],
  ["overview ./dangling", 3, /dangling, a link to nowhere" is not there/, /Mend the link/],
  ["overview ./x.unfold.json", 3, /SNAPSHOT_INVALID not a header snapshot/, /unfold snapshot/],
  ["overview ./y.unfold.json.gz", 3, /SNAPSHOT_INVALID .*neither JSON nor gzipped/, /unfold snapshot/],
  ["overview ./good --subfolder nope", 3, /good\/nope" is not there/, /leave out --subfolder/],
  ["overview ./good --variant fp16", 3, /no weights of the variant "fp16"/, /leave out --variant/],
  [
    "overview ./good --revision main",
    2,
    /--revision is for models of a hub; ".*good" is a local path/,
    /Leave it out/,
  ],
  ["overview ''", 2, /the source is empty/, /A source is a folder/],
  ["overview ftp://host/x.safetensors", 2, /addresses of ftp:\/\/ are not read/, /https:\/\//],
  ["overview file:///nope-at-all", 3, /nope-at-all" is not there/, /Check the path/],
  ["overview https://host.invalid/model.bin", 3, /model\.bin: this is a PyTorch pickle/, /save_file/],
  ["overview https://user:secret@host/x.safetensors", 2, /user name or password/, HELP],
  ["overview https://huggingface.co/datasets/owner/name", 2, /this is a dataset/, /load_dataset/],
  ["overview hf://", 2, /no model is named/, /owner\/name/],
  ["overview hf://owner/na..me", 2, /"owner\/na\.\.me" is not the name of a model/, /owner\/name/],
  ["overview owner/name@ --offline", 2, /no revision stands behind the @/, /branch, a tag/],
  ["overview owner/name@a..b --offline", 2, /"a\.\.b" cannot be a revision/, /branch, a tag/],
  ["overview owner/name --offline", 3, /OFFLINE .*"owner\/name" at "main"/, /without --offline/],
  ["overview gpt2 --offline", 3, /OFFLINE .*"gpt2" at "main"/, /No path on this disk/],
  ["overview owner/ --offline", 3, /"owner\/" is not there/, /Check the path/],
  ["overview s3://", 2, /no bucket is named/, /s3:\/\/bucket\/prefix/],
  ["overview s3://Bad!/x", 2, /"Bad!" is not the name of a bucket/, /s3:\/\/bucket\/prefix/],
  ["check ./good --against ./nope", 3, /nope" is not there/, /Check the path/],
  ["diff ./good ./nope", 3, /nope" is not there/, /Check the path/],
];

const WORDS: readonly Wrong[] = [
  ["tree", 2, /no source is named/, /Name a folder/],
  ["trea ./good", 2, /"trea" is no command/, /Did you mean `unfold tree`/],
  [
    "./good ./good",
    2,
    /one source is taken; ".*good" came on top/,
    /`unfold diff A B` compares two, `unfold check/,
  ],
  ["overview ./good owner/name", 2, /one source is taken; "owner\/name" came on top/, /`unfold diff A B`/],
  ["check ./good --values=yes", 2, /--values is no option that takes a value/, HELP],
  ["qwen tree", 2, /"qwen" is no command/, /`unfold tree qwen`/],
  ["--json", 2, /no source is named/, /Name a folder/],
  ["help tre", 2, /"tre" is no command/, /`unfold help tree`/],
  ["tree ./good more", 2, /unfold tree takes 1 argument; "more" came on top/, /unfold tree --help lists/],
  ["diff ./good", 2, /no AFTER is named/, /unfold diff --help lists/],
  [
    "diff ./good ./good ./good",
    2,
    /unfold diff takes 2 arguments; ".*good" came on top/,
    /unfold diff --help/,
  ],
  ["explain", 2, /no RULE is named/, /unfold explain --help/],
  ["explain scale-mising", 2, /no check or code "scale-mising"/, /Did you mean scale-missing/],
  ["explain nothing-of-it", 2, /no check or code "nothing-of-it"/, /--list-rules/],
  ["completion powershell", 2, /SHELL cannot be "powershell"/, /bash, zsh, fish/],
  ["completion", 2, /no SHELL is named/, HELP],
  ["cache burn", 2, /unfold cache has no "burn"/, /It has show, clear/],
  ["skill now", 2, /unfold skill takes nothing more; "now"/, HELP],
  ["tree ./good --dept 3", 2, /unknown option '--dept'/, /--depth/],
  ["overview ./good --frobnicate", 2, /unknown option '--frobnicate'/, HELP],
  ["tree ./good --depth", 2, /--depth needs a value/, /--depth <levels>/],
  ["tree ./good --depth two", 2, /--depth: "two" is not a whole number/, HELP],
  ["tree ./good --sort weight", 2, /--sort does not take "weight"/, /name, size/],
  ["tree ./good --expand nowhere", 2, /--expand: there is no module "nowhere"/, /The root holds/],
  ["tree ./good --expand model.lyers", 2, /no module "model\.lyers"/, /Did you mean "model\.layers"/],
  ["tree ./good --expand model.layers.99", 2, /no module/, /"model\.layers" holds 0-\d/],
  ["tree ./good --filter nope", 2, /--filter: none of \d+ tensors matches "nope"/, /unfold ls SOURCE/],
  ["tree ./good --filter mlp", 2, /--filter: none of \d+ tensors/, /"\*mlp\*" would; \d+ tensors/],
  ["params ./good --exclude *", 2, /--exclude leaves none of \d+ tensors/, /unfold ls SOURCE/],
  ["arch ./good --include *mlp* --exclude *mlp*", 2, /--include and --exclude leave none/, /unfold ls/],
  ["overview ./good --include *dwn_proj*", 2, /--include: none of/, /the nearest is "down_proj"/],
  ["params ./good --include nope", 2, /--include: none of/, /No name has "nope"/],
  ["arch ./good --include *.99.*", 2, /--include: none of/, /No name has "99"; numbers in names: 0-\d/],
  ["check ./good --include nope", 2, /--include: none of/, /unfold ls SOURCE/],
  ["check ./good --values --include nope", 2, /--include: none of/, /unfold ls SOURCE/],
  ["fit ./good --include nope", 2, /--include: none of/, /unfold ls SOURCE/],
  ["declare ./good --include nope", 2, /--include: none of/, /unfold ls SOURCE/],
  ["report ./good --json --include nope", 2, /--include: none of/, /unfold ls SOURCE/],
  ["snapshot ./good --include nope -o -", 2, /--include: none of/, /unfold ls SOURCE/],
  ["diff ./good ./good --include nope", 2, /--include: none of/, /unfold ls SOURCE/],
  ["precision ./good --layer 99", 2, /--layer: no module is in layer 99/, /Layers here: 0-\d/],
  ["precision ./good --module nope", 2, /--module: no module matches "nope"/, /unfold tree SOURCE/],
  ["precision ./good --module mlp", 2, /--module: no module matches "mlp"/, /"\*mlp\*" would/],
  ["precision ./good --format csv", 2, /--format does not take "csv"/, /text, json/],
  ["ls ./good --where dtype", 2, /--where: cannot read the condition "dtype"/, /FIELD OPERATOR VALUE/],
  ["ls ./good --where bytes>=big", 2, /--where: "big" is no number with a unit/, HELP],
  ["ls ./good --where dtype=BF17", 2, /--where: "BF17" is no dtype/, /dtypes of the format/],
  ["check ./good --fail-on maybe", 2, /--fail-on does not take "maybe"/, /error, warning/],
  ["check ./good --expect-params lots", 2, /--expect-params: "lots" is not a count/, HELP],
  ["check ./good --expect-scheme fp9", 2, /--expect-scheme: there is no scheme "fp9"/, /fp8/],
  ["check ./good --expect-dtype norm", 2, /--expect-dtype: "norm" is no pair/, HELP],
  ["check ./good --expect-dtype *=BF17", 2, /--expect-dtype: there is no dtype "BF17"/, /BF16/],
  ["check ./good --max-bytes many", 2, /--max-bytes: "many" is not a number of bytes/, HELP],
  ["check ./good --tp 0", 2, /--tp: "0" is not a whole number above 0/, HELP],
  ["check ./good --engine vlm", 2, /--engine: there is no engine "vlm"/, /Did you mean vllm/],
  ["check ./good --engine vllm@9", 2, /--engine: vllm is judged as of .*of "9"/, /Ask for vllm/],
  ["check ./good --engine vllm --gpu H1000", 2, /--gpu: there is no GPU "H1000"/, /Did you mean/],
  ["check ./good --gpu H100", 2, /--gpu, --pp and --dtype are about engines/, HELP],
  ["check ./good --config ./none.json", 2, /--config: ".*none\.json" is not there/, HELP],
  ["check ./good --config ./bad.config.json", 2, /bad\.config\.json": failOn must be one of/, HELP],
  ["check ./good --config ./cut.config.json", 2, /--config: ".*cut\.config\.json" is not JSON/, HELP],
  ["check ./good --baseline ./none.json", 2, /--baseline: ".*none\.json" is not there/, HELP],
  [
    "check ./good --baseline ./known.json",
    2,
    /--baseline: ".*known\.json" is no baseline/,
    /--update-baseline/,
  ],
  ["check ./good --update-baseline", 2, /needs --baseline/, HELP],
  ["check --from ./none.txt", 2, /--from: ".*none\.txt" is not there/, HELP],
  ["check ./good --jobs 2", 2, /--jobs is for the sources of --from/, HELP],
  ["check ./good -o ./nodir/x.json", 2, /OUTPUT_FAILED .*its folder does not exist/, /folder that is there/],
  ["check ./good -o ./good/config.json", 2, /OUTPUT_FAILED .*part of the source/, /another name/],
  ["check ./good -o ./docs/", 2, /OUTPUT_FAILED .*docs/, /Name a file/],
  ["fit ./good --gpu H1000", 2, /--gpu: there is no GPU "H1000"/, /Did you mean/],
  ["fit ./good --context long", 2, /--context: "long" is not a number of tokens/, HELP],
  ["fit ./good --utilization 90", 2, /--utilization: "90" is no part of the memory/, HELP],
  ["fit ./good --engine all", 2, /--engine: unfold fit takes one engine/, /vllm/],
  ["declare ./good --for pytorch", 2, /--for does not take "pytorch"/, /vllm/],
  ["overview ./good --concurrency 0", 2, /--concurrency: "0"/, HELP],
  ["overview ./good --timeout soon", 2, /--timeout: "soon"/, HELP],
  ["overview ./good --width wide", 2, /--width: "wide"/, HELP],
  ["overview ./good --endpoint ftp://x", 2, /endpoint "ftp:\/\/x" is no address/, /HF_ENDPOINT/],
  ["snapshot ./good -o - --json", 2, /--output -/, HELP],
];

/** Words as a shell would give them, paths below the folder of the case. */
function wordsOf(line: string): string[] {
  const words = line.match(/'[^']*'|\S+/g) ?? [];
  return words.map((word) =>
    word.startsWith("'") ? word.slice(1, -1) : word.replace(/^\.\//, `${folder}/`),
  );
}

async function holds([line, code, says, next]: Wrong, env: Record<string, string> = {}): Promise<void> {
  const run = await runMain(wordsOf(line), { env, homeFolder: folder, workingFolder: folder });
  const [first = "", ...others] = run.stderr.split("\n");
  expect({ line, code: run.code, told: run.stderr }).toMatchObject({ line, code });
  expect(first).toMatch(/^error [A-Z_]+ /);
  expect(first).toMatch(says);
  expect(others.filter((each) => each.startsWith("  hint: "))).toHaveLength(1);
  expect(run.stderr).toMatch(next);
  // Said once: what stands there is for people.
  expect(run.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
  expect(run.stderr).not.toMatch(/undefined|\[object|INTERNAL/);
}

it.each(SOURCES)("unfold %s", (...wrong) => holds(wrong));
it.each(WORDS)("unfold %s", (...wrong) => holds(wrong));

it("is held for more than a hundred wrong inputs", () => {
  expect(SOURCES.length + WORDS.length).toBeGreaterThan(100);
});

it("lists nothing where nothing was meant, says so, and is no failure", async () => {
  const ask = ["ls", "fixtures/minimax-m2.unfold.json.gz", "--filter", "norm"];
  const listed = await runMain([...ask, "--json"]);
  expect(listed.code).toBe(0);
  expect(JSON.parse(listed.stdout).result.tensors).toEqual([]);
  const { code, stderr } = await runMain(ask);
  expect(code).toBe(0);
  expect(stderr.match(/note .*/g)).toHaveLength(1);
  expect(stderr.replace(/\s+/g, " ")).toMatch(
    /--filter: none of 96,103 tensors matches "norm"\. .*"\*norm\*" would; \d+ tensors/,
  );
});
