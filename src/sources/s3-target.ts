import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { refuseOtherFormat } from "./other-files.ts";
import { baseName, findUnsafePath, folderOf, joinPath } from "./paths.ts";

/** A place in an S3-compatible object store, as the user wrote it. */
export interface StoreTarget {
  readonly kind: "store";
  readonly bucket: string;
  /** The folder that counts as the source, "" for the whole bucket. Keys are taken as they are, never decoded. */
  readonly root: string;
  /** The file in it that was named, null where it is the folder. */
  readonly file: string | null;
}

/** AWS takes 3 to 63 lower-case characters; other stores, and buckets of former times, more and others. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

/** `s3://bucket/prefix`, undefined for anything else. Throws `USAGE` for one that cannot be meant. */
export function parseStoreTarget(text: string, subfolder: string | null = null): StoreTarget | undefined {
  const [, rest] = /^s3:\/\/(.*)$/is.exec(text) ?? [];
  if (rest === undefined) return undefined;
  const slash = rest.indexOf("/");
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const key = slash < 0 ? "" : rest.slice(slash + 1).replace(/\/+$/, "");
  if (!BUCKET.test(bucket) || bucket.includes(".."))
    throw usage(
      bucket === ""
        ? "no bucket is named behind s3://"
        : `${quoteForMessage(bucket)} is not the name of a bucket`,
    );
  if (bucket.endsWith("--x-s3")) throw usage("directory buckets (S3 Express) are not read");
  const whole = subfolder ? joinPath(key, subfolder.replace(/\/+$/, "")) : key;
  const unsafe = whole === "" ? undefined : findUnsafePath(whole);
  if (unsafe !== undefined) throw usage(`the prefix ${quoteForMessage(whole)} cannot be used: ${unsafe}`);
  refuseOtherFormat(baseName(whole));
  const isFile = /\.(safetensors|index(\.[^./]+)?\.json)$/.test(whole);
  return isFile
    ? { kind: "store", bucket, root: folderOf(whole), file: baseName(whole) }
    : { kind: "store", bucket, root: whole, file: null };
}

/** `s3://bucket/prefix` of a target's folder, as reports name it. */
export function showStore({ bucket, root }: StoreTarget): string {
  return `s3://${joinPath(bucket, root).replace(/\/$/, "")}`;
}

function usage(message: string): UnfoldError {
  const hint = "Write s3://bucket/prefix; another store than Amazon's is named with --endpoint.";
  return new UnfoldError("USAGE", { message }, { hint });
}
