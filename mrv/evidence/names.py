"""Names of files in a package: such as mean the same file, and one within the package, on every system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from mrv.findings import Finding, Phrase

LONGEST_PART, LONGEST_NAME = 80, 1000
"""Characters of one part of a name, and bytes of all of it, that every file system takes."""

RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names that Windows gives to devices."""

REFUSED = re.compile(r'[\\:%*?"<>|\x00-\x1f\x7f]')
"""Characters that some system gives a meaning, and ``%``, which manifests would have to encode."""


def _problem(name: str) -> Phrase | None:
    """What is wrong with a name by itself; None if nothing."""
    parts = name.split("/")
    refused = REFUSED.search(name)
    written = name.encode(errors="surrogatepass")
    problems = (
        (name.startswith("/"), Phrase("is an absolute path")),
        (refused, Phrase("holds the character {found}", found=repr(refused.group()) if refused else "")),
        (
            any(part in ("", ".", "..") for part in parts),
            Phrase("does not lead straight to a file within its folder"),
        ),
        (
            any(RESERVED.fullmatch(part) or part != part.strip() or part.endswith(".") for part in parts),
            Phrase("is a name that Windows does not take"),
        ),
        (unicodedata.normalize("NFC", name) != name, Phrase("is not in Unicode normal form C")),
        (
            len(written) > LONGEST_NAME or max(map(len, parts)) > LONGEST_PART,
            Phrase("is too long"),
        ),
        (written.decode(errors="replace") != name, Phrase("is not text")),
    )
    return next((problem for found, problem in problems if found), None)


def _folded(name: str) -> str:
    """What a name is to a system that heeds neither case nor forms of Unicode."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


def shown(name: str) -> str:
    """Name of unknown origin as it is printed: in one line, of bounded length."""
    return name.encode("unicode_escape").decode("ascii")[:LONGEST_PART] if _problem(name) else name


def name_findings(names: Iterable[str]) -> Iterator[Finding]:
    """What is wrong with the names of files, one by one and beside each other.

    Parameters
    ----------
    names : iterable of str
        Relative, with ``/`` between the parts.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        problem = _problem(name)
        if problem is not None:
            yield Finding(
                shown(name),
                "package-name",
                "the name {problem}; a relative path of plain names was expected",
                {"problem": problem},
            )
            continue
        parents = [parent.as_posix() for parent in PurePosixPath(name).parents][:-1]
        clashes = [folders.setdefault(_folded(parent), parent) for parent in parents]
        others = [other for other, parent in zip(clashes, parents, strict=True) if other != parent]
        others += [files[path] for path in map(_folded, (name, *parents)) if path in files]
        others += [folders[_folded(name)]] if _folded(name) in folders else []
        files.setdefault(_folded(name), name)
        if others:
            yield Finding(
                name,
                "package-name-twice",
                "cannot stand beside {other}: some systems take both for the same",
                {"other": others[0]},
            )
