"""RO-Crate 1.1: what a package holds, in the words of the Process Run Crate profile.

One act, the run, with the toolkit as its instrument, its inputs as objects and its outputs as results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from mrv.evidence.run_record import RunRecord

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
CRATE = "https://w3id.org/ro/crate/1.1"
LICENCE_UNSTATED = "The package states no licence; ask who sealed it."

INSTRUMENT = "#mrv"
RUN = "#run"
FORMATS = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".json": "application/json",
    ".md": "text/markdown",
    ".png": "image/png",
    ".qml": "application/xml",
    ".svg": "image/svg+xml",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
}

Entity = dict[str, object]


def _reference(name: str) -> dict[str, str]:
    return {"@id": quote(name)}


def _file(name: str, size: int, digest: str) -> Entity:
    suffix = PurePosixPath(name).suffix.lower()
    kind = {"encodingFormat": FORMATS[suffix]} if suffix in FORMATS else {}
    return {
        "@id": quote(name),
        "@type": "File",
        "name": PurePosixPath(name).name,
        "contentSize": str(size),
        "sha256": digest,
        **kind,
    }


def crate_document(
    run: RunRecord,
    title: str,
    published: str,
    files: Mapping[str, tuple[int, str]],
    inputs: Sequence[str],
    results: Sequence[str],
) -> Entity:
    """Metadata document of a package.

    Parameters
    ----------
    run : RunRecord
    title : str
        Name of the project.
    published : str
        Day, YYYY-MM-DD.
    files : mapping of str to (int, str)
        Size in bytes and SHA-256 of every file, by its name below ``data/``.
    inputs, results : sequence of str
        Names of what the run read, and of what it wrote.
    """
    version = run.environment["mrv"]
    entities: list[Entity] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "conformsTo": {"@id": CRATE},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": title,
            "description": f"Evidence of a run of mrv {version}: its inputs, its documents and its results.",
            "datePublished": published,
            "license": LICENCE_UNSTATED,
            "conformsTo": {"@id": PROFILE},
            "hasPart": [_reference(name) for name in sorted(files)],
            "mentions": {"@id": RUN},
        },
        {
            "@id": PROFILE,
            "@type": "CreativeWork",
            "name": "Process Run Crate",
            "version": PROFILE.rsplit("/", 1)[-1],
        },
        {
            "@id": INSTRUMENT,
            "@type": "SoftwareApplication",
            "name": "mrv",
            "softwareVersion": version,
            "softwareRequirements": _reference("requirements.lock"),
        },
        {
            "@id": RUN,
            "@type": "CreateAction",
            "name": f"mrv run {run.project_file}",
            "instrument": {"@id": INSTRUMENT},
            "object": [_reference(name) for name in sorted(inputs)],
            "result": [_reference(name) for name in sorted(results)],
            "actionStatus": "http://schema.org/CompletedActionStatus",
        },
        *(_file(name, *files[name]) for name in sorted(files)),
    ]
    return {"@context": [CONTEXT, TERMS], "@graph": entities}
