import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { type Fault, sendFault } from "./faults.ts";
import type { VirtualFile } from "./shards.ts";

export interface TestBucket {
  readonly files: Map<string, VirtualFile>;
  /** Where it is; asked for in another region it names this one and gives nothing. */
  readonly region?: string;
  /** Anybody may read it. */
  readonly isPublic?: boolean;
  readonly wantsPayer?: boolean;
  /** Nobody may list it; what is not there is then answered with this status. */
  readonly unlisted?: 403 | 404;
}

export interface StoreKey {
  readonly secret: string;
  readonly token?: string;
  readonly isExpired?: boolean;
  /** Known, and allowed nothing. */
  readonly isDenied?: boolean;
}

/** One request as it arrived. */
export interface SeenStoreRequest {
  readonly path: string;
  readonly key: string | null;
  readonly range: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
}

/** Keys on one page of a listing, as of Amazon's. */
const PAGE_KEYS = 1000;

/**
 * An S3-compatible store on this machine, path style: lists, ranges, ETags, regions, and signatures, each made again by
 * the SDK's own signer and compared. Records every request.
 */
export class TestStore {
  readonly seen: SeenStoreRequest[] = [];
  endpoint = "";
  readonly buckets = new Map<string, TestBucket>();
  readonly keys = new Map<string, StoreKey>();
  fault: (request: SeenStoreRequest) => Fault | undefined = () => undefined;
  private readonly server = http.createServer((request, response) => void this.receive(request, response));

  static async start(): Promise<TestStore> {
    const store = new TestStore();
    await new Promise<void>((resolve) => store.server.listen(0, "127.0.0.1", resolve));
    store.endpoint = `http://127.0.0.1:${(store.server.address() as AddressInfo).port}`;
    return store;
  }

  get rangedReads(): number {
    return this.seen.filter(({ range }) => range !== undefined).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.endpoint);
    const [, bucket = "", ...rest] = url.pathname.split("/").map(decodeURIComponent);
    const key = rest.length === 0 ? null : rest.join("/");
    const { headers } = request;
    const seen = { path: request.url ?? "/", key, range: headers.range, headers };
    this.seen.push(seen);
    const fault = this.fault(seen);
    if (fault !== undefined) return sendFault(fault, response, (chunk) => response.write(chunk));
    const found = this.buckets.get(bucket);
    const refusal = await this.refusalOf(found, url, headers);
    if (refusal !== undefined) return refuse(response, ...refusal);
    if (found === undefined) return refuse(response, 404, "NoSuchBucket");
    const { unlisted } = found;
    if (key === null && unlisted !== undefined) return refuse(response, 403, "AccessDenied");
    if (key === null) return list(found, url, response);
    const file = found.files.get(key);
    if (file === undefined && unlisted === 403) return refuse(response, 403, "AccessDenied");
    if (file === undefined) return refuse(response, 404, "NoSuchKey");
    serve(file, headers, response);
  }

  private async refusalOf(
    bucket: TestBucket | undefined,
    url: URL,
    headers: http.IncomingHttpHeaders,
  ): Promise<Refusal | undefined> {
    const { authorization } = headers;
    if (bucket?.wantsPayer === true && headers["x-amz-request-payer"] !== "requester")
      return [403, "AccessDenied"];
    if (authorization === undefined) return bucket?.isPublic === true ? undefined : [403, "AccessDenied"];
    const [, id = "", date = "", region = "", names = ""] =
      /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+)/.exec(authorization) ?? [];
    const key = this.keys.get(id);
    if (key === undefined) return [403, "InvalidAccessKeyId"];
    if (key.isExpired === true) return [400, "ExpiredToken"];
    if (key.token !== headers["x-amz-security-token"]) return [400, "InvalidToken"];
    if (bucket?.region !== undefined && region !== bucket.region)
      return [301, "PermanentRedirect", { "x-amz-bucket-region": bucket.region }];
    const signed = Object.fromEntries(names.split(";").map((name) => [name, String(headers[name])]));
    const again = await signAgain(url, signed, { id, ...key }, region, String(headers["x-amz-date"]));
    if (!date.startsWith("20") || again !== authorization) return [403, "SignatureDoesNotMatch"];
    return key.isDenied === true ? [403, "AccessDenied"] : undefined;
  }
}

