"""Example tables of a new project with headers in one language, and how the project file declares them.

The rows, in English, are those of ``data/template/``; what is Chinese comes from the dictionaries.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mrv.findings import Translate
from mrv.inputs.field_tables import FIELD_TABLES, FieldColumn, HeaderLanguage, field_columns
from mrv.reference import species
from mrv.reference.column_names import column_name

WORKBOOK = "survey.xlsx"

DECLARATION = re.compile(r"(?P<lead> *(?:- )?)file: (?P<stem>\w+)\.csv")
"""Line of the project file of ``data/template/`` that declares a table."""

HINT = re.compile(r" *# (?P<key>\w+): ")
"""Line that shows a key in a comment."""

PLAIN = re.compile(r"[^\W\d][\w /（）.-]*")
"""Text that stands in YAML without quotation marks, unless it is one of :data:`YAML_WORDS`."""

YAML_WORDS = frozenset({"yes", "no", "true", "false", "null", "on", "off"})


@dataclass(frozen=True)
class ExampleTable:
    """A table of the example project.

    Attributes
    ----------
    stem : str
        Name of its file without the ending, such as ``trees_2015``.
    kind : str
        A key of :data:`mrv.inputs.field_tables.FIELD_TABLES`.
    sheet : str
        Name of its sheet.
    columns : tuple of FieldColumn
        Those that it has, in its order.
    others : tuple of FieldColumn
        Those that it may have besides.
    codes : mapping of str to mapping of str to str
        For a column of ours, our word for each of its words; only where they differ.
    rows : tuple of tuple of str
    """

    stem: str
    kind: str
    sheet: str
    columns: tuple[FieldColumn, ...]
    others: tuple[FieldColumn, ...]
    codes: Mapping[str, Mapping[str, str]]
    rows: tuple[tuple[str, ...], ...]


def _kind(stem: str) -> str:
    """Kind of a table by its file: ``trees_2015`` holds trees."""
    [kind] = [name for name in FIELD_TABLES if stem == name or re.fullmatch(rf"{name}_\d+", stem)]
    return kind


def _chinese_words(column: FieldColumn, cells: set[str]) -> dict[str, str]:
    """Chinese word for each word of ours in a column; for species, those among its cells."""
    if column.name == "species":
        return {name: species()[name].name_zh for name in sorted(cells)}
    return dict(column.words)


def example_table(stem: str, text: str, language: HeaderLanguage, translate: Translate) -> ExampleTable:
    """A table of ``data/template/`` with headers and words of a language.

    Parameters
    ----------
    stem : str
        Name of the file without the ending.
    text : str
        The file, with our names and words.
    language : {"en", "zh"}
    translate : callable
        Texts of ours in that language.
    """
    header, *rows = csv.reader(text.splitlines())
    kind = _kind(stem)
    known = {column.name: column for column in field_columns(kind, language, translate)}
    columns = tuple(known[name] for name in header)
    others = tuple(column for name, column in known.items() if name not in header)
    words = {
        column.name: _chinese_words(column, {row[place] for row in rows})
        for place, column in enumerate(columns)
        if language == "zh"
    }
    shown = tuple(
        tuple(words.get(name, {}).get(cell, cell) for name, cell in zip(header, row, strict=True))
        for row in rows
    )
    codes = {name: {theirs: ours for ours, theirs in pairs.items()} for name, pairs in words.items() if pairs}
    sheet = stem if language == "en" else column_name(kind, "").name_zh + stem.removeprefix(kind)
    return ExampleTable(stem, kind, sheet, columns, others, codes, shown)


def _scalar(text: str) -> str:
    plain = PLAIN.fullmatch(text) and text.lower() not in YAML_WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def _code_line(column: str, words: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{_scalar(theirs)}: {_scalar(ours)}" for theirs, ours in words.items())
    return f"  {column}: {{{pairs}}}"


def _chinese_keys(table: ExampleTable) -> Iterator[str]:
    """Keys that say what the Chinese headers and words mean; what may be added stands in comments."""
    yield "columns:                  # ours: theirs 本工具列名: 表中列名"
    yield from (f"  {column.name}: {_scalar(column.header)}" for column in table.columns)
    if table.others:
        yield "  # Take the # away when you add one of these columns. 表中增加以下列时，去掉行首的 #。"
    yield from (f"  # {column.name}: {_scalar(column.header)}" for column in table.others)
    offered = {
        column.name: {theirs: ours for ours, theirs in column.words.items()}
        for column in table.others
        if column.words
    }
    if table.codes:
        yield "codes:                    # their word: ours 表中用语: 本工具用语"
        yield from (_code_line(name, words) for name, words in table.codes.items())
    elif offered:
        yield "# codes:"
    yield from (f"  #{_code_line(name, words)[1:]}" for name, words in offered.items())


def _declaration(table: ExampleTable, language: HeaderLanguage, *, workbook: bool) -> list[str]:
    lines = [f"file: {WORKBOOK}", f"sheet: {table.sheet}"] if workbook else [f"file: {table.stem}.csv"]
    return [*lines, *_chinese_keys(table)] if language == "zh" else lines


def project_file(
    text: str, tables: Mapping[str, ExampleTable], language: HeaderLanguage, *, workbook: bool
) -> str:
    """Project file of ``data/template/`` with the tables declared as they are written.

    Parameters
    ----------
    text : str
        The file.
    tables : mapping of str to ExampleTable
        By the name of the file without the ending.
    language : {"en", "zh"}
        Of the headers.
    workbook : bool
        Whether the tables are sheets of one workbook.
    """
    settled = ({"encoding"} if workbook else set()) | ({"columns", "codes"} if language == "zh" else set())
    lines: list[str] = []
    for line in text.splitlines():
        found = DECLARATION.fullmatch(line)
        hint = HINT.match(line)
        if found:
            first, *rest = _declaration(tables[found["stem"]], language, workbook=workbook)
            indent = " " * len(found["lead"])
            lines += [found["lead"] + first, *(indent + more for more in rest)]
        elif not (hint and hint["key"] in settled):
            lines.append(line)
    return "\n".join(lines) + "\n"
