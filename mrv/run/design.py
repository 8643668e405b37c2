"""A survey before it is made: how many plots in which stratum, and where.

What the strata are like is assumed, from a pilot or as stated. The places are drawn inside the polygons,
from the seed of the project file; a stratum's plots depend on its own name, polygon and number of plots.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from mrv.errors import UsageError
from mrv.findings import raise_errors
from mrv.inputs.project import Project
from mrv.inputs.project_file import locate_project, read_project_file
from mrv.inputs.strata import read_strata
from mrv.run.outputs import RUN_FILE, RUN_SCHEMA
from mrv.sampling.draw import Draw, balanced, smallest_distance_m, systematic
from mrv.sampling.frame import Edge, region
from mrv.stock.by_design import FPC_THRESHOLD
from mrv.stock.estimators import Array, mean, variance
from mrv.stock.sample_size import (
    SMALLEST_STRATUM,
    Allocation,
    Expected,
    allocate,
    expected_half_width,
    iterated_plots_for,
    shares,
)
from mrv.stock.unequal import METHOD as UNEQUAL
from mrv.streams import Streams
from mrv.units import M2_PER_HA

Wanted = Literal["stock", "change"]

PILOT_COLUMN = "total_t_c_ha"
"""What a pilot's plots are compared by: carbon of the pools in the sink. [t_c/ha]"""


@dataclass(frozen=True)
class DesignRequest:
    """What is wanted of a survey.

    Attributes
    ----------
    relative_error : float
        Half-width of the two-sided interval over the mean of the project. [1]
    of : {"stock", "change"}
    level : float or None
        Confidence level; that of the project file if left out.
    allocation : {"neyman", "proportional"}
    draw : {"balanced", "systematic"}
    edge : {"centre", "inside"}
    radius_m : float or None
        Of the circle that a whole plot lies in; if left out, that of the last survey's largest subplot. [m]
    pilot : Path or None
        Folder of results whose plots say how variable the strata are.
    cv : mapping
        Coefficient of variation between plots, by stratum, where there is no pilot. [1]
    means : mapping
        Mean by stratum beside it; all alike if left out. [any unit, per ha]
    """

    relative_error: float
    of: Wanted = "change"
    level: float | None = None
    allocation: Allocation = "neyman"
    draw: Draw = "balanced"
    edge: Edge = "centre"
    radius_m: float | None = None
    pilot: Path | None = None
    cv: Mapping[str, float] | None = None
    means: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Design:
    """A survey that was designed.

    Attributes
    ----------
    project : Project
    request : DesignRequest
    level : float
    radius_m : float
    strata : DataFrame
        ``stratum_id``, ``area_ha``, ``assumed_mean``, ``assumed_deviation``, ``share``, ``plots_wanted``,
        ``plots_drawn``, ``area_left_out_share`` (of the stratum, where no centre may lie), ``edge_share``
        (of the stratum, so near its edge that a plot there reaches beyond it).
    plots : GeoDataFrame
        ``plot_id``, ``stratum_id``, ``x``, ``y``, ``longitude``, ``latitude``; points in the reference
        system. [m, degree]
    needed : float
        Plots in all that the wanted error takes, before rounding and the smallest number of a stratum.
    expected : Expected
        What the plots drawn would reach.
    mean : float
        Assumed mean of the project, in the unit of the strata's means.
    closest_m : float
        Distance of the two plots of one stratum that are nearest to each other. [m]
    """

    project: Project
    request: DesignRequest
    level: float
    radius_m: float
    strata: pd.DataFrame
    plots: gpd.GeoDataFrame
    needed: float
    expected: Expected
    mean: float
    closest_m: float

    @property
    def expected_relative_error(self) -> float:
        """Half-width that the plots drawn would reach, over the mean. [1]"""
        return self.expected.half_width / abs(self.mean)


