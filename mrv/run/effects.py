"""What the headline would be without some rows: the same computation, run with them and without.

Only central values are computed, from tables that are read already. Nothing is decided here: the rows stay
until the project file puts them in quarantine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from mrv.accounting.engine import evaluate
from mrv.findings import waive
from mrv.inputs import Survey
from mrv.inputs.project import FITTED
from mrv.quality.suspects import Rows, Suspect
from mrv.run.account import givens_of
from mrv.run.prepare import CARBON_FRACTION, Prepared
from mrv.run.prepared_trees import prepared_trees
from mrv.run.survey_estimates import TOTAL, SurveyTables, changes_of, stocks_of, survey_tables

NET_REMOVALS = "net_removals"


@dataclass(frozen=True)
class Amount:
    """A figure that effects are told on.

    Attributes
    ----------
    quantity : str
        ``net_removals``, ``carbon_stock_change`` or ``carbon_density``.
    stratum_id : str or None
        None for the project.
    unit : str
    value : float
    """

    quantity: str
    stratum_id: str | None
    unit: str
    value: float


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
        for survey, trees in zip(prepared.inputs.surveys, prepared.trees, strict=True)
    ]
    surveys, trees = [survey for survey, _ in pairs], [own for _, own in pairs]
    if _rows_stand_alone(prepared) or not left_out:
        return _tables(prepared, surveys, trees)
    kept = [
        replace(survey, trees=survey.trees[survey.trees["source"].isin(own["source"])].reset_index(drop=True))
        for survey, own in pairs
    ]
    return _recomputed(prepared, kept)


def amounts(prepared: Prepared, surveys: Sequence[SurveyTables]) -> list[Amount]:
    """Figures that effects are told on: net removals, else the change of carbon, else the last stock.

    Parameters
    ----------
    prepared : Prepared
    surveys : sequence of SurveyTables

    Returns
    -------
    list of Amount
        The project first, where it has a figure of its own; then the strata. Empty where plots are lacking.
    """
    areas_ha = prepared.areas_ha
    if not surveys or any(survey.plots.empty for survey in surveys):
        return []
    pools = list(CARBON_FRACTION)
    changes = changes_of(surveys, areas_ha, pools)
    methodology = prepared.methodology
    if methodology is not None and methodology.accounting.needs_stocks:
        stocks = stocks_of(surveys, areas_ha, prepared.measured_pools, pools)
        if not all(set(areas_ha) <= set(survey.plots["stratum_id"]) for survey in surveys):
            return []
        givens = givens_of(prepared.inputs.project, methodology, areas_ha, "", stocks, changes)
        net = evaluate(methodology.modules, givens, [NET_REMOVALS])[NET_REMOVALS]
        return [Amount(NET_REMOVALS, None, net.unit, float(net.value))]
    if changes:
        found = [("carbon_stock_change", entry) for entry in changes]
    else:
        stocks = stocks_of(surveys[-1:], areas_ha, (), pools)
        found = [("carbon_density", entry) for entry in stocks]
    totals = [
        Amount(quantity, entry.stratum_id, entry.unit, entry.estimate.value)
        for quantity, entry in found
        if entry.pool == TOTAL
    ]
    return sorted(totals, key=lambda amount: (amount.stratum_id is not None, amount.stratum_id or ""))


def compared(before: Sequence[Amount], after: Sequence[Amount]) -> Effect | None:
    """Change of the project's figure, or, where there is none, of the stratum that changes most."""
    if not before:
        return None
    others = {amount.stratum_id: amount.value for amount in after}
    effects = [Effect(amount, others.get(amount.stratum_id, math.nan) - amount.value) for amount in before]
    if before[0].stratum_id is None:
        return effects[0]
    # What cannot be computed without the rows outweighs any change.
    return max(effects, key=lambda effect: math.inf if math.isnan(effect.change) else abs(effect.change))


