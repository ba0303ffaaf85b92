import type { Proposal, Question } from "./question.ts";
import type { Value } from "./signature.ts";
import { numbersOf, solveNumber } from "./solve.ts";
import { proposeForRow, rowsInQuestion } from "./switches.ts";

/** Values of single keys that may explain differences, those that most of them ask for first. */
export function proposeValues(question: Question): Proposal[] {
  const votes = new Map<string, { proposal: Proposal; count: number }>();
  const propose = (path: string, value: Value | undefined): void => {
    if (value === undefined) return;
    const key = JSON.stringify([path, value]);
    const known = votes.get(key);
    if (known === undefined) votes.set(key, { proposal: { path, value }, count: 1 });
    else known.count += 1;
  };
  for (const told of numbersOf(question)) solveNumber(question, told, propose);
  for (const row of rowsInQuestion(question)) proposeForRow(question, row, propose);
  return [...votes.values()].sort((a, b) => b.count - a.count).map(({ proposal }) => proposal);
}
