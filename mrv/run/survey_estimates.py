"""Tables of trees and plots with biomass and carbon, and the stocks of strata they lead to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from mrv.accounting.vintages import period_years
from mrv.biomass.plots import SubplotArea, expand_trees, plot_table
from mrv.run.ground_pools import GroundPool, ground_pools, with_ground_pools
from mrv.stock.by_design import (
    ClusterTotals,
    KnownBeside,
    PostStrata,
    RatioTo,
    RegressionOn,
    SampleDesign,
)
from mrv.stock.stocks import StockEstimate, estimate_changes, estimate_stocks
from mrv.units import CO2_PER_C

if TYPE_CHECKING:
    from mrv.inputs import Survey
    from mrv.inputs.estimator_keys import EstimatorKeys

TOTAL = "total"
"""Pool that sums the pools in the sink."""


def biomass_pools(pools: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Column and unit of the biomass density of each pool that was measured."""
    return {pool: (f"{pool}_t_ha", "t_dm/ha") for pool in pools}


def carbon_pools(pools: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Column and unit of the carbon density of each pool in the sink, and of their sum."""
    return {pool: (f"{pool}_t_c_ha", "t_c/ha") for pool in (*pools, TOTAL)}


@dataclass(frozen=True)
class SurveyTables:
    """A survey with biomass worked out: trees, plots, how these were chosen, and pools on the ground."""

    date: str
    trees: pd.DataFrame
    plots: pd.DataFrame
    design: SampleDesign
    ground: Mapping[str, GroundPool] = field(default_factory=dict)


def subplot_areas(survey: Survey) -> tuple[SubplotArea, ...]:
    """Area of each size class's subplots in a plot."""
    return tuple(SubplotArea(subplot.id, subplot.total_area_m2) for subplot in survey.subplots)


def sample_design(survey: Survey, areas_ha: Mapping[str, float]) -> SampleDesign:
    """Design of a survey, with the area of its plots where they are alike, and what is known beside them."""
    areas = subplot_areas(survey)
    own = survey.plots["plot_area_m2"]
    common = max((subplot.area_m2 for subplot in areas), default=math.nan)
    if not areas and (own == own.iloc[0]).all():
        common = float(own.iloc[0])
    clusters = survey.design.clusters_in_stratum
    return SampleDesign(
        survey.design.kind,
        common,
        dict(clusters) if clusters else {},
        known_beside(survey.estimator, areas_ha),
        tuple(frozenset(group.strata) for group in survey.design.collapse),
    )


def known_beside(estimator: EstimatorKeys | None, areas_ha: Mapping[str, float]) -> KnownBeside | None:
    """What is known of the strata beside the plots; None where the plots stand alone."""
    if estimator is None:
        return None
    if estimator.kind == "post_stratified":
        return PostStrata(
            {
                stratum: {name: area / math.fsum(areas.values()) for name, area in areas.items()}
                for stratum, areas in estimator.class_areas_ha.items()
            }
        )
    if estimator.kind == "cluster_total":
        return ClusterTotals(dict(estimator.plots_in_stratum))
    totals = estimator.population_total or {}
    means = estimator.population_mean or {name: total / areas_ha[name] for name, total in totals.items()}
    return RatioTo(dict(means)) if estimator.kind == "ratio" else RegressionOn(dict(means))


def add_carbon(plots: pd.DataFrame, carbon_fraction: Mapping[str, float]) -> pd.DataFrame:
    """Plots with the carbon density of each pool that has a carbon fraction, and their sum. [t_c/ha]"""
    pools = {f"{pool}_t_c_ha": plots[f"{pool}_t_ha"] * share for pool, share in carbon_fraction.items()}
    return plots.assign(**pools, **{f"{TOTAL}_t_c_ha": sum(pools.values())})


def survey_tables(
    survey: Survey,
    trees: pd.DataFrame,
    carbon_fraction: Mapping[str, float],
    areas_ha: Mapping[str, float],
) -> SurveyTables:
    """Tables of a survey from its trees with biomass.

    Parameters
    ----------
    survey : Survey
    trees : DataFrame
        Trees of the survey with ``agb_kg`` and ``bgb_kg``.
    carbon_fraction : mapping
        By pool in the sink. [t_c/t_dm]
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    """
    expanded = expand_trees(trees, survey.plots, subplot_areas(survey))
    ground = ground_pools(survey)
    plots = add_carbon(with_ground_pools(plot_table(expanded, survey.plots), ground), carbon_fraction)
    return SurveyTables(
        survey.date,
        expanded.assign(date=survey.date),
        plots.sort_values(["stratum_id", "plot_id"], kind="stable").assign(date=survey.date),
        sample_design(survey, areas_ha),
        ground,
    )


def stocks_of(
    surveys: Sequence[SurveyTables],
    areas_ha: Mapping[str, float],
    measured: Sequence[str],
    in_sink: Sequence[str],
) -> list[StockEstimate]:
    """Biomass and carbon per hectare of every survey, by stratum and pool, and for the project.

    Parameters
    ----------
    surveys : sequence of SurveyTables
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    measured, in_sink : sequence of str
        Pools whose biomass was measured, and those of them whose carbon is in the sink.
    """
    densities = (biomass_pools(measured), carbon_pools(in_sink))
    return [
        estimate
        for survey in surveys
        for pools in densities
        for estimate in estimate_stocks(survey.plots, survey.design, areas_ha, survey.date, pools)
    ]


def changes_of(
    surveys: Sequence[SurveyTables], areas_ha: Mapping[str, float], pools: Sequence[str]
) -> list[StockEstimate]:
    """Change of carbon per hectare between the first and the last survey. [t_c/ha]"""
    if len(surveys) < 2:
        return []
    first, last = surveys[0], surveys[-1]
    return estimate_changes(
        first.plots,
        last.plots,
        (first.design, last.design),
        areas_ha,
        (first.date, last.date),
        carbon_pools(pools),
    )


def sink_rate(change: StockEstimate) -> StockEstimate:
    """Carbon sink of a stratum from its change of carbon density. [t_co2e/ha/yr]"""
    first, second = change.date.split("/")
    return StockEstimate(
        change.stratum_id,
        change.pool,
        change.date,
        "t_co2e/ha/yr",
        change.estimate.times(CO2_PER_C / period_years(first, second)),
    )
