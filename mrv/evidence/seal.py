"""Sealing a run: what it read, what it rests on and what it wrote, in one package, signed if wanted.

The same run gives the same bytes: nothing in a package comes from the clock, the machine, its paths
or its user.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mrv.errors import InputError, UsageError
from mrv.evidence import bag
from mrv.evidence.archive import files_of, write_archive
from mrv.evidence.arrays import array_records, arrays_document
from mrv.evidence.crate import crate_document
from mrv.evidence.keys import fingerprint, public_pem
from mrv.evidence.run_record import RunRecord, read_run_record
from mrv.evidence.time_stamp import time_stamp_problem
from mrv.findings import Finding, raise_errors
from mrv.inputs.project_file import read_project_file
from mrv.methodologies import load_methodology
from mrv.provenance import sha256_of_bytes, sha256_of_file
from mrv.run.outputs import LEFT_BY_SYSTEMS, RUN_FILE, whole_file
from mrv.sourced_tables import data_table

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FACTS = ("mrv", "python", "machine", "system", "mangrove-mrv")
"""What the environment of a run says besides the distributions that it was computed with."""


@dataclass(frozen=True)
class Sealed:
    """A package that was written.

    Attributes
    ----------
    file : Path
    package_sha256 : str
    signer : str or None
        Fingerprint of the key; None without one.
    files : int
        Files of the payload.
    outside : tuple of str
        Inputs that it names and does not hold.
    """

    file: Path
    package_sha256: str
    signer: str | None
    files: int
    outside: tuple[str, ...]


@dataclass(frozen=True)
class SealOptions:
    """What may be chosen when a run is sealed.

    Attributes
    ----------
    project : Path
        Folder of the project, or its project file.
    methodology_folder : Path or None
        Documents of the methodology, where it is not one of those installed.
    key : Ed25519PrivateKey or None
    outside : mapping of str to str
        Address of each input that stays outside the package, by its name in the project.
    date : str or None
        Day that the package bears; None for the last day that the project speaks of.
    time_stamp : Path or None
        Response of an authority to a query with the tag manifest of this very package.
    """

    project: Path = Path()
    methodology_folder: Path | None = None
    key: Ed25519PrivateKey | None = None
    outside: Mapping[str, str] = field(default_factory=dict)
    date: str | None = None
    time_stamp: Path | None = None


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _project_folder(project: Path) -> Path:
    return project if project.is_dir() else project.parent


def _sources(out: Path, run: RunRecord, options: SealOptions) -> dict[str, Path]:
    """File behind each name of the package that ``run.json`` gives a hash for."""
    folder = _project_folder(options.project)
    sources = {f"data/project/{name}": folder / name for name in run.inputs}
    sources |= {f"data/results/{name}": out / name for name in run.outputs}
    sources |= {
        f"data/tables/{name}": Path(str(data_table(name.removesuffix(".csv"))))
        for name in run.reference_tables
    }
    if run.methodology is not None:
        documents = options.methodology_folder or load_methodology(run.methodology.id).folder
        sources |= {
            f"data/methodology/{run.methodology.id}/{name}": documents / name
            for name in run.methodology.files
        }
    return sources


CHANGED = {
    "project": "has changed since the run; run the project again before it is sealed",
    "results": "is not what the run wrote; run the project again before it is sealed",
    "tables": "is not the reference table that the run read; seal with the version of mrv that ran",
    "methodology": "is not the document that the run read; name its folder with --methodology-dir",
}
MISSING = {
    "project": "was read by the run and is not here; name the folder of the project with --project",
    "results": "was written by the run and is not here; run the project again",
    "tables": "was read by the run and is not installed; seal with the version of mrv that ran",
    "methodology": "was read by the run and is not here; name its folder with --methodology-dir",
}


def _changes(run: RunRecord, sources: Mapping[str, Path]) -> list[Finding]:
    """What is no longer as the run read or wrote it."""
    findings = []
    for name, expected in run.files_of_package().items():
        kind = name.split("/")[1]
        shown = name.removeprefix("data/")
        if not sources[name].is_file():
            findings.append(Finding(shown, "seal-missing", MISSING[kind]))
        elif sha256_of_file(sources[name]) != expected:
            findings.append(Finding(shown, "seal-changed", CHANGED[kind]))
    return findings


def _foreign(out: Path, run: RunRecord) -> list[Finding]:
    known = {RUN_FILE, *run.outputs}
    return [
        Finding(f"results/{name}", "seal-foreign", "was not written by the run; take it out of the folder")
        for name, path in files_of(out).items()
        if name not in known and path.name not in LEFT_BY_SYSTEMS
    ]


def _outside_findings(run: RunRecord, outside: Mapping[str, str]) -> list[Finding]:
    return [
        Finding(
            f"--outside {name}",
            "seal-outside",
            "is no input of the run that could stay outside; there are {names}",
            {"names": ", ".join(sorted(set(run.inputs) - {run.project_file}))},
        )
        for name in outside
        if name not in run.inputs or name == run.project_file
    ]


def _title_and_date(project_file: Path, date: str | None) -> tuple[str, str, str]:
    """Id and name of the project, and the day that its package bears."""
    project, _ = read_project_file(project_file)
    days = [survey.date for survey in project.surveys]
    if project.monitoring_period is not None:
        days.append(project.monitoring_period.end)
    if date is None and not days:
        raise UsageError("the project speaks of no day that its package could bear; name one with --date")
    name = project.project.name
    return project.project.id, f"{name.en} / {name.zh}", date or max(days)


def _lock(run: RunRecord) -> bytes:
    """Distributions of the run's environment, in the form that pip installs from."""
    return "".join(
        f"{name}=={version}\n" for name, version in sorted(run.environment.items()) if name not in FACTS
    ).encode()


