"""What the headline would be without some rows: the same computation, run with them and without.

Only central values are computed, from tables that are read already. Nothing is decided here: the rows stay
until the project file puts them in quarantine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from mrv.findings import waive
from mrv.inputs import Survey
from mrv.inputs.project import FITTED
from mrv.inputs.soil_tables import CORE, Soil, SoilAside
from mrv.quality.suspects import Rows, Suspect
from mrv.run.amounts import Amount, soil_amounts, stated_amounts, tree_amounts, without_sections
from mrv.run.prepare import Prepared
from mrv.run.prepared_trees import prepared_trees
from mrv.run.survey_estimates import SurveyTables, survey_tables


@dataclass(frozen=True)
class Effect:
    """Change of a figure if rows were left out, and the figure itself.

    Attributes
    ----------
    of : Amount
        As it is, with the rows.
    change : float
        Without the rows, less with them; NaN if nothing could be computed without them.
    """

    of: Amount
    change: float


Tables = tuple[SurveyTables, ...]

Kind = Literal["trees", "plots", "cores"]

LeftOut = Mapping[Rows, frozenset[str]]
"""Places of rows, by the table they stand in."""


def left_out_of(suspects: Iterable[Suspect]) -> LeftOut:
    """Rows of suspects together."""
    rows: dict[Rows, set[str]] = {}
    for suspect in suspects:
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


def _recomputed(prepared: Prepared, surveys: Sequence[Survey]) -> Tables:
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
    return _recomputed(prepared, kept)


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
class Quarantined:
    """A row in quarantine, and what leaving it out does; None where that cannot be told."""

    where: str
    kind: Kind
    name: str
    date: str
    reason: str
    effect: Effect | None


def _plot_of(trees: pd.DataFrame) -> str:
    tag = trees["tree_id"].iloc[0]
    return f"{trees['plot_id'].iloc[0]}" + ("" if pd.isna(tag) else f"/{tag}")


def _brought_back(
    prepared: Prepared, survey: Survey, plots: pd.DataFrame, trees: pd.DataFrame
) -> list[Amount]:
    """Figures of trees with rows of a survey brought back."""
    whole = replace(
        survey,
        plots=pd.concat([survey.plots, plots[survey.plots.columns]], ignore_index=True),
        trees=pd.concat([survey.trees, trees[survey.trees.columns]], ignore_index=True),
    )
    if not whole.trees["plot_id"].isin(whole.plots["plot_id"]).all():
        return []
    surveys = [whole if one is survey else one for one in prepared.tree_surveys]
    return tree_amounts(prepared, _recomputed(prepared, surveys))


def _effect_of_aside(
    prepared: Prepared, now: Figures, survey: Survey, plots: pd.DataFrame, trees: pd.DataFrame
) -> Effect | None:
    if not survey.has_trees or not plots["readable"].all() or not trees["readable"].all():
        return None
    before = _brought_back(prepared, survey, plots, trees)
    return compared(before, now.headline) if before else None


def _effect_of_sections(
    prepared: Prepared, now: Figures, survey: Survey, soil: Soil, held: pd.DataFrame, cores: pd.DataFrame
) -> Effect | None:
    """Effect of sections of one core in quarantine."""
    if not held["readable"].all():
        return None
    sections = pd.concat([soil.sections, held[soil.sections.columns]], ignore_index=True)
    sections = sections.sort_values([*CORE, "top_cm"], kind="stable", ignore_index=True)
    every = pd.concat([soil.cores, cores], ignore_index=True).drop_duplicates(CORE)
    every = every.sort_values(CORE, kind="stable", ignore_index=True)
    whole = replace(survey, soil=replace(soil, sections=sections, cores=every))
    surveys = [whole if one is survey else one for one in prepared.inputs.surveys]
    before = soil_amounts(prepared, surveys)
    return compared(before, now.soil) if before else None


def _aside_of(prepared: Prepared, now: Figures, survey: Survey) -> Iterator[Quarantined]:
    """Rows of a survey in quarantine; a plot stands for its trees, which are not listed again."""
    aside = survey.aside
    if aside is not None:
        plots, trees = aside.plots, aside.trees
        for position in range(len(plots)):
            plot = plots.iloc[[position]]
            own = trees[trees["plot_id"].eq(plot["plot_id"].iloc[0])]
            effect = _effect_of_aside(prepared, now, survey, plot, own)
            yield _record(plot, "plots", survey.date, str(plot["plot_id"].iloc[0]), effect)
        alone = trees[~trees["plot_id"].isin(plots["plot_id"])]
        for position in range(len(alone)):
            tree = alone.iloc[[position]]
            effect = _effect_of_aside(prepared, now, survey, plots.iloc[:0], tree)
            yield _record(tree, "trees", survey.date, _plot_of(tree), effect)
    if survey.soil is not None and survey.soil.aside is not None:
        yield from _soil_aside(prepared, now, survey, survey.soil, survey.soil.aside)


def _soil_aside(
    prepared: Prepared, now: Figures, survey: Survey, soil: Soil, aside: SoilAside
) -> Iterator[Quarantined]:
    """Sections in quarantine, those of one core and reason together."""
    for (plot_id, core_id, _), held in aside.sections.groupby([*CORE, "reason"], sort=True):
        plot, core = str(plot_id), str(core_id)
        own = aside.cores[aside.cores["plot_id"].eq(plot) & aside.cores["core_id"].eq(core)]
        depths = ", ".join(
            f"{top:g}–{bottom:g} cm" for top, bottom in zip(held["top_cm"], held["bottom_cm"], strict=True)
        )
        left = soil.sections["plot_id"].eq(plot) & soil.sections["core_id"].eq(core)
        name = f"{plot}/{core}" + (f", {depths}" if left.any() else "")
        effect = _effect_of_sections(prepared, now, survey, soil, held, own)
        yield _record(held, "cores", survey.date, name, effect)


def quarantined(prepared: Prepared) -> list[Quarantined]:
    """Every plot, tree and section of a core in quarantine, with the effect of leaving it out."""
    held = [
        survey
        for survey in prepared.inputs.surveys
        if survey.aside is not None or (survey.soil is not None and survey.soil.aside is not None)
    ]
    if not held:
        return []
    now = figures_of(prepared)
    return [entry for survey in held for entry in _aside_of(prepared, now, survey)]


def _record(row: pd.DataFrame, kind: Kind, date: str, name: str, effect: Effect | None) -> Quarantined:
    return Quarantined(str(row["source"].iloc[0]), kind, name, date, str(row["reason"].iloc[0]), effect)


@dataclass(frozen=True)
class Effects:
    """Effects of suspects, each alone; and all together, on the headline and on the soil."""

    each: tuple[Effect | None, ...]
    together: Effect | None
    soil_together: Effect | None = None


def effects_of(prepared: Prepared, suspects: Sequence[Suspect]) -> Effects:
    """Effect of leaving out the rows of each suspect, and of all."""
    figures = figures_of(prepared)
    everything = left_out_of(suspects)
    on_headline: LeftOut = {kind: rows for kind, rows in everything.items() if kind != "cores"}
    return Effects(
        tuple(effect_without(prepared, figures, left_out_of([suspect])) for suspect in suspects),
        effect_without(prepared, figures, on_headline),
        soil_effect_without(prepared, figures, everything),
    )