def effect_without(prepared: Prepared, before: Sequence[Amount], left_out: LeftOut) -> Effect | None:
    """Effect of leaving rows out.

    Parameters
    ----------
    prepared : Prepared
    before : sequence of Amount
        Figures with all rows, from :func:`amounts`.
    left_out : mapping
        Places of the rows, by their table. Rows of soil cores change none of these figures.

    Returns
    -------
    Effect or None
        None where the project has no figure or no row concerns it.
    """
    concerned = left_out.get("trees", frozenset()) | left_out.get("plots", frozenset())
    if not concerned or not before:
        return None
    return compared(before, amounts(prepared, tables_without(prepared, left_out)))


@dataclass(frozen=True)
class Quarantined:
    """A row in quarantine, and what leaving it out does; None where that cannot be told."""

    where: str
    kind: Literal["trees", "plots"]
    name: str
    date: str
    reason: str
    effect: Effect | None


def _with(prepared: Prepared, number: int, plots: pd.DataFrame, trees: pd.DataFrame) -> list[Amount]:
    """Figures with rows of a survey brought back."""
    survey = prepared.inputs.surveys[number]
    whole = replace(
        survey,
        plots=pd.concat([survey.plots, plots[survey.plots.columns]], ignore_index=True),
        trees=pd.concat([survey.trees, trees[survey.trees.columns]], ignore_index=True),
    )
    if not whole.trees["plot_id"].isin(whole.plots["plot_id"]).all():
        return []
    surveys = [whole if position == number else one for position, one in enumerate(prepared.inputs.surveys)]
    return amounts(prepared, _recomputed(prepared, surveys))


def _effect_of_aside(
    prepared: Prepared, now: Sequence[Amount], number: int, plots: pd.DataFrame, trees: pd.DataFrame
) -> Effect | None:
    if not plots["readable"].all() or not trees["readable"].all():
        return None
    before = _with(prepared, number, plots, trees)
    return compared(before, now) if before else None


def quarantined(prepared: Prepared) -> list[Quarantined]:
    """Every plot and tree in quarantine, with the effect of leaving it out.

    A plot stands for its trees; those are not listed again.
    """
    if not prepared.trees or all(survey.aside is None for survey in prepared.inputs.surveys):
        return []
    now = amounts(prepared, tables_without(prepared, {}))
    found = []
    for number, survey in enumerate(prepared.inputs.surveys):
        if survey.aside is None:
            continue
        plots, trees = survey.aside.plots, survey.aside.trees
        for position in range(len(plots)):
            plot = plots.iloc[[position]]
            own = trees[trees["plot_id"].eq(plot["plot_id"].iloc[0])]
            effect = _effect_of_aside(prepared, now, number, plot, own)
            found.append(_record(plot, "plots", survey.date, str(plot["plot_id"].iloc[0]), effect))
        alone = trees[~trees["plot_id"].isin(plots["plot_id"])]
        for position in range(len(alone)):
            tree = alone.iloc[[position]]
            tag = tree["tree_id"].iloc[0]
            name = f"{tree['plot_id'].iloc[0]}" + ("" if pd.isna(tag) else f"/{tag}")
            effect = _effect_of_aside(prepared, now, number, plots.iloc[:0], tree)
            found.append(_record(tree, "trees", survey.date, name, effect))
    return found


def _record(
    row: pd.DataFrame, kind: Literal["trees", "plots"], date: str, name: str, effect: Effect | None
) -> Quarantined:
    return Quarantined(str(row["source"].iloc[0]), kind, name, date, str(row["reason"].iloc[0]), effect)


@dataclass(frozen=True)
class Effects:
    """Effects of suspects, each alone and all together."""

    each: tuple[Effect | None, ...]
    together: Effect | None


def effects_of(prepared: Prepared, suspects: Sequence[Suspect]) -> Effects:
    """Effect of leaving out the rows of each suspect, and of all."""
    before = amounts(prepared, tables_without(prepared, {})) if prepared.trees else []
    return Effects(
        tuple(effect_without(prepared, before, left_out_of([suspect])) for suspect in suspects),
        effect_without(prepared, before, left_out_of(suspects)),
    )
