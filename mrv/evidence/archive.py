"""The file of a package: a ZIP archive whose every byte follows from the bag within it.

Nothing is compressed, times and permissions are fixed, and entries stand in order. So the same bag gives
the same bytes on every system, an archive cannot grow when it is opened, and one that hides
anything beside its entries differs from the one that its entries give.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from mrv.evidence.limits import Limits
from mrv.evidence.names import name_findings, shown
from mrv.findings import Finding, Phrase

TOP = "package/"
"""Folder in the archive that holds the bag; the same whatever the archive is called."""

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
PERMISSIONS = 0o100644
CHUNK = 2**20

END = struct.Struct("<4s4H2LH")
END_64_LOCATOR = struct.Struct("<4sLQL")
END_64 = struct.Struct("<4sQ2H2L4Q")
FULL_16, FULL_32 = 2**16 - 1, 2**32 - 1
LARGEST_ENTRY = 46 + 1200
"""Bytes that the directory of an archive may spend on one entry: its record, its name, its large sizes."""

UNIX = 3
ENCRYPTED = 0x2041
"""Flags of entries that need a password, by either way of encrypting."""


def _chunks(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def write_archive(target: Path, members: Mapping[str, Path | bytes]) -> dict[str, str]:
    """Write the archive of a bag.

    Parameters
    ----------
    target : Path
    members : mapping of str to Path or bytes
        Content of each file of the bag, by its name there.

    Returns
    -------
    dict of str to str
        SHA-256 of what was written for each.
    """
    written = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            content = members[name]
            entry = zipfile.ZipInfo(TOP + name, FIXED_TIME)
            entry.create_system = UNIX
            entry.external_attr = PERMISSIONS << 16
            entry.file_size = len(content) if isinstance(content, bytes) else content.stat().st_size
            digest = hashlib.sha256()
            with archive.open(entry, "w") as stream:
                for chunk in _chunks(content):
                    digest.update(chunk)
                    stream.write(chunk)
            written[name] = digest.hexdigest()
    return written


def _archive_finding(path: Path, message: str, **values: object) -> Finding:
    return Finding(path.name, "package-archive", message, values)


def _directory(stream: IO[bytes], size: int) -> tuple[int, int, int] | None:
    """Entries, start and end of the directory of an archive that ends with it; None if it does not."""
    if size < END.size:
        return None
    stream.seek(size - END.size)
    mark, _, _, _, entries, length, start, comment = END.unpack(stream.read(END.size))
    end = size - END.size
    if mark != b"PK\x05\x06" or comment:
        return None
    if entries == FULL_16 or FULL_32 in (length, start):
        end -= END_64_LOCATOR.size + END_64.size
        if end < 0:
            return None
        stream.seek(end)
        mark, *_, entries, length, start = END_64.unpack(stream.read(END_64.size))
        if mark != b"PK\x06\x06":
            return None
    return (entries, start, end) if start + length == end else None


def _frame_findings(path: Path, limits: Limits) -> Iterator[Finding]:
    """What is wrong with an archive before its directory is read into memory."""
    size = path.stat().st_size
    if size > limits.total_bytes:
        yield _archive_finding(
            path, "holds {size} bytes; allowed are {allowed}", size=size, allowed=limits.total_bytes
        )
        return
    with path.open("rb") as stream:
        directory = _directory(stream, size)
    if directory is None:
        yield _archive_finding(
            path, "does not end as a ZIP archive ends; it was cut short, or something was put behind it"
        )
        return
    entries, start, end = directory
    if entries > limits.files or end - start > LARGEST_ENTRY * entries:
        yield _archive_finding(
            path,
            "lists {entries} files in {size} bytes; allowed are {allowed} files",
            entries=entries,
            size=end - start,
            allowed=limits.files,
        )


def _kind(entry: zipfile.ZipInfo) -> Phrase | None:
    """What an entry is that may not be in a package; None if it is a plain file."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if stat.S_ISLNK(kind):
        return Phrase("is a link; a plain file was expected")
    if entry.filename.endswith("/") or (kind and not stat.S_ISREG(kind)):
        return Phrase("is a folder or special; a plain file was expected")
    if entry.flag_bits & ENCRYPTED:
        return Phrase("is encrypted; a plain file was expected")
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        return Phrase("is compressed; mrv seal stores files as they are. Unpack it, and name the folder")
    return None


def _entry_findings(path: Path, entries: list[zipfile.ZipInfo], limits: Limits) -> Iterator[Finding]:
    names = [entry.orig_filename for entry in entries]
    yield from name_findings(names)
    for entry, name in zip(entries, names, strict=True):
        problem = _kind(entry)
        if problem is not None:
            yield Finding(shown(name), "package-entry", "{problem}", {"problem": problem})
        elif not name.startswith(TOP):
            yield Finding(shown(name), "package-entry", "is outside the folder {folder}", {"folder": TOP})
        elif entry.file_size > limits.file_bytes:
            yield Finding(
                shown(name),
                "package-too-large",
                "holds {size} bytes; allowed are {allowed}",
                {"size": entry.file_size, "allowed": limits.file_bytes},
            )
    total = sum(entry.file_size for entry in entries)
    if total > path.stat().st_size:
        yield _archive_finding(path, "its files share bytes: they hold more than the archive does")


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Iterator[Finding]:
    name = entry.filename.removeprefix(TOP)
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(entry) as source, target.open("xb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        yield Finding(
            name,
            "package-entry",
            "its bytes are not those that were stored: {problem}",
            {"problem": str(error)},
        )


def _same_bytes(first: Path, second: Path) -> bool:
    if first.stat().st_size != second.stat().st_size:
        return False
    return all(one == other for one, other in zip(_chunks(first), _chunks(second), strict=True))


def files_of(folder: Path) -> dict[str, Path]:
    """Plain files below a folder, by their names relative to it."""
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def unpack(path: Path, folder: Path, limits: Limits) -> list[Finding]:
    """Unpack an archive into an empty folder; nothing is written where its directory is at fault.

    Parameters
    ----------
    path : Path
    folder : Path
    limits : Limits

    Returns
    -------
    list of Finding
        Empty if every byte of the archive is as its files give it.
    """
    findings = list(_frame_findings(path, limits))
    if findings:
        return findings
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            findings = list(_entry_findings(path, entries, limits))
            if findings:
                return findings
            findings = [finding for entry in entries for finding in _extract(archive, entry, folder)]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        return [_archive_finding(path, "is no archive that can be read: {problem}", problem=str(error))]
    if findings:
        return findings
    rebuilt = folder.with_name(f"{folder.name}.rebuilt")
    try:
        write_archive(rebuilt, files_of(folder))
        if not _same_bytes(path, rebuilt):
            findings = [
                _archive_finding(
                    path,
                    "is not laid out as mrv seal does; something may be hidden in it, or another "
                    "program wrote it. Unpack it, and name the folder",
                )
            ]
    finally:
        rebuilt.unlink(missing_ok=True)
    return findings
