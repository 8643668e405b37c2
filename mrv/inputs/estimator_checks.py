"""Whether what is said to be known beside the plots fits the plots, so that an estimator can use it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from mrv.findings import Finding
from mrv.inputs.checks import Check, SurveyTables
from mrv.inputs.estimator_keys import (
    ClusterTotalEstimator,
    PostStratifiedEstimator,
    RatioEstimator,
    RegressionEstimator,
)
from mrv.yaml_file import suggestion

RANDOM_PLOTS = ("simple_random", "stratified", "systematic")
"""Designs whose plots are drawn with equal chances, one by one."""

AREA_TOLERANCE = 0.001
"""Share by which the classes of a stratum may miss its area."""

FEWEST_IN_CLASS = 2
FEWEST_FOR_LINE = 4

UNLIKELY = 4.0
"""Standard errors by which draws may miss the area of the stratum that they stand for."""

OFF = 0.05
"""Share of that area by which they may miss it in any case."""


def _sampled_strata(survey: SurveyTables) -> list[str]:
    return sorted(survey.plots.frame["stratum_id"].dropna().astype("str").unique())


def _strata_findings(survey: SurveyTables, stated: Mapping[str, object], *key: str) -> Iterator[Finding]:
    """A mapping by stratum names every stratum of the plots, and no other."""
    sampled = _sampled_strata(survey)
    missing = [name for name in sampled if name not in stated]
    if missing:
        yield Finding(
            survey.where("estimator", *key),
            "estimator-strata",
            "nothing is stated for {strata}; every stratum with plots needs a number",
            {"strata": ", ".join(missing)},
        )
    for name in stated:
        if name not in sampled:
            near = suggestion(name, sampled)
            message = "no plot names stratum {found!r}"
            yield Finding(
                survey.where("estimator", *key, name),
                "stratum-unknown",
                message + "; did you mean {near!r}?" if near else message,
                {"found": name, "near": near},
            )


def _missing_cells(survey: SurveyTables, column: str, needed_by: str) -> Iterator[Finding]:
    """Every plot has a value that the estimator needs."""
    frame = survey.plots.frame
    missing = frame[column].isna()
    if missing.all() and len(frame):
        yield Finding(
            survey.where("plots"),
            "estimator-column",
            "plots require the column {column} for {needed_by}",
            {"column": column, "needed_by": needed_by},
        )
        return
    for position in frame.index[missing]:
        yield Finding(
            survey.plots.where(int(position), column),
            "estimator-column",
            "plot {plot!r} has no {column}; {needed_by} needs one for every plot",
            {"plot": frame.loc[position, "plot_id"], "column": column, "needed_by": needed_by},
        )


def estimator_fits_design(survey: SurveyTables) -> Iterator[Finding]:
    """An estimator is used with the designs whose variance it knows."""
    if survey.estimator is None:
        return
    allowed = ("cluster",) if isinstance(survey.estimator, ClusterTotalEstimator) else RANDOM_PLOTS
    if survey.design.kind not in allowed:
        yield Finding(
            survey.where("estimator", "kind"),
            "estimator-design",
            "{estimator} does not go with a {kind} design; allowed are {allowed}",
            {"estimator": survey.estimator.kind, "kind": survey.design.kind, "allowed": ", ".join(allowed)},
        )
    if survey.design.collapse:
        yield Finding(
            survey.where("design", "collapse"),
            "estimator-design",
            "strata that share one variance have the plain mean; {estimator} was found",
            {"estimator": survey.estimator.kind},
        )


def auxiliary_is_known(survey: SurveyTables) -> Iterator[Finding]:
    """Plots have the auxiliary variable, and its mean or total over every stratum is stated."""
    estimator = survey.estimator
    if not isinstance(estimator, RatioEstimator | RegressionEstimator):
        return
    yield from _missing_cells(survey, "auxiliary", estimator.kind)
    stated = {"population_mean": estimator.population_mean, "population_total": estimator.population_total}
    given = {key: numbers for key, numbers in stated.items() if numbers is not None}
    if len(given) != 1:
        yield Finding(
            survey.where("estimator"),
            "estimator-mean",
            "exactly one of population_mean and population_total is required",
        )
        return
    ((key, numbers),) = given.items()
    yield from _strata_findings(survey, numbers, key)
    for name, number in numbers.items():
        area = survey.areas_ha.get(name, math.nan)
        if key == "population_total" and name in _sampled_strata(survey) and not area > 0:
            yield Finding(
                survey.where("estimator", key, name),
                "estimator-area",
                "no area is known for stratum {stratum!r}; a total becomes a mean only by the area",
                {"stratum": name},
            )
            continue
        mean = number / area if key == "population_total" else number
        yield from _auxiliary_findings(survey, estimator, key, name, mean)


def _auxiliary_findings(
    survey: SurveyTables,
    estimator: RatioEstimator | RegressionEstimator,
    key: str,
    stratum: str,
    mean: float,
) -> Iterator[Finding]:
    """What a stratum's plots say of the auxiliary variable agrees with the stated mean."""
    frame = survey.plots.frame
    values = frame.loc[frame["stratum_id"].astype("str") == stratum, "auxiliary"].dropna()
    if values.empty:
        return
    place = survey.where("estimator", key, stratum)
    low, high = float(values.min()), float(values.max())
    if isinstance(estimator, RatioEstimator) and (low < 0 or not float(values.sum()) > 0 or not mean > 0):
        yield Finding(
            place,
            "auxiliary-negative",
            "a ratio needs an auxiliary variable of 0 or more, with a mean above 0; found are "
            "{low:g}–{high:g} in the plots and {mean:g} in the stratum",
            {"low": low, "high": high, "mean": mean},
        )
        return
    if isinstance(estimator, RegressionEstimator) and (len(values) < FEWEST_FOR_LINE or low == high):
        yield Finding(
            place,
            "auxiliary-constant",
            "stratum {stratum!r} has {count} plots with {low:g}–{high:g}; a line needs {fewest} plots that "
            "differ",
            {"stratum": stratum, "count": len(values), "low": low, "high": high, "fewest": FEWEST_FOR_LINE},
        )
        return
    if not low <= mean <= high:
        yield Finding(
            place,
            "auxiliary-outside",
            "the mean {mean:g} is outside {low:g}–{high:g}, what the plots of stratum {stratum!r} have; are "
            "both in one unit?",
            {"mean": mean, "low": low, "high": high, "stratum": stratum},
            waivable=True,
        )


