"""Two folders of results, file by file and value by value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from mrv.errors import UsageError
from mrv.provenance import sha256_of_file
from mrv.run.outputs import RUN_FILE
from mrv.run.trace import Trace
from mrv.verification.arrays import compare_arrays
from mrv.verification.documents import compare_documents, read_document
from mrv.verification.grades import GRADES, Difference, FileComparison, Grade, counted, differing, same_bytes
from mrv.verification.layers import compare_geopackages
from mrv.verification.pictures import compare_bitmaps, compare_drawings
from mrv.verification.rasters import compare_rasters
from mrv.verification.tables import compare_tables
from mrv.verification.trail import FirstStep, first_differing_step

UNREADABLE = (ValueError, KeyError, TypeError, SyntaxError, OSError, BadZipFile)
"""What readers say of a file that is not what its ending says; its bytes are compared then."""

TOLD_APART = ("environment", "outputs")
"""Keys of ``run.json`` that are no result: what was installed, and hashes of files compared themselves."""


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side.

    Attributes
    ----------
    files : tuple of FileComparison
        Every file that either has, in order of name.
    first_step : FirstStep or None
        Step of the equation trail at which the two part; None where the trails agree.
    environments : tuple of Difference
        Versions that differ; no difference of the results by itself.
    """

    files: tuple[FileComparison, ...]
    first_step: FirstStep | None
    environments: tuple[Difference, ...]

    @property
    def grade(self) -> Grade:
        """Of the two as a whole: that of the worst file."""
        grades = {file.grade for file in self.files}
        return next(grade for grade in reversed(GRADES) if grade in grades or grade == "identical")

    def count(self, grade: Grade) -> int:
        """Values of a grade in all files."""
        return sum(
            {
                "identical": file.identical,
                "within tolerance": file.within_tolerance,
                "different": file.different,
            }[grade]
            for file in self.files
        )


def _compare_json(file: str, first: Path, second: Path) -> FileComparison:
    return compare_documents(file, read_document(first), read_document(second))


def _compare_run_records(file: str, first: Path, second: Path) -> FileComparison:
    documents = [
        {key: value for key, value in read_document(path).items() if key not in TOLD_APART}
        for path in (first, second)
    ]
    return compare_documents(file, *documents)


def _compare_bytes(file: str, first: Path, second: Path) -> FileComparison:
    hashes = (sha256_of_file(path) for path in (first, second))
    return counted(file, 0, [differing("sha256", hashes)])


BY_SUFFIX: Mapping[str, Callable[[str, Path, Path], FileComparison]] = {
    ".json": _compare_json,
    ".csv": compare_tables,
    ".tif": compare_rasters,
    ".gpkg": compare_geopackages,
    ".npz": compare_arrays,
    ".png": compare_bitmaps,
    ".svg": compare_drawings,
}


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def compare_file(name: str, one: Path, other: Path) -> FileComparison:
    """Compare two files as their kind wants it; ``name`` is what the comparison calls them."""
    if not (one.is_file() and other.is_file()):
        held = ("file" if path.is_file() else "" for path in (one, other))
        return counted(name, 0, [differing(name, held)])
    if one.read_bytes() == other.read_bytes():
        return same_bytes(name)
    try:
        return BY_SUFFIX.get(one.suffix, _compare_bytes)(name, one, other)
    except UNREADABLE:
        return _compare_bytes(name, one, other)


def _compare_result(name: str, one: Path, other: Path) -> FileComparison:
    """Compare a file of results; what was installed, which the record of a run tells, is no result."""
    if name == RUN_FILE and one.is_file() and other.is_file():
        return _compare_run_records(name, one, other)
    return compare_file(name, one, other)


def compare_results(first: Path, second: Path) -> Comparison:
    """Compare two folders of results.

    Parameters
    ----------
    first, second : Path

    Raises
    ------
    UsageError
        If one of them is no folder of results.
    """
    records = [_run_record(folder) for folder in (first, second)]
    names = sorted(_names(first) | _names(second))
    return Comparison(
        tuple(_compare_result(name, first / name, second / name) for name in names),
        first_differing_step(*(_trace(folder) for folder in (first, second))),
        compare_documents(RUN_FILE, *(record.get("environment", {}) for record in records)).differences,
    )


def _run_record(folder: Path) -> dict[str, Any]:
    if not (folder / RUN_FILE).is_file():
        raise UsageError("{folder}: is no folder of results; `mrv run` makes one", folder=folder)
    record: dict[str, Any] = read_document(folder / RUN_FILE)
    return record


def _trace(folder: Path) -> Trace | None:
    path = folder / "trace.json"
    return Trace.model_validate(read_document(path)) if path.is_file() else None
