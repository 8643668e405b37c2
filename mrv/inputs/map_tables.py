"""Tables of what a map or a layer predicts: rows by the id of a plot or a stratum, each wanted one once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mrv.findings import Finding
from mrv.inputs.columns import MAP_PREDICTION_COLUMNS, Columns
from mrv.inputs.strata import Strata
from mrv.inputs.survey import Survey
from mrv.inputs.tables import Exclusion, Table, Where, read_table

if TYPE_CHECKING:
    from mrv.inputs.map_declaration import AgbMap
    from mrv.inputs.sampled_declaration import SampledLayer


@dataclass(frozen=True)
class MapReading:
    """What reading a map has to know, and what it finds."""

    declaration: AgbMap | SampledLayer
    folder: Path
    where: Where
    strata: Strata
    survey: Survey
    findings: list[Finding]
    exclusions: list[Exclusion]


def map_finding(reading: MapReading, rule: str, key: str, message: str, **values: object) -> None:
    """Note a finding at a key of the map."""
    reading.findings.append(Finding(reading.where(key), rule, message, values))


def table_of(reading: MapReading, key: str, columns: Columns) -> Table | None:
    """Table that a key of the map declares; None without one, or where it cannot be used."""
    source = getattr(reading.declaration, key)
    if source is None:
        return None
    table = read_table(
        reading.folder / source.file, source, columns, lambda *inner: reading.where(key, *inner)
    )
    reading.findings.extend(table.findings)
    reading.exclusions.extend(table.exclusions)
    return table if table.whole else None


def rows_by_id(
    reading: MapReading, table: Table, column: str, wanted: list[str], rule: str, message: str
) -> pd.DataFrame:
    """Rows of a table by the wanted ids; one that is missing, unknown or twice is a finding."""
    ids = table.frame[column]
    for position in np.flatnonzero(ids.duplicated() & ids.notna()):
        reading.findings.append(
            Finding(
                table.where(int(position), column),
                rule,
                "{found!r} stands already in the table",
                {"found": ids.iloc[position]},
            )
        )
    for position in np.flatnonzero(~ids.isin(wanted) & ids.notna()):
        reading.findings.append(
            Finding(
                table.where(int(position), column),
                rule,
                message,
                {"found": ids.iloc[position]},
            )
        )
    missing = [name for name in wanted if name not in set(ids.dropna())]
    if missing:
        reading.findings.append(
            Finding(
                table.origins[0].raw.header_place() if table.origins else reading.where(),
                rule,
                "no row for {names}",
                {"names": ", ".join(missing)},
            )
        )
    return table.frame.drop_duplicates(column).set_index(column).reindex(wanted)


def predictions_at_plots(reading: MapReading) -> pd.DataFrame | None:
    """Predictions at the plots of the survey, in their order: ``plot_id``, ``predicted_t_ha``, ``fold``."""
    table = table_of(reading, "predictions", MAP_PREDICTION_COLUMNS)
    if table is None:
        return None
    names = reading.survey.plots["plot_id"].astype(str).to_list()
    rows = rows_by_id(
        reading, table, "plot_id", names, "map-plots", "plot {found!r} is not one of the survey"
    ).reset_index()
    if reading.declaration.plots == "seen" and rows["fold"].nunique() < 2:
        map_finding(
            reading,
            "map-folds",
            "predictions",
            "the plots were seen, so that fold must name the part that each was left out with; "
            "two folds at least were expected, found: {count}",
            count=int(rows["fold"].nunique()),
        )
    return rows[["plot_id", "predicted_t_ha", "fold"]]
