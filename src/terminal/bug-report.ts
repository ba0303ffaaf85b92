/** What is said of a bug, before its lines. */
export const BUG =
  "this is a bug in unfold; please report it with the lines below: https://github.com/unfold-cli/unfold/issues";

/** Frames of a stack trace that are shown. */
const MAX_FRAMES = 30;

/** Characters of one line of it: a message may quote what was read, a frame names a file. */
const MAX_LINE_CHARACTERS = 300;

/**
 * The error's name and message, then the frames of its stack. Nothing else of the stack: of what does not compile it begins
 * with a line of the source, and ours is one line of half a megabyte. Outside text in it is raw.
 */
export function describeError(error: unknown): string[] {
  if (!(error instanceof Error)) return [cut(`thrown: ${describeValue(error)}`)];
  const { name, message, stack } = error as { name: unknown; message: unknown; stack?: unknown };
  const frames = (typeof stack === "string" ? stack : "").split("\n").filter((line) => /^\s+at /.test(line));
  return [`${name}: ${message}`, ...frames.slice(0, MAX_FRAMES).map(withoutFolder)].map(cut);
}

function describeValue(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value; // an object that makes no text of itself
  }
}

/** Paths from the package on: where it is installed is nobody's business. */
function withoutFolder(frame: string): string {
  return frame.replace(/(?:file:\/\/)?[^\s()]*[/\\](?=(?:bin|dist|src|node_modules)[/\\])/, "");
}

function cut(text: string): string {
  return text.length > MAX_LINE_CHARACTERS ? `${text.slice(0, MAX_LINE_CHARACTERS)}…` : text;
}