def _payload(out: Path, run: RunRecord, options: SealOptions) -> dict[str, Path | bytes]:
    """Content of every file of the payload, checked against the hashes of the run."""
    sources = _sources(out, run, options)
    findings = _changes(run, sources) + _foreign(out, run) + _outside_findings(run, options.outside)
    raise_errors(findings)
    folder = _project_folder(options.project)
    arrays = arrays_document(
        array_records(folder, run.inputs, "project/"), array_records(out, run.outputs, "results/")
    )
    return {
        **sources,
        f"data/results/{RUN_FILE}": out / RUN_FILE,
        "data/environment.json": _json(run.environment),
        "data/requirements.lock": _lock(run),
        "data/arrays.json": _json(arrays),
    }


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _digest(content: Path | bytes) -> str:
    return sha256_of_bytes(content) if isinstance(content, bytes) else sha256_of_file(content)


def _tag_files(
    hashes: Mapping[str, str], sizes: Mapping[str, int], project_id: str, run: RunRecord, options: SealOptions
) -> dict[str, bytes]:
    """Every file of the bag that is no payload, signature and time stamp included."""
    places = {f"data/project/{name}": place for name, place in options.outside.items()}
    more = {
        "Bag-Software-Agent": f"mrv {run.environment['mrv']}",
        "External-Identifier": project_id,
        **({"Bagging-Date": options.date} if options.date else {}),
    }
    tags = {
        bag.DECLARATION: bag.DECLARED,
        bag.INFO: bag.info_text(sizes, more),
        bag.MANIFEST: bag.manifest_text(hashes),
        **({bag.FETCH: bag.fetch_text(places, sizes)} if places else {}),
        **({bag.PUBLIC_KEY: public_pem(options.key.public_key())} if options.key else {}),
    }
    manifest = bag.manifest_text({name: sha256_of_bytes(content) for name, content in tags.items()})
    tags[bag.TAG_MANIFEST] = manifest
    if options.key is not None:
        tags[bag.SIGNATURE] = options.key.sign(manifest)
    if options.time_stamp is not None:
        tags[bag.TIME_STAMP] = _time_stamp(options.time_stamp, manifest)
    return tags


def _time_stamp(file: Path, manifest: bytes) -> bytes:
    if not file.is_file():
        raise UsageError("{file}: there is no such time stamp", file=file)
    content = file.read_bytes()
    problem = time_stamp_problem(content, manifest)
    if problem is not None:
        raise InputError([Finding(file.name, "package-time-stamp", "{problem}", {"problem": problem})])
    return content


def seal_run(out: Path, package: Path, options: SealOptions | None = None) -> Sealed:
    """Seal a run into a package.

    Parameters
    ----------
    out : Path
        Folder of its results.
    package : Path
        Archive to write, whole or not at all; one of that name is replaced.
    options : SealOptions, optional

    Raises
    ------
    InputError
        With every file that is missing, or no longer as the run read or wrote it; nothing is written then.
    UsageError
        If the package cannot be written.
    """
    options = options or SealOptions()
    if not out.is_dir():
        raise UsageError("{folder}: there is no such folder of results", folder=out)
    run = read_run_record(out)
    payload = _payload(out, run, options)
    hashes = {name: _digest(content) for name, content in payload.items()}
    sizes = {name: _size(content) for name, content in payload.items()}
    project_id, title, published = _title_and_date(
        _project_folder(options.project) / run.project_file, options.date
    )
    crate = _json(
        crate_document(
            run,
            title,
            published,
            {name.removeprefix("data/"): (sizes[name], hashes[name]) for name in payload},
            [name.removeprefix("data/") for name in payload if not name.startswith("data/results/")],
            [name.removeprefix("data/") for name in payload if name.startswith("data/results/")],
        )
    )
    payload["data/ro-crate-metadata.json"] = crate
    hashes["data/ro-crate-metadata.json"] = sha256_of_bytes(crate)
    sizes["data/ro-crate-metadata.json"] = len(crate)
    tags = _tag_files(hashes, sizes, project_id, run, options)
    absent = {f"data/project/{name}" for name in options.outside}
    members = {**{name: content for name, content in payload.items() if name not in absent}, **tags}
    with whole_file(package) as partial:
        written = write_archive(partial, members)
        raise_errors(
            Finding(name, "seal-changed", "changed while it was being sealed")
            for name, digest in written.items()
            if hashes.get(name, digest) != digest
        )
    return Sealed(
        package,
        sha256_of_bytes(tags[bag.TAG_MANIFEST]),
        fingerprint(options.key.public_key()) if options.key else None,
        len(payload),
        tuple(sorted(options.outside)),
    )
