"""Plots that are not where they should be: outside, on top of each other, at 0, 0, on a shifted map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from mrv.findings import Finding, first_place
from mrv.plausibility import quality_rule
from mrv.quality.common_shift import common_shift
from mrv.quality.coordinate_slips import Located, Slip, slips
from mrv.quality.suspects import Suspect, row_list

NEAR_M = 0.001
"""Distance below which a plot lies on an edge. [m]"""


@dataclass(frozen=True)
class PlotPlaces:
    """Plots of one survey and the polygons they should lie in.

    Attributes
    ----------
    plots : DataFrame
        ``plot_id``, ``stratum_id``, ``cluster_id``, ``x_m``, ``y_m`` (in the reference system),
        ``longitude``, ``latitude`` (as written; NaN where the table has plane coordinates),
        ``outline_area_m2``, ``declared_area_m2`` (of its polygon, and as declared), ``source``.
        [m, degree, m2]
    strata : GeoDataFrame or None
        ``stratum_id`` and polygons in the reference system.
    boundary : GeoDataFrame or None
        In the reference system.
    system : CRS or None
    """

    plots: pd.DataFrame
    strata: gpd.GeoDataFrame | None
    boundary: gpd.GeoDataFrame | None
    system: CRS | None


PlaceCheck = Callable[[PlotPlaces], Iterator[Suspect]]


def _located(places: PlotPlaces) -> pd.DataFrame:
    return places.plots[places.plots["x_m"].notna() & places.plots["y_m"].notna()]


def _targets(places: PlotPlaces, plots: pd.DataFrame) -> NDArray[np.object_] | None:
    """Polygon that each plot should lie in: its stratum, else the boundary, else any stratum."""
    if places.strata is not None:
        whole = shapely.union_all(places.strata.geometry.to_numpy())
        shapes = dict(zip(places.strata["stratum_id"], places.strata.geometry, strict=True))
    elif places.boundary is not None:
        whole, shapes = shapely.union_all(places.boundary.geometry.to_numpy()), {}
    else:
        return None
    targets = np.empty(len(plots), dtype=object)
    targets[:] = [shapes.get(name, whole) for name in plots["stratum_id"]]
    return targets


def distance_outside(
    targets: NDArray[np.object_], x_m: NDArray[np.float64], y_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of each plot from its polygon; zero inside, infinite where it has no place. [m]"""
    known = np.isfinite(x_m) & np.isfinite(y_m)
    result = np.full(len(x_m), np.inf)
    result[known] = shapely.distance(targets[known], shapely.points(x_m[known], y_m[known]))
    return result


def _meridian(places: PlotPlaces, targets: NDArray[np.object_]) -> float:
    centre = shapely.union_all(targets).centroid
    back = Transformer.from_crs(4326, places.system, always_xy=True)
    return float(back.transform(centre.x, centre.y, direction="INVERSE")[0])


def coordinates_misread(places: PlotPlaces) -> Iterator[Suspect]:
    """Plots that lie in their strata once a common slip is undone, and outside as they stand."""
    plots = _located(places)
    targets = _targets(places, plots)
    if targets is None or places.system is None or plots.empty:
        return
    columns = {
        name: plots[name].to_numpy(dtype=np.float64) for name in ("longitude", "latitude", "x_m", "y_m")
    }
    at = Located(**columns, system=places.system)
    outside = distance_outside(targets, at.x_m, at.y_m) > NEAR_M
    if not outside.any():
        return
    candidates = []
    for slip in slips(at, _meridian(places, targets)):
        distance = distance_outside(targets, slip.x_m, slip.y_m)
        candidates.append((slip, distance <= NEAR_M, float(np.minimum(distance, 1e9).sum())))
    misread = list(_systematic(plots, outside, candidates))
    yield from misread or _shifted(plots, outside, targets, at)


def _systematic(
    plots: pd.DataFrame, outside: NDArray[np.bool_], candidates: list[tuple[Slip, NDArray[np.bool_], float]]
) -> Iterator[Suspect]:
    """The slip that puts all plots right, else those that put single plots right."""
    share = 1 - outside.mean()
    best = max(candidates, key=lambda candidate: (candidate[1].mean(), -candidate[2]))
    slip, inside, _ = best
    if inside.mean() >= quality_rule("unit_share") and inside.mean() - share >= quality_rule("unit_gain"):
        yield Suspect(
            Finding(
                first_place(plots.loc[outside, "source"].astype(str)),
                "coordinates-misread",
                "{before} of {all} plots lie where they should; {after} would if {slip}",
                {
                    "before": int((~outside).sum()),
                    "after": int(inside.sum()),
                    "all": len(plots),
                    "slip": slip.words,
                },
                waivable=True,
            )
        )
        return
    told = np.zeros(len(plots), dtype=bool)
    for slip, inside, _ in candidates:
        rows = plots[inside & outside & ~told]
        if slip.systematic or rows.empty:
            continue
        told |= inside & outside
        yield Suspect(
            Finding(
                first_place(rows["source"].astype(str)),
                "plot-misread",
                "{count} plots lie where they should if {slip}: {rows}",
                {"count": len(rows), "slip": slip.words, "rows": row_list(rows["source"])},
                waivable=True,
            ),
            "plots",
            tuple(rows["source"].astype(str)),
        )


