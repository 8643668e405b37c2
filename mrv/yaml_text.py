"""The plain data of a YAML file that people write, read strictly and with the place of every key.

Only the plain part of YAML 1.2 is accepted: mappings with unique text keys, lists, text, numbers,
``true``, ``false`` and nothing. Anchors, aliases and tags are refused, because a reader of the file
would have to follow them. Dates stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mrv.errors import InputError
from mrv.findings import Finding, raise_errors

Key = tuple[str | int, ...]
Position = tuple[int, int]

MAXIMUM_BYTES = 2**24
"""Largest YAML file that is read. [bytes]"""

MAXIMUM_DEPTH = 50
"""Lists and mappings within each other."""

MAXIMUM_DIGITS = 100
"""Digits up to which a whole number is a number; beyond, it is text."""

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
PLAIN_TAG = "tag:yaml.org,2002:"


def dotted(key: Sequence[str | int]) -> str:
    """Key as people write it: ``("surveys", 0, "date")`` → ``surveys[0].date``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).lstrip(".")


@dataclass(frozen=True)
class Positions:
    """Line and column, from 1, of every key and list item of a file."""

    name: str
    of_key: Mapping[Key, Position]

    def where(self, *key: str | int) -> str:
        """Place of a key; of the nearest enclosing one where the file does not have it."""
        known: Key = tuple(key)
        while known and known not in self.of_key:
            known = known[:-1]
        line, column = self.of_key.get(known, (1, 1))
        label = dotted(key)
        return f"{self.name}:{line}:{column}: {label}" if label else f"{self.name}:{line}:{column}"

    def where_dotted(self, label: str) -> str:
        """Place of a key in its dotted form, such as ``surveys[0].date``."""
        parts = [part for part in re.split(r"[.\[\]]+", label) if part]
        return self.where(*(int(part) if part.isdecimal() else part for part in parts))


def _fault(where: str, rule: str, message: str, **values: object) -> InputError:
    return InputError([Finding(where, rule, message, values)])


def _read_text(path: Path, name: str) -> str:
    if path.is_dir():
        raise _fault(name, "file-is-folder", "is a folder; a YAML file was expected")
    if not path.exists():
        raise _fault(name, "file-missing", "there is no such file")
    if path.stat().st_size > MAXIMUM_BYTES:
        raise _fault(
            name,
            "file-too-large",
            "holds {size} bytes; allowed are {allowed}",
            size=path.stat().st_size,
            allowed=MAXIMUM_BYTES,
        )
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _fault(f"{name}:{line}", "encoding", "is not UTF-8; save the file as UTF-8") from None
    if not text.strip():
        raise _fault(name, "file-empty", "the file is empty")
    return text


