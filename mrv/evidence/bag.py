"""BagIt 1.0 (RFC 8493): the manifests and tag files that make a folder a bag, and what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mrv.evidence.names import name_findings, shown
from mrv.findings import Finding
from mrv.provenance import sha256_of_file

DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
FETCH = "fetch.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
SIGNATURE = f"{TAG_MANIFEST}.sig"
TIME_STAMP = f"{TAG_MANIFEST}.tsr"
PUBLIC_KEY = "public-key.pem"
PAYLOAD = "data/"

DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
REQUIRED = (DECLARATION, INFO, MANIFEST, TAG_MANIFEST)
BESIDE = frozenset({TAG_MANIFEST, SIGNATURE, TIME_STAMP})
"""Files that come after the tag manifest, and cannot be listed in it."""

LINE = re.compile(r"([0-9a-f]{64})  (.+)")
FETCH_LINE = re.compile(r"(\S+) ([0-9]{1,18}) (.+)")
OXUM = re.compile(r"(?m)^Payload-Oxum: ([0-9]{1,18})\.([0-9]{1,9})$")


def manifest_text(hashes: Mapping[str, str]) -> bytes:
    """Manifest of files, as ``sha256sum -c`` reads it."""
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()


def info_text(sizes: Mapping[str, int], more: Mapping[str, str]) -> bytes:
    """Tag file that describes the bag, with the octets and number of the files of its payload."""
    fields = {**more, "Payload-Oxum": f"{sum(sizes.values())}.{len(sizes)}"}
    return "".join(f"{label}: {value}\n" for label, value in fields.items()).encode()


def fetch_text(places: Mapping[str, str], sizes: Mapping[str, int]) -> bytes:
    """Tag file that says where files of the payload are that the bag does not hold."""
    return "".join(f"{places[name]} {sizes[name]} {name}\n" for name in sorted(places)).encode()


def _text(folder: Path, name: str, findings: list[Finding]) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        findings.append(Finding(name, "package-manifest", "is not UTF-8"))
        return ""


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def read_manifest(folder: Path, name: str, findings: list[Finding]) -> dict[str, str]:
    """Hashes of a manifest by file; what is wrong with its lines is added to the findings."""
    hashes: dict[str, str] = {}
    for number, line in enumerate(_lines(_text(folder, name, findings)), start=1):
        found = LINE.fullmatch(line)
        if found is None or found[2] in hashes:
            findings.append(
                Finding(
                    f"{name}:{number}",
                    "package-manifest",
                    "is no line of a manifest, or names a file again; a SHA-256, two spaces and a file "
                    "were expected",
                )
            )
        else:
            hashes[found[2]] = found[1]
    findings += name_findings(hashes)
    return hashes


def read_fetch(folder: Path, findings: list[Finding]) -> dict[str, tuple[str, int]]:
    """Place and size of each file that the bag does not hold, by its name in the bag."""
    places: dict[str, tuple[str, int]] = {}
    if not (folder / FETCH).is_file():
        return places
    for number, line in enumerate(_lines(_text(folder, FETCH, findings)), start=1):
        found = FETCH_LINE.fullmatch(line)
        if found is None or found[3] in places:
            findings.append(
                Finding(
                    f"{FETCH}:{number}",
                    "package-manifest",
                    "is no line of a list of files elsewhere; an address, a size and a file were expected",
                )
            )
        else:
            places[found[3]] = (found[1], int(found[2]))
    return places


def _hash_findings(
    folder: Path, manifest: str, hashes: Mapping[str, str], absent: Mapping[str, tuple[str, int]]
) -> Iterator[Finding]:
    """Files that are missing, or differ from a manifest."""
    for name, expected in hashes.items():
        if not (folder / name).is_file():
            if name in absent:
                yield Finding(
                    name,
                    "package-file-outside",
                    "lies outside the package, at {place} ({size} bytes); name a folder that holds it "
                    "with --outside-folder",
                    {"place": absent[name][0], "size": absent[name][1]},
                )
            else:
                yield Finding(
                    name,
                    "package-file-missing",
                    "is listed in {manifest} and is not there",
                    {"manifest": manifest},
                )
        elif sha256_of_file(folder / name) != expected:
            yield Finding(
                name,
                "package-file-altered",
                "is not the file that was sealed: its SHA-256 differs from {manifest}",
                {"manifest": manifest},
            )


def _unlisted(name: str, manifest: str) -> Finding:
    return Finding(
        shown(name), "package-file-unlisted", "is not listed in {manifest}", {"manifest": manifest}
    )


def _oxum_findings(
    folder: Path, payload: Mapping[str, Path], absent: Mapping[str, tuple[str, int]], findings: list[Finding]
) -> Iterator[Finding]:
    outside = {name: size for name, (_, size) in absent.items() if name not in payload}
    octets = sum(path.stat().st_size for path in payload.values()) + sum(outside.values())
    count = len(payload) + len(outside)
    stated = OXUM.findall(_text(folder, INFO, findings))
    if stated != [(str(octets), str(count))]:
        yield Finding(
            INFO,
            "package-oxum",
            "states a Payload-Oxum of {stated}; the payload is {octets}.{count}",
            {"stated": ", ".join(map(".".join, stated)) or "–", "octets": octets, "count": count},
        )


def bag_findings(folder: Path, files: Mapping[str, Path]) -> list[Finding]:
    """Whatever makes a folder other than the bag that was sealed; signatures are checked elsewhere.

    Parameters
    ----------
    folder : Path
    files : mapping of str to Path
        Every file below it.
    """
    missing = [name for name in REQUIRED if name not in files]
    if missing:
        return [
            Finding(name, "package-file-missing", "is missing; every package has one") for name in missing
        ]
    findings: list[Finding] = []
    if (folder / DECLARATION).read_bytes() != DECLARED:
        findings.append(Finding(DECLARATION, "package-manifest", "does not declare BagIt 1.0 in UTF-8"))
    absent = read_fetch(folder, findings)
    payload = {name: path for name, path in files.items() if name.startswith(PAYLOAD)}
    manifest = read_manifest(folder, MANIFEST, findings)
    tag_manifest = read_manifest(folder, TAG_MANIFEST, findings)
    findings += _hash_findings(folder, TAG_MANIFEST, tag_manifest, {})
    findings += _hash_findings(folder, MANIFEST, manifest, absent)
    findings += [_unlisted(name, MANIFEST) for name in payload if name not in manifest]
    findings += [
        _unlisted(name, TAG_MANIFEST)
        for name in files
        if name not in payload and name not in tag_manifest and name not in BESIDE
    ]
    findings += [_unlisted(name, MANIFEST) for name in absent if name not in manifest]
    findings += [
        Finding(name, "package-manifest", "is listed outside its manifest, {manifest}", {"manifest": own})
        for hashes, own in ((manifest, TAG_MANIFEST), (tag_manifest, MANIFEST))
        for name in hashes
        if name.startswith(PAYLOAD) is (hashes is tag_manifest)
    ]
    findings += _oxum_findings(folder, payload, absent, findings)
    return findings
