"""Makes src/engines/<engine>/<version>.json from the releases that versions.json names.

  python3 tools/engines/run.py              fetches what is missing (pip download --no-deps) and writes the tables
  python3 tools/engines/run.py --print      prints them as one JSON document instead
  --wheels FOLDER                           where wheels are kept (default: tools/engines/wheels, not in the repository)
  --offline                                 only with wheels that are there

A new release is a changed line of versions.json, one run, and a reviewed diff. Packages are read, never installed or run.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import tables

HERE = pathlib.Path(__file__).parent
ENGINES = HERE.parent.parent / "src" / "engines"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wheels", default=str(HERE / "wheels"))
    parser.add_argument("--print", action="store_true")
    parser.add_argument("--offline", action="store_true")
    options = parser.parse_args()
    folder = pathlib.Path(options.wheels)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for requirement in json.loads((HERE / "versions.json").read_text()):
        paths.append(find(folder, requirement, options.offline))
    made = tables.make([str(path) for path in paths])
    if options.print:
        json.dump(made, sys.stdout)
        return
    for engine, table in made.items():
        target = ENGINES / engine / f"{table['version']}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(tables.text(table))
        print(target.relative_to(HERE.parent.parent))


def find(folder, requirement, offline):
    name, version = requirement.split("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(folder.glob(pattern)) and not offline:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(folder), requirement]
        subprocess.run(command, check=True)
    found = sorted(folder.glob(pattern))
    if not found:
        sys.exit(f"no wheel of {requirement} in {folder}")
    return found[0]


if __name__ == "__main__":
    main()
