"""Write the tables of docs/how-to/field-tables.md and its Chinese twin: columns, names, example rows.

    python scripts/write_field_tables.py

A test compares the pages with what this script makes of the code, so that they cannot go stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from mrv.cli.language import translate
from mrv.inputs.field_tables import FIELD_TABLES, FieldColumn, HeaderLanguage, field_columns
from mrv.reference.column_names import column_name
from mrv.run.template_tables import ExampleTable, example_table

ROOT = Path(__file__).resolve().parents[1]
PAGES: Mapping[HeaderLanguage, Path] = {
    "en": ROOT / "docs" / "how-to" / "field-tables.md",
    "zh": ROOT / "docs" / "how-to" / "field-tables.zh-CN.md",
}

EXAMPLES: Mapping[str, str] = {
    "trees": "trees_2015",
    "plots": "plots",
    "strata": "strata",
    "quadrats": "quadrats_2025",
    "soil_sections": "soil_sections_2025",
    "soil_cores": "soil_cores_2025",
}
"""File of data/template/ whose first rows show a table."""

ROWS_SHOWN = 2

MARK = "<!-- scripts/write_field_tables.py -->\n"
"""Line of a page after which everything is written by this script."""

WORDS: Mapping[HeaderLanguage, Mapping[str, str]] = {
    "en": {
        "overview": "| table | what it holds | key |",
        "columns": "| column | Chinese header | unit | may hold | | meaning |",
        "key": "Key in `{document}`:",
        "example": "For example:",
        "required": "required",
        "optional": "optional",
    },
    "zh": {
        "overview": "| 表 | 内容 | 键 |",
        "columns": "| 表头 | 本工具列名 | 单位 | 可填 | | 含义 |",
        "key": "`{document}` 中的键：",
        "example": "示例：",
        "required": "必填",
        "optional": "选填",
    },
}


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(header: str) -> str:
    return "|" + "---|" * (header.count("|") - 1)


def title(table: str, language: HeaderLanguage) -> str:
    """Title of a table."""
    return column_name(table, "").name_zh if language == "zh" else FIELD_TABLES[table].title


def _about(table: str, language: HeaderLanguage) -> str:
    names = column_name(table, "")
    return names.meaning_zh if language == "zh" else names.meaning_en


def _column_row(
    column: FieldColumn, other: FieldColumn, language: HeaderLanguage, words: Mapping[str, str]
) -> str:
    header = column.header if language == "zh" else f"`{column.header}`"
    second = f"`{column.name}`" if language == "zh" else other.header
    need = words["required" if column.required else "optional"]
    return _row((header, second, column.unit, column.allowed, need, column.meaning))


def _example(table: str, language: HeaderLanguage) -> ExampleTable:
    stem = EXAMPLES[table]
    text = (ROOT / "data" / "template" / f"{stem}.csv").read_text(encoding="utf-8")
    return example_table(stem, text, language, partial(translate, language=language))


def _section(table: str, language: HeaderLanguage) -> Iterator[str]:
    words = WORDS[language]
    yield from (f'<a id="{table}"></a>', "", f"## {title(table, language)}", "")
    space = "" if language == "zh" else " "
    kind = FIELD_TABLES[table]
    key = words["key"].format(document=kind.document)
    yield f"{_about(table, language)}{space}{key}{space}`{kind.key}`"
    yield ""
    other: HeaderLanguage = "en" if language == "zh" else "zh"
    yield words["columns"]
    yield _rule(words["columns"])
    ours, theirs = (
        field_columns(table, each, partial(translate, language=each)) for each in (language, other)
    )
    yield from (_column_row(one, two, language, words) for one, two in zip(ours, theirs, strict=True))
    yield ""
    if table in EXAMPLES:
        example = _example(table, language)
        header = _row([column.header for column in example.columns])
        yield from (words["example"], "", header, _rule(header))
        yield from (_row(row) for row in example.rows[:ROWS_SHOWN])
        yield ""


def page(language: HeaderLanguage) -> str:
    """Text of the page in a language: what people wrote above the mark, and the tables."""
    words = WORDS[language]
    lines = [words["overview"], _rule(words["overview"])]
    lines += [
        _row((f"[{title(table, language)}](#{table})", _about(table, language), f"`{kind.key}`"))
        for table, kind in FIELD_TABLES.items()
    ]
    lines.append("")
    for table in FIELD_TABLES:
        lines += _section(table, language)
    head, mark, _ = PAGES[language].read_text(encoding="utf-8").partition(MARK)
    return head + mark + "\n" + "\n".join(lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
