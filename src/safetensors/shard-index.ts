import { UnfoldError } from "../errors.ts";
import { formatCount } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import { Int32Column } from "./growable.ts";
import { JsonCursor, JsonFault } from "./json-cursor.ts";
import { MAX_SHARDS } from "./limits.ts";
import type { ScanKernel } from "./scan-kernel.ts";
import { SegmentTable } from "./segment-table.ts";
import type { TensorNames } from "./tensor-names.ts";
import { sharedPrefix, viewOf } from "./wide-compare.ts";

/** What a `*.safetensors.index.json` claims. Its tensor names are nodes of the name tree it was parsed into. */
export interface ShardIndex {
  /** Shard names in order of first mention, as written: check each with `findUnsafePath` before use. */
  readonly shards: readonly string[];
  readonly entryCount: number;
  /** Number in `shards` of the shard that is to hold the tensor at a node, or -1 where it is not listed. */
  shardOf(node: number): number;
  /** The same for a loop over all: 1 + the number by node, 0 or beyond the end for one that is not listed. */
  readonly shardNumbers: Int32Array;
  readonly hasMetadata: boolean;
  /** `metadata.total_size` (bytes of tensor data) where it is a whole number; a claim, often stale. */
  readonly totalSize: number | null;
  /** `metadata.total_parameters` where it is a whole number; self-reported. */
  readonly totalParameters: number | null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACE = 0x7b;

/**
 * Parses an index into the name tree, without trusting it: names and shards are claims until the headers confirm
 * them. With a kernel, entries go through it as long as it gets on. Throws `INDEX_INVALID` with the place of the fault, `LIMIT_EXCEEDED` above 10,000 shards.
 */
export function parseShardIndex(json: Uint8Array, names: TensorNames, kernel?: ScanKernel): ShardIndex {
  const parser = new IndexParser(json, names, kernel);
  try {
    return parser.parse();
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new UnfoldError("INDEX_INVALID", { problem: describeFault(error) });
  }
}

function describeFault(fault: JsonFault): string {
  const at = `at byte ${formatCount(fault.at)}`;
  switch (fault.kind) {
    case "syntax":
      return `not JSON: ${fault.problem} ${at}`;
    case "utf8":
      return `not valid UTF-8 ${at}`;
    case "depth":
      return `nested too deeply ${at}`;
    case "keys":
      return `one object with too many keys ${at}`;
    case "duplicate":
      return `the key ${quoteForMessage(fault.problem)} occurs twice, again ${at}`;
  }
}

class IndexParser {
  private readonly cursor: JsonCursor;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly names: TensorNames;
  private readonly kernel: ScanKernel | undefined;
  private readonly shardNames = new SegmentTable();
  /** 1 + the number of the shard by node, 0 for none. */
  private readonly shardOfNode = new Int32Column(1024);
  private entryCount = 0;
  private nameBegin = 0;
  private nameEnd = 0;

  constructor(json: Uint8Array, names: TensorNames, kernel: ScanKernel | undefined) {
    this.cursor = new JsonCursor(json);
    this.bytes = json;
    this.view = viewOf(json);
    this.names = names;
    this.kernel = kernel;
    names.forgetPath();
  }

  parse(): ShardIndex {
    const { cursor } = this;
    let metadata: ReadonlyMap<string, string> | undefined;
    let hasMap = false;
    cursor.skipSpace();
    if (cursor.peek() !== OPEN_BRACE) {
      const found = cursor.describeHere();
      cursor.skipValue(0);
      throw invalid(`an object is expected, found ${found}`);
    }
    cursor.readObject(1, (key) => {
      if (key === "weight_map") {
        this.weightMap();
        hasMap = true;
      } else if (key === "metadata" && cursor.peek() === OPEN_BRACE) metadata = this.numbers();
      else cursor.skipValue(1);
    });
    cursor.skipSpace();
    if (cursor.at < cursor.end) cursor.fail(`expected the end of the file, found ${cursor.describeHere()}`);
    if (!hasMap) throw invalid("it has no weight_map");
    if (this.entryCount === 0) throw invalid("its weight_map is empty");
    return this.result(metadata);
  }

  private result(metadata: ReadonlyMap<string, string> | undefined): ShardIndex {
    const { shardNames, shardOfNode } = this;
    this.kernel?.takeShardNames();
    return {
      shards: Array.from({ length: shardNames.count }, (_, id) => shardNames.text(id)),
      entryCount: this.entryCount,
      shardOf: (node) => (node < shardOfNode.data.length ? (shardOfNode.data[node] as number) - 1 : -1),
      get shardNumbers() {
        return shardOfNode.data;
      },
      hasMetadata: metadata !== undefined,
      totalSize: toWholeNumber(metadata?.get("total_size")),
      totalParameters: toWholeNumber(metadata?.get("total_parameters")),
    };
  }

