"""Running a package again, from its raw inputs, with its own methodology and tables, in a clean folder."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from mrv.errors import FindingsError, MrvError
from mrv.evidence.package import Package
from mrv.findings import Phrase
from mrv.methodologies import methodology_ids
from mrv.progress import Progress
from mrv.run.project_run import run_project
from mrv.run.work import Work
from mrv.verification.comparison import compare_file
from mrv.verification.grades import Difference, FileComparison, counted
from mrv.verification.offline import offline


def run_again(package: Package, out: Path, progress: Progress) -> tuple[Phrase, ...]:
    """Run a package into a new folder, without a network; the tables in use are the caller's choice.

    Returns
    -------
    tuple of Phrase
        Why it could not be run; empty if it could.
    """
    try:
        with offline():
            run_project(
                package.project_file, out, Work(progress=progress), methodology_folder=package.methodology
            )
    except FindingsError as error:
        return tuple(
            Phrase("{where}: {found}", where=finding.where, found=Phrase(finding.message, **finding.values))
            for finding in error.findings
        )
    except MrvError as error:
        return (Phrase(error.message, **error.values),)
    return ()


def against_installed(package: Package) -> tuple[FileComparison, ...]:
    """Methodology and tables of a package beside those that are installed, file by file."""
    compared = []
    if package.methodology is not None:
        name = package.methodology.name
        installed = Path(str(resources.files("mrv.methodology"))) / name
        if name in methodology_ids():
            compared += _folders(package.methodology, installed, f"methodology/{name}")
        else:
            nothing = Difference(name, "folder", "", "different")
            compared.append(counted(f"methodology/{name}", 0, [nothing]))
    compared += _folders(package.tables, Path(str(resources.files("mrv.data"))), "tables")
    return tuple(compared)


def _folders(packaged: Path, installed: Path, shown: str) -> list[FileComparison]:
    names = sorted(path.relative_to(packaged).as_posix() for path in packaged.rglob("*") if path.is_file())
    return [compare_file(f"{shown}/{name}", packaged / name, installed / name) for name in names]
