"""The error budget of a run: draws of every figure, and whose share of the variance is how large."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mrv.accounting.given import Given
from mrv.accounting.vintages import period_years
from mrv.inputs.uncertainty import COMPONENTS, Component, Uncertainty
from mrv.progress import SILENT, Progress
from mrv.run.drawn_figures import Array, Total, area_draws, densities, over_strata, total_of
from mrv.run.error_model import ErrorModel, error_model
from mrv.run.methodology_draws import (
    Held,
    baseline_numbers,
    drawn_givens,
    net_removals_draws,
    stated_numbers,
)
from mrv.run.prepare import Prepared
from mrv.run.survey_estimates import TOTAL, SurveyTables
from mrv.run.tree_noise_share import tree_noise_shares
from mrv.stock.stocks import StockEstimate
from mrv.streams import BLOCK
from mrv.uncertainty.monte_carlo import (
    Convergence,
    Limits,
    convergence,
    symmetric_interval,
)
from mrv.uncertainty.sensitivity import share_by_freezing
from mrv.uncertainty.simulation import NORMAL, STUDENT, Drawn, joined, simulate
from mrv.units import CO2_PER_C

if TYPE_CHECKING:
    from mrv.run.accounted_soil import AccountedSoil

State = Literal["drawn", "drawn in part", "not known", "left out"]
Basis = Literal["stock", "sink", "net_removals"]
BASES: tuple[Basis, ...] = ("stock", "sink", "net_removals")

ACCOUNTED_ALONE: tuple[Component, ...] = ("baseline", "stated_amounts", "soil")
"""Components of net removals that are in no stock and no sink of trees."""


@dataclass(frozen=True)
class Share:
    """A component of the budget.

    Attributes
    ----------
    component : str
    state : str
    of_variance : mapping
        By basis; empty where the component is not at work.
    because : str
        Why it is not at work, or for which parts of it no error is known; empty if nothing is to be said.
    """

    component: Component
    state: State
    of_variance: Mapping[Basis, float]
    because: str


@dataclass(frozen=True)
class ErrorBudget:
    """Draws of a run, and what they say.

    Attributes
    ----------
    model : ErrorModel
    drawn : Drawn
    dates : tuple of str
    areas_ha : ndarray, shape (strata,)
        [ha]
    sampled : bool
        Whether a design stands behind every sampling error.
    shares : tuple of Share
    tree_noise : pair of float
        Share of chance at single trees in the sampling variance of stock and sink.
    settled : Convergence or None
    net_removals : ndarray, shape (2, draws), or None
        [t_co2e]
    """

    model: ErrorModel
    drawn: Drawn
    dates: tuple[str, ...]
    areas_ha: Array
    sampled: bool
    shares: tuple[Share, ...]
    tree_noise: tuple[float, float]
    settled: Convergence | None
    net_removals: Array | None

    @property
    def strata(self) -> list[str]:
        """Strata in the order of the draws."""
        return [stratum.stratum_id for stratum in self.model.stand.strata]

    def density(self, stratum_id: str | None, pool: str, date: str, unit: str) -> Array:
        """Draws of a stock per hectare or, for ``first/second``, of its change, shape (2, draws)."""
        values = densities(self.drawn, pool, date, unit, self.dates)
        if stratum_id is not None:
            return np.asarray(values[:, self.strata.index(stratum_id)])
        return over_strata(values, area_draws(self.drawn, self.areas_ha))

    def area(self, stratum_id: str | None) -> Array:
        """Draws of an area, shape (draws,). [ha]"""
        areas = area_draws(self.drawn, self.areas_ha)
        if stratum_id is not None:
            return np.asarray(areas[self.strata.index(stratum_id)])
        return np.asarray(areas.sum(axis=0))

    def total(self, draws: Array, level: float) -> Total | None:
        """Error of a figure from its draws, shape (2, draws); None where sampling has no known error."""
        return total_of(draws, level) if self.sampled else None

    def limits(self, draws: Array, level: float) -> Limits | None:
        """Ends of the interval of a figure, as :meth:`total` has them."""
        known = self.sampled and np.isfinite(draws).all()
        return symmetric_interval(draws[STUDENT], level) if known else None


def _project_basis(drawn: Drawn, basis: Basis, dates: Sequence[str], areas_ha: Array) -> Array | None:
    """Draws of the project's stock at the last date [t_c], or of its sink [t_co2e/yr].

    Where areas are not known, every stratum counts alike; only shares of variance are taken of that.
    """
    if basis == "sink" and len(dates) < 2:
        return None
    date = dates[-1] if basis == "stock" else f"{dates[0]}/{dates[-1]}"
    values = densities(drawn, TOTAL, date, "t_c/ha", dates)
    known = np.isfinite(values).all(axis=(0, 2))
    if not known.any():
        return None
    areas = area_draws(drawn, areas_ha)[known] if np.isfinite(areas_ha[known]).all() else np.ones((1, 1))
    scale = CO2_PER_C / period_years(dates[0], dates[-1]) if basis == "sink" else 1.0
    return np.asarray((values[:, known] * areas).sum(axis=1) * scale)


def _shares(
    at_work: Sequence[Component],
    left_out: Mapping[str, str],
    unknown: Mapping[Component, str],
    variances: Mapping[Basis, Mapping[Component | None, float]],
) -> tuple[Share, ...]:
    rows = []
    for name in COMPONENTS:
        shares = {
            basis: share_by_freezing(held[None], held[name])
            for basis, held in variances.items()
            if name in held
        }
        if name in left_out:
            rows.append(Share(name, "left out", {}, left_out[name]))
        elif name in at_work:
            because = unknown.get(name, "")
            rows.append(Share(name, "drawn in part" if because else "drawn", shares, because))
        elif name in unknown:
            rows.append(Share(name, "not known", {}, unknown[name]))
    return tuple(rows)


@dataclass(frozen=True)
class _Draws:
    """How draws of the stand become draws of the figures that the budget is made for."""

    prepared: Prepared
    model: ErrorModel
    givens: Mapping[str, Given]
    dates: tuple[str, ...]
    areas_ha: Array
    soil: AccountedSoil | None

    @property
    def accounted(self) -> bool:
        """Whether a methodology takes the stocks."""
        return self.prepared.accounts_stocks

    @property
    def at_work(self) -> tuple[Component, ...]:
        """Components with an error, that of the baseline among them."""
        methodology = self.prepared.methodology
        left_out = self.prepared.inputs.project.uncertainty.left_out
        baseline = (
            methodology is not None
            and self.accounted
            and "baseline" not in left_out
            and bool(baseline_numbers(methodology, self.givens))
        )
        soil = self.accounted and self.soil is not None
        amounts = (*self.model.emissions, *self.model.leakage)
        stated = (
            methodology is not None
            and self.accounted
            and (
                any(amount.with_error for amount in amounts) or bool(stated_numbers(methodology, self.givens))
            )
        )
        return (
            *self.model.at_work,
            *(("baseline",) if baseline else ()),
            *(("stated_amounts",) if stated else ()),
            *(("soil",) if soil else ()),
        )

    def bases(self, drawn: Drawn, held: Component | None = None) -> dict[Basis, Array]:
        """Draws of the stock, the sink and net removals, as far as the project has them."""
        net = None
        methodology = self.prepared.methodology
        if methodology is not None and self.accounted:
            without = Held(
                "baseline" not in self.at_work or held == "baseline", held == "stated_amounts", held == "soil"
            )
            given = drawn_givens(methodology, self.givens, drawn, self.model, self.soil, without)
            net = net_removals_draws(methodology, given)
        found: dict[Basis, Array | None] = {
            "stock": _project_basis(drawn, "stock", self.dates, self.areas_ha),
            "sink": _project_basis(drawn, "sink", self.dates, self.areas_ha),
            "net_removals": net,
        }
        return {basis: draws for basis, draws in found.items() if draws is not None}

    def variances(
        self, simulated: Mapping[Component | None, Drawn], everything: Mapping[Basis, Array]
    ) -> dict[Basis, dict[Component | None, float]]:
        """Variance of each figure with everything at work, and with each component held."""
        found: dict[Basis, dict[Component | None, float]] = {
            basis: {None: float(draws[NORMAL].var(ddof=1))} for basis, draws in everything.items()
        }
        for held in self.at_work:
            alone = held in ACCOUNTED_ALONE
            drawn = simulated[None if alone else held]
            for basis, draws in self.bases(drawn, held).items():
                if not alone or basis == "net_removals":
                    found[basis][held] = float(draws[NORMAL].var(ddof=1))
        return found


def _headline(bases: Mapping[Basis, Array]) -> Array | None:
    """Draws by which it is judged whether the figures have settled."""
    return bases.get("net_removals", bases.get("sink", bases.get("stock")))


def _until_settled(
    draws: _Draws,
    drawn: Drawn,
    bases: Mapping[Basis, Array],
    settings: Uncertainty,
    level: float,
    progress: Progress,
) -> tuple[Drawn, Mapping[Basis, Array], Convergence | None]:
    """Draws that go on until two digits stand, where the project file allows more."""
    settled = _settled(_headline(bases), level)
    most = settings.draws_at_most
    while (
        settled is not None
        and most is not None
        and not settled.reached
        and settled.draws + settings.draws <= most
    ):
        first = settled.draws // BLOCK
        more = simulate(draws.model.stand, settings.draws, first=first, progress=progress)[None]
        drawn = joined([drawn, more])
        bases = draws.bases(drawn)
        settled = _settled(_headline(bases), level)
    return drawn, bases, settled


def error_budget(
    prepared: Prepared,
    surveys: Sequence[SurveyTables],
    stocks: Sequence[StockEstimate],
    changes: Sequence[StockEstimate],
    givens: Mapping[str, Given],
    soil: AccountedSoil | None = None,
    *,
    shares: bool = True,
    progress: Progress = SILENT,
) -> ErrorBudget | None:
    """Draws of a run and the shares of its components; None without trees.

    Parameters
    ----------
    prepared : Prepared
    surveys : sequence of SurveyTables
    stocks, changes : sequence of StockEstimate
    givens : mapping
        What the run hands to the methodology's equations; empty without one.
    soil : AccountedSoil, optional
        Soil in the sink.
    shares : bool, optional
        Whether components are told apart; without it, shares are empty and those of tree noise not known.
    progress : Progress, optional
        Told of the draws.
    """
    if not surveys or not prepared.carbon_fraction:
        return None
    model = error_model(prepared, surveys, stocks, changes)
    if not model.stand.terms:
        return None
    project = prepared.inputs.project
    strata = model.stand.strata
    areas_ha = np.array([prepared.areas_ha[stratum.stratum_id] for stratum in strata])
    dates = tuple(survey.date for survey in surveys)
    draws = _Draws(prepared, model, givens, dates, areas_ha, soil)
    held = model.at_work if shares else ()
    simulated = simulate(model.stand, project.uncertainty.draws, held, progress=progress)
    bases: Mapping[Basis, Array] = draws.bases(simulated[None])
    variances = draws.variances(simulated, bases) if shares else {}
    drawn, settled = simulated[None], None
    if shares or project.uncertainty.draws_at_most is not None:
        drawn, bases, settled = _until_settled(
            draws, drawn, bases, project.uncertainty, project.confidence_level, progress
        )
    sampled = all(
        df is not None
        for stratum in strata
        for sample, df in zip(stratum.samples, stratum.degrees_of_freedom, strict=True)
        if sample is not None
    )
    return ErrorBudget(
        model,
        drawn,
        draws.dates,
        areas_ha,
        sampled,
        _shares(draws.at_work, dict(project.uncertainty.left_out.items()), model.unknown, variances)
        if shares
        else (),
        tree_noise_shares(
            surveys,
            strata,
            prepared.areas_ha,
            prepared.equations,
            prepared.carbon_fraction,
            stocks,
            changes,
        )
        if shares
        else (math.nan, math.nan),
        settled,
        bases.get("net_removals"),
    )


def _settled(draws: Array | None, level: float) -> Convergence | None:
    """Whether the figures have settled, from the spread of blocks; one block has none."""
    if draws is None or draws.shape[-1] < 2 * BLOCK or not np.isfinite(draws).all():
        return None
    return convergence(draws[STUDENT], level, BLOCK)
