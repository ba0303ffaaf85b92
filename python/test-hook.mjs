import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { writeSources } from "./recipes.mjs";

const root = path.join(import.meta.dirname, "..");

/**
 * Runs our hook with the real pre-commit in a repository made here. It is cloned from a repository that holds the package as npm
 * ships it, with the hook's own definition: installing it takes no build.
 */
export function testHook(folder, preCommit) {
  const env = {
    ...process.env,
    PRE_COMMIT_HOME: path.join(folder, "pre-commit"),
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  const git = (cwd, ...args) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.invalid", ...args], {
      cwd,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }).trim();
  const commit = (cwd) => {
    git(cwd, "init", "--quiet");
    git(cwd, "add", "--all", "--force");
    git(cwd, "commit", "--quiet", "--message", "All of it");
    return git(cwd, "rev-parse", "HEAD");
  };
  const hooks = unpack(path.join(folder, "hooks"));
  const rev = commit(hooks);
  for (const [name, code, text] of [
    ["sound-a", 0, "Passed"],
    ["broken", 1, "scale-missing"],
  ]) {
    const user = path.join(folder, `user-${name}`);
    writeSources(path.join(user, "models"));
    fs.writeFileSync(
      path.join(user, ".pre-commit-config.yaml"),
      `default_language_version: { node: system }\nrepos:\n  - repo: ${hooks}\n    rev: ${rev}\n    hooks:\n      - id: unfold-check\n        args: [./models/${name}]\n`,
    );
    commit(user);
    const done = spawnSync(preCommit, ["run", "--all-files"], { cwd: user, env, encoding: "utf8" });
    if (done.status !== code || !done.stdout.includes(text))
      throw new Error(`the hook on ${name}: ${done.status}\n${done.stdout}${done.stderr}`);
  }
}

/** The package as npm packs it, without what its own development needs. */
function unpack(folder) {
  fs.mkdirSync(folder);
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const tarball = path.join(folder, JSON.parse(packed)[0].filename);
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder]);
  fs.rmSync(tarball);
  const file = path.join(folder, "package.json");
  const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(fs.readFileSync(file, "utf8"));
  fs.writeFileSync(file, JSON.stringify(manifest));
  fs.copyFileSync(path.join(root, ".pre-commit-hooks.yaml"), path.join(folder, ".pre-commit-hooks.yaml"));
  return folder;
}
