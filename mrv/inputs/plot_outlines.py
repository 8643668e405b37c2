"""Plots as polygons: their area on the ellipsoid, and a place for plots that have no coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from mrv.findings import Finding
from mrv.inputs.feature_ids import feature_ids
from mrv.inputs.geometry import ellipsoidal_areas_m2, feature_place, read_polygons
from mrv.inputs.sampling import PlotOutlines
from mrv.yaml_file import suggestion

OUTLINE = "outline_area_m2"


def _id_findings(ids: list[str], plots: frozenset[str], file: str) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for number, name in enumerate(ids):
        place = feature_place(file, number)
        if name in first:
            yield Finding(
                place,
                "plot-duplicate",
                "plot {plot!r} stands already at {first}",
                {"plot": name, "first": feature_place(file, first[name])},
            )
        elif name not in plots:
            near = suggestion(name, plots)
            yield Finding(
                place,
                "plot-outline-unknown",
                "plot {found!r} is not in the table of plots; did you mean {near!r}?"
                if near
                else "plot {found!r} is not in the table of plots",
                {"found": name, "near": near},
            )
        first.setdefault(name, number)


def read_outlines(
    declaration: PlotOutlines, folder: Path, plots: frozenset[str], system: CRS | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Area and place of each plot that has a polygon.

    Parameters
    ----------
    declaration : PlotOutlines
    folder : Path
        Folder that the file names are relative to.
    plots : frozenset of str
        Ids of the survey's plots.
    system : CRS or None
        The reference system.

    Returns
    -------
    DataFrame
        ``outline_area_m2`` on the ellipsoid, ``x_m``, ``y_m`` of a point within (NaN without a reference
        system), by ``plot_id``. [m2, m]
    list of Finding
    """
    nothing = pd.DataFrame(columns=[OUTLINE, "x_m", "y_m"], dtype="float64")
    polygons, findings = read_polygons(folder / declaration.file, declaration)
    if polygons is None:
        return nothing, findings
    ids, more = feature_ids(polygons, declaration.file, declaration.columns.plot_id, "plot_id")
    if more:
        return nothing, findings + more
    findings += _id_findings(ids, plots, declaration.file)
    points = _points(polygons, system)
    table = pd.DataFrame(
        {OUTLINE: ellipsoidal_areas_m2(polygons), "x_m": points[0], "y_m": points[1]}, index=pd.Index(ids)
    )
    return table[~table.index.duplicated()], findings


def _points(polygons: gpd.GeoDataFrame, system: CRS | None) -> tuple[np.ndarray, np.ndarray]:
    if system is None:
        unknown = np.full(len(polygons), np.nan)
        return unknown, unknown
    within = polygons.to_crs(system).representative_point()
    return within.x.to_numpy(), within.y.to_numpy()


def with_outlines(plots: pd.DataFrame, outlines: pd.DataFrame) -> pd.DataFrame:
    """Plots with the area of their polygon, and its place where they have none of their own.

    Parameters
    ----------
    plots : DataFrame
        ``plot_id``, ``x_m``, ``y_m``. [m]
    outlines : DataFrame
        From :func:`read_outlines`.
    """
    own = {name: plots["plot_id"].map(outlines[name]).astype("float64") for name in outlines.columns}
    lacking = plots["x_m"].isna()
    return plots.assign(
        **{OUTLINE: own[OUTLINE]},
        x_m=plots["x_m"].mask(lacking, own["x_m"]),
        y_m=plots["y_m"].mask(lacking, own["y_m"]),
    )
