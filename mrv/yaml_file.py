"""A YAML file that people write, read strictly and with the place of every key.

Only the plain part of YAML 1.2 is accepted: mappings with unique text keys, lists, text, numbers,
``true``, ``false`` and nothing. Anchors, aliases and tags are refused, because a reader of the file
would have to follow them. Dates stay text. What a pydantic model then refuses is reported with
line, column and dotted key, all of it at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mrv.errors import InputError
from mrv.findings import Finding, raise_errors

M = TypeVar("M", bound=BaseModel)
Key = tuple[str | int, ...]
Position = tuple[int, int]

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
    for event in _parser().parse(text):
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
            yield Finding(
                where, "yaml-tag", "the tag {tag} is not allowed; write plain values", {"tag": str(tag)}
            )


def _parser() -> YAML:
    parser = YAML(typ="rt", pure=True)
    parser.version = (1, 2)
    return parser


def _scalar(node: Node) -> str | int | float | bool | None:
    kind = str(node.tag).removeprefix(PLAIN_TAG)
    text: str = node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int" and INTEGER.fullmatch(text):
        return int(text)
    if kind == "float":
        return float(text.replace(".inf", "inf").replace(".nan", "nan").replace(".Inf", "inf").lower())
    return text


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
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = "; ".join(part for part in (error.context, error.problem) if part)
        raise _fault(where, "yaml-syntax", "not valid YAML: {problem}", problem=problem) from None
    except YAMLError as error:
        raise _fault(name, "yaml-syntax", "not valid YAML: {problem}", problem=str(error)) from None
    raise_errors(findings)
    if root is None:
        raise _fault(name, "file-empty", "the file holds nothing but comments")
    builder = _Builder(name)
    data = builder.build(root)
    raise_errors(builder.findings)
    return data, Positions(name, builder.positions)


def _child_schemas(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in schema:
        yield from _child_schemas(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
    for union in ("anyOf", "oneOf"):
        for option in schema.get(union, ()):
            yield from _child_schemas(option, root)
    yield schema


def _known_keys(model: type[BaseModel], key: Key) -> list[str]:
    """Keys that a model allows inside a key of the file."""
    root = model.model_json_schema()
    found = list(_child_schemas(root, root))
    for part in key:
        inner = [
            step
            for schema in found
            for step in (
                schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part),
                schema.get("additionalProperties"),
            )
            if isinstance(step, Mapping)
        ]
        found = [child for schema in inner for child in _child_schemas(schema, root)]
    return sorted({word for schema in found for word in schema.get("properties", ())})


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """Known word nearest to one that is not known, if any is near."""
    by_lower = {candidate.lower(): candidate for candidate in sorted(known)}
    near = difflib.get_close_matches(word.lower(), sorted(by_lower), n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def _resolved(data: Any, location: Sequence[str | int], keep_last: bool) -> Key:
    """Location of a pydantic error without the parts that name an alternative, not a key."""
    key: list[str | int] = []
    for number, part in enumerate(location):
        in_mapping = isinstance(data, dict) and part in data
        in_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if in_mapping or in_list:
            data = data[part]
            key.append(part)
        elif keep_last and number == len(location) - 1:
            key.append(part)
    return tuple(key)


VALUE_MESSAGES = {
    "greater_than": "{found} is not above {gt}",
    "greater_than_equal": "{found} is below {ge}",
    "less_than": "{found} is not below {lt}",
    "less_than_equal": "{found} is above {le}",
    "finite_number": "{found} is not a finite number",
    "string_pattern_mismatch": "{found} does not fit the pattern {pattern}",
    "string_too_short": "must not be empty",
    "too_short": "must hold at least {min_length}",
    "literal_error": "{found} is not one of {expected}",
    "union_tag_invalid": "{found} is not one of {expected_tags}",
    "float_parsing": "{found} is not a number",
    "float_type": "{found} is not a number",
    "int_parsing": "{found} is not a whole number",
    "int_type": "{found} is not a whole number",
    "int_from_float": "{found} is not a whole number",
    "string_type": "{found} is not text; put it in quotes if it is meant so",
    "bool_type": "{found} is not true or false",
    "bool_parsing": "{found} is not true or false",
    "model_type": "{found} is not a mapping of keys",
    "model_attributes_type": "{found} is not a mapping of keys",
    "dict_type": "{found} is not a mapping of keys",
    "tuple_type": "{found} is not a list",
    "list_type": "{found} is not a list",
}
"""What pydantic found, in our words."""


def _found(value: Any) -> str:
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else str(value)


def _value_finding(error: Mapping[str, Any], key: Key, where: str, model: type[BaseModel]) -> Finding:
    kind: str = error["type"]
    context = error.get("ctx", {})
    if kind == "missing":
        return Finding(where, "yaml-key-missing", "this key is required")
    if kind == "extra_forbidden":
        known = _known_keys(model, key[:-1])
        if key[-1] in known:
            return Finding(where, "yaml-key-unknown", "the key cannot stand beside the other keys here")
        near = suggestion(str(key[-1]), known)
        if near:
            return Finding(where, "yaml-key-unknown", "unknown key; did you mean {near}?", {"near": near})
        allowed = ", ".join(known)
        return Finding(where, "yaml-key-unknown", "unknown key; allowed are {allowed}", {"allowed": allowed})
    values = {"found": _found(error["input"]), **context}
    if kind in VALUE_MESSAGES:
        return Finding(where, "yaml-value", VALUE_MESSAGES[kind], values)
    problem = error["msg"].removeprefix("Value error, ")
    return Finding(where, "yaml-value", "{problem}", {"problem": problem})


def _validation_findings(
    error: ValidationError, data: Any, positions: Positions, model: type[BaseModel]
) -> Iterator[Finding]:
    for item in error.errors(include_url=False):
        if item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"]:
            continue  # pydantic does not count items that are wrong themselves, which it reports as well
        key = _resolved(data, item["loc"], keep_last=item["type"] == "missing")
        yield _value_finding(item, key, positions.where(*key), model)


def validate_yaml(data: Any, positions: Positions, model: type[M]) -> M:
    """Plain data as an instance of the model.

    Raises
    ------
    InputError
        With every finding of the model.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError(list(_validation_findings(error, data, positions, model))) from None


def read_yaml(path: Path, model: type[M], name: str | None = None) -> M:
    """Document of a YAML file, validated against a pydantic model.

    Parameters
    ----------
    path : Path
    model : type of pydantic model
    name : str, optional
        How findings call the file; its own name if left out.

    Raises
    ------
    InputError
        With every finding, each with line, column and dotted key.
    """
    data, positions = parse_yaml(path, name)
    return validate_yaml(data, positions, model)
