"""A YAML file that people write, as a document of a pydantic model.

What the model refuses is reported in our words with line, column and dotted key, all of it at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mrv.errors import InputError
from mrv.findings import Finding, Phrase
from mrv.yaml_text import Key, Position, Positions, dotted, parse_yaml

__all__ = [
    "DAY_PATTERN",
    "SLUG_PATTERN",
    "Key",
    "Position",
    "Positions",
    "dotted",
    "parse_yaml",
    "read_yaml",
    "suggestion",
    "validate_yaml",
]

M = TypeVar("M", bound=BaseModel)


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

DAY_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PATTERN_MESSAGES = {
    DAY_PATTERN: "{found} is not a day written YYYY-MM-DD",
    SLUG_PATTERN: "{found} may hold only a-z, 0-9 and single hyphens between them",
    r"\S": "must not be empty",
}
"""What a pattern that documents use means, in words."""

ANOTHER_KIND = {
    "float_type": Phrase("a number"),
    "float_parsing": Phrase("a number"),
    "int_type": Phrase("a whole number"),
    "int_parsing": Phrase("a whole number"),
    "string_type": Phrase("text"),
    "bool_type": Phrase("true or false"),
    "bool_parsing": Phrase("true or false"),
    "model_type": Phrase("a mapping of keys"),
    "model_attributes_type": Phrase("a mapping of keys"),
    "dict_type": Phrase("a mapping of keys"),
    "tuple_type": Phrase("a list"),
    "list_type": Phrase("a list"),
}
"""Errors that say only of which kind a value should have been."""

KINDS_MESSAGES = {2: "{found} is not {first} or {second}", 3: "{found} is not {first}, {second} or {third}"}


SHOWN = 60
"""Characters of a text that a finding shows."""


def _found(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")
    if isinstance(value, dict):
        return Phrase("a mapping")
    if isinstance(value, list):
        return Phrase("a list")
    return Phrase("nothing") if value is None else str(value)


def _value_finding(error: Mapping[str, Any], key: Key, where: str, model: type[BaseModel]) -> Finding:
    kind: str = error["type"]
    context = error.get("ctx", {})
    if kind == "missing":
        return Finding(where, "yaml-key-missing", "this key is required")
    if kind == "extra_forbidden":
        return _unknown_key(key, where, _known_keys(model, key[:-1]))
    found = repr(context["tag"]) if kind == "union_tag_invalid" else _found(error["input"])
    values = {"found": found, **context}
    message = PATTERN_MESSAGES.get(context.get("pattern", ""), VALUE_MESSAGES.get(kind))
    if message is not None:
        return Finding(where, "yaml-value", message, values)
    problem = error["msg"].removeprefix("Value error, ")
    return Finding(where, "yaml-value", "{problem}", {"problem": problem})


def _unknown_key(key: Key, where: str, known: list[str]) -> Finding:
    rule = "yaml-key-unknown"
    if key[-1] in known:
        return Finding(where, rule, "the key cannot stand beside the other keys here")
    near = suggestion(str(key[-1]), known)
    if near:
        return Finding(where, rule, "unknown key; did you mean {near}?", {"near": near})
    return Finding(where, rule, "unknown key; allowed are {allowed}", {"allowed": ", ".join(known)})


def _validation_findings(
    error: ValidationError, data: Any, positions: Positions, model: type[BaseModel]
) -> Iterator[Finding]:
    placed: list[tuple[Key, Any]] = []
    for item in error.errors(include_url=False):
        kind = item["type"]
        if kind == "too_short" and len(item["input"]) >= item["ctx"]["min_length"]:
            continue  # pydantic does not count items that are wrong themselves, which it reports as well
        key = _resolved(data, item["loc"], keep_last=kind == "missing")
        if kind == "union_tag_invalid":
            key = (*key, item["ctx"]["discriminator"].strip("'"))
        placed.append((key, item))
    meant = {
        (*key[:-1], suggestion(str(key[-1]), _known_keys(model, key[:-1])))
        for key, item in placed
        if item["type"] == "extra_forbidden"
    }
    told: set[Key] = set()
    for key, item in placed:
        if item["type"] == "missing" and key in meant:
            continue  # the key is there, misspelt
        if item["type"] not in ANOTHER_KIND:
            yield _value_finding(item, key, positions.where(*key), model)
            continue
        if key in told or _is_said_better(key, placed):
            continue
        told.add(key)
        kinds = list(dict.fromkeys(ANOTHER_KIND[other["type"]] for at, other in placed if at == key))
        if len(kinds) == 1:
            yield _value_finding(item, key, positions.where(*key), model)
        else:
            values = dict(zip(("first", "second", "third"), kinds, strict=False))
            yield Finding(
                positions.where(*key),
                "yaml-value",
                KINDS_MESSAGES[len(kinds)],
                {"found": _found(item["input"]), **values},
            )


def _is_said_better(key: Key, placed: Sequence[tuple[Key, Any]]) -> bool:
    """Whether another error, of the kind of value that was meant, stands at the key or inside it."""
    return any(
        at[: len(key)] == key and (len(at) > len(key) or item["type"] not in ANOTHER_KIND)
        for at, item in placed
    )


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