  /** Number members of an object, as written. */
  private numbers(): Map<string, string> {
    const { cursor } = this;
    const numbers = new Map<string, string>();
    cursor.readObject(2, (key) => {
      const c = cursor.peek();
      if (c === 0x2d || (c >= 0x30 && c <= 0x39)) numbers.set(key, cursor.readNumberToken());
      else cursor.skipValue(2);
    });
    return numbers;
  }

  private weightMap(): void {
    const { cursor } = this;
    if (cursor.peek() !== OPEN_BRACE) {
      cursor.skipValue(1);
      throw invalid("its weight_map is not an object");
    }
    cursor.expect(OPEN_BRACE);
    cursor.skipSpace();
    if (cursor.peek() === CLOSE_BRACE) {
      cursor.at++;
      return;
    }
    do {
      cursor.skipSpace();
      if (!this.commonEntries()) this.entry();
    } while (cursor.continues(CLOSE_BRACE));
  }

  /** Entries that the kernel takes, the cursor then behind the last; false where it takes none. */
  private commonEntries(): boolean {
    const { cursor, kernel } = this;
    if (kernel === undefined || kernel.isSettled) return false;
    const at = cursor.at;
    const before = kernel.indexEntryCount;
    cursor.at = kernel.scanIndex(this.bytes, at, this.shardNames, this.shardOfNode);
    this.entryCount += kernel.indexEntryCount - before;
    if (cursor.at > at) return true;
    kernel.settle();
    return false;
  }

  /** `"name": "shard"`; plain ASCII in one pass, anything else through the general reader. */
  private entry(): void {
    const { bytes, cursor, view } = this;
    const keyAt = cursor.at;
    const begin = keyAt + 1;
    const shared =
      cursor.peek() === QUOTE ? sharedPrefix(view, begin, this.nameBegin, this.nameEnd - this.nameBegin) : 0;
    const nameEnd = plainStringEnd(bytes, begin + shared);
    if (cursor.peek() !== QUOTE || nameEnd < 0) return this.generalEntry();
    let at = nameEnd + 1;
    if (bytes[at] === 0x3a && bytes[at + 1] === 0x20 && bytes[at + 2] === QUOTE) at += 3;
    else return this.generalEntry();
    const shardEnd = plainStringEnd(bytes, at);
    if (shardEnd < 0) return this.generalEntry();
    const node = this.names.insert(bytes, begin, nameEnd, shared);
    this.nameBegin = begin;
    this.nameEnd = nameEnd;
    cursor.at = shardEnd + 1;
    this.addEntry(node, this.shardNames.intern(bytes, at, shardEnd), keyAt);
  }

  private generalEntry(): void {
    const { cursor } = this;
    const keyAt = cursor.at;
    const name = cursor.readString();
    cursor.expect(0x3a);
    cursor.skipSpace();
    if (cursor.peek() !== QUOTE) {
      cursor.skipValue(2);
      throw invalid(`weight_map[${quoteForMessage(name)}] is not the name of a file`);
    }
    const shard = Buffer.from(cursor.readString(), "utf8");
    const utf8 = Buffer.from(name, "utf8");
    const node = this.names.insert(utf8, 0, utf8.length, 0);
    this.names.forgetPath();
    this.nameEnd = this.nameBegin;
    this.addEntry(node, this.shardNames.intern(shard, 0, shard.length), keyAt);
  }

  private addEntry(node: number, shard: number, keyAt: number): void {
    if (shard >= MAX_SHARDS)
      throw new UnfoldError("LIMIT_EXCEEDED", {
        what: "shards in the index",
        found: shard + 1,
        limit: MAX_SHARDS,
      });
    this.shardOfNode.reserve(node + 1);
    const slots = this.shardOfNode.data;
    if (slots[node] !== 0) throw new JsonFault("duplicate", keyAt, this.names.name(node));
    slots[node] = shard + 1;
    this.entryCount++;
  }
}

/** End of a string of plain ASCII (the position of its closing quote), or -1 where it holds anything else. */
function plainStringEnd(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  let i = from;
  while (i < length) {
    const c = bytes[i] as number;
    if (c === QUOTE) return i;
    if (c === BACKSLASH || c < 0x20 || c >= 0x80) return -1;
    i++;
  }
  return -1;
}

/** A claim counts only where it is a whole number that a report can hold. */
function toWholeNumber(token: string | undefined): number | null {
  const value = Number(token);
  return token !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function invalid(problem: string): UnfoldError {
  return new UnfoldError(
    "INDEX_INVALID",
    { problem },
    { hint: "Write the index anew, or name the shards' folder without it." },
  );
}
