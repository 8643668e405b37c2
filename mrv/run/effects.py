"""What the headline would be without some rows: the same computation, run with them and without.

Only central values are computed, from tables that are read already. Nothing is decided here: the rows stay
until the project file puts them in quarantine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mrv.findings import Phrase, waive
from mrv.inputs import Survey
from mrv.inputs.project import FITTED
from mrv.quality.suspects import Rows, Suspect
from mrv.run.amounts import Amount, soil_amounts, stated_amounts, tree_amounts, without_sections
from mrv.run.otherwise import (
    predicted_amounts,
    with_batches_corrected,
    with_second_entry,
    without_strata,
)
from mrv.run.prepare import Prepared
from mrv.run.prepared_trees import prepared_trees
from mrv.run.survey_estimates import SurveyTables, survey_tables

WITHOUT = Phrase("without them")
WITHOUT_STRATUM = Phrase("without the stratum")
CORRECTED = Phrase("with the carbon of the batch over its recovery")
SECOND_ENTRY = Phrase("with the second entry")
NOT_PAIRED = Phrase("with these plots out of the model")


@dataclass(frozen=True)
class Effect:
    """Change of a figure if something were otherwise, and the figure itself.

    Attributes
    ----------
    of : Amount
        As it is, with the rows.
    change : float
        With the change, less as it is; NaN if nothing could be computed with it.
    how : Phrase
        What is changed, in words.
    """

    of: Amount
    change: float
    how: Phrase = WITHOUT


Tables = tuple[SurveyTables, ...]

ROWS = frozenset(("trees", "plots", "cores"))
"""Kinds of suspects whose rows can be left out."""

LeftOut = Mapping[Rows, frozenset[str]]
"""Places of rows, by the table they stand in."""


def left_out_of(suspects: Iterable[Suspect]) -> LeftOut:
    """Rows of suspects together."""
    rows: dict[Rows, set[str]] = {}
    for suspect in (suspect for suspect in suspects if suspect.kind in ROWS):
        rows.setdefault(suspect.kind, set()).update(suspect.rows)
    return {kind: frozenset(places) for kind, places in rows.items()}


def _without(survey: Survey, trees: pd.DataFrame, left_out: LeftOut) -> tuple[Survey, pd.DataFrame]:
    """A survey and its trees without some rows; a plot goes with its trees."""
    plots = survey.plots[~survey.plots["source"].isin(left_out.get("plots", frozenset()))]
    kept = trees["plot_id"].isin(plots["plot_id"]) & ~trees["source"].isin(left_out.get("trees", frozenset()))
    return replace(survey, plots=plots.reset_index(drop=True)), trees[kept].reset_index(drop=True)


def _rows_stand_alone(prepared: Prepared) -> bool:
    """Whether the biomass of a stem rests on its own row alone: on no other stem, on no fitted height."""
    biomass = prepared.inputs.project.biomass
    used = {name for trees in prepared.trees for name in (*trees["agb_equation"], *trees["bgb_equation"])}
    stems = {prepared.equations[name].stems for name in used & prepared.equations.keys()}
    return stems <= {"per_stem"} and (biomass is None or biomass.agb.without_height != FITTED)


def _tables(prepared: Prepared, surveys: Sequence[Survey], trees: Sequence[pd.DataFrame]) -> Tables:
    return tuple(
        survey_tables(survey, own, prepared.carbon_fraction, prepared.areas_ha)
        for survey, own in zip(surveys, trees, strict=True)
    )


def recomputed(prepared: Prepared, surveys: Sequence[Survey]) -> Tables:
    """Tables of changed surveys; none where they give no biomass."""
    trees, findings = prepared_trees(replace(prepared.inputs, surveys=tuple(surveys)), prepared.equations)
    findings = waive(findings, prepared.inputs.project.stated_waivers)
    if any(finding.severity == "error" for finding in findings):
        return ()
    return _tables(prepared, surveys, trees)


def tables_without(prepared: Prepared, left_out: LeftOut) -> Tables:
    """Tables of the surveys without some rows; none where nothing could be computed."""
    pairs = [
        _without(survey, trees, left_out)
        for survey, trees in zip(prepared.tree_surveys, prepared.trees, strict=True)
    ]
    surveys, trees = [survey for survey, _ in pairs], [own for _, own in pairs]
    if _rows_stand_alone(prepared) or not left_out:
        return _tables(prepared, surveys, trees)
    kept = [
        replace(survey, trees=survey.trees[survey.trees["source"].isin(own["source"])].reset_index(drop=True))
        for survey, own in pairs
    ]
    return recomputed(prepared, kept)


def compared(before: Sequence[Amount], after: Sequence[Amount]) -> Effect | None:
    """Change of the project's figure, else of the stratum that changes most; of the depth that does."""
    if not before:
        return None
    others = {(amount.stratum_id, amount.depth): amount.value for amount in after}
    effects = [
        Effect(amount, others.get((amount.stratum_id, amount.depth), math.nan) - amount.value)
        for amount in before
    ]
    whole = [effect for effect in effects if effect.of.stratum_id is None]
    # What cannot be computed without the rows outweighs any change.
    return max(
        whole or effects, key=lambda effect: math.inf if math.isnan(effect.change) else abs(effect.change)
    )


