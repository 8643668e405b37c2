"""Pools whose carbon is in the sink: those of live trees, and dead matter where the project file says so.

Dead matter counts where every survey of trees measured it at every plot and in the same way; then it is one
more pool of the plot, and the error of the sink is that of the sum over all pools.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType

import pandas as pd

from mrv.findings import Finding
from mrv.inputs import Inputs
from mrv.inputs.project import Project
from mrv.inputs.quadrat_tables import AMOUNTS, QuadratPool
from mrv.inputs.stated_values import Stated
from mrv.run.ground_pools import ground_pools

CARBON_FRACTION = MappingProxyType({"agb": "carbon_fraction_agb", "bgb": "carbon_fraction_bgb"})
"""Parameter that states the carbon fraction of each pool of live trees."""

STANDING = "dead_wood"
"""Dead matter that is measured as trees."""


def pools_in_sink(project: Project) -> tuple[str, ...]:
    """Pools in the sink, those of live trees first."""
    return (*CARBON_FRACTION, *project.dead_matter_in_sink_pools)


def _declared(project: Project, pool: str) -> tuple[str, object]:
    """Where the carbon fraction of dead matter is stated, and what it is stated beside."""
    if pool == STANDING:
        return "biomass.dead.carbon_fraction", project.biomass.dead if project.biomass else None
    number, survey = next(
        ((number, survey) for number, survey in enumerate(project.surveys) if survey.trees), (0, None)
    )
    return f"surveys[{number}].{pool}.carbon_fraction", getattr(survey, pool, None)


def dead_matter_fraction(project: Project, pool: str) -> tuple[str, Stated | None]:
    """Carbon fraction of a pool of dead matter, and its key; None where it is refused. [t_c/t_dm]"""
    key, declared = _declared(project, pool)
    share = getattr(declared, "carbon_fraction", None)
    return key, share.stated if share is not None else None


def dead_matter_fractions(project: Project) -> dict[str, float]:
    """Carbon fraction of every pool of dead matter in the sink. [t_c/t_dm]"""
    stated = {pool: dead_matter_fraction(project, pool)[1] for pool in project.dead_matter_in_sink_pools}
    return {pool: fraction.value for pool, fraction in stated.items() if fraction is not None}


def _plots_not_looked_at(inputs: Inputs) -> Iterator[Finding]:
    """Plots at which a pool of the sink was not looked for."""
    for survey in inputs.tree_surveys:
        pools = ground_pools(survey)
        for pool in inputs.project.dead_matter_in_sink_pools:
            if pool not in pools:
                continue
            missing = sorted(pools[pool].t_ha[pools[pool].t_ha.isna()].index)
            if missing:
                yield Finding(
                    inputs.positions.where_dotted(f"dead_matter_in_sink.{pool}"),
                    "dead-matter-plots",
                    "{pool} was not looked for at {count} plots of {date}, such as {plot}; a pool of the "
                    "sink is measured at every plot",
                    {"pool": pool, "count": len(missing), "date": survey.date, "plot": missing[0]},
                )


def _no_dead_tree(inputs: Inputs, trees: Sequence[pd.DataFrame]) -> Iterator[Finding]:
    """A survey without a dead tree may have passed them by."""
    if STANDING not in inputs.project.dead_matter_in_sink_pools:
        return
    for survey, table in zip(inputs.tree_surveys, trees, strict=True):
        if (table["status"] == "live").all():
            yield Finding(
                inputs.positions.where_dotted(f"dead_matter_in_sink.{STANDING}"),
                "dead-matter-none",
                "the survey of {date} has no dead tree; dead_wood is in the sink where every survey recorded "
                "the dead trees",
                {"date": survey.date},
                waivable=True,
            )


def _amount_of(pool: QuadratPool) -> str:
    return ", ".join(column for column in AMOUNTS if pool.quadrats[column].notna().any())


def _areas_of(pool: QuadratPool) -> str:
    return ", ".join(f"{area:g} m2" for area in sorted(set(pool.quadrats["quadrat_area_m2"])))


def _litter_taken_otherwise(inputs: Inputs) -> Iterator[Finding]:
    """Litter that was weighed otherwise, or on other squares, at another date."""
    if "litter" not in inputs.project.dead_matter_in_sink_pools:
        return
    taken = [
        (survey.date, survey.quadrats["litter"])
        for survey in inputs.tree_surveys
        if "litter" in survey.quadrats
    ]
    tells: tuple[Callable[[QuadratPool], str], ...] = (_amount_of, _areas_of)
    for date, pool in taken[1:]:
        for tell in tells:
            found, allowed = tell(pool), tell(taken[0][1])
            if found != allowed:
                yield Finding(
                    inputs.positions.where_dotted("dead_matter_in_sink.litter"),
                    "dead-matter-protocol",
                    "{found} at {last} is not {allowed} as at {date}; a pool of the sink is measured alike "
                    "at every date",
                    {"found": found, "allowed": allowed, "date": taken[0][0], "last": date},
                )


def dead_matter_findings(inputs: Inputs, trees: Sequence[pd.DataFrame]) -> list[Finding]:
    """What keeps dead matter out of the sink: plots, dates, or squares where it was not measured alike.

    Parameters
    ----------
    inputs : Inputs
    trees : sequence of DataFrame
        Trees of the surveys with their biomass.
    """
    return [
        *_plots_not_looked_at(inputs),
        *_no_dead_tree(inputs, trees),
        *_litter_taken_otherwise(inputs),
    ]
