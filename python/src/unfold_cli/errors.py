"""What is raised where a request could not be carried out, or a checkpoint is not what it should be."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import reports


class UnfoldError(Exception):
    """A request that could not be carried out: ``code`` for programs, ``message``, and ``hint``, the next thing to try."""

    def __init__(self, code: str, message: str, hint: str | None = None, file: str | None = None) -> None:
        super().__init__(code, message, hint, file)
        self.code = code
        self.message = message
        self.hint = hint
        self.file = file

    def __str__(self) -> str:
        place = "" if self.file is None else f"{self.file!r}: "
        advice = "" if self.hint is None else f" ({self.hint})"
        return f"{self.code} {place}{self.message}{advice}"


class FindingsError(UnfoldError):
    """Findings of ``check`` at or above a severity; ``findings`` are those."""

    def __init__(self, findings: list[reports.Finding]) -> None:
        first = findings[0]
        count = len(findings)
        others = "" if count == 1 else f" (and {count - 1} more)"
        where = first["where"] or first["file"] or first["shard"]
        place = "" if where is None or where in first["message"] else f"{where!r}: "
        super().__init__("FINDINGS", f"{first['rule']}: {place}{first['message']}{others}", first["fix"])
        self.findings = findings

    def __reduce__(self) -> tuple[type[FindingsError], tuple[list[reports.Finding]]]:
        return (FindingsError, (self.findings,))
