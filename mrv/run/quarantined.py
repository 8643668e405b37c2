"""Rows in quarantine, and what leaving them out does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from mrv.inputs import Survey
from mrv.inputs.soil_tables import CORE, Soil, SoilAside
from mrv.run.amounts import Amount, soil_amounts, tree_amounts
from mrv.run.effects import Effect, Figures, compared, figures_of, recomputed
from mrv.run.prepare import Prepared

Kind = Literal["trees", "plots", "cores"]


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
    return tree_amounts(prepared, recomputed(prepared, surveys))


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
