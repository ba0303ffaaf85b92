import type { Configs } from "../checkpoint/config.ts";
import { REMOTE_CONFIG_FILES } from "../sources/config-files.ts";

/** A setting that the configurations of two checkpoints do not share. */
export interface ConfigChange {
  readonly file: string;
  /** Keys from the outermost in, with dots between; "" for a file that one side alone has. */
  readonly key: string;
  /** Values as JSON; null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface ConfigDiff {
  /** Null where one side has no configuration: then nothing was compared. */
  readonly changes: readonly ConfigChange[] | null;
  /** Further changes, which are counted alone. */
  readonly more: number;
}

/** Changes that are told one by one: configurations of two versions of a model differ in some ten settings. */
const MAX_CHANGES = 200;

/** Who wrote a file, and from where: no setting of the model. */
const REMARKS: ReadonlySet<string> = new Set([
  "_name_or_path",
  "_commit_hash",
  "transformers_version",
  "_diffusers_version",
]);

/** Compares the configuration files that are read of any source, key by key; remarks of who wrote them are no settings. */
export function diffConfigs(before: Configs, after: Configs): ConfigDiff {
  const read = REMOTE_CONFIG_FILES.filter((file) => before.has(file) || after.has(file));
  const hasSome = (configs: Configs) => read.some((file) => configs.has(file));
  if (!hasSome(before) || !hasSome(after)) return { changes: null, more: 0 };
  const changes = read.flatMap((file): ConfigChange[] => {
    if (!before.has(file)) return [{ file, key: "", before: null, after: "there" }];
    if (!after.has(file)) return [{ file, key: "", before: "there", after: null }];
    return diffSettings(file, settingsOf(before.get(file)), settingsOf(after.get(file)));
  });
  return { changes: changes.slice(0, MAX_CHANGES), more: Math.max(0, changes.length - MAX_CHANGES) };
}

type Settings = ReadonlyMap<string, string>;

function diffSettings(file: string, before: Settings, after: Settings): ConfigChange[] {
  const keys = [...before.keys(), ...[...after.keys()].filter((key) => !before.has(key))];
  return keys.flatMap((key) => {
    const change = { file, key, before: before.get(key) ?? null, after: after.get(key) ?? null };
    return change.before === change.after ? [] : [change];
  });
}

/** Every value that is no object, by its keys; lists are one value. */
function settingsOf(config: unknown): Settings {
  const settings = new Map<string, string>();
  const visit = (value: unknown, key: string) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      settings.set(key, JSON.stringify(value));
      return;
    }
    for (const [name, each] of Object.entries(value))
      if (!REMARKS.has(name)) visit(each, key === "" ? name : `${key}.${name}`);
  };
  visit(config, "");
  return settings;
}
