import os from "node:os";
import path from "node:path";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { HubSource } from "../../src/sources/hub.ts";
import { parseHubName, parseRemoteTarget } from "../../src/sources/remote-target.ts";
import { type NetworkSettings, readNetworkSettings } from "../../src/sources/settings.ts";

/** Deadlines short enough for tests; a stall ends after a tenth of a second. */
export const FAST_LIMITS = {
  headersMs: 100,
  idleMs: 100,
  rangeMs: 400,
  fileMs: 400,
  backoffMs: 1,
  maxBackoffMs: 4,
} as const;

/** Deadlines that a busy machine keeps too, for tests that no stall is part of; what is tried again is so at once. */
export const PATIENT_LIMITS = {
  ...FAST_LIMITS,
  headersMs: 10_000,
  idleMs: 10_000,
  rangeMs: 10_000,
  fileMs: 10_000,
} as const;

export interface RemoteOptions extends Partial<NetworkSettings> {
  readonly home?: string;
  readonly tokenText?: string;
}

/** Settings for a test hub: nothing of the machine's environment, and no cache unless a home is given. */
export function settingsFor(endpoint: string, options: RemoteOptions = {}): NetworkSettings {
  const { home, tokenText, ...rest } = options;
  const base = readNetworkSettings(
    { endpoint, token: tokenText, useCache: home !== undefined },
    {
      environment: {},
      homeFolder: home ?? path.join(os.tmpdir(), "unfold-no-home"),
      readText: () => undefined,
      version: "0.0.0-test",
      signal: new AbortController().signal,
    },
  );
  return { ...base, ...rest };
}

export async function connect(target: string, settings: NetworkSettings): Promise<HubSource> {
  const parsed = parseRemoteTarget(target, settings.endpoint) ?? parseHubName(target, settings.endpoint);
  if (parsed?.kind !== "hub") throw new Error(`${target} is not meant for a hub`);
  return HubSource.connect(parsed, settings);
}

/** Loads a checkpoint of a hub and closes the source. */
export async function loadRemote(
  target: string,
  settings: NetworkSettings,
): Promise<{ checkpoint: Checkpoint; source: HubSource }> {
  const source = await connect(target, settings);
  try {
    return { checkpoint: await loadCheckpoint(source, { chosenFile: source.chosenFile }), source };
  } finally {
    await source.close();
  }
}
