import type { Model } from "../architecture/model.ts";
import type { Place } from "../architecture/places.ts";
import type { Scope } from "../architecture/roles.ts";

/** A part beside the main stack: an image encoder, an audio encoder, a projector, the encoder of a translation model. */
export interface Tower {
  readonly scope: Scope;
  /** Its list of layers, null for a part without one. */
  readonly stack: string | null;
  readonly layers: number;
  /** Width of its own stream, null where no norm tells. */
  readonly width: number | null;
  readonly parameters: number;
}

export function describeTowers({ places, stacks, main }: Model): Tower[] {
  const scopes = new Set(places.map((place) => place.scope));
  return [...scopes].flatMap((scope): Tower[] => {
    const own = places.filter((place) => place.scope === scope);
    if (scope === "mtp" || (main !== undefined && scope === main.scope)) return [];
    const lists = stacks.filter((stack) => stack.scope === scope);
    if (lists.length === 0 && scope === "text") return [];
    const largest = lists.reduce<(typeof lists)[number] | undefined>(
      (best, stack) => (best === undefined || stack.parameters > best.parameters ? stack : best),
      undefined,
    );
    return [
      {
        scope,
        stack: largest?.prefix ?? null,
        layers: largest?.groups.reduce((sum, group) => sum + group.members.length, 0) ?? 0,
        width: widthOf(largest?.groups[0]?.places ?? []),
        parameters: own.reduce((sum, place) => sum + place.parametersEach * place.count, 0),
      },
    ];
  });
}

function widthOf(places: readonly Place[]): number | null {
  return places.find((place) => place.role.startsWith("norm.") && place.part === "weight")?.shape[0] ?? null;
}
