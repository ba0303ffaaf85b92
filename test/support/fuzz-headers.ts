import { UnfoldError } from "../../src/errors.ts";
import type { Header } from "../../src/safetensors/header.ts";
import { HeaderParser } from "../../src/safetensors/header-parser.ts";
import { findLayoutFaults } from "../../src/safetensors/layout-faults.ts";
import { TensorTable } from "../../src/safetensors/tensor-table.ts";
import { judgeHeader, type Opinion } from "./header-oracle.ts";
import { mutate } from "./mutate.ts";
import { Prng } from "./prng.ts";
import { type RandomHeader, randomHeader } from "./random-header.ts";

export interface FuzzSummary {
  readonly runs: number;
  readonly verdicts: ReadonlyMap<Opinion["verdict"], number>;
  /** Error codes met, with how often: a fuzzer that meets few is not looking far. */
  readonly codes: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
}

/** Headers that go into one table, as the shards of a checkpoint do; then a new one is begun. */
const HEADERS_PER_TABLE = 40;
/** Failures described before the rest is only counted. */
const MAX_FAILURES = 10;

/** Parses `runs` random and mutated headers and holds each verdict and each tensor against the oracle. */
export function fuzzHeaders(runs: number, seed: number, onProgress?: (done: number) => void): FuzzSummary {
  const verdicts = new Map<Opinion["verdict"], number>();
  const codes = new Map<string, number>();
  const failures: string[] = [];
  let shards = new FuzzShards();
  for (let run = 0; run < runs && failures.length < MAX_FAILURES; run++) {
    if (run % HEADERS_PER_TABLE === 0) shards = new FuzzShards();
    // Each run has a seed of its own; a disagreement may still need the shards before it in the table.
    const header = headerOfRun(seed, run);
    const opinion = judgeHeader(header.json, header.dataBytes);
    verdicts.set(opinion.verdict, (verdicts.get(opinion.verdict) ?? 0) + 1);
    const { disagreement, met } = shards.compare(header, opinion);
    for (const code of met) codes.set(code, (codes.get(code) ?? 0) + 1);
    if (disagreement !== undefined)
      failures.push(`seed ${seed}, run ${run}: ${disagreement}\n  header ${describe(header)}`);
    onProgress?.(run + 1);
  }
  return { runs, verdicts, codes, failures };
}

export function headerOfRun(seed: number, run: number): RandomHeader {
  const random = new Prng(seed ^ Math.imul(run + 1, 0x9e3779b1));
  const header = randomHeader(random);
  return random.chance(0.1) ? header : mutate(random, header, randomHeader(random));
}

interface Comparison {
  readonly disagreement: string | undefined;
  readonly met: readonly string[];
}

/** One table that takes header after header, broken ones among them. */
class FuzzShards {
  private readonly table = new TensorTable();
  private readonly parser = new HeaderParser(this.table);
  private shard = 0;

  compare({ json, dataBytes }: RandomHeader, opinion: Opinion): Comparison {
    const rowsBefore = this.table.count;
    const original = json.slice();
    let header: Header;
    try {
      header = this.parser.parse(json, this.shard++);
    } catch (error) {
      if (!(error instanceof UnfoldError))
        return { disagreement: `crashed: ${(error as Error).stack}`, met: [] };
      const met = [error.code];
      if (this.table.count !== rowsBefore) return { disagreement: "a refused header left rows behind", met };
      if (opinion.verdict === "bad-header") return { disagreement: undefined, met };
      return {
        disagreement: `refused (${error.code}: ${error.message}), the oracle says ${opinion.verdict}`,
        met,
      };
    }
    if (Buffer.compare(json, original) !== 0) return { disagreement: "the input was changed", met: [] };
    if (opinion.verdict === "bad-header")
      return { disagreement: `accepted, the oracle says ${opinion.why}`, met: [] };
    const met = [
      ...new Set(
        findLayoutFaults(header, { dataBytes, fileBytes: 8 + json.length + dataBytes }).map(
          ({ code }) => code,
        ),
      ),
    ];
    return { disagreement: compareLayout(header, met, opinion), met };
  }
}

function compareLayout(header: Header, met: readonly string[], opinion: Opinion): string | undefined {
  if (opinion.verdict === "bad-layout") {
    const found = met.filter((code) => code !== "MORE_FAULTS").sort();
    const expected = [...opinion.faults].sort();
    return found.join() === expected.join()
      ? undefined
      : `faults ${found.join()}, the oracle has ${expected.join()}`;
  }
  if (met.length > 0) return `faults ${met.join()}, the oracle has none`;
  return opinion.verdict === "accept" ? compareFacts(header, opinion) : undefined;
}

function compareFacts(
  header: Header,
  { tensors, metadata }: Extract<Opinion, { verdict: "accept" }>,
): string | undefined {
  const { table, firstRow, endRow } = header;
  if (endRow - firstRow !== tensors.length)
    return `${endRow - firstRow} tensors, the oracle has ${tensors.length}`;
  for (const [k, expected] of tensors.entries()) {
    const entry = table.entry(firstRow + k);
    const node = table.names.find(expected.name);
    const ours = JSON.stringify([entry.name, entry.dtype, entry.shape, entry.begin, entry.end]);
    const { name, dtype, shape, begin, end } = expected;
    const theirs = JSON.stringify([name, dtype, shape.map(Number), Number(begin), Number(end)]);
    if (ours !== theirs) return `tensor ${k} is ${ours}, for the oracle ${theirs}`;
    if (node !== table.nodes.data[firstRow + k] || table.rowAt(node) === undefined)
      return `${JSON.stringify(name)} is not found by its name`;
    if (entry.elements !== Number(shape.reduce((product, dim) => product * dim, 1n)))
      return `tensor ${k} has ${entry.elements} elements`;
  }
  const ours = header.metadata === null ? null : [...header.metadata];
  const theirs = metadata === null ? null : [...metadata];
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) return `metadata ${JSON.stringify(ours)}`;
  return undefined;
}

function describe({ json, dataBytes }: RandomHeader): string {
  return `${JSON.stringify(Buffer.from(json).toString("latin1"))} (latin1), ${dataBytes} data bytes`;
}
