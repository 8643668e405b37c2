"""Virtual rasters (VRT): where their pixels come from."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from mrv.findings import Finding

VIRTUAL = ".vrt"
SOURCES = ("SourceFilename", "SourceDataset", "SourceVRTFilename")
"""Elements of a VRT that name another raster."""


def virtual_sources(path: Path, file: str, root: Path) -> tuple[tuple[Path, ...], list[Finding]]:
    """Files that a virtual raster takes its pixels from, through virtual rasters within it too.

    Parameters
    ----------
    path : Path
    file : str
        As the project file writes it.
    root : Path
        Folder that every source must lie in.

    Returns
    -------
    tuple of Path
        Every source once, by name.
    list of Finding
    """
    found: set[Path] = set()
    findings: list[Finding] = []
    waiting = [path]
    while waiting:
        virtual = waiting.pop()
        try:
            document = ElementTree.parse(virtual)
        except ElementTree.ParseError as error:
            findings.append(
                Finding(
                    file, "raster-unreadable", "cannot be read as a raster: {reason}", {"reason": str(error)}
                )
            )
            continue
        for element in document.iter():
            if element.tag not in SOURCES:
                continue
            name = (element.text or "").strip()
            source = (virtual.parent / name if element.get("relativeToVRT") == "1" else Path(name)).resolve()
            if not source.is_relative_to(root.resolve()):
                findings.append(
                    Finding(
                        file,
                        "raster-outside-project",
                        "takes pixels from {source}; a file in the folder of the project was expected, "
                        "by a name relative to the virtual raster",
                        {"source": name},
                    )
                )
            elif not source.is_file():
                findings.append(
                    Finding(
                        file,
                        "raster-source-missing",
                        "takes pixels from {source}; there is no such file",
                        {"source": name},
                    )
                )
            elif source not in found:
                found.add(source)
                waiting += [source] if source.suffix.lower() == VIRTUAL else []
    return tuple(sorted(found)), findings
