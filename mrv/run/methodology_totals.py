"""What a methodology gives under each baseline, with the errors from everything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mrv.accounting import gates
from mrv.accounting.engine import Quantity, equations, evaluate, inputs_needed
from mrv.accounting.given import Given
from mrv.findings import Finding
from mrv.run.drawn_figures import Total
from mrv.run.error_budget import ErrorBudget
from mrv.run.methodology_draws import (
    Held,
    drawn_givens,
    net_removals_draws,
    quantities_in_tonnes,
    quantity_draws,
)
from mrv.run.prepare import MethodologyInUse
from mrv.uncertainty.monte_carlo import Limits

if TYPE_CHECKING:
    from mrv.run.accounted_soil import AccountedSoil

Array = NDArray[np.float64]

NET_REMOVALS_LIMITS = ("net_removals_total_low", "net_removals_total_high")
"""Inputs of a methodology that takes the ends of the interval from all errors."""


@dataclass(frozen=True)
class Accounted:
    """What a methodology gives under one baseline.

    Attributes
    ----------
    scenario : str or None
        None where the methodology has no baseline.
    quantities : mapping
        By name; without those of an issuance where a condition stops it.
    totals : mapping
        Error from everything, by :func:`mrv.run.methodology_draws.place_key`.
    findings : tuple of Finding
        Of the gates; waivers are not applied.
    """

    scenario: str | None
    quantities: Mapping[str, Quantity]
    totals: Mapping[str, Total]
    findings: tuple[Finding, ...]


def account(
    methodology: MethodologyInUse,
    givens: Mapping[str, Given],
    budget: ErrorBudget | None,
    soil: AccountedSoil | None,
    *,
    issued: bool,
    exact_baseline: bool,
    errors: bool = True,
) -> Accounted:
    """Every quantity of a methodology under one baseline, with its error from everything.

    Parameters
    ----------
    methodology : MethodologyInUse
    givens : mapping
        What the run hands to the equations.
    budget : ErrorBudget or None
    soil : AccountedSoil or None
        Soil in the sink.
    issued : bool
        Whether credits are issued; otherwise what makes an issuance is not computed.
    exact_baseline : bool
        Whether the error of the baseline is left out.
    errors : bool, optional
        Whether quantities get their error from everything.
    """
    accounting = methodology.accounting
    drawn = None
    if budget is not None and accounting.needs_stocks:
        held = Held(baseline=exact_baseline)
        drawn = drawn_givens(methodology, givens, budget.drawn, budget.model, soil, held)
    net = net_removals_draws(methodology, drawn) if drawn is not None else None
    ends = total_givens(budget, methodology, givens, net)
    wanted = [name for name in equations(methodology.modules) if issued or name not in accounting.issuance]
    quantities = methodology.edition.with_clauses(evaluate(methodology.modules, {**givens, **ends}, wanted))
    totals: dict[str, Total] = {}
    if errors and budget is not None and drawn is not None and budget.sampled:
        level = _level(givens)
        names = quantities_in_tonnes(methodology, wanted)
        for key, (_, draws) in quantity_draws(methodology, {**drawn, **ends}, names).items():
            total = budget.total(draws, level)
            if total is not None:
                totals[key] = total
    found = gates.gate_findings(quantities, methodology.parameters)
    return Accounted(methodology.scenario, quantities, totals, tuple(found))


def _level(givens: Mapping[str, Given]) -> float:
    return float(xr.DataArray(givens["confidence_level"].value))


def _limits_taken(methodology: MethodologyInUse) -> list[str]:
    return [name for name in NET_REMOVALS_LIMITS if name in inputs_needed(methodology.modules)]


def takes_limits(methodology: MethodologyInUse) -> bool:
    """Whether the ends of the interval from all errors enter the equations of any baseline of a run."""
    return any(_limits_taken(used) for used in (methodology, *methodology.others))


def total_givens(
    budget: ErrorBudget | None, methodology: MethodologyInUse, givens: Mapping[str, Given], net: Array | None
) -> dict[str, Given]:
    """Ends of the interval of net removals from all errors, where the methodology takes them. [t_co2e]

    Not a number where the plots were chosen on purpose: then there is no interval, and none is made up.

    Parameters
    ----------
    budget : ErrorBudget or None
    methodology : MethodologyInUse
    givens : mapping
        With central values.
    net : ndarray, shape (2, draws), or None
        Draws of net removals. [t_co2e]
    """
    wanted = _limits_taken(methodology)
    if not wanted:
        return {}
    known = budget.limits(net, _level(givens)) if budget is not None and net is not None else None
    limits = known or Limits(math.nan, math.nan)
    ends = zip(NET_REMOVALS_LIMITS, limits, ("Lower", "Upper"), strict=True)
    return {
        name: Given(
            value,
            "t_co2e",
            "draws of all errors, tables/error_budget.csv",
            "measured",
            description=f"{end} end of the interval of net removals from all errors",
        )
        for name, value, end in ends
        if name in wanted
    }
