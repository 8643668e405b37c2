"""Rows of cores, sections and stations behind a figure of soil."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mrv.findings import Phrase
from mrv.run.trace import Cell
from mrv.soil.stocks import section_stocks

SOIL_STOCK = "soil_carbon_density"
STATION_COLUMN: Mapping[str, str] = {
    "soil_accretion": "accretion_mm_yr",
    "soil_elevation_change": "elevation_change_mm_yr",
    "soil_accumulation_rate": "accumulation_t_c_ha_yr",
}
SOIL_QUANTITIES = frozenset({SOIL_STOCK, *STATION_COLUMN})
"""Quantities whose cells are means of cores or stations; below them stand rows of the tables."""

RULES: Mapping[str, Phrase] = {
    "sum of sections": Phrase("sum of sections"),
    "interpolated between samples": Phrase("interpolated between samples"),
}

IDS = {"plot_id": str, "stratum_id": str, "core_id": str, "station_id": str}


def _table(out: Path, name: str, at: Mapping[str, str]) -> pd.DataFrame:
    path = out / "tables" / f"{name}.csv"
    if not path.is_file():
        return pd.DataFrame()
    table = pd.read_csv(path, dtype=IDS)
    for key, column in (
        ("stratum", "stratum_id"),
        ("date", "date"),
        ("plot", "plot_id"),
        ("depth", "depth"),
    ):
        if key in at and column in table.columns:
            table = table[table[column] == at[key]]
    return table


def _section_stock(row: Mapping[Any, Any]) -> float:
    stock = section_stocks(
        *(np.array([row[name]]) for name in ("carbon_density_g_cm3", "top_cm", "bottom_cm"))
    )
    return float(stock.item())


def _section_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "name": f"{row['top_cm']:g}-{row['bottom_cm']:g} cm",
        "unit": "t_c/ha",
        "kind": "row",
        "description": Phrase(
            "bulk density {density:.3g} g/cm3, carbon {carbon:.3g} %",
            density=row["bulk_density_g_cm3"],
            carbon=100 * row["carbon_fraction"],
        ),
        "formula": str(row["carbon_method"]),
        "source": str(row["source"]),
        "cells": (Cell(index={}, value=_section_stock(row)),),
    }


def core_rows(out: Path, at: Mapping[str, str]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Cores behind a stock, each with its sections where one plot is asked for.

    Parameters
    ----------
    out : Path
        Folder of results.
    at : mapping
        ``stratum``, ``date``, ``depth`` and ``plot``, as far as asked for.

    Returns
    -------
    list of (dict, list of dict)
        Fields of a step of an explanation, and those of the steps below it.
    """
    cores = _table(out, "cores", at)
    if cores.empty:
        return []
    cores = cores[cores["depth"] != "deepest"]
    sections = _table(out, "soil_sections", at) if "plot" in at else pd.DataFrame()
    rows = []
    for row in cores.to_dict("records"):
        whole = row["complete"] == "yes"
        below = []
        if len(sections):
            own = sections[(sections["core_id"] == row["core_id"]) & (sections["date"] == row["date"])]
            below = [_section_row(section) for section in own.dropna().to_dict("records")]
        fields = {
            "name": f"{row['date']}, {row['stratum_id']}, {row['plot_id']}, {row['core_id']}",
            "unit": "t_c/ha",
            "kind": "row",
            "description": Phrase(
                "{sections} sections, {rule}, {share:.0%} of the depth analysed"
                if whole
                else "the core ends at {end:g} cm and does not count",
                sections=row["sections"],
                rule=RULES.get(str(row["rule"]), ""),
                share=row["sampled_share"],
                end=row["core_depth_cm"],
            ),
            "formula": str(row["carbon_method"]),
            "source": str(row["source"]),
            "cells": (Cell(index={"depth": row["depth"]}, value=float(row["stock_t_c_ha"])),)
            if whole
            else (),
        }
        rows.append((fields, below))
    return rows


def station_rows(out: Path, quantity: str, at: Mapping[str, str]) -> list[dict[str, Any]]:
    """Stations and dated cores behind a rate, as fields of steps of an explanation."""
    stations = _table(out, "soil_stations", at)
    column = STATION_COLUMN[quantity]
    if stations.empty:
        return []
    return [
        {
            "name": f"{row['stratum_id']}, {row['station_id']}",
            "unit": "mm/yr" if column.endswith("mm_yr") else "t_c/ha/yr",
            "kind": "row",
            "source": str(row["source"]),
            "cells": (Cell(index={}, value=float(row[column])),),
        }
        for row in stations[stations[column].notna()].to_dict("records")
    ]
