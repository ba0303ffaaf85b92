// Writes a packed file as derived classes, one JSON file each, as far as it tells them: for sample.py to build
// configurations of classes whose derivation is not at hand.
//
//   node run.mjs unpack DATA RESULTS
import fs from "node:fs";
import path from "node:path";
import { unpackClasses } from "./unpacked.ts";

const [data, results] = process.argv.slice(2) as [string, string];
for (const each of unpackClasses(fs.readFileSync(data)).flat()) {
  const folder = path.join(results, each.library);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${each.class}.json`), JSON.stringify(each));
}