async function signAgain(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { id, secret, token }: StoreKey & { readonly id: string },
  region: string,
  date: string,
): Promise<string | undefined> {
  const sessionToken = token === undefined ? {} : { sessionToken: token };
  const credentials = { accessKeyId: id, secretAccessKey: secret, ...sessionToken };
  const signer = await new S3Client({ region, credentials }).config.signer({
    name: "sigv4",
    signingName: "s3",
    signingRegion: region,
    properties: {},
  });
  const place = {
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
  };
  const query = Object.fromEntries(url.searchParams);
  const signingDate = new Date(
    date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  const signed = await signer.sign(
    { method: "GET", ...place, query, headers: { ...headers } },
    { signingDate },
  );
  return signed.headers.authorization;
}

type Refusal = [status: number, code: string, headers?: http.OutgoingHttpHeaders];

function refuse(
  response: http.ServerResponse,
  status: number,
  code: string,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { "Content-Type": "application/xml", ...headers });
  response.end(`<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>as it is</Message></Error>`);
}

function list({ files }: TestBucket, url: URL, response: http.ServerResponse): void {
  const prefix = url.searchParams.get("prefix") ?? "";
  const from = Number(url.searchParams.get("continuation-token") ?? 0);
  const rows = new Set<string>();
  for (const key of [...files.keys()].sort()) {
    if (!key.startsWith(prefix)) continue;
    const slash = key.indexOf("/", prefix.length);
    rows.add(slash < 0 ? key : key.slice(0, slash + 1));
  }
  const page = [...rows].slice(from, from + PAGE_KEYS);
  const told = (text: string) => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%20", "+");
  const body = page.map((key) =>
    files.has(key)
      ? `<Contents><Key>${told(key)}</Key><ETag>&quot;${etagOf(files.get(key) as VirtualFile)}&quot;</ETag><Size>${files.get(key)?.fileBytes}</Size></Contents>`
      : `<CommonPrefixes><Prefix>${told(key)}</Prefix></CommonPrefixes>`,
  );
  const isMore = from + PAGE_KEYS < rows.size;
  const next = isMore ? `<NextContinuationToken>${from + PAGE_KEYS}</NextContinuationToken>` : "";
  response.writeHead(200, { "Content-Type": "application/xml" });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>${isMore}</IsTruncated>${next}${body.join("")}</ListBucketResult>`,
  );
}

/** Of what the file begins with and how long it is. */
export function etagOf({ bytes, fileBytes }: VirtualFile): string {
  return createHash("md5").update(bytes).update(String(fileBytes)).digest("hex");
}

function serve(file: VirtualFile, headers: http.IncomingHttpHeaders, response: http.ServerResponse): void {
  const etag = `"${etagOf(file)}"`;
  if (headers["if-match"] !== undefined && headers["if-match"] !== etag)
    return refuse(response, 412, "PreconditionFailed");
  const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
  if (headers["if-none-match"] === etag) {
    response.writeHead(304, { ETag: etag }).end();
    return;
  }
  if (begin === undefined) {
    response.writeHead(200, { ETag: etag, "Content-Length": file.fileBytes });
    response.end(file.bytes);
    return;
  }
  const end = Math.min(Number(last) + 1, file.fileBytes);
  const whole = Buffer.alloc(end - Number(begin));
  file.bytes.copy(whole, 0, Number(begin), Math.min(end, file.bytes.length));
  response.writeHead(206, {
    ETag: etag,
    "Content-Range": `bytes ${begin}-${end - 1}/${file.fileBytes}`,
    "Content-Length": whole.length,
  });
  response.end(whole);
}
