import fs from "node:fs";

/**
 * The content of a regular file of at most `maxBytes`; undefined for anything else under that name: nothing, a pipe, a
 * device, a folder, a link in circles, a longer file, one that is not ours to read. Never waits, and reads no more than
 * the file's length: what others left in a cache or behind a variable must not hold up a run.
 */
export function readRegularFile(file: string, maxBytes: number): Buffer | undefined {
  try {
    // Looked at before it is opened: opening alone does something to some devices.
    if (!isRegular(fs.statSync(file), maxBytes)) return undefined;
    const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const stats = fs.fstatSync(descriptor);
      return isRegular(stats, maxBytes) ? readWhole(descriptor, stats.size) : undefined;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** Whether there is a regular file under that name, links followed. */
export function isRegularFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function isRegular(stats: fs.Stats, maxBytes: number): boolean {
  return stats.isFile() && stats.size <= maxBytes;
}

/** All bytes, undefined where the file is shorter by now. */
function readWhole(descriptor: number, bytes: number): Buffer | undefined {
  const content = Buffer.allocUnsafeSlow(bytes);
  for (let filled = 0; filled < bytes; ) {
    const count = fs.readSync(descriptor, content, filled, bytes - filled, filled);
    if (count === 0) return undefined;
    filled += count;
  }
  return content;
}
