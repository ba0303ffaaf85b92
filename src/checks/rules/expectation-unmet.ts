import { formatBytes } from "../../format/bytes.ts";
import { formatCount } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import type { Expectations } from "../expectations.ts";
import { findModules, findTensors, tensorsAt } from "../places.ts";
import type { Subject } from "../subject.ts";
import page from "./expectation-unmet.md";

interface Unmet extends Seen {
  readonly text: string;
}

type Judge = (subject: Subject, expected: Expectations) => readonly Unmet[];

/** The user's own expectations. */
export const expectationUnmet = defineCheck<Unmet>({
  id: "expectation-unmet",
  family: "request",
  severity: "error",
  title: "The checkpoint is not what was expected",
  needs: ["expectations", "whole"],
  find: (subject) => {
    const expected = subject.options.expectations ?? {};
    return JUDGES.flatMap((judge) => judge(subject, expected));
  },
  message: ({ text }) => text,
  fix: "Correct the export, or the expectation.",
  page,
});

const JUDGES: readonly Judge[] = [schemes, parameters, layers, dtypes, totalBytes, shardBytes];

function schemes({ component, quantization }: Subject, { schemes: wanted }: Expectations): Unmet[] {
  if (wanted === undefined) return [];
  const found = new Set<string>();
  findModules(component, (kind) => {
    for (const { scheme } of quantization.module(kind).weights) if (scheme !== "none") found.add(scheme);
    return false;
  });
  const isMet = wanted.includes("none")
    ? found.size === 0
    : wanted.every((scheme) => found.has(scheme)) && [...found].every((scheme) => wanted.includes(scheme));
  if (isMet) return [];
  const [expected, stored] = [wanted.join(", "), [...found].sort().join(", ") || "none"];
  return [{ expected, found: stored, text: `expected scheme ${expected}, found ${stored}` }];
}

function parameters({ component, quantization }: Subject, { parameters: wanted }: Expectations): Unmet[] {
  const stored = quantization.parameters(component.kinds.root);
  if (wanted === undefined || (stored >= wanted.least && stored <= wanted.most)) return [];
  return [
    {
      expected: wanted.text,
      found: formatCount(stored),
      text: `expected ${wanted.text} parameters, found ${formatCount(stored)}`,
    },
  ];
}

function layers({ model }: Subject, { layers: wanted }: Expectations): Unmet[] {
  if (wanted === undefined || model.layerCount === wanted) return [];
  return [
    {
      expected: String(wanted),
      found: String(model.layerCount),
      text: `expected ${wanted} layers, found ${model.layerCount}`,
    },
  ];
}

function dtypes({ component }: Subject, { dtypes: wanted }: Expectations): Unmet[] {
  const { table } = component;
  return (wanted ?? []).flatMap(({ glob, matches, dtype }) => {
    let matching = 0;
    const others = findTensors(component, (row) => {
      if (!matches(table.name(row))) return false;
      matching++;
      return table.dtype(row) !== dtype;
    });
    if (matching === 0)
      return [
        {
          expected: dtype,
          found: "no tensor",
          text: `expected ${dtype} for ${quoteForMessage(glob)}, which matches no tensor`,
        },
      ];
    return others.map((group) => {
      const places = tensorsAt(group);
      const found = table.dtype(group.row);
      return {
        ...places,
        expected: dtype,
        found,
        text: `${quoteForMessage(places.at.format() ?? "")} is ${found}, expected ${dtype} for ${quoteForMessage(glob)}`,
      };
    });
  });
}

function totalBytes({ component: { kinds } }: Subject, { maxBytes }: Expectations): Unmet[] {
  const bytes = kinds.bytes(kinds.root);
  return maxBytes === undefined || bytes <= maxBytes
    ? []
    : [tooLarge("the tensors take", bytes, maxBytes, null)];
}

function shardBytes({ component: { shards } }: Subject, { maxShardBytes }: Expectations): Unmet[] {
  if (maxShardBytes === undefined) return [];
  return shards.flatMap((shard) =>
    shard.status === "read" && shard.fileBytes > maxShardBytes
      ? [tooLarge("the file takes", shard.fileBytes, maxShardBytes, shard.path)]
      : [],
  );
}

function tooLarge(what: string, bytes: number, most: number, shard: string | null): Unmet {
  const spell = (count: number) => `${formatCount(count)} bytes (${formatBytes(count)})`;
  return {
    shard,
    expected: `at most ${spell(most)}`,
    found: spell(bytes),
    text: `${what} ${spell(bytes)}, at most ${spell(most)} were expected`,
  };
}
