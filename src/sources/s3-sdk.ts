/**
 * The door of the AWS SDK: where a bucket is, who asks, and signatures. Requests are ours, with the limits, retries and
 * range checks of every other source. Imports nothing of ours: it is a file of its own, which only runs of `s3://` load.
 */

import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

export interface StorePlace {
  readonly bucket: string;
  /** Undefined for what the environment and the profile say, else `us-east-1`. */
  readonly region: string | undefined;
  /** Undefined for what the environment and the profile say, else Amazon's own. */
  readonly endpoint: string | undefined;
}

/** A bucket as requests see it. */
export interface StoreAccess {
  /** Address of the bucket, without a slash at the end. */
  readonly url: URL;
  /** The endpoint that was configured, null for Amazon's own. */
  readonly endpoint: string | null;
  readonly region: string;
  /** Whether the default chain has credentials. Throws its error where it has some that do not work. */
  hasCredentials(): Promise<boolean>;
  /** The headers of a `GET` with its signature. */
  sign(url: URL, headers: Readonly<Record<string, string>>): Promise<Record<string, string>>;
}

/** Where requests go that no region is known for: the store then tells the right one. */
const DEFAULT_REGION = "us-east-1";

/** A proxy in between may write its own: Google's front end does, and the signature would not match. */
const NOT_SIGNED = new Set(["accept-encoding"]);

export async function accessStore(place: StorePlace): Promise<StoreAccess> {
  // Its notice of a later version's needs is for whoever builds this, not for a user's screen.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const region = place.region ?? (await configuredRegion());
  const given: S3ClientConfig = {
    region,
    ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint }),
  };
  const { config } = new S3Client(given);
  const endpoint = place.endpoint ?? (await config.serviceConfiguredEndpoint?.()) ?? null;
  const { url, properties } = config.endpointProvider({
    Bucket: place.bucket,
    Region: region,
    UseFIPS: await config.useFipsEndpoint(),
    UseDualStack: await config.useDualstackEndpoint(),
    // Stores of one's own seldom have a name for every bucket.
    ForcePathStyle: endpoint !== null && !/\.amazonaws\.com(\.cn)?\/?$/.test(endpoint),
    ...(endpoint === null ? {} : { Endpoint: endpoint }),
  });
  const [scheme] = (properties?.authSchemes ?? []) as Parameters<typeof config.signer>[0][];
  return {
    url: new URL(url.href.replace(/\/+$/, "")),
    endpoint,
    region,
    hasCredentials: () => hasCredentials(config.credentials),
    sign: async (address, headers) => {
      const signer = await config.signer(scheme);
      const query = Object.fromEntries(address.searchParams);
      const { protocol, hostname, host, port, pathname: path } = address;
      const place = { protocol, hostname, path, ...(port === "" ? {} : { port: Number(port) }) };
      const request = { method: "GET", ...place, query, headers: { host, ...headers } };
      const signed = await signer.sign(request, { unsignableHeaders: NOT_SIGNED });
      return signed.headers;
    },
  };
}

async function configuredRegion(): Promise<string> {
  try {
    return await new S3Client({}).config.region();
  } catch {
    return DEFAULT_REGION; // nowhere named
  }
}

async function hasCredentials(credentials: () => Promise<unknown>): Promise<boolean> {
  try {
    await credentials();
    return true;
  } catch (error) {
    // The chain came to its end, and nobody named a profile; what stops it earlier is a link that is set up and does not work.
    const isExhausted = error instanceof Error && /from any providers/.test(error.message);
    if (isExhausted && !process.env.AWS_PROFILE) return false;
    throw error;
  }
}
