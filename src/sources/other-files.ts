import { UnfoldError } from "../errors.ts";
import { formatOfFile } from "../format/file-formats.ts";

/** Throws `NOT_SAFETENSORS` for a file that was named and whose name stands for another format, with what reads that. */
export function refuseOtherFormat(file: string): void {
  const format = formatOfFile(file);
  if (format === undefined) return;
  const found = `${/^[AEIOU]/.test(format.name) ? "an" : "a"} ${format.name} file`;
  throw new UnfoldError("NOT_SAFETENSORS", { found }, { file, hint: format.reader });
}