def _shifted(
    plots: pd.DataFrame, outside: NDArray[np.bool_], targets: NDArray[np.object_], at: Located
) -> Iterator[Suspect]:
    """One shift without a name that puts most plots right."""
    share = 1 - outside.mean()
    if len(plots) < quality_rule("common_shift_minimum") or share > 1 - quality_rule("unit_gain"):
        return
    shift = common_shift(targets, at.x_m, at.y_m)
    after = shift.inside / len(plots)
    if after < quality_rule("unit_share") or after - share < quality_rule("unit_gain"):
        return
    yield Suspect(
        Finding(
            first_place(plots.loc[outside, "source"].astype(str)),
            "coordinates-shifted",
            "{before} of {all} plots lie where they should; {after} would if all were moved by {length} m, "
            "{east} m to the east and {north} m to the north; are they of another datum or a local grid?",
            {
                "before": int((~outside).sum()),
                "all": len(plots),
                "after": shift.inside,
                "length": f"{shift.length_m:,.0f}",
                "east": f"{shift.east_m:+,.0f}",
                "north": f"{shift.north_m:+,.0f}",
            },
            waivable=True,
        )
    )


def outside_boundary(places: PlotPlaces) -> Iterator[Suspect]:
    """Plots beyond the boundary, where there are no strata that would tell."""
    if places.boundary is None or places.strata is not None:
        return
    plots = _located(places)
    targets = _targets(places, plots)
    if targets is None or plots.empty:
        return
    distance = distance_outside(targets, plots["x_m"].to_numpy(), plots["y_m"].to_numpy())
    for source, plot, far in zip(plots["source"], plots["plot_id"], distance, strict=True):
        if far > NEAR_M:
            yield Suspect(
                Finding(
                    str(source),
                    "plot-outside-boundary",
                    "plot {plot!r} lies {distance} m outside the boundary",
                    {"plot": plot, "distance": f"{far:,.0f}"},
                    waivable=True,
                ),
                "plots",
                (str(source),),
            )


def coordinates_repeated(places: PlotPlaces) -> Iterator[Suspect]:
    """Plots of different clusters, or of none, at one point, in the reference system or as written."""
    plots = places.plots
    for pair in (["x_m", "y_m"], ["longitude", "latitude"]):
        known = plots[plots[pair].notna().all(axis=1)]
        if pair[0] == "longitude":
            known = known[known["x_m"].isna()]
        # A cluster lends its plots one point; that is no copy.
        lent = known["cluster_id"].notna() & known.duplicated(["cluster_id", *pair], keep="first")
        for _, rows in known[~lent].groupby(pair, sort=True):
            if len(rows) >= quality_rule("repeated_coordinates"):
                yield _at_one_point(rows)


def _at_one_point(rows: pd.DataFrame) -> Suspect:
    return Suspect(
        Finding(
            first_place(rows["source"].astype(str)),
            "coordinates-repeated",
            "{count} plots share one point, {plots}; are they those of the site, or copied?",
            {"count": len(rows), "plots": ", ".join(sorted(rows["plot_id"].astype(str))[:6])},
            severity="note",
        ),
        "plots",
        tuple(rows["source"].astype(str)),
    )


def coordinates_zero(places: PlotPlaces) -> Iterator[Suspect]:
    """Plots at 0, 0: an empty cell of some other program."""
    plots = places.plots
    zero = (plots["longitude"].eq(0) & plots["latitude"].eq(0)) | (plots["x_m"].eq(0) & plots["y_m"].eq(0))
    rows = plots[zero]
    if len(rows):
        yield Suspect(
            Finding(
                first_place(rows["source"].astype(str)),
                "coordinates-zero",
                "{count} plots lie at 0, 0; leave the cells empty where nothing is known",
                {"count": len(rows)},
                waivable=True,
            ),
            "plots",
            tuple(rows["source"].astype(str)),
        )


def plot_area_mismatch(declared_m2: float, polygon_m2: float) -> bool:
    """Whether the declared area of a plot is not that of its polygon.

    Parameters
    ----------
    declared_m2, polygon_m2 : float
        [m2]
    """
    return abs(polygon_m2 / declared_m2 - 1) > quality_rule("plot_area_tolerance")


def area_of_outline(places: PlotPlaces) -> Iterator[Suspect]:
    """Plots whose polygon has another area than the one that their trees are divided by."""
    plots = places.plots
    both = plots[plots["outline_area_m2"].notna() & plots["declared_area_m2"].notna()]
    for row in both.to_dict("records"):
        declared, polygon = float(row["declared_area_m2"]), float(row["outline_area_m2"])
        if plot_area_mismatch(declared, polygon):
            yield Suspect(
                Finding(
                    str(row["source"]),
                    "plot-area-outline",
                    "plot {plot!r} is declared to have {declared} m2, and its polygon has {polygon} m2, "
                    "{percent} of that; allowed is a difference of {allowed}",
                    {
                        "plot": row["plot_id"],
                        "declared": f"{declared:,.1f}",
                        "polygon": f"{polygon:,.1f}",
                        "percent": f"{polygon / declared:.0%}",
                        "allowed": f"{quality_rule('plot_area_tolerance'):.0%}",
                    },
                    waivable=True,
                ),
                "plots",
                (str(row["source"]),),
            )


PLACE_CHECKS: tuple[PlaceCheck, ...] = (
    coordinates_misread,
    area_of_outline,
    outside_boundary,
    coordinates_repeated,
    coordinates_zero,
)
"""Rules on where the plots of a survey lie."""
