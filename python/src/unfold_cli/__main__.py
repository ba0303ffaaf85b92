"""The command: the program of this package in place of this process."""

from __future__ import annotations

import os
import sys

from ._program import command

# Exit codes of the program: a bug, and a run that was interrupted.
BUG = 70
INTERRUPTED = 130


def main() -> int:
    """Starts the program with the arguments of this process; returns its exit code where it could not take its place."""
    try:
        words = command() + sys.argv[1:]
        if sys.platform != "win32":
            os.execv(words[0], words)
        return _call(words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        sys.stderr.write(f"error INTERNAL unfold cannot start: {error}\n")
        return BUG


def _call(words: list[str]) -> int:
    """Where no process can be replaced. Ctrl-C reaches the program by itself, and its exit code says so."""
    import subprocess

    process = subprocess.Popen(words)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main())
