import { member } from "../../checkpoint/config.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { findTensors, placesOf } from "../places.ts";
import type { Subject } from "../subject.ts";
import page from "./adapter-pair-broken.md";

interface Unpaired extends Seen {
  readonly text: string;
}

/** Pairs of low-rank matrices, and their ranks. */
export const adapterPairBroken = defineCheck<Unpaired>({
  id: "adapter-pair-broken",
  family: "adapter",
  severity: "error",
  title: "A LoRA matrix has no counterpart, or the ranks differ",
  needs: ["whole"],
  find: (subject) => {
    const { component } = subject;
    const { table } = component;
    return findTensors(component, (row) => fault(subject, table.name(row)) !== undefined).map((group) => {
      const places = placesOf(group.patterns, group.count);
      const seen = fault(subject, table.names.name(group.node)) as Fault;
      // Of a matrix that is not there, its name.
      const expected = seen.found === "none" ? otherSide(places.where ?? "") : seen.expected;
      return { ...places, ...seen, expected };
    });
  },
  message: ({ where, text }) => `${quoteForMessage(where ?? "")} ${text}`,
  fix: "Save the adapter again with both matrices of every module.",
  page,
});

interface Fault {
  readonly text: string;
  readonly expected: string;
  readonly found: string;
}

function otherSide(tensor: string): string {
  return tensor.replace(/\.lora_([AB])(?=\.|$)/g, (_, side) => `.lora_${side === "A" ? "B" : "A"}`);
}

const LORA = /^(.*\.)lora_([AB])(\..*)?$/;

function fault({ component }: Subject, name: string): Fault | undefined {
  const match = LORA.exec(name);
  if (match === null) return undefined;
  const { table } = component;
  const shapeOf = (side: string) => {
    const row = table.rowNamed(`${match[1]}lora_${side}${match[3] ?? ""}`);
    return row === undefined ? undefined : table.shape(row);
  };
  const [a, b] = [shapeOf("A"), shapeOf("B")];
  if (a === undefined || b === undefined) {
    const lacking = a === undefined ? "lora_A" : "lora_B";
    return { text: `has no counterpart ${lacking}`, expected: lacking, found: "none" };
  }
  // Told once for the pair, at A. Convolutions have more dimensions: the rank is still the first and the second.
  if (match[2] !== "A" || a.length < 2 || b.length < 2) return undefined;
  const [rank, columns] = [a[0] as number, b[1] as number];
  if (rank !== columns)
    return {
      text: `has rank ${rank}, its counterpart ${columns}`,
      expected: String(columns),
      found: String(rank),
    };
  const declared = declaredRank(component.configs.get("adapter_config.json"));
  if (declared === undefined || declared === rank) return undefined;
  return {
    text: `has rank ${rank}, adapter_config.json says ${declared}`,
    expected: String(declared),
    found: String(rank),
  };
}

/** `r`, unless a pattern may give modules ranks of their own. */
function declaredRank(config: unknown): number | undefined {
  const rank = member(config, "r");
  const pattern = member(config, "rank_pattern");
  const hasPattern = typeof pattern === "object" && pattern !== null && Object.keys(pattern).length > 0;
  return typeof rank === "number" && Number.isSafeInteger(rank) && rank > 0 && !hasPattern ? rank : undefined;
}
