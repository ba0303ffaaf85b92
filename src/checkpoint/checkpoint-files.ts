import { WEIGHT_FORMATS } from "../format/file-formats.ts";
import { CONFIG_FILES } from "../sources/config-files.ts";

/**
 * Whether a file of this name is a part of the checkpoint whose folder it lies in, or would be taken for one by the next
 * reader: weights, also in the formats that unfold does not read, an index, a configuration. Case does not count, as on
 * some disks it makes no difference.
 */
export function isCheckpointFile(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    isWeightsFile(lower) ||
    /\.index(\.[^.]+)?\.json$/.test(lower) ||
    (CONFIG_FILES as readonly string[]).includes(lower) ||
    WEIGHT_FORMATS.some(({ pattern }) => pattern.test(lower))
  );
}

/** Whether a name says of a file that it holds safetensors weights. */
export function isWeightsFile(name: string): boolean {
  return name.toLowerCase().endsWith(".safetensors");
}
