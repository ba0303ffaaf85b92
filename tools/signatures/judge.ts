import { expectTensors, nameAt } from "../../src/signatures/expect.ts";
import { buildMatcher } from "../../src/signatures/match.ts";
import type { Layout, Library } from "../../src/signatures/signature.ts";
import type { SignatureStore } from "../../src/signatures/store.ts";

/** A configuration as a library saves it, and the names and shapes that it then stores (sample.py). */
export interface Sample {
  readonly library: Library;
  readonly class: string;
  readonly modelType?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly layout?: Layout;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
}

/**
 * `exact`: every name and shape follows. `partly`: all that follows is so, some is not known. `beyond`: the configuration
 * has a value for which nothing was found out. `none`: no such class. `wrong` must never be.
 */
export interface Verdict {
  readonly verdict: "exact" | "wrong" | "partly" | "beyond" | "none";
  readonly why: string;
  /** Patterns that are wrong: not to be trusted until the derivation explains them. */
  readonly patterns: readonly string[];
}

/** Holds what a class stores against what its signature says for the same configuration. */
export function judge(sample: Sample, store: SignatureStore): Verdict {
  const signature = store.signatureFor({
    library: sample.library,
    className: sample.class,
    modelType: sample.modelType,
  });
  if (signature === undefined) return { verdict: "none", why: "", patterns: [] };
  const expected = expectTensors(signature, sample.config, sample.layout);
  if (expected.status === "beyond")
    return { verdict: "beyond", why: `${expected.path} = ${JSON.stringify(expected.value)}`, patterns: [] };
  const left = new Map(Object.entries(sample.tensors));
  const wrong = new Map<string, string>();
  let partly = "";
  for (const { pattern, indices, shape } of expected.tensors)
    for (const place of product(indices)) {
      const name = nameAt(pattern, place);
      const real = left.get(name);
      left.delete(name);
      if (real === undefined) wrong.set(pattern, `${name} is not there`);
      else if (shape.length !== real.length || shape.some((d, at) => d !== undefined && d !== real[at]))
        wrong.set(pattern, `${name}: expected [${shape}], is [${real}]`);
      if (shape.includes(undefined)) partly = `${pattern}: shape`;
    }
  const unknown = expected.unknown.map(toRegex);
  const match = buildMatcher(signature.rows.map(({ pattern }) => pattern));
  for (const name of left.keys()) {
    if (unknown.some((each) => each.test(name))) partly = `${name}: unknown`;
    else wrong.set(match(name)?.pattern ?? foldAll(name), `${name} is not expected`);
  }
  const first = [...wrong.values()][0];
  if (first !== undefined) return { verdict: "wrong", why: first, patterns: [...wrong.keys()] };
  return { verdict: partly === "" ? "exact" : "partly", why: partly, patterns: [] };
}

/** A name that no pattern has, with every number as an index. */
function foldAll(name: string): string {
  let variable = 0;
  return name
    .split(".")
    .map((segment) => (/^\d+$/.test(segment) ? `{${variable++}}` : segment))
    .join(".");
}

function toRegex(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\d+\}/g, "\\d+")}$`);
}

/** Every combination of indices. */
export function* product(indices: readonly (readonly number[])[]): Generator<number[]> {
  const [first, ...rest] = indices;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const head of first) for (const tail of product(rest)) yield [head, ...tail];
}
