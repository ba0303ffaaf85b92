import { type ErrorOptions, UnfoldError } from "../errors.ts";

/** Codes of the system that have no error of their own, in words. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENAMETOOLONG", "a name in it is longer than the file system takes"],
  ["EIO", "the disk or the network behind it fails"],
  ["ESTALE", "the network folder it is in was replaced"],
  ["ENODEV", "the device behind it is gone"],
  ["ETIMEDOUT", "the network folder it is in does not answer"],
]);

/** A failure of the file system in words; its own text holds absolute paths and stays the cause. */
export function toReadError(error: unknown, file?: string): UnfoldError {
  const options: ErrorOptions = { cause: error, ...(file ? { file } : {}) };
  const code = String((error as NodeJS.ErrnoException | null)?.code ?? "unknown reason");
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new UnfoldError("SHARD_MISSING", {}, options);
    case "ELOOP":
      return new UnfoldError("LINK_LOOP", {}, options);
    case "EACCES":
    case "EPERM":
      return new UnfoldError("ACCESS_DENIED", {}, options);
    case "EMFILE":
    case "ENFILE":
      return new UnfoldError(
        "TOO_MANY_OPEN_FILES",
        {},
        { ...options, hint: "Raise the limit with `ulimit -n` or close other programs." },
      );
    case "ENXIO":
      return new UnfoldError("NOT_A_FILE", { found: "a socket or device" }, options);
    case "EISDIR":
      return new UnfoldError("NOT_A_FILE", { found: "a folder" }, options);
    // What Node says of a NUL in a path, which no file system takes.
    case "ERR_INVALID_ARG_VALUE":
      return new UnfoldError("USAGE", { message: "a path cannot hold a NUL character" }, options);
    default: {
      const words = REASONS.get(code);
      const reason = words === undefined ? code : `${words} (${code})`;
      return new UnfoldError("READ_FAILED", { reason }, options);
    }
  }
}
