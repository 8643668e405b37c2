"""Plots to be measured again, drawn so that nobody can choose them, and what the second look says.

The order of the plots is that of the SHA-256 of the package's hash and the plot's name. Whoever sealed the
package could not know it before, whoever verifies it cannot change it, and anybody can work it out by hand::

    printf '%s|%s' PACKAGE_HASH PLOT_ID | sha256sum
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from mrv.errors import InputError, UsageError
from mrv.findings import Finding, raise_errors, waive
from mrv.inputs import Survey
from mrv.inputs.columns import TREE_COLUMNS
from mrv.inputs.survey_frames import tree_frame, with_diameter
from mrv.inputs.tables import combine, read_table
from mrv.run.prepare import Prepared
from mrv.run.prepared_trees import prepared_trees
from mrv.run.survey_estimates import TOTAL, survey_tables

MATERIALITY = 0.05
"""Share of the reported carbon from which a difference is material (ISO 14064-3: agreed with the client)."""

FEWEST_PLOTS = 3
"""Plots below which their scatter says nothing."""

Outcome = Literal["not material", "material", "undecided"]


@dataclass(frozen=True)
class DrawnPlot:
    """A plot to be measured again, in the order of the draw."""

    order: int
    plot_id: str
    stratum_id: str
    x_m: str
    y_m: str
    digest: str


def draw_plots(plots: pd.DataFrame, package_sha256: str, count: int) -> list[DrawnPlot]:
    """Plots of the last survey in the order of their digests, the first of them.

    Parameters
    ----------
    plots : DataFrame
        ``tables/plots.csv`` as text: ``date``, ``plot_id``, ``stratum_id``, ``x_m``, ``y_m``.
    package_sha256 : str
    count : int
        How many; all if there are fewer.
    """
    last = plots[plots["date"] == plots["date"].max()]
    keyed = sorted(
        (hashlib.sha256(f"{package_sha256}|{row.plot_id}".encode()).hexdigest(), row)
        for row in last[["plot_id", "stratum_id", "x_m", "y_m"]].itertuples(index=False)
    )
    return [
        DrawnPlot(order, row.plot_id, row.stratum_id, row.x_m, row.y_m, digest)
        for order, (digest, row) in enumerate(keyed[:count], start=1)
    ]


@dataclass(frozen=True)
class PlotCompared:
    """Carbon of a plot as reported and as measured again. [t_c/ha]"""

    plot_id: str
    reported_t_c_ha: float
    remeasured_t_c_ha: float


@dataclass(frozen=True)
class Remeasured:
    """What the second measurement says of the reported carbon.

    Attributes
    ----------
    plots : tuple of PlotCompared
    difference : float
        Measured again less reported, over reported, of all plots together. [1]
    low, high : float
        Ends of its interval; NaN with fewer than :data:`FEWEST_PLOTS` plots. [1]
    level : float
        Confidence level of the interval.
    materiality : float
        Threshold. [1]
    outcome : {"not material", "material", "undecided"}
    plots_needed : int or None
        Plots that would decide at this scatter, where it is undecided.
    """

    plots: tuple[PlotCompared, ...]
    difference: float
    low: float
    high: float
    level: float
    materiality: float
    outcome: Outcome
    plots_needed: int | None


def judged(plots: tuple[PlotCompared, ...], level: float, materiality: float = MATERIALITY) -> Remeasured:
    """Judge reported carbon by plots measured again, with the ratio estimator and its standard error.

    The reported carbon is *not materially misstated* if the whole interval of the relative difference lies
    within the threshold, *materially misstated* if it lies beyond, else undecided.

    Parameters
    ----------
    plots : tuple of PlotCompared
    level : float
        Confidence level.
    materiality : float
        Threshold. [1]

    References
    ----------
    Cochran (1977): Sampling Techniques, equation 6.13 (ratio of two means); ISO 14064-3:2019, 6.1.
    """
    reported = np.array([plot.reported_t_c_ha for plot in plots])
    again = np.array([plot.remeasured_t_c_ha for plot in plots])
    count = len(plots)
    difference = float(again.sum() / reported.sum() - 1.0)
    if count < FEWEST_PLOTS:
        return Remeasured(
            plots, difference, math.nan, math.nan, level, materiality, "undecided", FEWEST_PLOTS
        )
    residuals = again - (1.0 + difference) * reported
    spread = float(np.sqrt((residuals**2).sum() / (count - 1))) / float(reported.mean())
    quantile = float(student.ppf((1.0 + level) / 2.0, count - 1))
    half = quantile * spread / math.sqrt(count)
    low, high = difference - half, difference + half
    if -materiality <= low and high <= materiality:
        return Remeasured(plots, difference, low, high, level, materiality, "not material", None)
    if low > materiality or high < -materiality:
        return Remeasured(plots, difference, low, high, level, materiality, "material", None)
    room = abs(materiality - abs(difference))
    needed = math.ceil((quantile * spread / room) ** 2) if room > 0 else None
    return Remeasured(plots, difference, low, high, level, materiality, "undecided", needed)


def _read_again(prepared: Prepared, survey: Survey, file: Path) -> pd.DataFrame:
    """Trees of a table that is laid out like that of the survey itself."""
    position = [own.date for own in prepared.inputs.project.surveys].index(survey.date)
    declaration = prepared.inputs.project.surveys[position]
    source = declaration.trees[0].model_copy(update={"file": file.name})
    where = prepared.inputs.positions.where
    table = with_diameter(
        read_table(file, source, TREE_COLUMNS, lambda *key: where("surveys", position, "trees", 0, *key))
    )
    raise_errors(table.findings)
    return tree_frame(combine([table], TREE_COLUMNS), declaration.subplots)


@dataclass(frozen=True)
class Visit:
    """A second look at plots in the field.

    Attributes
    ----------
    file : Path
        Trees measured again: every tree of every plot that was visited, in a table like that of the last
        survey.
    drawn : tuple of str
        Plots that had to be visited, as drawn.
    bare : frozenset of str
        Those among them on which no tree stands.
    """

    file: Path
    drawn: tuple[str, ...]
    bare: frozenset[str] = frozenset()


def _visit_findings(visit: Visit, measured: frozenset[str]) -> Iterator[Finding]:
    """Plots that nobody drew, and drawn ones of which nothing is said: nobody may choose."""
    drawn, name = frozenset(visit.drawn), visit.file.name
    for plot in sorted((measured | visit.bare) - drawn):
        message = "{plot}: is not among the {count} plots that were drawn"
        yield Finding(name, "remeasured-plot-not-drawn", message, {"plot": plot, "count": len(drawn)})
    for plot in sorted(drawn - measured - visit.bare):
        message = "{plot}: was drawn, and has no tree here; if none stands on it, say so with --bare"
        yield Finding(name, "remeasured-plot-missing", message, {"plot": plot})
    for plot in sorted(measured & visit.bare):
        yield Finding(
            name, "remeasured-plot-bare", "{plot}: is called bare, and has trees here", {"plot": plot}
        )


def remeasured_plots(prepared: Prepared, visit: Visit) -> tuple[PlotCompared, ...]:
    """Carbon of the plots that were visited again, beside what was reported of them.

    Equations, heights, wood densities, carbon fractions and waivers are those of the project. A plot on which
    no tree stands any more counts with no carbon.

    Parameters
    ----------
    prepared : Prepared
        The project as packaged.
    visit : Visit

    Raises
    ------
    UsageError
        If the project has no survey of trees.
    InputError
        If the table is not what it should be, or its plots are not those that were drawn.
    """
    if not prepared.tree_surveys:
        raise UsageError("{file}: the package has no survey of trees to compare with", file=visit.file)
    survey = prepared.tree_surveys[-1]
    again = _read_again(prepared, survey, visit.file)
    raise_errors(_visit_findings(visit, frozenset(again["plot_id"])))
    kept = survey.trees[~survey.trees["plot_id"].isin(visit.drawn)]
    trees = pd.concat([kept, again[survey.trees.columns]], ignore_index=True)
    changed = replace(survey, trees=trees)
    surveys = tuple(changed if own is survey else own for own in prepared.inputs.surveys)
    before = _carbon_of_plots(prepared, survey, prepared.trees[-1])
    estimated, findings = prepared_trees(replace(prepared.inputs, surveys=surveys), prepared.equations)
    raise_errors(waive(findings, prepared.inputs.project.stated_waivers))
    after = _carbon_of_plots(prepared, changed, estimated[-1])
    return tuple(PlotCompared(plot, before[plot], after[plot]) for plot in visit.drawn)


def _carbon_of_plots(prepared: Prepared, survey: Survey, trees: pd.DataFrame) -> Mapping[str, float]:
    tables = survey_tables(survey, trees, prepared.carbon_fraction, prepared.areas_ha)
    carbon = tables.plots[f"{TOTAL}_t_c_ha"]
    return dict(zip(tables.plots["plot_id"].astype(str), carbon.astype(float), strict=True))


def remeasured(
    prepared: Prepared, visit: Visit, level: float, materiality: float = MATERIALITY
) -> Remeasured:
    """Judge a package by trees measured again; errors as :func:`remeasured_plots`.

    Raises
    ------
    InputError
        If no carbon is reported of the plots, so that no difference is a share of it.
    """
    plots = remeasured_plots(prepared, visit)
    if not any(plot.reported_t_c_ha > 0 for plot in plots):
        message = "no carbon is reported of the plots that were drawn; draw more"
        raise InputError([Finding(visit.file.name, "remeasured-nothing-reported", message)])
    return judged(plots, level, materiality)