def _pilot_plots(folder: Path) -> pd.DataFrame:
    """Plots of a finished run."""
    try:
        document = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        table = pd.read_csv(
            folder / "tables" / "plots.csv", dtype={"plot_id": str, "stratum_id": str, "cluster_id": str}
        )
    except (FileNotFoundError, NotADirectoryError, ValueError):
        document, table = {}, pd.DataFrame()
    if not isinstance(document, dict) or document.get("schema") != RUN_SCHEMA or table.empty:
        raise UsageError("{folder}: is no folder of results with plots; name the OUT of a run", folder=folder)
    if table["cluster_id"].notna().any():
        raise UsageError(
            "{folder}: its plots were drawn in clusters, whose variance is not that of single plots; state "
            "--cv for each stratum",
            folder=folder,
        )
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    if any((figure["method"] or "").endswith(UNEQUAL) for figure in results["figures"]):
        raise UsageError(
            "{folder}: its plots were drawn with unequal chances, whose scatter is not that of the strata; "
            "state --cv for each stratum",
            folder=folder,
        )
    return table


def _pilot_values(plots: pd.DataFrame, of: Wanted, folder: Path) -> dict[str, Array]:
    """Values of the plots of each stratum: at the last date, or the change of those measured at both."""
    dates = sorted(plots["date"].unique())
    last = plots[plots["date"] == dates[-1]]
    if of == "stock":
        pairs = last.assign(value=last[PILOT_COLUMN])
    elif len(dates) < 2:
        raise UsageError(
            "{folder}: has one date only, so nothing is known of the change; design with --for stock, or "
            "state --cv of the change",
            folder=folder,
        )
    else:
        keys = ["stratum_id", "plot_id"]
        pairs = last.merge(plots[plots["date"] == dates[0]], on=keys, suffixes=("", "_first"))
        pairs = pairs.assign(value=pairs[PILOT_COLUMN] - pairs[f"{PILOT_COLUMN}_first"])
    return {
        str(name): group["value"].to_numpy(dtype=np.float64)
        for name, group in pairs.sort_values("plot_id").groupby("stratum_id", sort=True)
    }


def _from_pilot(folder: Path, of: Wanted, names: list[str]) -> tuple[Array, Array]:
    values = _pilot_values(_pilot_plots(folder), of, folder)
    short = [name for name in names if len(values.get(name, ())) < 2]
    if short:
        raise UsageError(
            "{folder}: fewer than two plots in {names}; state --cv for each stratum",
            folder=folder,
            names=", ".join(short),
        )
    means = np.array([mean(values[name]) for name in names])
    return means, np.array([math.sqrt(variance(values[name])) for name in names])


def _stated(request: DesignRequest, names: list[str]) -> tuple[Array, Array]:
    cv, means = request.cv or {}, request.means or {}
    for option, given in (("--cv", cv), ("--mean", means)):
        unknown = sorted(given.keys() - set(names))
        missing = [name for name in names if given and name not in given]
        if unknown or missing:
            raise UsageError(
                "{option} must name every stratum once: {names}", option=option, names=", ".join(names)
            )
    if not cv:
        raise UsageError(
            "how variable the strata are is not known: name a pilot with --pilot OUT, or state --cv for each "
            "stratum: {names}",
            names=", ".join(names),
        )
    assumed = np.array([means.get(name, 1.0) for name in names])
    return assumed, np.array([cv[name] for name in names]) * np.abs(assumed)


def plot_radius_m(project: Project, stated: float | None) -> float:
    """Radius of the circle that a plot lies in: as stated, or of the last survey's largest subplot. [m]

    Raises
    ------
    UsageError
        If neither gives one.
    """
    if stated is not None:
        return stated
    subplots = project.surveys[-1].subplots if project.surveys else ()
    radii = [subplot.radius_m for subplot in subplots if subplot.radius_m is not None]
    if not radii or any(subplot.radius_m is None for subplot in subplots):
        raise UsageError(
            "the size of a plot is not known: the last survey has no subplots with radius_m; state --radius"
        )
    return max(radii)


def _draw_stratum(
    name: str, polygon: gpd.GeoSeries, plots: int, request: DesignRequest, radius_m: float, streams: Streams
) -> tuple[Array, float]:
    """Places of the plots of a stratum, and the share of its area where none can lie."""
    place = region(polygon, radius_m, request.edge)
    if place.is_empty:
        raise UsageError(
            "{stratum}: nowhere wide enough for a whole plot of {radius:g} m radius; choose --edge centre "
            "or a smaller plot",
            stratum=name,
            radius=radius_m,
        )
    draw = balanced if request.draw == "balanced" else systematic
    points = draw(place, plots, streams, name)
    if len(points) < SMALLEST_STRATUM:
        raise UsageError(
            "{stratum}: the grid meets it in {count} places only, at least {smallest} are needed; choose "
            "--draw balanced",
            stratum=name,
            count=len(points),
            smallest=SMALLEST_STRATUM,
        )
    return points, 1 - place.area / polygon.area


