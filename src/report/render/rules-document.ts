import type { Block } from "./document.ts";

interface RuleRow {
  readonly rule: string;
  readonly severity: string;
  readonly family: string;
  readonly title: string;
}

/** All checks, as `--list-rules --json` has them. */
export interface RuleList {
  readonly schemaVersion: 1;
  readonly rules: readonly RuleRow[];
}

/** All checks by family, as `--list-rules` and the README show them. */
export function rulesDocument({ rules }: RuleList, families: Readonly<Record<string, string>>): Block[] {
  return Object.entries(families).flatMap(([family, title]): Block[] => {
    const own = rules.filter((rule) => rule.family === family);
    if (own.length === 0) return [];
    return [
      { kind: "heading", text: title },
      {
        kind: "table",
        columns: [
          { title: "rule", meaning: "name" },
          { title: "severity", dropAt: 1 },
          { title: "says", flexible: true },
        ],
        rows: own.map((rule) => [rule.rule, rule.severity, rule.title]),
      },
    ];
  });
}
