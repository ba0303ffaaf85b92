// Packs derived classes into one file (pack-file.ts).
//
//   node run.mjs pack RESULTS OUT.data [REPORT.json…] [--confirmed REPORT.json…] [--onto OLD.data]
//
// Reports are evaluate.ts's: what they found wrong is packed as unknown, and a class that none of them has is left out.
// What was learned by heart is packed as unknown too, but of classes that new samples confirmed. To find these, pack with
// `--confirmed all` and evaluate samples of another seed.
//
// `--onto`: the classes of an older file stay as they are, but for those that RESULTS has anew and for what the reports
// found wrong of them. Reports then need not have every class.
import fs from "node:fs";
import { parseArgs } from "node:util";
import { type Derived, readDerived } from "./derived.ts";
import { distrustedPatterns, readConfirmed, readReports, spreadOverModels } from "./distrust.ts";
import { groupsOf, mergeOnto } from "./merge.ts";
import { packFile } from "./pack-file.ts";
import { learnOfParts } from "./parts.ts";
import { unpackClasses } from "./unpacked.ts";

const { values: given, positionals } = parseArgs({
  options: { confirmed: { type: "string", multiple: true, default: [] }, onto: { type: "string" } },
  allowPositionals: true,
});
const [results, out, ...reports] = positionals as [string, string, ...string[]];
const told = readReports(reports);
const derived = readDerived(results);
const isAllConfirmed = given.confirmed.includes("all");
const confirmed = isAllConfirmed ? new Set(derived.map(keyOf)) : readConfirmed(given.confirmed);
const groups = given.onto === undefined ? groupsOf(derived.filter(isChecked)) : groupsOnto(given.onto);
const classes = groups.flat();
const wrong = spreadOverModels(told, classes);
fs.writeFileSync(
  out,
  packFile(groups, (each) => distrustedPatterns(each, wrong, confirmed)),
);
console.log(`${classes.length} classes, ${groups.length} pieces, ${fs.statSync(out).size} bytes`);

/** A class that no report names was not checked: it is not packed. */
function isChecked(each: Derived): boolean {
  return reports.length === 0 || told.has(keyOf(each));
}

/** The classes of an older file: those that were derived anew replaced, those that hold one of them as a part completed. */
function groupsOnto(file: string): Derived[][] {
  const old = unpackClasses(fs.readFileSync(file));
  const before = new Map(old.flat().map((each) => [keyOf(each), each]));
  const parts = derived.flatMap((now) => {
    const own = before.get(keyOf(now));
    return own === undefined ? [] : [{ before: own, now, wrong: distrustedPatterns(now, told, confirmed) }];
  });
  const learned = old.map((group) =>
    group.map((each) => {
      const found = learnOfParts(each, parts);
      if (found !== each && !derived.some((now) => keyOf(now) === keyOf(each)))
        console.log(`${keyOf(each)}: ${each.unknown.length - found.unknown.length} patterns of its parts`);
      return found;
    }),
  );
  return mergeOnto(learned, derived);
}

function keyOf({ library, class: name }: Derived): string {
  return `${library} ${name}`;
}
