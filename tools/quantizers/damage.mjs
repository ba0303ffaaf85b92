// Damaged twins of an export: the same headers and configurations with one thing wrong, and a hole where the data was.
import fs from "node:fs";
import path from "node:path";

/** Each kind of damage that an export can have, and what writes a twin that has it. */
export function damagedTwins(export_) {
  const shards = fs.readdirSync(export_).filter((name) => name.endsWith(".safetensors"));
  const tensors = shards.flatMap((file) =>
    readHeader(path.join(export_, file)).map((each) => ({ ...each, file })),
  );
  const scale = tensors.find(({ name, shape }) => SCALE.test(name) && shape.length >= 1 && shape.at(-1) > 1);
  const lone = scale ?? tensors.find(({ name }) => SCALE.test(name));
  const payload = tensors.find(
    ({ name, dtype, shape }) => OF_LAYER.test(name) && PACKED.test(dtype) && shape.length === 2,
  );
  const config = readConfigs(export_);
  const twins = [];
  const twin = (what, changed, configs = config) =>
    twins.push({ what, write: (folder) => writeTwin(folder, changed, configs) });
  if (lone !== undefined) {
    twin(
      `no ${lone.name}`,
      tensors.filter((each) => each !== lone),
    );
    twin(
      "no scale at all",
      tensors.filter(({ name }) => !SCALE.test(name)),
    );
  }
  if (scale !== undefined && scale.shape.at(-1) % 2 === 0)
    twin(
      `half of ${scale.name}`,
      change(tensors, scale, { shape: [...scale.shape.slice(0, -1), scale.shape.at(-1) / 2] }),
    );
  if (payload !== undefined) {
    twin(
      `no ${payload.name}`,
      tensors.filter((each) => each !== payload),
    );
    twin(
      `half of ${payload.name}`,
      change(tensors, payload, { shape: [payload.shape[0], payload.shape[1] / 2] }),
    );
  }
  // Without groups of weights, a size that is declared is one of inputs.
  const { group } = JSON.parse(fs.readFileSync(path.join(export_, "truth.json"), "utf8"));
  const sizes = /"(?:group_size|q_group_size)":\s*([1-9]\d*)/;
  if (config.has("config.json") && !config.get("config.json").includes('"quanto"'))
    twin("nothing declared", tensors, undeclared(config));
  if (
    group !== null &&
    [...config.values()].some((text) => sizes.test(text)) &&
    !tensors.some(({ name }) => name.endsWith("_weight_qdata"))
  )
    twin(
      "groups of another size declared",
      tensors,
      new Map(
        [...config].map(([name, text]) => [
          name,
          text.replace(new RegExp(sizes, "g"), (all, size) => all.replace(size, String(2 * size))),
        ]),
      ),
    );
  return twins;
}

const OF_LAYER = /layers\.1\..*(?:down_proj|w2)/;
const SCALE = /layers\.1\..*(?:down_proj|w2)\b.*(?:weight_scale(?:_inv)?|scales|absmax|SCB|weight\._scale)$/;
const PACKED = /^(?:[IU]\d+|F8_\w+)$/;
const DECLARATIONS = new Set([
  "hf_quant_config.json",
  "quantize_config.json",
  "quant_config.json",
  "quantization_config.json",
]);

function change(tensors, one, fields) {
  return tensors.map((each) => (each === one ? { ...each, ...fields } : each));
}

function readConfigs(folder) {
  const names = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".json") && !/^(?:truth|tokenizer\w*)\.json$/.test(name));
  return new Map(names.map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]));
}

function undeclared(configs) {
  const { quantization_config, quantization, ...left } = JSON.parse(configs.get("config.json"));
  return new Map(
    [...configs]
      .filter(([name]) => !DECLARATIONS.has(name))
      .map(([name, text]) => [name, name === "config.json" ? JSON.stringify(left) : text]),
  );
}

function readHeader(file) {
  const opened = fs.openSync(file, "r");
  const length = Buffer.alloc(8);
  fs.readSync(opened, length, 0, 8, 0);
  const json = Buffer.alloc(Number(length.readBigUInt64LE()));
  fs.readSync(opened, json, 0, json.length, 8);
  fs.closeSync(opened);
  const { __metadata__: metadata, ...tensors } = JSON.parse(json.toString("utf8"));
  return Object.entries(tensors).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => ({
      name,
      dtype,
      shape,
      bytesEach:
        (end - begin) /
        Math.max(
          1,
          shape.reduce((all, dim) => all * dim, 1),
        ),
      metadata,
    }),
  );
}

function writeTwin(folder, tensors, configs) {
  fs.mkdirSync(folder, { recursive: true });
  const map = {};
  let total = 0;
  for (const file of new Set(tensors.map((each) => each.file))) {
    const header = {};
    let at = 0;
    for (const { name, dtype, shape, bytesEach, metadata } of tensors.filter((each) => each.file === file)) {
      const end = at + bytesEach * shape.reduce((all, dim) => all * dim, 1);
      if (metadata !== undefined) header.__metadata__ = metadata;
      header[name] = { dtype, shape, data_offsets: [at, end] };
      map[name] = file;
      at = end;
    }
    total += at;
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    fs.writeFileSync(path.join(folder, file), Buffer.concat([length, json]));
    fs.truncateSync(path.join(folder, file), 8 + json.length + at);
  }
  for (const [name, text] of configs) {
    const isIndex = name.endsWith(".index.json");
    const index = () => JSON.stringify({ metadata: { total_size: total }, weight_map: map });
    fs.writeFileSync(path.join(folder, name), isIndex ? index() : text);
  }
}
