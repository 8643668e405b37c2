"""Write docs/reference/project-file.md from the schema of the project file and the columns of tables.

    python scripts/write_reference.py

A test compares the page with what this script makes of the code, so that it cannot go stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mrv.inputs.columns import Column
from mrv.inputs.field_tables import FIELD_TABLES
from mrv.inputs.project_file import PROJECT_FILE, project_json_schema
from mrv.reference.column_names import column_name
from mrv.units import COLUMN_UNITS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "project-file.md"

INTRO = """\
# The project file

<!-- Written by scripts/write_reference.py; change the code, not this page. -->

`mrv.yaml`, in the folder of a project, says everything that a person decides. `mrv schema project` prints
its JSON Schema, with which an editor completes and checks the keys while the file is written.

YAML 1.2 without anchors, aliases and tags. A key that stands twice and a key that is not known are refused,
with line and column. File names are relative to the file. Dates are days, `YYYY-MM-DD`. In headings, `[]`
is an item of a list, `NAME` a name of your choice, `TABLE` the key that declares a table.
"""

COLUMNS_INTRO = """\
## Columns of tables

The columns that the toolkit reads. A table of yours may call them otherwise: the keys of
[a table](#TableSource) say how each is read. A number outside its range is refused.
"""

Schema = Mapping[str, Any]


def _name(schema: Schema) -> str | None:
    return schema["$ref"].rsplit("/", 1)[-1] if "$ref" in schema else None


def _alternatives(schema: Schema) -> list[Schema]:
    options = schema.get("anyOf") or schema.get("oneOf")
    if options is None:
        return [schema]
    return [inner for option in options for inner in _alternatives(option) if inner.get("type") != "null"]


def _bounds(schema: Schema) -> str:
    signs = (
        ("exclusiveMinimum", ">"),
        ("minimum", "≥"),
        ("exclusiveMaximum", "<"),
        ("maximum", "≤"),
    )
    return ", ".join(f"{sign} {schema[key]:g}" for key, sign in signs if key in schema)


def _plain_type(schema: Schema) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " or ".join(f"`{word!r}`" if word == "\t" else f"`{word}`" for word in schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list) or kind is None:
        return "text or number"
    if kind == "array":
        return f"list of {_type(schema['items'])}"
    if kind == "object":
        return f"mapping of names to {_type(schema['additionalProperties'])}"
    words = {"string": "text", "boolean": "`true` or `false`", "integer": "whole number", "number": "number"}
    bounds = _bounds(schema)
    return words[str(kind)] + (f" {bounds}" if bounds else "")


def _type(schema: Schema) -> str:
    """What a key may hold, in words, with a link where it holds keys of its own."""
    words = []
    for option in _alternatives(schema):
        name = _name(option)
        if name == "Words":
            word = "text in `zh` and `en`"
        elif name is not None:
            word = f"[keys](#{name})"
        else:
            word = _plain_type(option)
        if word not in words:
            words.append(word)
    return " or ".join(words).replace("text or whole number or number", "text or number")


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value is None or value in ([], {}, (), ""):
        return "optional"
    text = str(value).lower() if isinstance(value, bool) else value
    return f"default `{text}`" if not isinstance(value, dict) else "optional"


def _rows(schema: Schema) -> Iterator[str]:
    yield "| key | holds | | meaning |"
    yield "|---|---|---|---|"
    required = schema.get("required", [])
    for key, inner in schema["properties"].items():
        need = "required" if key in required else _default(inner)
        meaning = inner.get("description", "").replace("|", "\\|")
        yield f"| `{key}` | {_type(inner)} | {need} | {meaning} |"


def _references(schema: Schema, path: str) -> Iterator[tuple[str, str]]:
    """Path and name of every definition that a key leads to."""
    for option in _alternatives(schema):
        name = _name(option)
        if name is not None:
            yield path, name
        elif option.get("type") == "array":
            yield from _references(option["items"], f"{path}[]")
        elif isinstance(option.get("additionalProperties"), Mapping):
            yield from _references(option["additionalProperties"], f"{path}.NAME")


def sections(document: Schema) -> dict[str, list[str]]:
    """Definitions in the order in which they are met, each with the keys that hold them."""
    found: dict[str, list[str]] = {}
    waiting: list[tuple[str, Schema]] = [("", document)]
    while waiting:
        path, schema = waiting.pop(0)
        for key, inner in schema["properties"].items():
            for place, name in _references(inner, f"{path}.{key}".lstrip(".")):
                if name == "Words":
                    continue
                if name not in found:
                    waiting.append(("TABLE" if name == "TableSource" else place, document["$defs"][name]))
                found.setdefault(name, []).append(place)
    return found


def _range(column: Column) -> str:
    if column.kind == "choice":
        return " or ".join(f"`{word}`" for word in column.choices)
    if column.kind == "day":
        return "day"
    return column.range_text() if column.kind == "number" else "text"


def _column_rows(table: str) -> Iterator[str]:
    yield "| column | unit | may hold | | meaning |"
    yield "|---|---|---|---|---|"
    for name, column in FIELD_TABLES[table].columns.items():
        need = "required" if column.required else "optional"
        unit = column.unit if column.unit not in {"", "1"} else ""
        # A coordinate has no range of its own: the reference system gives it.
        may_hold = "number" if name in {"x", "y"} else _range(column)
        meaning = column_name(table, name).meaning_en
        yield f"| `{name}` | {unit} | {may_hold} | {need} | {meaning} |"


def _unit_rows() -> Iterator[str]:
    yield "| our unit | units that a table may declare |"
    yield "|---|---|"
    for ours, factors in COLUMN_UNITS.items():
        yield f"| {'none' if ours == '1' else ours} | {', '.join(f'`{unit}`' for unit in factors)} |"


def page() -> str:
    """Text of the page."""
    document = project_json_schema()
    lines = [INTRO, "## Keys at the top", "", *_rows(document), ""]
    for name, places in sections(document).items():
        schema = document["$defs"][name]
        heading = ", ".join(f"`{place}`" for place in dict.fromkeys(places))
        about = " ".join(schema.get("description", "").split())
        lines += [f'<a id="{name}"></a>', "", f"## {heading}", "", about, "", *_rows(schema), ""]
    lines += [COLUMNS_INTRO]
    for table, kind in FIELD_TABLES.items():
        if kind.document == PROJECT_FILE:
            lines += [f"### {kind.title}", "", *_column_rows(table), ""]
    lines += ["### Units", "", *_unit_rows()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
