import type { Model } from "../architecture/model.ts";
import type { Kind } from "../kinds/kind.ts";

/** Transformer blocks of one width. */
export interface BlockRow {
  readonly width: number;
  readonly count: number;
}

/**
 * Transformer blocks by width, of what has lists of layers side by side at several widths (UNets, autoencoders): no number
 * of layers and no hidden width is theirs. Null for all else.
 */
export function blocksOf({ main, stacks }: Model, kind: Kind): BlockRow[] | null {
  const isSideBySide = SIDE_BY_SIDE.has(kind) || (kind === "controlnet" && HALVES.test(main?.prefix ?? ""));
  if (!isSideBySide) return null;
  const counts = new Map<number, number>();
  for (const group of stacks.flatMap(({ groups }) => groups)) {
    const norm = group.tensorRoles.find(({ role, part }) => role.startsWith("norm.") && part === "weight");
    const width = norm?.shape[0];
    if (norm !== undefined && width !== undefined) counts.set(width, (counts.get(width) ?? 0) + norm.count);
  }
  return Array.from(counts, ([width, count]) => ({ width, count })).sort((a, b) => a.width - b.width);
}

const SIDE_BY_SIDE: ReadonlySet<Kind> = new Set(["unet", "autoencoder"]);

/** A ControlNet is the first half of what it controls: of a UNet, or of a transformer with one list of layers. */
const HALVES = /(?:^|\.)(?:down_blocks|mid_block|input_blocks|middle_block)(?:\.|$)/;
