"""What may be wrong between the tables of a survey.

A check is a function from the tables of one survey to findings; :data:`CHECKS` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mrv.findings import Finding
from mrv.inputs.estimator_keys import EstimatorKeys
from mrv.inputs.sampling import Design, Subplot, TreelessPlots
from mrv.inputs.tables import Table, Where
from mrv.inputs.values import distinct_findings
from mrv.reference import accepted_name, species
from mrv.yaml_file import suggestion

BREAST_HEIGHT_M = 1.3
BREAST_HEIGHT_TOLERANCE_M = 0.05
MILLIMETRE_MEDIAN_CM = 60.0
"""Median diameter above which a table is taken to be in millimetres."""


@dataclass(frozen=True)
class SurveyTables:
    """Tables of one survey, and what the project file says of it.

    Attributes
    ----------
    where : callable
        Place of a key of the survey in the project file.
    plots, trees : Table
    clusters : Table or None
    strata : tuple of str or None
        Ids of the declared strata; None if none are declared.
    own_species : frozenset of str
        Species that the project file describes itself.
    estimator : EstimatorKeys or None
    areas_ha : mapping
        Area of each stratum, where known. [ha]
    """

    where: Where
    design: Design
    subplots: tuple[Subplot, ...]
    treeless_plots: TreelessPlots | None
    plots: Table
    trees: Table
    clusters: Table | None
    strata: tuple[str, ...] | None
    own_species: frozenset[str]
    estimator: EstimatorKeys | None = None
    areas_ha: Mapping[str, float] = field(default_factory=dict)


Check = Callable[[SurveyTables], Iterator[Finding]]


def _positions(chosen: pd.Series[bool]) -> list[int]:
    return [int(position) for position in np.flatnonzero(chosen.to_numpy(dtype=bool))]


def _duplicates(table: Table, keys: list[str], last: str) -> Iterator[tuple[int, str]]:
    """Positions of rows whose key stood before, with the place where it did."""
    rows = table.frame[table.frame[[keys[0], last]].notna().all(axis=1)]
    first: dict[tuple[str, ...], int] = {}
    for position, key in zip(
        rows.index, rows[keys].fillna("").itertuples(index=False, name=None), strict=True
    ):
        if key in first:
            yield int(position), table.where(first[key], last)
        first.setdefault(key, int(position))


def _each_text(table: Table, column: str, wrong: pd.Series[bool], rule: str, message: str) -> list[Finding]:
    """One finding for each distinct wrong text; the message has ``{found}`` and ``{rows}``."""
    return distinct_findings(
        table.frame[column],
        wrong,
        lambda position: table.where(position, column),
        lambda where, word, rows: Finding(where, rule, message, {"found": word, "rows": rows}),
    )


def _each_text_near(table: Table, column: str, known: list[str], rule: str, message: str) -> list[Finding]:
    """Texts that are not known, each with the nearest known one."""
    text = table.frame[column]
    wrong = text.notna() & ~text.isin(known)

    def finding(where: str, word: str, rows: str) -> Finding:
        near = suggestion(word, known)
        return Finding(
            where,
            rule,
            message + "; did you mean {near!r}?" if near else message,
            {"found": word, "rows": rows, "near": near},
        )

    return distinct_findings(text, wrong, lambda position: table.where(position, column), finding)


def tree_duplicate(survey: SurveyTables) -> Iterator[Finding]:
    """No stem stands twice: same plot, subplot where the table states it, tree and stem."""
    table = survey.trees
    for position, place in _duplicates(table, ["plot_id", "subplot_id", "tree_id", "stem_id"], "tree_id"):
        row = table.frame.iloc[position]
        yield Finding(
            table.where(position, "tree_id"),
            "tree-duplicate",
            "tree {tree!r} of plot {plot!r} stands already at {first}",
            {"tree": row["tree_id"], "plot": row["plot_id"], "first": place},
        )


def species_unknown(survey: SurveyTables) -> Iterator[Finding]:
    """Every species is one we know by some name, one that the project file describes, or ``unknown``."""
    text = survey.trees.frame["species"]
    unknown = [
        word
        for word in text.dropna().unique()
        if accepted_name(word) is None and word not in survey.own_species
    ]
    by_name = {name: entry for entry in species().values() for name in (entry.species, *entry.synonyms)}

    def finding(where: str, word: str, rows: str) -> Finding:
        near = suggestion(word, by_name)
        entry = by_name[near] if near else None
        return Finding(
            where,
            "species-unknown",
            "{found!r} is not on the list{rows}; did you mean {near} {name_zh}?"
            if entry
            else "{found!r} is not on the list{rows}; write its accepted name, or 'unknown', or state its "
            "wood density in biomass.wood_density",
            {
                "found": word,
                "rows": rows,
                "near": entry.species if entry else "",
                "name_zh": entry.name_zh if entry else "",
            },
        )

    yield from distinct_findings(
        text, text.isin(unknown), lambda position: survey.trees.where(position, "species"), finding
    )


def plot_duplicate(survey: SurveyTables) -> Iterator[Finding]:
    """A plot stands once."""
    for position, place in _duplicates(survey.plots, ["plot_id"], "plot_id"):
        yield Finding(
            survey.plots.where(position, "plot_id"),
            "plot-duplicate",
            "plot {plot!r} stands already at {first}",
            {"plot": survey.plots.frame["plot_id"].iloc[position], "first": place},
        )


def cluster_duplicate(survey: SurveyTables) -> Iterator[Finding]:
    """A cluster stands once."""
    if survey.clusters is None:
        return
    for position, place in _duplicates(survey.clusters, ["cluster_id"], "cluster_id"):
        yield Finding(
            survey.clusters.where(position, "cluster_id"),
            "cluster-duplicate",
            "cluster {cluster!r} stands already at {first}",
            {"cluster": survey.clusters.frame["cluster_id"].iloc[position], "first": place},
        )


def plots_missing(survey: SurveyTables) -> Iterator[Finding]:
    """A survey has plots."""
    if survey.plots.whole and survey.plots.frame.empty:
        yield Finding(survey.where("plots"), "table-empty", "no plots are left to read")


def trees_missing(survey: SurveyTables) -> Iterator[Finding]:
    """A survey with tables of trees has trees, or says which plots have none."""
    if survey.trees.origins and survey.trees.frame.empty and survey.treeless_plots is None:
        yield Finding(
            survey.where("trees"),
            "table-empty",
            "no trees are left to read; list the plots in treeless_plots if they were visited and have none",
        )


def plot_without_trees(survey: SurveyTables) -> Iterator[Finding]:
    """A plot without trees is declared to be so."""
    declared = survey.treeless_plots
    if declared is not None and declared.plots == "all":
        return
    if declared is None and survey.trees.frame.empty:
        return  # that has a finding of its own, or no trees were measured
    tables = ", ".join(dict.fromkeys(origin.raw.file for origin in survey.trees.origins))
    treeless = set(declared.plots) if declared is not None else set()
    plots = survey.plots.frame["plot_id"]
    bare = plots.notna() & ~plots.isin([*survey.trees.frame["plot_id"].dropna().unique(), *treeless])
    for position in _positions(bare):
        yield Finding(
            survey.plots.where(position, "plot_id"),
            "plot-without-trees",
            "plot {plot!r} has no trees in {tables}; list it in treeless_plots if it was visited "
            "and has none",
            {"plot": plots.iloc[position], "tables": tables},
        )


def tree_without_plot(survey: SurveyTables) -> Iterator[Finding]:
    """Every tree stands in a plot of the table of plots."""
    yield from _each_text_near(
        survey.trees,
        "plot_id",
        survey.plots.frame["plot_id"].dropna().to_list(),
        "tree-without-plot",
        "plot {found!r} is not in the table of plots{rows}",
    )


def treeless_plots_fit(survey: SurveyTables) -> Iterator[Finding]:
    """Plots declared treeless exist and have no trees."""
    if survey.treeless_plots is None or survey.treeless_plots.plots == "all":
        return
    plots = survey.plots.frame["plot_id"].dropna().to_list()
    with_trees = set(survey.trees.frame["plot_id"].dropna())
    for number, plot in enumerate(survey.treeless_plots.plots):
        place = survey.where("treeless_plots", "plots", number)
        if plot not in plots:
            near = suggestion(plot, plots)
            yield Finding(
                place,
                "treeless-plot-unknown",
                "plot {plot!r} is not in the table of plots; did you mean {near!r}?"
                if near
                else "plot {plot!r} is not in the table of plots",
                {"plot": plot, "near": near},
            )
        elif plot in with_trees:
            yield Finding(
                place, "treeless-plot-with-trees", "plot {plot!r} has trees in the tables", {"plot": plot}
            )


def subplot_unknown(survey: SurveyTables) -> Iterator[Finding]:
    """A subplot that a tree names is declared."""
    yield from _each_text_near(
        survey.trees,
        "subplot_id",
        [subplot.id for subplot in survey.subplots],
        "subplot-unknown",
        "{found!r} is not a subplot of this survey{rows}",
    )


def tree_outside_size_rule(survey: SurveyTables) -> Iterator[Finding]:
    """A tree is of the size that is measured in its subplot."""
    if not survey.subplots:
        return
    dbh, stated = survey.trees.frame["dbh_cm"], survey.trees.frame["subplot_id"]
    smallest = min(subplot.dbh_min_cm for subplot in survey.subplots)
    for position in _positions(dbh.lt(smallest) & stated.isna()):
        yield Finding(
            survey.trees.where(position, "dbh_cm"),
            "tree-outside-size-rule",
            "{found:g} cm is below {smallest:g} cm, from which on trees are measured",
            {"found": dbh.iloc[position], "smallest": smallest},
        )
    for subplot in survey.subplots:
        outside = dbh.lt(subplot.dbh_min_cm) | dbh.ge(subplot.dbh_limit_cm)
        for position in _positions(outside & stated.eq(subplot.id)):
            yield Finding(
                survey.trees.where(position, "dbh_cm"),
                "tree-outside-size-rule",
                "{found:g} cm is outside {low:g}–{high:g} cm of subplot {subplot!r} (upper end excluded)",
                {
                    "found": dbh.iloc[position],
                    "low": subplot.dbh_min_cm,
                    "high": subplot.dbh_limit_cm,
                    "subplot": subplot.id,
                },
                waivable=True,
            )


def plot_area_known(survey: SurveyTables) -> Iterator[Finding]:
    """The area of a plot follows from its subplots or from the table, not from both."""
    area = survey.plots.frame["plot_area_m2"]
    if survey.subplots and area.notna().any():
        yield Finding(
            survey.plots.where(_positions(area.notna())[0], "plot_area_m2"),
            "plot-area-conflict",
            "plot_area_m2 and subplots are both given; one of them was expected",
        )
    if not survey.subplots and survey.trees.origins:
        for position in _positions(area.isna()):
            yield Finding(
                survey.plots.where(position, "plot_area_m2"),
                "plot-area-missing",
                "plot {plot!r} has no plot_area_m2 and the survey no subplots; one of them is required",
                {"plot": survey.plots.frame["plot_id"].iloc[position]},
            )


def diameter_unit(survey: SurveyTables) -> Iterator[Finding]:
    """Diameters of a table look like centimetres."""
    frame = survey.trees.frame
    for number, origin in enumerate(survey.trees.origins):
        median = float(frame.loc[frame["origin"].eq(number), "dbh_cm"].median())
        if median > MILLIMETRE_MEDIAN_CM:
            column = "dbh_cm" if "dbh_cm" in origin.theirs else "girth_cm"
            yield Finding(
                f"{origin.raw.header_place()}:{origin.column_name(column)}",
                "diameter-unit",
                "the median diameter is {median:g} cm, above {limit:g}; this looks like millimetres: "
                "declare units: {{{column}: mm}}",
                {"median": median, "limit": MILLIMETRE_MEDIAN_CM, "column": column},
                waivable=True,
            )


def decay_class_on_live_tree(survey: SurveyTables) -> Iterator[Finding]:
    """Only dead trees have a decay class."""
    frame = survey.trees.frame
    for position in _positions(frame["status"].eq("live") & frame["decay_class"].notna()):
        yield Finding(
            survey.trees.where(position, "decay_class"),
            "decay-class-live",
            "a live tree has decay class {found!r}; only dead trees may have one",
            {"found": frame["decay_class"].iloc[position]},
        )


def pom_mismatch(survey: SurveyTables) -> Iterator[Finding]:
    """Breast height is 1.3 m."""
    frame = survey.trees.frame
    away = (frame["pom_m"] - BREAST_HEIGHT_M).abs() > BREAST_HEIGHT_TOLERANCE_M
    for position in _positions(frame["pom"].eq("breast_height") & away):
        yield Finding(
            survey.trees.where(position, "pom_m"),
            "pom-mismatch",
            "{found:g} m is not breast height, {height:g} ± {tolerance:g} m",
            {
                "found": frame["pom_m"].iloc[position],
                "height": BREAST_HEIGHT_M,
                "tolerance": BREAST_HEIGHT_TOLERANCE_M,
            },
        )


def stratum_unknown(survey: SurveyTables) -> Iterator[Finding]:
    """A stratum that a plot names is declared."""
    if survey.strata is not None:
        yield from _each_text_near(
            survey.plots,
            "stratum_id",
            list(survey.strata),
            "stratum-unknown",
            "{found!r} is not a stratum of this project{rows}",
        )


CHECKS: tuple[Check, ...] = (
    plots_missing,
    plot_duplicate,
    cluster_duplicate,
    tree_duplicate,
    tree_without_plot,
    trees_missing,
    plot_without_trees,
    treeless_plots_fit,
    species_unknown,
    diameter_unit,
    subplot_unknown,
    tree_outside_size_rule,
    plot_area_known,
    decay_class_on_live_tree,
    pom_mismatch,
    stratum_unknown,
)
"""Checks of the tables; those of the sampling design stand in :mod:`mrv.inputs.design_checks`."""