def classes_are_known(survey: SurveyTables) -> Iterator[Finding]:
    """Every plot lies in a class of known area, every class has plots, and the classes fill the stratum."""
    estimator = survey.estimator
    if not isinstance(estimator, PostStratifiedEstimator):
        return
    yield from _missing_cells(survey, "post_stratum", estimator.kind)
    yield from _strata_findings(survey, estimator.class_areas_ha, "class_areas_ha")
    frame = survey.plots.frame
    for stratum, areas in estimator.class_areas_ha.items():
        own = frame[(frame["stratum_id"].astype("str") == stratum) & frame["post_stratum"].notna()]
        if own.empty:
            continue
        unknown = own[~own["post_stratum"].isin(list(areas))]
        for position in unknown.index:
            found = str(unknown.loc[position, "post_stratum"])
            yield Finding(
                survey.plots.where(int(position), "post_stratum"),
                "post-stratum-unknown",
                "class {found!r} has no area in stratum {stratum!r}; allowed are {allowed}",
                {"found": found, "stratum": stratum, "allowed": ", ".join(areas)},
            )
        counts = own["post_stratum"].value_counts()
        for name in areas:
            count = int(counts.get(name, 0))
            if count < FEWEST_IN_CLASS:
                yield Finding(
                    survey.where("estimator", "class_areas_ha", stratum, name),
                    "post-stratum-lonely",
                    "class {name!r} has too few plots: {count}; {fewest} at least are needed, or one class "
                    "with another",
                    {"name": name, "count": count, "fewest": FEWEST_IN_CLASS},
                )
        whole, area = math.fsum(areas.values()), survey.areas_ha.get(stratum, math.nan)
        if abs(whole - area) > AREA_TOLERANCE * area:
            yield Finding(
                survey.where("estimator", "class_areas_ha", stratum),
                "post-stratum-area",
                "the classes sum to {found:g} ha; stratum {stratum!r} has {area:g} ha",
                {"found": whole, "area": area, "stratum": stratum},
            )


