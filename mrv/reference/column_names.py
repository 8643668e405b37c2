"""What the columns of field tables are called in Chinese, and what each is, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mrv.sourced_tables import kept_by_tables, sourced_rows


@dataclass(frozen=True)
class ColumnName:
    """A column, or a table, in words.

    Attributes
    ----------
    name_zh : str
        Chinese name, without a unit.
    meaning_zh, meaning_en : str
    words_zh : mapping of str to str
        Chinese word for each word of ours that the column may hold.
    """

    name_zh: str
    meaning_zh: str
    meaning_en: str
    words_zh: Mapping[str, str]


def _words(text: str) -> Mapping[str, str]:
    return MappingProxyType(dict(pair.split("=") for pair in text.split("|") if pair))


@kept_by_tables
def column_names() -> Mapping[tuple[str, str], ColumnName]:
    """Names by table and column: no table for every table, no column for the table itself."""
    return MappingProxyType(
        {
            (row["table"], row["column"]): ColumnName(
                row["name_zh"], row["meaning_zh"], row["meaning_en"], _words(row["words_zh"])
            )
            for row in sourced_rows("column_names")
        }
    )


def column_name(table: str, column: str) -> ColumnName:
    """Names of a column of a table: those of its own, else those that hold in every table."""
    names = column_names()
    return names[table, column] if (table, column) in names else names["", column]
