"""What a safetensors checkpoint's headers tell, from Python.

Every function starts the program that this package carries and reads the report that it prints as JSON. Nothing else is
imported before it is needed: the command starts through this module too.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any, Literal, Union, overload

    from typing_extensions import TypeAlias, Unpack

    from . import reports
    from ._run import Options, Report
    from .errors import FindingsError, UnfoldError

    Source: TypeAlias = Union[str, "os.PathLike[str]"]
    Severity: TypeAlias = Literal["error", "warning", "info"]
    Names: TypeAlias = Union[str, list[str], tuple[str, ...]]

__all__ = [
    "FindingsError",
    "Report",
    "UnfoldError",
    "arch",
    "check",
    "diff",
    "fit",
    "params",
    "precision",
    "report",
    "snapshot",
    "tree",
]


def check(
    path_or_repo: Source,
    *,
    engine: Names | None = None,
    against: Source | None = None,
    fail_on: Severity | Literal["never"] = "error",
    tp: int | None = None,
    ep: int | None = None,
    pp: int | None = None,
    gpu: str | None = None,
    dtype: str | None = None,
    values: bool = False,
    expect_scheme: Names | None = None,
    expect_params: str | int | None = None,
    expect_dtype: Names | None = None,
    expect_layers: int | None = None,
    max_bytes: str | None = None,
    max_shard_bytes: str | None = None,
    config: Source | None = None,
    baseline: Source | None = None,
    **options: Unpack[Options],
) -> Report[reports.Check]:
    """What is broken, as findings; ``raise_for_findings()`` of the report turns them into an exception.

    ``engine`` names inference engines that are asked whether they would load it, ``against`` the checkpoint that it was
    made from. Findings never raise by themselves.
    """
    from ._run import run

    flags = {
        "engine": engine,
        "against": against,
        "fail_on": fail_on,
        "tp": tp,
        "ep": ep,
        "pp": pp,
        "gpu": gpu,
        "dtype": dtype,
        "values": values,
        "expect_scheme": expect_scheme,
        "expect_params": expect_params,
        "expect_dtype": expect_dtype,
        "expect_layers": expect_layers,
        "max_bytes": max_bytes,
        "max_shard_bytes": max_shard_bytes,
        "config": config,
        "baseline": baseline,
    }
    return run("check", [path_or_repo], flags, options)


def params(path_or_repo: Source, **options: Unpack[Options]) -> Report[reports.Params | None]:
    """Parameters, total and active; by role, component and layer; stored elements and bytes."""
    from ._run import run

    return run("params", [path_or_repo], {}, options)


def precision(path_or_repo: Source, **options: Unpack[Options]) -> Report[reports.Precision | None]:
    """Dtypes, quantization schemes, each weight paired with its scales, declared against stored."""
    from ._run import run

    return run("precision", [path_or_repo], {}, options)


def arch(path_or_repo: Source, **options: Unpack[Options]) -> Report[reports.Arch | None]:
    """The architecture told from shapes and held against ``config.json``."""
    from ._run import run

    return run("arch", [path_or_repo], {}, options)


def tree(
    path_or_repo: Source,
    *,
    depth: int | None = None,
    expand: Names | None = None,
    filter: Names | None = None,
    fold: bool = True,
    sort: Literal["name", "size"] = "name",
    **options: Unpack[Options],
) -> Report[reports.Node | None]:
    """The module tree; equal layers and experts folded, those that differ shown."""
    from ._run import run

    flags = {"depth": depth, "expand": expand, "filter": filter, "no_fold": not fold, "sort": sort}
    return run("tree", [path_or_repo], flags, options)


def diff(before: Source, after: Source, **options: Unpack[Options]) -> Report[reports.Diff]:
    """What changed between two checkpoints, quantization understood."""
    from ._run import run

    return run("diff", [before, after], {}, options)


def fit(
    path_or_repo: Source,
    *,
    engine: str | None = None,
    gpu: Names | None = None,
    gpus: int | None = None,
    context: str | int | None = None,
    batch: int | None = None,
    kv: Literal["auto", "bf16", "fp8"] | None = None,
    utilization: float | None = None,
    ep: bool = False,
    **options: Unpack[Options],
) -> Report[reports.Fit | None]:
    """What it takes to serve it: weights and cache per GPU, which GPUs and how many."""
    from ._run import run

    flags = {
        "engine": engine,
        "gpu": gpu,
        "gpus": gpus,
        "context": context,
        "batch": batch,
        "kv": kv,
        "utilization": utilization,
        "ep": ep,
    }
    return run("fit", [path_or_repo], flags, options)


if TYPE_CHECKING:

    @overload
    def report(path_or_repo: Source, output: None = None, **options: Unpack[Options]) -> Report[Any]: ...
    @overload
    def report(path_or_repo: Source, output: Source, **options: Unpack[Options]) -> None: ...


def report(path_or_repo: Source, output: Source | None = None, **options: Unpack[Options]) -> Report[Any] | None:
    """All of it as one document; with ``output``, written as one self-contained HTML page instead."""
    from ._run import run, write

    if output is None:
        return run("report", [path_or_repo], {}, options)
    write("report", [path_or_repo], output, options)
    return None


def snapshot(path_or_repo: Source, output: Source, **options: Unpack[Options]) -> Report[dict[str, Any]]:
    """All headers, the index and the configs, written as one small file (``.unfold.json.gz``) that every function takes."""
    from ._run import run

    return run("snapshot", [path_or_repo], {"output": output}, options)


def __getattr__(name: str) -> object:
    if name == "Report":
        from ._run import Report

        return Report
    if name in ("UnfoldError", "FindingsError"):
        from . import errors

        return getattr(errors, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("unfold-cli")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