def cluster_total_is_possible(survey: SurveyTables) -> Iterator[Finding]:
    """An expanded total needs the size of every cluster, their number, and the plots of the stratum."""
    estimator = survey.estimator
    if not isinstance(estimator, ClusterTotalEstimator):
        return
    yield from _strata_findings(survey, estimator.plots_in_stratum, "plots_in_stratum")
    declared = survey.design.clusters_in_stratum or {}
    missing = [name for name in _sampled_strata(survey) if name not in declared]
    if missing:
        yield Finding(
            survey.where("design"),
            "estimator-strata",
            "clusters_in_stratum does not name {strata}; an expanded total needs the clusters of every "
            "stratum",
            {"strata": ", ".join(missing)},
        )
    sizes = (
        survey.clusters.frame["plots_in_cluster"] if survey.clusters is not None else pd.Series([math.nan])
    )
    if sizes.isna().any():
        yield Finding(
            survey.where("clusters") if survey.clusters is not None else survey.where("design"),
            "estimator-column",
            "an expanded total needs plots_in_cluster for every cluster in a table of clusters",
        )


def draws_are_known(survey: SurveyTables) -> Iterator[Finding]:
    """Plots drawn with unequal chances have their chance, an area, and a stratum of known area."""
    frame = survey.plots.frame
    if survey.design.kind != "unequal_probability":
        for column in ("draw_probability", "times_drawn", "unit_area_ha"):
            if frame[column].notna().any():
                yield Finding(
                    survey.where("design", "kind"),
                    "estimator-design",
                    "plots have {column}, and the design is {kind}; the design with chances of its own is "
                    "unequal_probability",
                    {"column": column, "kind": survey.design.kind},
                )
        return
    for column in ("draw_probability", "unit_area_ha"):
        yield from _missing_cells(survey, column, survey.design.kind)
    for stratum in _sampled_strata(survey):
        area = survey.areas_ha.get(stratum, math.nan)
        if not area > 0:
            yield Finding(
                survey.where("design", "kind"),
                "estimator-area",
                "no area is known for stratum {stratum!r}; a total becomes a mean only by the area",
                {"stratum": stratum},
            )
            continue
        own = frame[frame["stratum_id"].astype("str") == stratum]
        yield from _area_of_draws(survey, own, stratum, area)


def _area_of_draws(
    survey: SurveyTables, own: pd.DataFrame, stratum: str, area_ha: float
) -> Iterator[Finding]:
    """The draws of a stratum stand for its area: chances of another list, or of another unit, do not."""
    times = own["times_drawn"].fillna(1).to_numpy(dtype=np.float64)
    stood_for = (own["unit_area_ha"] / own["draw_probability"]).to_numpy(dtype=np.float64)
    n = times.sum()
    if n < FEWEST_IN_CLASS or np.isnan(stood_for).any():
        return
    found = float((times * stood_for).sum() / n)
    error = math.sqrt(float((times * (stood_for - found) ** 2).sum() / (n * (n - 1))))
    if abs(found - area_ha) > max(UNLIKELY * error, OFF * area_ha):
        yield Finding(
            survey.where("plots"),
            "draw-probability-area",
            "the draws stand for {found:.6g} ha ± {error:.3g}; stratum {stratum!r} has {area:.6g} ha: "
            "draw_probability must be that of one draw, from the units that fill the stratum",
            {"found": found, "error": error, "stratum": stratum, "area": area_ha},
        )


def collapsed_strata(survey: SurveyTables) -> Iterator[Finding]:
    """Strata that share a variance have plots, and are in one group each."""
    groups = survey.design.collapse
    if groups and survey.design.kind not in ("stratified", "systematic"):
        yield Finding(
            survey.where("design", "collapse"),
            "estimator-design",
            "strata share a variance in a stratified or systematic design, not in a {kind} one",
            {"kind": survey.design.kind},
        )
    sampled, seen = _sampled_strata(survey), set[str]()
    for number, group in enumerate(groups):
        for name in group.strata:
            place = survey.where("design", "collapse", number, "strata")
            if name not in sampled:
                near = suggestion(name, sampled)
                message = "no plot names stratum {found!r}"
                yield Finding(
                    place,
                    "stratum-unknown",
                    message + "; did you mean {near!r}?" if near else message,
                    {"found": name, "near": near},
                )
            elif name in seen:
                yield Finding(
                    place,
                    "stratum-duplicate",
                    "{found!r} stands already in the list",
                    {"found": name},
                )
            seen.add(name)


ESTIMATOR_CHECKS: tuple[Check, ...] = (
    estimator_fits_design,
    auxiliary_is_known,
    classes_are_known,
    cluster_total_is_possible,
    draws_are_known,
    collapsed_strata,
)
