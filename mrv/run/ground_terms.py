"""Pools on the ground that are in the sink, as draws of the stand take them: by parts with their factors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mrv.run.ground_pools import GROUND_POOLS, GroundPool
from mrv.run.survey_estimates import SurveyTables
from mrv.uncertainty.shared import Normal
from mrv.uncertainty.stand import Term, ground_term

Array = NDArray[np.float64]


def _parts(
    surveys: Sequence[SurveyTables], in_sink: Collection[str]
) -> Iterator[tuple[str, str, str, dict[int, GroundPool]]]:
    """Every part of a pool: pool, part, name of its factor, and the surveys that have it by that factor.

    A factor that is one number at all dates has one draw; one that was measured anew has a draw of its own.
    """
    for pool in GROUND_POOLS:
        if pool not in in_sink:
            continue
        taken = {number: survey.ground[pool] for number, survey in enumerate(surveys)}
        for part in sorted({name for own in taken.values() for name in own.factors}):
            having = {number: own for number, own in taken.items() if part in own.factors}
            if len({own.factors[part] for own in having.values()}) == 1:
                yield pool, part, f"{pool}.{part}", having
            else:
                for number, own in having.items():
                    yield pool, part, f"{pool}.{part}.{surveys[number].date}", {number: own}


def ground_factors(surveys: Sequence[SurveyTables], in_sink: Collection[str]) -> dict[str, Normal]:
    """Factor of each part of a pool in the sink; a standard error of 0 where none is stated."""
    found = {}
    for _, part, name, having in _parts(surveys, in_sink):
        factor = next(iter(having.values())).factors[part]
        found[name] = Normal(factor.value, factor.standard_error or 0.0)
    return found


def _sums(survey: SurveyTables, taken: GroundPool | None, part: str) -> Array:
    """Mass of a part at each plot, in the order of the plots. [t/ha]"""
    plots = survey.plots["plot_id"].astype("str")
    if taken is None:
        return np.zeros((len(plots), 1))
    return taken.parts[part].reindex(plots).to_numpy(dtype=np.float64)[:, None]


def ground_terms(surveys: Sequence[SurveyTables], in_sink: Collection[str]) -> list[Term]:
    """Terms of the pools on the ground that are in the sink, beside those of trees."""
    return [
        ground_term(
            pool,
            name,
            tuple(_sums(survey, having.get(number), part) for number, survey in enumerate(surveys)),
        )
        for pool, part, name, having in _parts(surveys, in_sink)
    ]
