import { escapeForTerminal } from "../../format/escape.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import { findDeclarations } from "../../quantization/declared.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./declarations-disagree.md";

interface Disagreeing extends Seen {
  readonly first: string;
  readonly other: string;
}

/** Declarations that contradict the first. */
export const declarationsDisagree = defineCheck<Disagreeing>({
  id: "declarations-disagree",
  family: "quantization",
  severity: "warning",
  title: "Two files declare different quantizations",
  needs: [],
  find: ({ component }) => {
    const [first, ...others] = findDeclarations(component);
    if (first === undefined) return [];
    return others.flatMap((other) => {
      const fields = (["bits", "group"] as const).filter((field) => {
        const [a, b] = [first.weight?.[field] ?? null, other.weight?.[field] ?? null];
        return a !== null && b !== null && a !== b;
      });
      if (fields.length === 0) return [];
      const spell = ({ weight }: Declaration) =>
        fields.map((field) => `${field} ${weight?.[field]}`).join(", ");
      return [
        {
          shard: other.file,
          expected: spell(first),
          found: spell(other),
          first: first.file,
          other: other.file,
        },
      ];
    });
  },
  message: ({ first, other, expected, found }) =>
    escapeForTerminal(`${first} says ${expected}, ${other} says ${found}`),
  fix: "Keep one declaration, or write them anew together.",
  page,
});
