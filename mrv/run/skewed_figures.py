"""Intervals of carbon and its change from which skewness is taken out, beside those that count."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mrv.inference.skewed import SKEWED_ABOVE
from mrv.run.figures import figure_of, index_of
from mrv.run.results import Figure, IntervalRecord
from mrv.run.survey_estimates import TOTAL, SurveyTables
from mrv.stock.by_design import stratum_estimator
from mrv.stock.estimators import Estimate
from mrv.stock.linear import Replicate, change, change_departures
from mrv.stock.skewness import SkewedEstimate, skewness_of_error, skewness_of_units
from mrv.stock.stocks import project_mean

COLUMN = f"{TOTAL}_t_c_ha"
UNIT = "t_c/ha"

Found = Mapping[str, tuple[Estimate, Mapping[Replicate, float]]]
"""Estimate of each stratum, and what each unit adds to its error."""


def _of_date(survey: SurveyTables, areas_ha: Mapping[str, float]) -> Found:
    found = {}
    for name in sorted(set(survey.plots["stratum_id"].astype("str"))):
        own = stratum_estimator(survey.plots, survey.design, name, areas_ha[name])
        values = own.values(COLUMN)
        found[name] = own.estimator.estimate(values), own.estimator.departures(values)
    return found


def _of_change(first: SurveyTables, last: SurveyTables, areas_ha: Mapping[str, float]) -> Found:
    found = {}
    strata = set(first.plots["stratum_id"].astype("str")) & set(last.plots["stratum_id"].astype("str"))
    for name in sorted(strata):
        one, other = (stratum_estimator(s.plots, s.design, name, areas_ha[name]) for s in (first, last))
        dated = one.estimator, one.values(COLUMN), other.estimator, other.values(COLUMN)
        found[name] = change(*dated), change_departures(*dated)
    return found


def _project(
    found: Found, skewness: Mapping[str, float], areas_ha: Mapping[str, float]
) -> SkewedEstimate | None:
    """Mean of the project; strata are independent, so that third moments add up."""
    areas = [areas_ha[name] for name in found]
    whole = project_mean([estimate for estimate, _ in found.values()], areas)
    if whole is None or len(found) < 2 or not whole.standard_error > 0:
        return None
    total = math.fsum(areas)
    third = math.fsum(
        (area / total * estimate.standard_error) ** 3 * skewness[name]
        for area, (name, (estimate, _)) in zip(areas, found.items(), strict=True)
    )
    return SkewedEstimate(whole, third / whole.standard_error**3)


def _figures(
    quantity: str, date: str, found: Found, areas_ha: Mapping[str, float], level: float
) -> list[Figure]:
    """Of strata whose plots are skewed, and of the project where there is one of them."""
    skewness = {
        name: skewness_of_error(departures, estimate.standard_error)
        for name, (estimate, departures) in found.items()
    }
    told: list[tuple[str | None, SkewedEstimate]] = [
        (name, SkewedEstimate(estimate, skewness[name]))
        for name, (estimate, departures) in found.items()
        if abs(skewness_of_units(departures)) > SKEWED_ABOVE
    ]
    whole = _project(found, skewness, areas_ha) if told else None
    if whole is not None and math.isfinite(whole.skewness):
        told.append((None, whole))
    return [_figure(quantity, date, name, estimate, level) for name, estimate in told]


def _figure(quantity: str, date: str, stratum: str | None, skewed: SkewedEstimate, level: float) -> Figure:
    figure = figure_of(quantity, UNIT, index_of(stratum, pool=TOTAL, date=date), skewed.estimate, level)
    low, high, half_width = skewed.interval(level)
    return figure.model_copy(
        update={"interval": IntervalRecord(level=level, low=low, high=high, half_width=half_width)}
    )


def skewed_figures(
    surveys: Sequence[SurveyTables], areas_ha: Mapping[str, float], level: float
) -> list[Figure]:
    """Carbon at each date and its change, with intervals from which skewness was taken out. [t_c/ha]

    Parameters
    ----------
    surveys : sequence of SurveyTables
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    level : float
        Confidence level.
    """
    figures = []
    for survey in surveys:
        found = _of_date(survey, areas_ha)
        figures += _figures("carbon_density_skewed", survey.date, found, areas_ha, level)
    if len(surveys) > 1:
        first, last = surveys[0], surveys[-1]
        dates = f"{first.date}/{last.date}"
        found = _of_change(first, last, areas_ha)
        figures += _figures("carbon_stock_change_skewed", dates, found, areas_ha, level)
    return figures
