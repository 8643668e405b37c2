"""Virtual rasters (VRT): where their pixels come from."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from mrv.findings import Finding

VIRTUAL = ".vrt"
SOURCES = ("sourcefilename", "sourcedataset", "sourcevrtfilename")
"""Elements of a VRT that name another raster, in whatever case."""

RELATIVE = "relativetovrt"

PLAIN = re.compile(rb"(\s*<\?xml[^<>?]*\?>)?[^?!]*", re.IGNORECASE)
"""XML without comments, sections of text and entities, which readers of XML do not all take alike."""

LARGEST = 2**24
"""Size of a VRT. [bytes]"""


def _document(virtual: Path) -> ElementTree.Element:
    """Root of a virtual raster that every reader of XML reads alike."""
    if virtual.stat().st_size > LARGEST:
        raise ValueError(f"more than {LARGEST} bytes")
    content = virtual.read_bytes()
    if not PLAIN.fullmatch(content):
        raise ValueError("a comment, an entity or a section of text; plain XML was expected")
    return ElementTree.fromstring(content)


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
            document = _document(virtual)
        except (ElementTree.ParseError, ValueError) as error:
            findings.append(
                Finding(
                    file, "raster-unreadable", "cannot be read as a raster: {reason}", {"reason": str(error)}
                )
            )
            continue
        for element in document.iter():
            if element.tag.lower() not in SOURCES:
                continue
            name = (element.text or "").strip()
            stated = [value for key, value in element.attrib.items() if key.lower() == RELATIVE]
            relative = stated == ["1"]
            source = (virtual.parent / name if relative else Path(name)).resolve()
            certain = relative or (stated in ([], ["0"]) and Path(name).is_absolute())
            if not (certain and source.is_relative_to(root.resolve())):
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
