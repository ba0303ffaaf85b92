import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";

const text = fs.readFileSync("SKILL.md", "utf8");

describe("unfold skill", () => {
  it("prints the file of the package", async () => {
    expect(await runMain(["skill"])).toMatchObject({ code: 0, stdout: text, stderr: "" });
    const { files } = JSON.parse(fs.readFileSync("package.json", "utf8")) as { files: string[] };
    expect(files).toContain("SKILL.md");
  });

  it("begins with a name and a description, as such files do", () => {
    expect(text).toMatch(/^---\nname: unfold\ndescription: .{50,1024}\n---\n/);
  });

  it("names commands and options that there are", async () => {
    const commands = [...text.matchAll(/`unfold ([a-z]+) ([^`]*)`/g)];
    expect(commands.length).toBeGreaterThan(8);
    for (const [, command = "", rest = ""] of commands) {
      const help = (await runMain([command, "--help"])).stdout;
      expect(help).toContain(`Usage: unfold ${command}`);
      for (const [option] of rest.matchAll(/--[a-z]+/g))
        expect(help, `${command} ${option}`).toContain(option);
    }
  });

  it("names fields that the documents have", async () => {
    const { stdout } = await runMain(["check", "fixtures/minimax-m2.unfold.json.gz", "--json"]);
    const report = JSON.parse(stdout);
    expect(Object.keys(report.result)).toEqual(expect.arrayContaining(["verdict", "findings", "rules"]));
    expect(Object.keys(report.result.rules[0])).toEqual(expect.arrayContaining(["rule", "state", "reason"]));
  });
});
