"""The map of the sink between two dates, and where a difference can be told from none.

Both dates are predicted by one model, so that what they share in it cancels; two maps made apart are not
subtracted. A stratum is mapped only where its change, corrected at the plots, is beyond its own error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mrv.accounting.vintages import period_years
from mrv.mapping.rows import Array, Integers
from mrv.run.map_estimates import change_source
from mrv.stock.estimators import t_quantile
from mrv.units import CO2_PER_C

if TYPE_CHECKING:
    from mrv.run.biomass_map import BiomassMap
    from mrv.run.map_estimates import MapEstimate


@dataclass(frozen=True)
class StratumSink:
    """The sink of a stratum with the map, and whether it can be told from none.

    Attributes
    ----------
    stratum_id : str
    value, standard_error : float
        Change of carbon with the map, over the years. [t CO2e/ha/yr]
    minimum_detectable_change : float
        Half-width of its interval: a smaller change could not be told from none. [t CO2e/ha/yr]
    places, area_ha : int, float
        Where the model applies at both dates. [ha]
    mapped_mean : float
        Mean of the map there, not corrected at the plots; NaN without any. [t CO2e/ha/yr]
    """

    stratum_id: str
    value: float
    standard_error: float
    minimum_detectable_change: float
    places: int
    area_ha: float
    mapped_mean: float

    @property
    def published(self) -> bool:
        """Whether the change is beyond what could be told from none."""
        return abs(self.value) > self.minimum_detectable_change


@dataclass(frozen=True)
class SinkMap:
    """Sink between two dates as values of pixels, and by stratum.

    Attributes
    ----------
    first, last : str
    strata : tuple of StratumSink
    pixel : ndarray of int, shape (n,)
        Number of each pixel with a value, row by row; those of published strata.
    sink, standard_error : ndarray, shape (n,)
        Of one pixel. [t CO2e/ha/yr]
    """

    first: str
    last: str
    strata: tuple[StratumSink, ...]
    pixel: Integers
    sink: Array
    standard_error: Array


def sink_map(mapped: BiomassMap | None, estimates: Sequence[MapEstimate], level: float) -> SinkMap | None:
    """Map of the sink; None without a map of both dates, or without plots measured at both.

    Parameters
    ----------
    mapped : BiomassMap or None
    estimates : sequence of MapEstimate
        Of the run; the changes of carbon among them decide what is published.
    level : float
        Confidence level of the least change that can be told from none.

    Notes
    -----
    The variance of a pixel is that of the refits, each of which predicts both dates, plus the mean square
    of what the change of the map misses at the plots of the stratum, by models that had not seen them:
    what the residuals of both dates share is in it.
    """
    if mapped is None or mapped.earlier is None or mapped.prediction is None or mapped.population is None:
        return None
    earlier, prediction, population = mapped.earlier, mapped.prediction, mapped.population
    assert prediction.change is not None
    assert prediction.change_model_error is not None
    span = f"{earlier.date}/{mapped.date}"
    # A change by maps made elsewhere says nothing of this one.
    own_source = change_source(earlier.totals.candidate, earlier.totals.candidate)
    changes = {
        entry.estimate.stratum_id: entry.estimate
        for entry in estimates
        if (entry.quantity, entry.date, entry.source) == ("carbon_stock_change", span, own_source)
    }
    if not changes:
        return None
    to_sink = CO2_PER_C / period_years(earlier.date, mapped.date)
    stratum = population.rows.stratum[earlier.at_last]
    area = population.area_ha[earlier.at_last]
    missed = np.array([changes[name].rmse for name in population.strata])
    sink = prediction.change * to_sink
    error = np.sqrt(prediction.change_model_error**2 + missed[stratum] ** 2) * to_sink
    strata = []
    for number, name in enumerate(population.strata):
        change = changes[name].both.with_map.times(to_sink)
        own = earlier.inside & (stratum == number)
        whole = math.fsum(area[own])
        strata.append(
            StratumSink(
                name,
                change.value,
                change.standard_error,
                t_quantile(level, change.degrees_of_freedom) * change.standard_error,
                int(own.sum()),
                whole,
                math.fsum(area[own] * sink[own]) / whole if whole > 0 else math.nan,
            )
        )
    shown = np.array([own.published for own in strata])[stratum] & earlier.inside
    return SinkMap(earlier.date, mapped.date, tuple(strata), earlier.pixel[shown], sink[shown], error[shown])
