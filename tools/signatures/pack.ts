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
import { unpackClasses } from "./unpacked.ts";

const { values: given, positionals } = parseArgs({
  options: { confirmed: { type: "string", multiple: true, default: [] }, onto: { type: "string" } },
  allowPositionals: true,
});
const [results, out, ...reports] = positionals as [string, string, ...string[]];
const told = readReports(reports);
const derived = readDerived(results);
const groups =
  given.onto === undefined
    ? groupsOf(derived.filter(isChecked))
    : mergeOnto(unpackClasses(fs.readFileSync(given.onto)), derived);
const classes = groups.flat();
const wrong = spreadOverModels(told, classes);
const confirmed = given.confirmed.includes("all")
  ? new Set(classes.map((each) => `${each.library} ${each.class}`))
  : readConfirmed(given.confirmed);
fs.writeFileSync(
  out,
  packFile(groups, (each) => distrustedPatterns(each, wrong, confirmed)),
);
console.log(`${classes.length} classes, ${groups.length} pieces, ${fs.statSync(out).size} bytes`);

/** A class that no report names was not checked: it is not packed. */
function isChecked({ library, class: name }: Derived): boolean {
  return reports.length === 0 || told.has(`${library} ${name}`);
}
