import type { HeaderMetadata } from "../safetensors/header-metadata.ts";
import type { Component } from "./checkpoint.ts";

/**
 * Components of which one was looked at already: equal names, dtypes and shapes, the same configuration files, and a header
 * that answers what the first one's was asked. What followed from the contents of the first follows for the others. A
 * folder of thousands of adapters holds a few hundred different ones.
 */
export class AlikeComponents<Looks> {
  private readonly fingerprint: (component: Component) => string;
  private readonly known = new Map<string, Known<Looks>[]>();

  /** `fingerprint` is equal where names, dtypes and shapes are. */
  constructor(fingerprint: (component: Component) => string) {
    this.fingerprint = fingerprint;
  }

  /** One that was added before and is like this one, with what came of it; undefined where there is none. */
  find(component: Component): Known<Looks> | undefined {
    const key = this.keyOf(component);
    return key === null
      ? undefined
      : this.known.get(key)?.find((known) => answersLike(known.component, component));
  }

  /** One that was looked at, and what came of it: from now on others are held against it. */
  add(component: Component, looks: Looks): void {
    const key = this.keyOf(component);
    if (key === null) return;
    const group = this.known.get(key);
    if (group === undefined) this.known.set(key, [{ component, looks }]);
    else if (group.length < MAX_ANSWERS) group.push({ component, looks });
  }

  /** Null for what is more, or less, than one sound file. */
  private keyOf(component: Component): string | null {
    const { absence, folder, index, isDamaged, layout, shards } = component;
    if (absence !== null || isDamaged || index !== null || shards.length !== 1) return null;
    return JSON.stringify([folder, layout, this.fingerprint(component)]);
  }
}

interface Known<Looks> {
  readonly component: Component;
  readonly looks: Looks;
}

/** Different answers of headers with equal tensors that are kept apart; each is compared with. */
const MAX_ANSWERS = 16;

function answersLike(known: Component, component: Component): boolean {
  const [asked, other] = [metadataOf(known), metadataOf(component)];
  return asked === null || other === null ? asked === other : asked.answersLike(other);
}

function metadataOf({ shards: [shard] }: Component): HeaderMetadata | null {
  return shard?.status === "read" ? shard.metadata : null;
}
