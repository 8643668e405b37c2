"""Rows of the tables in ``data/``, whose every number stands with its source and its evidence."""

from __future__ import annotations

import csv
import math
from importlib.resources import files
from importlib.resources.abc import Traversable


def data_table(name: str) -> Traversable:
    """File of a table of ours."""
    return files("mrv.data") / f"{name}.csv"


def sourced_rows(name: str) -> list[dict[str, str]]:
    """Rows of a table of ours, by column."""
    return list(csv.DictReader(data_table(name).read_text(encoding="utf-8").splitlines()))


def number_of(text: str, missing: float = math.nan) -> float:
    """Number of a cell, or what an empty cell stands for."""
    return float(text) if text.strip() else missing
