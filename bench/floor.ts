/**
 * The yardstick: the least that a script would do to count tensors and elements. It opens each shard, reads 8 bytes and
 * the header, and has `JSON.parse` do the rest. No index, no checks, no report.
 */
import fs from "node:fs";
import path from "node:path";

const folder = process.argv[2] ?? ".";
let tensors = 0;
let elements = 0;
for (const name of fs.readdirSync(folder)) {
  if (!name.endsWith(".safetensors")) continue;
  const file = fs.openSync(path.join(folder, name), "r");
  const length = Buffer.alloc(8);
  fs.readSync(file, length, 0, 8, 0);
  const json = Buffer.alloc(Number(length.readBigUInt64LE()));
  fs.readSync(file, json, 0, json.length, 8);
  fs.closeSync(file);
  const header = JSON.parse(json.toString());
  for (const key in header) {
    if (key === "__metadata__") continue;
    let product = 1;
    for (const dim of header[key].shape) product *= dim;
    tensors++;
    elements += product;
  }
}
console.log(tensors, elements);