def _event_findings(text: str, name: str) -> Iterator[Finding]:
    depth = 0
    for event in _parser().parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAXIMUM_DEPTH:
            yield Finding(
                f"{name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}",
                "yaml-depth",
                "lists and mappings are nested deeper than {allowed} levels",
                {"allowed": MAXIMUM_DEPTH},
            )
            return
        if not isinstance(event, NodeEvent):
            continue
        where = f"{name}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
        if isinstance(event, AliasEvent) or event.anchor is not None:
            sign = "*" if isinstance(event, AliasEvent) else "&"
            yield Finding(
                where,
                "yaml-alias",
                "{found} is not allowed; write the value where it is used",
                {"found": f"{sign}{event.anchor}"},
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            shown = str(tag).replace(PLAIN_TAG, "!!")
            yield Finding(
                where, "yaml-tag", "the tag {tag} is not allowed; write plain values", {"tag": shown}
            )


SYNTAX_MESSAGES = {
    "could not find expected ':'": "a key without a colon; write it as key: value",
    "found character '\\t' that cannot start any token": "a tab; indent with spaces",
    "mapping values are not allowed here": "a colon where none may stand; put text that holds one in quotes",
    "expected ',' or '}', but got": "the brace { is not closed, or a comma is missing",
    "expected ',' or ']', but got": "the bracket [ is not closed, or a comma is missing",
    "found unexpected end of stream": "the quotation mark is not closed",
    "expected <block end>, but found": "the line is not indented like those above it",
}
"""What the parser says when people make their usual mistakes, in our words."""

FOUND_TOO_LATE = ("could not find", "expected ','", "found unexpected end")
"""Mistakes that the parser notices lines after the place where they were made."""


def _syntax_finding(error: MarkedYAMLError, name: str) -> Finding:
    problem = error.problem or ""
    late = problem.startswith(FOUND_TOO_LATE)
    marks = (error.context_mark, error.problem_mark) if late else (error.problem_mark, error.context_mark)
    mark = next((mark for mark in marks if mark is not None), None)
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    for start, message in SYNTAX_MESSAGES.items():
        if problem.startswith(start):
            return Finding(where, "yaml-syntax", "not valid YAML: " + message)
    said = "; ".join(part for part in (error.context, problem) if part)
    return Finding(where, "yaml-syntax", "not valid YAML: {problem}", {"problem": said})


def _parser() -> YAML:
    parser = YAML(typ="rt", pure=True)
    parser.version = (1, 2)
    return parser


FOLD = "\a"
"""Mark that the parser leaves where a folded scalar (``>``) had a line break."""


def _scalar(node: Node) -> str | int | float | bool | None:
    kind = str(node.tag).removeprefix(PLAIN_TAG)
    folded = isinstance(node, ScalarNode) and node.style == ">"
    text: str = node.value.replace(FOLD, "") if folded else node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int" and INTEGER.fullmatch(text) and len(text) <= MAXIMUM_DIGITS:
        return int(text)
    if kind == "float":
        return float(text.replace(".inf", "inf").replace(".nan", "nan").replace(".Inf", "inf").lower())
    return text


def plain_value(text: str) -> str | int | float | bool | None:
    """What a text would be as a single value of a file: a number, true, false, nothing or the text."""
    try:
        node = _parser().compose(text)
    except YAMLError:
        return text
    return _scalar(node) if isinstance(node, ScalarNode) else text


class _Builder:
    """Plain data of a node tree, with the position of each key noted on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.positions: dict[Key, Position] = {}
        self.findings: list[Finding] = []

    def build(self, node: Node, key: Key = ()) -> Any:
        self.positions.setdefault(key, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*key, number)) for number, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            position = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            where = f"{self.name}:{position[0]}:{position[1]}"
            if not isinstance(key_node, ScalarNode):
                self.findings.append(
                    Finding(where, "yaml-key-not-text", "a key must be text, not a list or mapping")
                )
                continue
            word: str = key_node.value
            inner = (*key, word)
            if word in data:
                self.findings.append(
                    Finding(
                        f"{where}: {dotted(inner)}",
                        "yaml-duplicate-key",
                        "the key stands already in line {line}",
                        {"line": self.positions[inner][0]},
                    )
                )
                continue
            self.positions[inner] = position
            data[word] = self.build(value_node, inner)
        return data


def parse_yaml(path: Path, name: str | None = None) -> tuple[Any, Positions]:
    """Plain data of a YAML file and the position of every key.

    Parameters
    ----------
    path : Path
    name : str, optional
        How findings call the file; its own name if left out.

    Raises
    ------
    InputError
        If the file is missing, a folder, empty, not UTF-8, not YAML, or uses what is not allowed.
    """
    name = name or path.name
    text = _read_text(path, name)
    try:
        findings = list(_event_findings(text, name))
        root = _parser().compose(text) if not findings else None
    except MarkedYAMLError as error:
        raise InputError([_syntax_finding(error, name)]) from None
    except YAMLError as error:
        raise _fault(name, "yaml-syntax", "not valid YAML: {problem}", problem=str(error)) from None
    raise_errors(findings)
    if root is None:
        raise _fault(name, "file-empty", "the file holds nothing but comments")
    builder = _Builder(name)
    data = builder.build(root)
    raise_errors(builder.findings)
    return data, Positions(name, builder.positions)