@dataclass(frozen=True)
class Figures:
    """Figures with all rows: what the project is about, and its soil; empty where there is none."""

    headline: Sequence[Amount]
    soil: Sequence[Amount]


def _plots_without(prepared: Prepared, left_out: LeftOut) -> list[Survey]:
    """Surveys without some plots and sections of cores; a plot goes with its cores."""
    plots, sections = left_out.get("plots", frozenset()), left_out.get("cores", frozenset())
    kept = []
    for survey in prepared.inputs.surveys:
        gone = set(survey.plots.loc[survey.plots["source"].isin(plots), "plot_id"])
        rows = set(sections)
        if survey.soil is not None:
            own = survey.soil.sections
            rows |= set(own.loc[own["plot_id"].isin(gone), "source"])
        left = survey.plots[~survey.plots["plot_id"].isin(gone)].reset_index(drop=True)
        kept.append(without_sections(replace(survey, plots=left), frozenset(rows)))
    return kept


def headline_without(prepared: Prepared, left_out: LeftOut) -> list[Amount]:
    """Figures that the project is about, without some rows: of trees, else as stated, else of soil."""
    if prepared.trees:
        return tree_amounts(prepared, tables_without(prepared, left_out))
    gone = left_out.get("plots", frozenset())
    return stated_amounts(prepared, gone) or soil_amounts(prepared, _plots_without(prepared, left_out))


def figures_of(prepared: Prepared) -> Figures:
    """Figures with all rows."""
    soil = any(survey.soil is not None for survey in prepared.inputs.surveys)
    return Figures(
        headline_without(prepared, {}), soil_amounts(prepared, prepared.inputs.surveys) if soil else []
    )


def effect_without(prepared: Prepared, figures: Figures, left_out: LeftOut) -> Effect | None:
    """Effect of leaving rows out: of trees and plots on the headline, of cores alone on the soil.

    Parameters
    ----------
    prepared : Prepared
    figures : Figures
        With all rows, from :func:`figures_of`.
    left_out : mapping
        Places of the rows, by their table.

    Returns
    -------
    Effect or None
        None where the project has no figure or no row concerns it.
    """
    if left_out.get("trees") or left_out.get("plots"):
        return compared(figures.headline, headline_without(prepared, left_out)) if figures.headline else None
    return soil_effect_without(prepared, figures, left_out)


def soil_effect_without(prepared: Prepared, figures: Figures, left_out: LeftOut) -> Effect | None:
    """Effect of leaving sections of cores out on the stock of soil."""
    if not left_out.get("cores") or not figures.soil:
        return None
    only: LeftOut = {"cores": left_out["cores"]}
    return compared(figures.soil, soil_amounts(prepared, _plots_without(prepared, only)))


@dataclass(frozen=True)
class Effects:
    """Effects of suspects, each alone; and of all rows they name, on the headline and on the soil."""

    each: tuple[Effect | None, ...]
    together: Effect | None
    soil_together: Effect | None = None


def effect_of_suspect(prepared: Prepared, figures: Figures, suspect: Suspect) -> Effect | None:
    """Effect of a suspect: without its rows or stratum, corrected, typed again, not paired.

    Returns
    -------
    Effect or None
        None where the project has no figure that it enters.
    """
    names = frozenset(suspect.rows)
    if suspect.kind in ROWS:
        return effect_without(prepared, figures, left_out_of([suspect]))
    if suspect.kind in ("strata", "soil_strata"):
        others = without_strata(prepared, names)
        return _effect_with(figures, others, WITHOUT_STRATUM, soil=suspect.kind == "soil_strata")
    if suspect.kind == "batches":
        return _effect_with(figures, with_batches_corrected(prepared, names), CORRECTED, soil=True)
    if suspect.kind == "entries":
        taken = with_second_entry(prepared, suspect.rows[0])
        found = _effect_with(figures, taken, SECOND_ENTRY)
        in_soil = _effect_with(figures, taken, SECOND_ENTRY, soil=True)
        return in_soil if found is None or (found.change == 0 and in_soil is not None) else found
    if suspect.kind == "pairs":
        before = predicted_amounts(prepared, frozenset())
        found = compared(before, predicted_amounts(prepared, names)) if before else None
        return replace(found, how=NOT_PAIRED) if found is not None else None
    return None


def _effect_with(
    figures: Figures, changed: Prepared | None, how: Phrase, *, soil: bool = False
) -> Effect | None:
    """Effect of computing with something else; None where the project has no such figure."""
    before = figures.soil if soil else figures.headline
    if not before:
        return None
    if changed is None:
        return Effect(before[0], math.nan, how)
    after = figures_of(changed)
    found = compared(before, after.soil if soil else after.headline)
    return replace(found, how=how) if found is not None else None


def effects_of(prepared: Prepared, suspects: Sequence[Suspect]) -> Effects:
    """Effect of each suspect, and of leaving out all rows that suspects name."""
    figures = figures_of(prepared)
    everything = left_out_of(suspects)
    on_headline: LeftOut = {kind: rows for kind, rows in everything.items() if kind != "cores"}
    return Effects(
        tuple(effect_of_suspect(prepared, figures, suspect) for suspect in suspects),
        effect_without(prepared, figures, on_headline),
        soil_effect_without(prepared, figures, everything),
    )
