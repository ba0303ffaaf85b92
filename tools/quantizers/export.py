"""Exports tiny models by every quantizer that is installed and runs on a CPU.

python export.py FOLDER [TOOL...]   writes FOLDER/<format>/ with the export itself, and truth.json beside it (see models.py).
A format that is there already is left. A tool that is not installed is named; one that fails is named with its error, and the
rest goes on.
"""

import importlib
import json
import pathlib
import shutil
import sys
import traceback

from formats import FORMATS
from models import truth_of


def main():
    out = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:]
    for name, (package, kind, export, scheme, bits, group) in FORMATS.items():
        folder = out / name
        if (wanted and package not in wanted and name not in wanted) or (folder / "truth.json").exists():
            continue
        try:
            importlib.import_module(package)
        except ImportError as error:
            print(f"absent  {name}: {error}", flush=True)
            continue
        shutil.rmtree(folder, ignore_errors=True)
        try:
            export(kind, folder)
            truth = truth_of(kind, folder, scheme, bits, group)
        except Exception as error:
            line = traceback.format_exception_only(error)[-1].strip().split("\n")[0]
            print(f"failed  {name}: {line[:200]}", flush=True)
            continue
        (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
        print(f"written {name}", flush=True)


if __name__ == "__main__":
    main()
