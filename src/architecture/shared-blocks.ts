import { callsSharedBlock, type LayerFacts } from "./layer-facts.ts";
import { SHARED_BLOCK_WRAPPERS } from "./leaf-tables.ts";
import type { TensorRole } from "./tensor-roles.ts";

/** Blocks that are stored once and called by many layers, as Zamba's attention is. Parameters are logical. */
export interface SharedBlocks {
  readonly stored: number;
  /** Layers that call one of them. */
  readonly calls: number;
  /** Of all stored blocks, each counted once. Adapters are left out: each of them belongs to one call. */
  readonly storedParameters: number;
  /** The same, each block counted as often as it is called. */
  readonly calledParameters: number;
}

/** Layers that feed a shared block say so by a link into it; the first of them hold the blocks, called in turn. */
export function countSharedBlocks(layers: readonly LayerFacts[]): SharedBlocks | null {
  const callers = layers.filter(callsSharedBlock);
  const sizes = callers
    .flatMap(({ group, members }) => {
      const own = sum(group.tensorRoles.filter(isInSharedBlock)) / members.length;
      return own === 0 ? [] : members.map((layer) => ({ layer, own }));
    })
    .sort((a, b) => a.layer - b.layer)
    .map(({ own }) => own);
  const calls = callers.reduce((count, { members }) => count + members.length, 0);
  if (sizes.length === 0 || calls === sizes.length) return null;
  const storedParameters = sizes.reduce((total, size) => total + size, 0);
  let calledParameters = 0;
  for (let call = 0; call < calls; call++) calledParameters += sizes[call % sizes.length] as number;
  return { stored: sizes.length, calls, storedParameters, calledParameters };
}

function isInSharedBlock({ segments, role }: TensorRole): boolean {
  return (
    role !== "adapter.inline" &&
    segments.some((part) => typeof part === "string" && SHARED_BLOCK_WRAPPERS.has(part))
  );
}

function sum(tensorRoles: readonly TensorRole[]): number {
  return tensorRoles.reduce((total, tensorRole) => total + tensorRole.parametersEach * tensorRole.count, 0);
}