def _plot_table(points: Mapping[str, Array], system: object) -> gpd.GeoDataFrame:
    rows = [
        (f"{name}-{number:0{len(str(len(places)))}d}", name, round(x, 2), round(y, 2))
        for name, places in points.items()
        for number, (x, y) in enumerate(places, start=1)
    ]
    table = pd.DataFrame(rows, columns=["plot_id", "stratum_id", "x", "y"])
    plots = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["x"], table["y"]), crs=system)
    degrees = plots.geometry.to_crs(4326)
    plots.insert(4, "longitude", degrees.x.round(7))
    plots.insert(5, "latitude", degrees.y.round(7))
    return plots


def _read(path: Path) -> tuple[Project, pd.DataFrame, gpd.GeoDataFrame]:
    """Project, its table of strata and their polygons."""
    file = locate_project(path)
    project, positions = read_project_file(file)
    strata, findings, _ = read_strata(project, file.parent, positions.where)
    raise_errors(findings)
    if strata.geometry is None:
        raise UsageError("{project}: a design needs strata with polygons: strata.file", project=file)
    return project, strata.table.sort_values("stratum_id", kind="stable"), strata.geometry


def design_survey(path: Path, request: DesignRequest) -> Design:
    """Plots of a survey that is to reach a wanted error.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``; its strata have polygons. Tables of surveys
        need not exist yet.
    request : DesignRequest

    Raises
    ------
    InputError
        If the project file or its polygons are not what they should be.
    UsageError
        If the request cannot be met as put.
    """
    project, table, geometry = _read(path)
    radius_m = plot_radius_m(project, request.radius_m)
    level = request.level if request.level is not None else project.confidence_level
    names = [str(name) for name in table["stratum_id"]]
    areas = table["area_ha"].to_numpy(dtype=np.float64)
    means, deviations = (
        _from_pilot(request.pilot, request.of, names) if request.pilot else _stated(request, names)
    )
    weights = areas / math.fsum(areas)
    whole = math.fsum(weights * means)
    if whole == 0:
        raise UsageError("the assumed mean is zero, so that no error is relative to it")
    possible = areas * M2_PER_HA / (math.pi * radius_m**2)
    half_width = request.relative_error * abs(whole)
    needed = iterated_plots_for(weights, deviations, half_width, level, allocation=request.allocation)
    if needed > FPC_THRESHOLD * math.fsum(possible):
        total = math.fsum(possible)
        needed = iterated_plots_for(weights, deviations, half_width, level, total, request.allocation)
    stratum_shares = shares(weights, deviations, request.allocation)
    plots = allocate(needed, stratum_shares)
    polygons = geometry.set_index("stratum_id").geometry
    streams = Streams(project.seed, project.project.id)
    drawn = {
        name: _draw_stratum(name, polygons[name], int(count), request, radius_m, streams)
        for name, count in zip(names, plots, strict=True)
    }
    counts = np.array([len(drawn[name][0]) for name in names], dtype=np.int64)
    return Design(
        project,
        request,
        level,
        radius_m,
        pd.DataFrame(
            {
                "stratum_id": names,
                "area_ha": areas,
                "assumed_mean": means,
                "assumed_deviation": deviations,
                "share": stratum_shares,
                "plots_wanted": plots,
                "plots_drawn": counts,
                "area_left_out_share": [drawn[name][1] for name in names],
                "edge_share": [
                    1 - region(polygons[name], radius_m, "inside").area / polygons[name].area
                    for name in names
                ],
            }
        ),
        _plot_table({name: points for name, (points, _) in drawn.items()}, geometry.crs),
        needed,
        expected_half_width(weights, deviations, counts, level),
        whole,
        min(smallest_distance_m(points) for points, _ in drawn.values()),
    )
