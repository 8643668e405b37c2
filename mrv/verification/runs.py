"""Runs that people bring: a folder of results, or a sealed package that holds one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mrv.errors import UsageError
from mrv.evidence.bag import TAG_MANIFEST
from mrv.evidence.package import open_package
from mrv.run.outputs import RUN_FILE
from mrv.verification.comparison import Comparison, compare_results


@dataclass(frozen=True)
class Run:
    """A run that was opened.

    Attributes
    ----------
    results : Path
        Folder of results.
    package_sha256 : str or None
        Hash of the package that holds it; None where it was not sealed.
    """

    results: Path
    package_sha256: str | None


@contextmanager
def opened_run(path: Path) -> Iterator[Run]:
    """Run that a path means: a folder of results, or the one inside a package.

    Raises
    ------
    PackageError
        If it is a package and not intact.
    UsageError
        If it is neither.
    """
    if path.is_dir() and not (path / TAG_MANIFEST).is_file():
        if not (path / RUN_FILE).is_file():
            raise UsageError("{folder}: is no folder of results; `mrv run` makes one", folder=path)
        yield Run(path, None)
        return
    with open_package(path) as package:
        yield Run(package.results, package.package_sha256)


def compare_runs(first: Path, second: Path) -> Comparison:
    """Compare two runs; errors as :func:`opened_run`."""
    with ExitStack() as opened:
        runs = [opened.enter_context(opened_run(path)) for path in (first, second)]
        return compare_results(*(run.results for run in runs))
