"""Layers that cover a sample of the area, as values: predictions at their units and at the plots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mrv.findings import Finding
from mrv.inputs.columns import SAMPLED_UNIT_COLUMNS
from mrv.inputs.map_tables import MapReading, map_finding, predictions_at_plots, table_of
from mrv.inputs.sampled_declaration import SampledLayer
from mrv.inputs.strata import Strata
from mrv.inputs.survey import Survey
from mrv.inputs.tables import Exclusion, Table

FEWEST_UNITS = 2
"""Units, or clusters, of a stratum that a variance can be made of."""


@dataclass(frozen=True)
class ReadyLayer:
    """A layer of a sample of the area.

    Attributes
    ----------
    declaration : SampledLayer
    units : DataFrame
        ``unit_id``, ``stratum_id``, ``predicted_t_ha``, ``cluster_id`` (the unit itself where units were
        drawn); by unit.
    plots : DataFrame
        ``plot_id``, ``predicted_t_ha``; one row for each plot of the survey, in its order.
    """

    declaration: SampledLayer
    units: pd.DataFrame
    plots: pd.DataFrame


def _unit_findings(reading: MapReading, table: Table, strata: list[str], clustered: bool) -> None:
    """Units twice, in no stratum, without a cluster where clusters were drawn."""
    ids, stratum = table.frame["unit_id"], table.frame["stratum_id"]
    reading.findings.extend(
        Finding(
            table.where(int(position), "unit_id"),
            "layer-units",
            "{found!r} stands already in the table",
            {"found": ids.iloc[position]},
        )
        for position in np.flatnonzero(ids.duplicated() & ids.notna())
    )
    reading.findings.extend(
        Finding(
            table.where(int(position), "stratum_id"),
            "layer-units",
            "stratum {found!r} is not one of the project",
            {"found": stratum.iloc[position]},
        )
        for position in np.flatnonzero(~stratum.isin(strata) & stratum.notna())
    )
    bare = np.flatnonzero(table.frame["cluster_id"].isna() & clustered)
    reading.findings.extend(
        Finding(table.where(int(position), "cluster_id"), "layer-units", "no value; clusters were drawn")
        for position in bare
    )


def _few_units(reading: MapReading, units: pd.DataFrame, strata: list[str]) -> None:
    counts = units.groupby("stratum_id")["cluster_id"].nunique()
    for name in strata:
        if counts.get(name, 0) < FEWEST_UNITS:
            map_finding(
                reading,
                "layer-units",
                "units",
                "{count} drawn in stratum {stratum!r}; {least} at least were expected",
                count=int(counts.get(name, 0)),
                stratum=name,
                least=FEWEST_UNITS,
            )


def read_sampled_layer(
    declaration: SampledLayer, folder: Path, where: Callable[..., str], strata: Strata, survey: Survey
) -> tuple[ReadyLayer | None, list[Finding], list[Exclusion]]:
    """A layer of a sample of the area, what is wrong with it, and rows of its tables that were left out.

    Parameters
    ----------
    declaration : SampledLayer
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the layer in the project file.
    strata : Strata
    survey : Survey
        The survey of the layer's date.
    """
    reading = MapReading(declaration, folder, where, strata, survey, [], [])
    names = sorted(str(name) for name in strata.table["stratum_id"])
    table = table_of(reading, "units", SAMPLED_UNIT_COLUMNS)
    units: pd.DataFrame | None = None
    if table is not None:
        _unit_findings(reading, table, names, declaration.drawn == "clusters")
        units = table.frame[["unit_id", "stratum_id", "predicted_t_ha", "cluster_id"]]
        units = units.sort_values("unit_id", kind="stable", ignore_index=True)
        if declaration.drawn == "units":
            units = units.assign(cluster_id=units["unit_id"])
        if not reading.findings:
            _few_units(reading, units, names)
    plots = predictions_at_plots(reading)
    if plots is not None:
        bare = plots.loc[plots["predicted_t_ha"].isna(), "plot_id"].dropna().astype(str).to_list()
        if bare and not reading.findings:
            map_finding(
                reading,
                "map-plots",
                "predictions",
                "no prediction at {names}; every plot lies in what the layer has seen",
                names=", ".join(bare),
            )
    if units is None or plots is None or reading.findings:
        return None, reading.findings, reading.exclusions
    return ReadyLayer(declaration, units, plots[["plot_id", "predicted_t_ha"]]), [], reading.exclusions
