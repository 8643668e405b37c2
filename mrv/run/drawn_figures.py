"""From draws of stands to a figure and its error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrv.run.survey_estimates import TOTAL
from mrv.uncertainty.monte_carlo import Limits, limits_standard_error, symmetric_interval
from mrv.uncertainty.simulation import NORMAL, STUDENT, Drawn
from mrv.uncertainty.stand import POOLS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Total:
    """Error of a figure from all components, in the figure's unit.

    Attributes
    ----------
    standard_error : float
        Standard deviation of the draws, with sampling errors as normal.
    limits : Limits
        Quantiles of the draws, with sampling errors as Student's t.
    monte_carlo_error : float
        Standard error of the limits for being taken from draws.
    """

    standard_error: float
    limits: Limits
    monte_carlo_error: float


def total_of(draws: Array, level: float) -> Total | None:
    """Error of a figure from its draws, shape (2, draws); None where they are not all known."""
    if not np.isfinite(draws).all():
        return None
    return Total(
        float(draws[NORMAL].std(ddof=1)),
        symmetric_interval(draws[STUDENT], level),
        limits_standard_error(draws[STUDENT], level),
    )


def area_draws(drawn: Drawn, areas_ha: Array) -> Array:
    """Draws of the areas, shape (strata, draws). [ha]"""
    return np.asarray(areas_ha[:, None] + drawn.shared.area.T)


def over_strata(values: Array, areas: Array) -> Array:
    """Mean per hectare over the strata that were sampled, by their areas, shape (2, draws)."""
    known = np.isfinite(values).all(axis=(0, 2))
    if len(areas) == 1:
        return np.asarray(values[:, 0])
    weighted = np.einsum("ksd,sd->kd", values[:, known], areas[known])
    return np.asarray(weighted / areas[known].sum(axis=0))


def densities(drawn: Drawn, pool: str, date: str, unit: str, dates: Sequence[str]) -> Array:
    """Draws of a pool by stratum, in dry matter or in carbon, shape (2, strata, draws). [t/ha]"""
    biomass = drawn.change if "/" in date else drawn.stock[:, :, :, dates.index(date)]
    if unit == "t_dm/ha":
        return np.asarray(biomass[:, POOLS.index(pool)])
    pools = list(drawn.shared.carbon_fraction) if pool == TOTAL else [pool]
    parts = [biomass[:, POOLS.index(name)] * drawn.shared.carbon_fraction[name] for name in pools]
    return np.asarray(sum(parts[1:], start=parts[0]))
