import fs from "node:fs";
import path from "node:path";

/** The bytes of a sound file with two small tensors; `data` bytes tell one copy from another. */
export function weightsFile(data = 7): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      "model.embed_tokens.weight": { dtype: "F32", shape: [4, 4], data_offsets: [0, 64] },
      "lm_head.weight": { dtype: "F32", shape: [4, 4], data_offsets: [64, 128] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(128, data)]);
}

/** Writes a folder with one weights file and a configuration; returns it. */
export function writeSmallCheckpoint(folder: string): string {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "model.safetensors"), weightsFile());
  fs.writeFileSync(path.join(folder, "config.json"), '{"model_type":"llama"}');
  return folder;
}

/** Every file below a folder with its content, mode and inode: equal before and after where nothing was written. */
export function stateOf(folder: string): readonly string[] {
  const names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => {
    const file = path.join(folder, name);
    const stats = fs.lstatSync(file);
    const content = stats.isFile() ? fs.readFileSync(file).toString("hex") : "";
    return `${name} ${stats.ino} ${stats.mode} ${content}`;
  });
}
