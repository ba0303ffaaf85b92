import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { MANUAL_PAGE, programModel, renderManualPage } from "../../fixtures/manual-page.ts";
import { renderBash } from "../../src/completion/bash.ts";
import type { CommandModel } from "../../src/completion/command-model.ts";
import { renderFish } from "../../src/completion/fish.ts";
import { renderZsh } from "../../src/completion/zsh.ts";
import { tempFolder } from "../support/temp-folder.ts";

const model = await programModel();
const namesOf = ({ name, options, parts }: CommandModel) => [
  name,
  ...parts,
  ...options.map(({ long }) => long),
];

describe.each([
  ["bash", renderBash(model)],
  ["zsh", renderZsh(model)],
  ["fish", renderFish(model)],
])("the script for %s", (shell, script) => {
  it("names every command, option, choice and rule", () => {
    for (const command of model.commands) {
      const names = namesOf(command).map((name) => (shell === "fish" ? name.replace(/^--/, "") : name));
      for (const name of names) expect(script).toContain(name);
      for (const { value } of command.options)
        if (value?.kind === "words") for (const word of value.words) expect(script).toContain(word);
    }
    expect(script).toContain("scale-missing");
  });

  it("is one that its shell takes", () => {
    const file = path.join(tempFolder(), "script");
    fs.writeFileSync(file, script);
    if (isInstalled(shell)) execFileSync(shell, ["-n", file]);
    // Quotes that end: what the other shells would refuse first.
    else expect(script.replaceAll("\\'", "").split("'").length % 2).toBe(1);
  });
});

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? "")
    .split(path.delimiter)
    .some((folder) => fs.existsSync(path.join(folder, program)));
}

describe("completion in bash", () => {
  /** What TAB offers after these words, the last of which is begun. */
  const offered = (...words: string[]): string[] => {
    const file = path.join(tempFolder(), "script");
    const list = words.map((word) => `'${word}'`).join(" ");
    fs.writeFileSync(
      file,
      `${renderBash(model)}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _unfold; echo "\${COMPREPLY[@]}"\n`,
    );
    return execFileSync("bash", [file], { encoding: "utf8" }).trim().split(" ").filter(Boolean);
  };

  it.each<[string[], string[]]>([
    [["unfold", "tr"], ["tree"]],
    [["unfold", "tree", "--form"], ["--format"]],
    [["unfold", "tree", "./x", "--format", "ma"], ["markdown"]],
    [["unfold", "check", "--fail-on", "w"], ["warning"]],
    [["unfold", "explain", "scale-missi"], ["scale-missing"]],
    [["unfold", "cache", "cl"], ["clear"]],
    [["unfold", "completion", "f"], ["fish"]],
    [["unfold", "check", "./x", "--engine", "vl"], ["vllm"]],
    // Files, which bash offers where there is no word; options stand behind a dash.
    [["unfold", "ls", ""], []],
    [
      ["unfold", "ls", "--rev"],
      ["--reverse", "--revision"],
    ],
    [["unfold", "check", "x", "-o", ""], []],
    [["unfold", "check", "./ex"], []],
  ])("%j", (words, wanted) => {
    expect(offered(...words)).toEqual(wanted);
  });
});

describe("the manual", () => {
  it("is what the definitions say (npm run fixtures writes it anew)", async () => {
    expect(fs.readFileSync(MANUAL_PAGE, "utf8")).toBe(await renderManualPage());
  });

  it("has no line that troff would take for a request by accident", async () => {
    const requests = new Set(
      (await renderManualPage()).split("\n").flatMap((line) => /^[.'](\S*)/.exec(line)?.[1] ?? []),
    );
    expect([...requests].sort()).toEqual(["B", "PP", "SH", "SS", "TH", "TP", "br"]);
  });
});
