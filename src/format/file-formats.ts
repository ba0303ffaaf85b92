/** A kind of file that holds weights or data and is not ours, and what reads it. */
export interface FileFormat {
  /** In front of "file" and "files". */
  readonly name: string;
  readonly pattern: RegExp;
  /** A tool and what it does, as a sentence. */
  readonly reader: string;
}

/** Formats of weights. */
export const WEIGHT_FORMATS: readonly FileFormat[] = [
  {
    name: "GGUF",
    pattern: /\.gguf$/i,
    reader: "`gguf-dump` of the Python package gguf shows what a GGUF file holds.",
  },
  {
    name: "PyTorch pickle",
    pattern: /\.(bin|pt|pth|ckpt)(\.index\.json)?$/i,
    reader:
      "`torch.load(file, weights_only=True, mmap=True)` reads a pickle, and `safetensors.torch.save_file` writes it as safetensors.",
  },
  {
    name: "ONNX",
    pattern: /\.onnx(_data)?$/i,
    reader:
      "`onnx.load(file, load_external_data=False)` of the Python package onnx reads an ONNX file, and Netron draws it.",
  },
  {
    name: "TensorFlow",
    pattern: /\.(h5|keras|pb)$/i,
    reader: "`h5ls -r` or the Python package h5py lists an HDF5 file; Netron draws the others.",
  },
  {
    name: "Flax",
    pattern: /\.msgpack$/i,
    reader: "`flax.serialization.msgpack_restore` reads a Flax file.",
  },
  { name: "TensorFlow Lite", pattern: /\.tflite$/i, reader: "Netron draws a TensorFlow Lite file." },
  { name: "NumPy", pattern: /\.np[yz]$/i, reader: "`numpy.load(file, mmap_mode='r')` reads a NumPy file." },
];

/** Formats of data sets. */
export const DATA_FORMATS: readonly FileFormat[] = [
  {
    name: "Parquet",
    pattern: /\.parquet$/i,
    reader:
      "This looks like a dataset: DuckDB reads it (`SELECT * FROM 'file.parquet'`), and so does `datasets.load_dataset`.",
  },
  {
    name: "Arrow",
    pattern: /\.arrow$/i,
    reader: "This looks like a dataset: `datasets.load_from_disk` reads it.",
  },
];

/** The format that a file's name stands for, undefined where it is none that is known. */
export function formatOfFile(name: string): FileFormat | undefined {
  return [...WEIGHT_FORMATS, ...DATA_FORMATS].find(({ pattern }) => pattern.test(name));
}
