/** What a server may cost us: time, bytes, redirects, retries. Each a number with a unit and a reason. */
export interface NetworkLimits {
  /** To connect and get the answer's headers; a hub under load takes 1 to 3 s. */
  readonly headersMs: number;
  /** Silence while a body comes. */
  readonly idleMs: number;
  /** One ranged answer as a whole: a byte a second must not keep us for ever. */
  readonly rangeMs: number;
  /** One whole file: 100 MB of index on a line of 2 Mbit/s. */
  readonly fileMs: number;
  /** First wait before a retry; doubled each time, with full jitter. */
  readonly backoffMs: number;
  /** Longest wait before a retry. */
  readonly maxBackoffMs: number;
}

export const DEFAULT_LIMITS: NetworkLimits = {
  headersMs: 10_000,
  idleMs: 30_000,
  rangeMs: 120_000,
  fileMs: 600_000,
  backoffMs: 200,
  maxBackoffMs: 8_000,
};

/** Redirects in a row: a renamed repository, its file, the CDN and a mirror's detour make four. */
export const MAX_REDIRECTS = 5;

/** Answers of status 1xx before the real one: early hints of a CDN are one or two, more is a game. */
export const MAX_INFORMATIONAL_ANSWERS = 16;

/** Tries of one request after the first. */
export const MAX_RETRIES = 4;

/** Retries of a whole run: a server that fails every time ends a run of 160 shards soon, not after 640 waits. */
export const MAX_RUN_RETRIES = 64;

/** Longest wait that a server may ask of us before we say so and stop: nobody waits five minutes for a listing. */
export const MAX_ASKED_WAIT_MS = 60_000;

/** The same where a run reads many sources: a hub's window of 5 minutes, and some. */
export const MAX_SHARED_WAIT_MS = 330_000;

/** Bytes read of an answer that is no success: enough for a message, and to keep its connection. */
export const MAX_ERROR_BODY_BYTES = 65_536;

/** Bytes of one answer of the hub's API: a listing of 1,000,000 names is some 40 MB. */
export const MAX_API_BYTES = 50_000_000;

/** Pages of one listing, at 1,000 entries a page. */
export const MAX_LISTING_PAGES = 1_000;

/** Entries of one listing: the largest repositories hold some 100,000 files. */
export const MAX_LISTING_ENTRIES = 1_000_000;

/** Answers that may each bring a part of one range, as a server may send less than it was asked for. */
export const MAX_RANGE_PARTS = 16;

/**
 * Requests at once unless told otherwise. 163 shards at 100 ms an answer take 6 rounds of 32 or 4 of 48; a server
 * that finds it too much says so, and gets half.
 */
export const DEFAULT_CONCURRENCY = 48;

/** The largest `--concurrency`: more connections to one host than this is unkind, and slower. */
export const MAX_CONCURRENCY = 128;
