"""Estimates of parcels in a run, for every date that has a map with pixels; reported and not credited."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from mrv.inference.domains import BORROWED, SYNTHETIC, by_domain
from mrv.inference.parcels import DIRECT, MappedParts, map_means, parcel_domains
from mrv.inference.with_map import MappedPlots, carried_over
from mrv.run.map_estimates import SurveyMap
from mrv.run.survey_estimates import TOTAL
from mrv.stock.estimators import Estimate

if TYPE_CHECKING:
    from mrv.inputs.parcels import Parcels

Kind = Literal["direct", "borrowed", "synthetic", "map_mean"]

MAP_MEAN = "mean of the map over the parcel"
KINDS: Mapping[str, Kind] = {
    DIRECT: "direct",
    BORROWED: "borrowed",
    SYNTHETIC: "synthetic",
    MAP_MEAN: "map_mean",
}
"""Kind of an estimate by its method."""

NOT_BY_CHANCE = "no error: the plots were chosen on purpose, so that nothing tells how far a parcel departs"
FEW_PARCELS = "no error: fewer than three parcels have plots that tell how far parcels depart from the map"
ONE_PLOT = "no error: a stratum of the parcel has too few plots"
NO_PARCEL_ERROR = (NOT_BY_CHANCE, FEW_PARCELS, ONE_PLOT)
"""Reasons why a parcel has a value and no error."""


@dataclass(frozen=True)
class ParcelEstimate:
    """An estimate of one parcel per hectare, and what it rests on.

    Attributes
    ----------
    parcel_id, date, quantity, pool, unit : str
    kind : str
    estimate : Estimate
        Per hectare.
    area_ha, counted_ha : float
        Of the parcel on the ellipsoid, and of the part of it that lies in strata. [ha]
    outside_share : float
        Share of that part where the map may not be used. [1]
    plots : int
        In the parcel.
    because : str or None
        Why there is no error.
    source : str
        Of the map.
    """

    parcel_id: str
    date: str
    quantity: str
    pool: str
    unit: str
    kind: Kind
    estimate: Estimate
    area_ha: float
    counted_ha: float
    outside_share: float
    plots: int
    because: str | None
    source: str


def _plots_in(parcels: Parcels, plots: pd.DataFrame) -> dict[str, list[str]]:
    """Plots whose coordinates lie in each parcel; one on the edge of two lies in the first."""
    known = plots[plots["x_m"].notna()].sort_values("plot_id", kind="stable")
    points = gpd.points_from_xy(known["x_m"], known["y_m"])
    plot, parcel = parcels.geometry.sindex.query(points, predicate="intersects")
    found: dict[str, list[str]] = {}
    edges = set()
    for number, position in sorted(zip(plot.tolist(), parcel.tolist(), strict=True)):
        shape, name = parcels.geometry.geometry.iloc[position], str(known["plot_id"].iloc[number])
        on_edge = not shape.contains(points[number])
        if on_edge and name in edges:
            continue
        edges |= {name} if on_edge else set()
        found.setdefault(str(parcels.geometry["parcel_id"].iloc[position]), []).append(name)
    return found


def mapped_parts(parcels: Parcels, own: SurveyMap) -> MappedParts | None:
    """Parts of all parcels with what a map says of them; None for a map without pixels."""
    if own.over is None:
        return None
    parts = parcels.parts
    covered = own.over(parts)
    names = tuple(sorted(set(parts["parcel_id"])))
    strata = tuple(sorted(own.mapped.map_means))
    by_name = {name: number for number, name in enumerate(names)}
    by_stratum = {name: number for number, name in enumerate(strata)}
    return MappedParts(
        names,
        strata,
        np.array([by_name[name] for name in parts["parcel_id"]], dtype=np.intp),
        np.array([by_stratum[name] for name in parts["stratum_id"]], dtype=np.intp),
        parts["area_ha"].to_numpy(dtype=np.float64),
        covered.mean,
        1 - covered.share,
    )


def _in_carbon(parts: MappedParts, biomass: MappedPlots, carbon: MappedPlots) -> MappedParts:
    """Parts with the carbon that the plots' own ratio makes of their biomass."""
    ratio = np.array(
        [
            carbon.map_means[name] / biomass.map_means[name] if biomass.map_means[name] else math.nan
            for name in parts.strata
        ]
    )
    return replace(parts, map_mean=parts.map_mean * ratio[parts.stratum])


def _because(estimate: Estimate, kind: Kind, borrowing: bool) -> str | None:
    if math.isfinite(estimate.standard_error):
        return None
    if kind == "map_mean":
        return NOT_BY_CHANCE
    return ONE_PLOT if borrowing else FEW_PARCELS


def _of_map(parcels: Parcels, own: SurveyMap, areas_ha: Mapping[str, float]) -> list[ParcelEstimate]:
    parts = mapped_parts(parcels, own)
    if parts is None or not parts.parcels:
        return []
    survey, biomass = own.survey, own.mapped
    plots_in = _plots_in(parcels, survey.plots)
    areas = parcels.table.set_index("parcel_id")["area_ha"]
    told = [("biomass_density", "agb", "t_dm/ha", parts, biomass)]
    if survey.design.kind != "purposive":
        carbon = carried_over(biomass, survey.plots, f"{TOTAL}_t_c_ha")
        told.append(("carbon_density", TOTAL, "t_c/ha", _in_carbon(parts, biomass, carbon), carbon))
    found = []
    for quantity, pool, unit, these, mapped in told:
        if survey.design.kind == "purposive":
            values = map_means(these, mapped)
            estimates = [Estimate(float(value), math.nan, math.nan, 0, MAP_MEAN) for value in values]
            borrowing = False
        else:
            domains = parcel_domains(these, mapped, survey.design, areas_ha, plots_in)
            estimates = by_domain(domains)
            borrowing = any(math.isfinite(e.standard_error) and e.method != DIRECT for e in estimates)
        counted, outside = these.parcel_area_ha, these.parcel_outside_share
        for number, (name, estimate) in enumerate(zip(these.parcels, estimates, strict=True)):
            kind = KINDS[estimate.method]
            found.append(
                ParcelEstimate(
                    name,
                    survey.date,
                    quantity,
                    pool,
                    unit,
                    kind,
                    estimate,
                    float(areas[name]),
                    float(counted[number]),
                    max(float(outside[number]), 0.0),
                    len(plots_in.get(name, [])),
                    _because(estimate, kind, borrowing),
                    own.source,
                )
            )
    return found


def parcel_estimates(
    parcels: Parcels | None, maps: Sequence[SurveyMap], areas_ha: Mapping[str, float]
) -> tuple[ParcelEstimate, ...]:
    """Estimates of all parcels by every map that has pixels.

    Parameters
    ----------
    parcels : Parcels or None
    maps : sequence of SurveyMap
    areas_ha : mapping
        Area of each stratum. [ha]
    """
    if parcels is None:
        return ()
    return tuple(estimate for own in maps for estimate in _of_map(parcels, own, areas_ha))
