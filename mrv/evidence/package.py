"""Opening a package: nothing of it is used before all of it was found intact.

A package is copied into a folder of its own before it is checked, so that what was checked is what is
used, whatever happens to the original meanwhile. Nothing is written elsewhere, and nothing is fetched.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from mrv.errors import InputError, PackageError, UsageError
from mrv.evidence.archive import files_of, unpack
from mrv.evidence.bag import (
    PUBLIC_KEY,
    SIGNATURE,
    TAG_MANIFEST,
    TIME_STAMP,
    bag_findings,
    read_fetch,
)
from mrv.evidence.keys import fingerprint, is_signed_by, parse_public_key, read_public_key
from mrv.evidence.limits import LIMITS, Limits
from mrv.evidence.names import name_findings, shown
from mrv.evidence.result_files import result_findings
from mrv.evidence.run_record import RunRecord, read_run_record
from mrv.evidence.time_stamp import time_stamp_findings
from mrv.findings import Finding, in_order
from mrv.provenance import sha256_of_file

PROJECT = "data/project"
METHODOLOGY = "data/methodology"
TABLES = "data/tables"
RESULTS = "data/results"
CRATE = "data/ro-crate-metadata.json"
ENVIRONMENT = "data/environment.json"
LOCK = "data/requirements.lock"
ARRAYS = "data/arrays.json"


@dataclass(frozen=True)
class Package:
    """An opened, intact package.

    Attributes
    ----------
    folder : Path
        The bag, unpacked; it is gone when the package is closed.
    package_sha256 : str
        SHA-256 of the tag manifest, which covers every byte of the package.
    signer : str or None
        Fingerprint of the public key that signed it; None if nobody did.
    """

    folder: Path
    package_sha256: str
    signer: str | None

    @cached_property
    def run(self) -> RunRecord:
        """What the run wrote about itself."""
        return read_run_record(self.results)

    @property
    def project_file(self) -> Path:
        """Project file, among the inputs at their relative paths."""
        return self.folder / PROJECT / self.run.project_file

    @property
    def results(self) -> Path:
        """The folder of results that was sealed."""
        return self.folder / RESULTS

    @property
    def methodology(self) -> Path | None:
        """Documents of the methodology; None where the run ended at the stocks."""
        return self.folder / METHODOLOGY / self.run.methodology.id if self.run.methodology else None

    @property
    def tables(self) -> Path:
        """Reference tables that the run read."""
        return self.folder / TABLES


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target, follow_symlinks=False)


def _copy_folder(path: Path, folder: Path, limits: Limits) -> list[Finding]:
    """Copy an unpacked package; links and special files are refused, and nothing is copied then."""
    files: dict[str, Path] = {}
    findings: list[Finding] = []
    total = 0
    for top, folders, names in os.walk(path):
        for name in (*folders, *names):
            entry = Path(top, name)
            found = entry.lstat()
            relative = entry.relative_to(path).as_posix()
            if stat.S_ISREG(found.st_mode):
                files[relative] = entry
                total += found.st_size
            elif not stat.S_ISDIR(found.st_mode):
                findings.append(
                    Finding(
                        shown(relative),
                        "package-entry",
                        "is a link or a special file; a plain file was expected",
                    )
                )
        if len(files) > limits.files or total > limits.total_bytes:
            return [
                Finding(
                    path.name,
                    "package-too-large",
                    "holds more than {files} files or {size} bytes",
                    {"files": limits.files, "size": limits.total_bytes},
                )
            ]
    findings += name_findings(sorted(files))
    if not findings:
        for relative, entry in files.items():
            _copy(entry, folder / relative)
    return findings


def _bring_outside(folder: Path, outside: Path) -> None:
    """Copy the files that a package names but does not hold from a folder that has them."""
    for name in read_fetch(folder, []):
        source = outside / name.removeprefix(f"{PROJECT}/")
        if not any(name_findings([name])) and source.is_file() and not (folder / name).exists():
            _copy(source.resolve(), folder / name)


def _signature_findings(folder: Path, key: Path | None) -> Iterator[Finding]:
    """What is wrong with the signature; an unsigned package is at fault only where a key was named."""
    signature, public = folder / SIGNATURE, folder / PUBLIC_KEY
    if not signature.is_file() and not public.is_file():
        if key is not None:
            yield Finding(SIGNATURE, "package-unsigned", "is missing: nobody signed the package")
        return
    for file in (signature, public):
        if not file.is_file():
            yield Finding(file.name, "package-file-missing", "is missing; every signed package has one")
            return
    own = parse_public_key(public.read_bytes())
    if own is None:
        yield Finding(PUBLIC_KEY, "package-key", "is no public key of Ed25519")
    elif not is_signed_by(own, signature.read_bytes(), (folder / TAG_MANIFEST).read_bytes()):
        yield Finding(
            SIGNATURE,
            "package-signature",
            "is not a signature of {key} over {manifest}: one of the three was altered",
            {"key": PUBLIC_KEY, "manifest": TAG_MANIFEST},
        )
    elif key is not None and (expected := fingerprint(read_public_key(key))) != fingerprint(own):
        yield Finding(
            PUBLIC_KEY,
            "package-signer",
            "is the key {found}; {expected} was expected",
            {"found": fingerprint(own), "expected": expected},
        )


def _signer(folder: Path) -> str | None:
    """Fingerprint of the key in an intact package."""
    own = parse_public_key((folder / PUBLIC_KEY).read_bytes()) if (folder / PUBLIC_KEY).is_file() else None
    return fingerprint(own) if own is not None else None


def _content_findings(folder: Path) -> list[Finding]:
    """Whether an intact bag holds what a package of a run must hold, file by file."""
    try:
        run = read_run_record(folder / RESULTS)
    except InputError as error:
        return [replace(finding, where=f"{RESULTS}/{finding.where}") for finding in error.findings]
    expected = run.files_of_package()
    findings = []
    for name, digest in expected.items():
        file = folder / name
        if not file.is_file():
            findings.append(Finding(name, "package-file-missing", "is named by run.json and is not there"))
        elif sha256_of_file(file) != digest:
            findings.append(
                Finding(
                    name,
                    "package-file-altered",
                    "is not the file of the run: its SHA-256 differs from run.json",
                )
            )
    findings += result_findings(folder / RESULTS, RESULTS, run)
    own = {CRATE, ENVIRONMENT, LOCK, ARRAYS, f"{RESULTS}/run.json"}
    findings += [
        Finding(name, "package-file-missing", "is missing; every package has one")
        for name in sorted(own)
        if not (folder / name).is_file()
    ]
    payload = [f"data/{name}" for name in files_of(folder / "data")]
    findings += [
        Finding(name, "package-file-unlisted", "is no file of the run, by run.json")
        for name in payload
        if name not in expected and name not in own
    ]
    return findings


@contextmanager
def open_package(
    path: Path, key: Path | None = None, limits: Limits = LIMITS, outside: Path | None = None
) -> Iterator[Package]:
    """Open a package, once all of it was found intact.

    Parameters
    ----------
    path : Path
        Archive that ``mrv seal`` wrote, or the folder ``package`` that it was unpacked to.
    key : Path, optional
        Public key of who must have signed it.
    limits : Limits, optional
        How large it may be.
    outside : Path, optional
        Folder with the files that the package names but does not hold, at their paths in the project.

    Raises
    ------
    PackageError
        With every finding, if anything in it is not as it was sealed.
    UsageError
        If there is no such package or key.
    """
    if not path.exists():
        raise UsageError("{file}: there is no such package", file=path)
    with tempfile.TemporaryDirectory(prefix="mrv-package-") as work:
        folder = Path(work).resolve() / "package"
        folder.mkdir()
        findings = _copy_folder(path, folder, limits) if path.is_dir() else unpack(path, folder, limits)
        if not findings:
            if outside is not None:
                _bring_outside(folder, outside)
            findings = bag_findings(folder, files_of(folder))
            if (folder / TAG_MANIFEST).is_file():
                findings += _signature_findings(folder, key)
                findings += time_stamp_findings(folder / TIME_STAMP, folder / TAG_MANIFEST)
        findings = findings or _content_findings(folder)
        if findings:
            raise PackageError(in_order(findings))
        yield Package(folder, sha256_of_file(folder / TAG_MANIFEST), _signer(folder))
