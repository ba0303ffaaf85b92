import type { Block } from "./document.ts";

/** All classes of library releases that are known, as `arch --list-signatures --json` has them. */
export interface SignatureList {
  readonly schemaVersion: 1;
  readonly signatures: readonly {
    readonly library: string;
    readonly version: string;
    readonly class: string;
    readonly modelTypes: readonly string[];
  }[];
}

/** The classes of each library release, by name, with the model types that load them. */
export function signaturesDocument({ signatures }: SignatureList): Block[] {
  const releases = new Map<string, SignatureList["signatures"][number][]>();
  for (const each of signatures) {
    const release = `${each.library} ${each.version}`;
    const known = releases.get(release);
    if (known === undefined) releases.set(release, [each]);
    else known.push(each);
  }
  return [...releases].flatMap(([release, classes]): Block[] => [
    { kind: "heading", text: release, subtitle: `${classes.length} classes` },
    {
      kind: "table",
      columns: [
        { title: "class", meaning: "name" },
        { title: "model types", flexible: true },
      ],
      rows: classes.map((each) => [each.class, each.modelTypes.join(" ")]),
    },
  ]);
}
