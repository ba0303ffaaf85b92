"""Runs the program and reads what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Mapping, Sequence, TypedDict, TypeVar, cast

from ._program import command
from .errors import FindingsError, UnfoldError

if TYPE_CHECKING:
    from . import Severity, Source, reports

# Exit codes of the program, which it promises to keep.
DONE, FOUND, USAGE, UNREADABLE, INTERRUPTED = 0, 1, 2, 3, 130
# From the gravest on.
SEVERITIES = ("error", "warning", "info")

Result = TypeVar("Result", covariant=True)


class Options(TypedDict, total=False):
    """Options of every function; they mean what the program's own do."""

    subfolder: str
    revision: str
    variant: str
    include: str | Sequence[str]
    exclude: str | Sequence[str]
    token: str
    endpoint: str
    requester_pays: bool
    offline: bool
    cache: bool
    concurrency: int
    timeout: int


@dataclass(frozen=True)
class Report(Generic[Result]):
    """One document of the program. ``result`` depends on the command; ``document`` is all of it, as it was printed."""

    command: str
    source: reports.Source
    checkpoint: reports.Checkpoint
    problems: list[reports.Problem]
    notes: list[reports.Note]
    result: Result
    document: dict[str, Any]
    exit_code: int

    def raise_for_findings(self, severity: Severity = "error") -> None:
        """Raises ``FindingsError`` for findings of at least this severity, of the checkpoint or of an engine asked about.

        Where nothing could be judged, or not all of it could be read, the reason is raised: silence means that it was
        looked at and is sound.
        """
        if severity not in SEVERITIES:
            raise UnfoldError("USAGE", f"severity is one of {', '.join(SEVERITIES)}, not {severity!r}")
        if self.command != "check":
            raise UnfoldError("USAGE", f"findings are those of check, and this is a report of {self.command}")
        result = cast("reports.Check", self.result)
        told = list(result["findings"])
        for engine in result.get("engines", []):
            told += cast("list[reports.Finding]", engine["findings"])
        counted = SEVERITIES[: SEVERITIES.index(severity) + 1]
        grave = [finding for finding in told if finding["severity"] in counted and not finding.get("because")]
        if grave:
            raise FindingsError(grave)
        if self.exit_code == UNREADABLE:
            raise self._unreadable()

    def _unreadable(self) -> UnfoldError:
        if not self.problems:
            return UnfoldError("NO_CHECKPOINT", "there was nothing to check")
        first = self.problems[0]
        return UnfoldError(first["code"], first["message"], first["hint"], first["shard"])


def run(
    name: str, sources: Sequence[Source], flags: Mapping[str, object], options: Mapping[str, Any]
) -> Report[Any]:
    """Runs a command and returns its report. Raises ``UnfoldError`` where there is none."""
    done = _start(name, sources, {**flags, "json": True}, options)
    document = _parse(done)
    told = document.get("error")
    if isinstance(told, dict):
        raise UnfoldError(told["code"], told["message"], told.get("hint"), told.get("file"))
    fields = {key: document[key] for key in ("command", "source", "checkpoint", "problems", "notes", "result")}
    return Report(**fields, document=document, exit_code=done.returncode)


def write(name: str, sources: Sequence[Source], output: Source, options: Mapping[str, Any]) -> None:
    """Runs a command that writes a file. What could not be read of a checkpoint is a warning: the file tells it too."""
    done = _start(name, sources, {"output": output}, options)
    message = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == DONE:
        return
    if done.returncode == UNREADABLE and os.path.exists(os.fspath(output)):
        warnings.warn(message, stacklevel=3)
        return
    raise _failure(done)


def _start(
    name: str, sources: Sequence[Source], flags: Mapping[str, object], options: Mapping[str, Any]
) -> subprocess.CompletedProcess[bytes]:
    unknown = sorted(set(options) - set(Options.__annotations__))
    if unknown:
        raise TypeError(f"{name}() got an unexpected keyword argument {unknown[0]!r}")
    token = options.get("token")
    given = {
        **flags,
        **{key: value for key, value in options.items() if key not in ("token", "cache")},
        "no_cache": options.get("cache") is False,
        # Not as an argument, which every user of the machine could read.
        "token_stdin": token is not None,
        "quiet": True,
    }
    words = [*command(), name, *_words(given), "--", *map(_word, sources)]
    secret = None if token is None else token.encode()
    stdin: Any = {"stdin": subprocess.DEVNULL} if secret is None else {"input": secret}
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **stdin)


def _words(flags: Mapping[str, object]) -> list[str]:
    words: list[str] = []
    for name, value in flags.items():
        option = f"--{name.replace('_', '-')}"
        if value is None or value is False:
            continue
        if value is True:
            words.append(option)
            continue
        for each in value if isinstance(value, (list, tuple)) else (value,):
            words.append(f"{option}={_word(each)}")
    return words


def _word(value: object) -> str:
    """A path object is a path of this disk and nothing else: ``Path("owner/name")`` never means a model of the Hub."""
    if isinstance(value, os.PathLike):
        path = os.fsdecode(value)
        return path if os.path.isabs(path) else os.path.join(os.curdir, path)
    return str(value)


def _parse(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    try:
        document = json.loads(done.stdout)
    except ValueError:
        raise _failure(done) from None
    if not isinstance(document, dict):
        raise _failure(done)
    return document


def _failure(done: subprocess.CompletedProcess[bytes]) -> UnfoldError:
    """The error that stderr tells: ``error CODE message``, and a line with a hint."""
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines):
        words = line.split(" ", 2)
        if words[0] == "error" and len(words) == 3:
            following = lines[number + 1].strip() if number + 1 < len(lines) else ""
            hint = following[len("hint: ") :] if following.startswith("hint: ") else None
            return UnfoldError(words[1], words[2], hint)
    code = "INTERRUPTED" if done.returncode == INTERRUPTED else "INTERNAL"
    return UnfoldError(code, f"the program ended with exit code {done.returncode}: {' '.join(lines[-3:])}")
