"""The balance of soil besides its stocks: default rate, carbon from elsewhere, methane, nitrous oxide.

Everything is reported by hectare and year. What the project file declares as soil in the sink is handed to
the methodology; nothing else of it enters a credit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inputs.row_filters import Where
from mrv.inputs.soil_balance import (
    Allochthonous,
    DefaultRate,
    MeasuredFlux,
    ShareByDeposition,
    SoilBalance,
    StatedShare,
    value_of,
)
from mrv.inputs.soil_declaration import LossOnIgnition, PublishedLossOnIgnition
from mrv.inputs.uncertainty import SoilComponent
from mrv.run.soil_figure import POOL, SoilFigure
from mrv.soil.allochthonous import (
    Conversion,
    IncoherentInputError,
    allochthonous_share_by_organic_matter,
    sensitivity_to_deposition,
)
from mrv.soil.organic_carbon import from_published_line
from mrv.soil.vm0033_defaults import (
    default_accumulation,
)
from mrv.soil_reference import loss_on_ignition_lines, soil_default
from mrv.stock.estimators import Estimate
from mrv.stock.stocks import StockEstimate, project_mean
from mrv.uncertainty.shared import Normal
from mrv.uncertainty.soil import Effect, Elsewhere, Part

DEFAULT_RATE = "VM0033 default"
PARTS: tuple[tuple[str, Part], ...] = (
    ("soil_allochthonous_deduction", "elsewhere"),
    ("soil_carbon_sink_net", "own"),
)
"""Figures that a share from elsewhere makes of a sink, and the part of it that each is."""

SENSITIVITY_STEP = 0.005
"""Step of the organic matter of deposited sediment in the table of its sensitivity. [1]"""


def stated(value: float, method: str) -> Estimate:
    """A number that the project states, or a default: no sample of this run stands behind it."""
    return Estimate(value, math.nan, math.nan, 0, method)


def with_project(
    quantity: str,
    index: Mapping[str, str],
    unit: str,
    estimates: Mapping[str, Estimate],
    areas_ha: Mapping[str, float],
    effects: Mapping[str, tuple[Effect, ...]] | None = None,
) -> list[SoilFigure]:
    """Figures of strata, and of the project where all strata have one."""
    shared = effects or {}
    figures = [
        SoilFigure(
            quantity, index, StockEstimate(name, POOL, "", unit, estimate), effects=shared.get(name, ())
        )
        for name, estimate in estimates.items()
    ]
    if estimates and set(areas_ha) <= set(estimates):
        whole = project_mean(list(estimates.values()), [areas_ha[name] for name in estimates])
        if whole is not None:
            figures.append(SoilFigure(quantity, index, StockEstimate(None, POOL, "", unit, whole)))
    return figures


def default_rates(declared: DefaultRate, areas_ha: Mapping[str, float]) -> list[SoilFigure]:
    """Accumulation by default under the stated cover. [t_c/ha/yr]"""
    rates = {
        name: stated(float(default_accumulation(np.array([cover]))[0]), DEFAULT_RATE)
        for name, cover in sorted(declared.cover.items())
        if name in areas_ha
    }
    return with_project("soil_accumulation_rate", {"method": DEFAULT_RATE}, "t_c/ha/yr", rates, areas_ha)


def conversion_by(line: LossOnIgnition) -> Conversion:
    """Conversion from organic matter to carbon by a line of the site or a published one."""
    if isinstance(line, PublishedLossOnIgnition):
        published = loss_on_ignition_lines()[line.equation]
        return lambda matter: float(from_published_line(np.array([matter]), published)[0])
    return lambda matter: line.slope * matter + line.intercept_pct / 100


def _share(declared: Allochthonous, stratum_id: str) -> Normal | None:
    """Share from elsewhere of a stratum with its standard error; None where none is stated for it.

    Raises
    ------
    IncoherentInputError
        If the organic matters give a share outside 0–1.
    """
    if isinstance(declared, StatedShare):
        share = value_of(declared.share, stratum_id)
        return None if share is None else Normal(share, declared.standard_error or 0.0)
    matter = value_of(declared.organic_matter, stratum_id)
    deposited = value_of(declared.deposited_organic_matter, stratum_id)
    if matter is None or deposited is None:
        return None
    convert = conversion_by(declared.line)
    share = allochthonous_share_by_organic_matter(matter, deposited, convert)
    error = declared.standard_error or 0.0
    if error:
        # Central difference: the share is nearly a line in what is deposited.
        around = (deposited - error, deposited + error)
        ends = [pair[1] for pair in sensitivity_to_deposition(matter, around, convert)]
        known = [abs(end - share) for end in ends if not math.isnan(end)]
        error = math.fsum(known) / len(known) if known else math.nan
    return Normal(share, error)


def shares_from_elsewhere(
    declared: Allochthonous, strata: Sequence[str], where: Where
) -> tuple[dict[str, Normal], list[Finding]]:
    """Share of each stratum's carbon that came from elsewhere, and inputs that cannot all be true. [1]"""
    shares: dict[str, Normal] = {}
    findings = []
    for name in strata:
        try:
            share = _share(declared, name)
        except IncoherentInputError as error:
            findings.append(
                Finding(
                    where("allochthonous"),
                    "soil-share-incoherent",
                    "{stratum}: {problem}",
                    {"stratum": name, "problem": Phrase(error.message, **error.values)},
                )
            )
            continue
        if share is not None:
            shares[name] = share
    return shares, findings


def line_findings(declared: Allochthonous, where: Where) -> list[Finding]:
    """A line of the site has pairs enough; a published one is known and used where it may be."""
    if not isinstance(declared, ShareByDeposition):
        return []
    if not isinstance(declared.line, PublishedLossOnIgnition):
        needed = soil_default("loi_line_pairs")
        if declared.line.pairs >= needed:
            return []
        return [
            Finding(
                where("allochthonous", "line", "pairs"),
                "soil-line-pairs",
                "{found} pairs; a line of the site needs {needed:g} or more",
                {"found": declared.line.pairs, "needed": needed},
            )
        ]
    lines = loss_on_ignition_lines()
    line = lines.get(declared.line.equation)
    place = where("allochthonous", "line", "equation")
    if line is None:
        return [
            Finding(
                place,
                "soil-line-unknown",
                "{found!r} is no line of data/soil_equations.csv; it has {known}",
                {"found": declared.line.equation, "known": ", ".join(sorted(lines))},
            )
        ]
    matter = declared.organic_matter
    lowest = min(matter.values()) if isinstance(matter, dict) else matter
    if line.status == "guarded" and lowest * 100 < line.loi_min_pct:
        return [
            Finding(
                place,
                "soil-line-range",
                "{line} may not be used below {low:g} % loss on ignition; organic_matter is {found:g} %",
                {"line": line.equation_id, "low": line.loi_min_pct, "found": lowest * 100},
            )
        ]
    return []


def _share_stream(stratum_id: str) -> str:
    return f"soil.allochthonous_share.{stratum_id}"


def share_figures(declared: Allochthonous, shares: Mapping[str, Normal]) -> list[SoilFigure]:
    """Share of the carbon that came from elsewhere, by stratum. [1]"""
    method = "stated share" if isinstance(declared, StatedShare) else "deposited organic matter"
    return [
        SoilFigure(
            "soil_allochthonous_share",
            {"method": method},
            StockEstimate(name, POOL, "", "1", stated(share.value, method)),
            elsewhere=Elsewhere(_share_stream(name), share, "elsewhere"),
            gain=stated(1.0, method),
        )
        for name, share in shares.items()
    ]


def sensitivity_table(declared: Allochthonous, shares: Mapping[str, Normal]) -> pd.DataFrame:
    """Share of each stratum for every organic matter of the deposited sediment from 0.5 to 4 %. [1]

    Without rows where the share is not by deposited organic matter. NaN where it is impossible.
    """
    if not isinstance(declared, ShareByDeposition):
        return pd.DataFrame()
    low, high = (soil_default(f"organic_matter_deposited_{end}") for end in ("low", "high"))
    count = round((high - low) / SENSITIVITY_STEP)
    assumed = [round(low + SENSITIVITY_STEP * step, 6) for step in range(count + 1)]
    convert = conversion_by(declared.line)
    rows = []
    for name in shares:
        matter = value_of(declared.organic_matter, name)
        if matter is None:
            continue
        rows += [(name, matter, *pair) for pair in sensitivity_to_deposition(matter, assumed, convert)]
    return pd.DataFrame(
        rows, columns=["stratum_id", "organic_matter", "deposited_organic_matter", "allochthonous_share"]
    )


def net_of_elsewhere(
    sinks: Sequence[SoilFigure], shares: Mapping[str, Normal], areas_ha: Mapping[str, float]
) -> list[SoilFigure]:
    """Deduction for carbon from elsewhere and what is left of each sink of soil. [t_co2e/ha/yr]

    The share has one error for all sinks of a stratum. The sampling error of a part is that of the sink
    times the part.
    """
    figures: list[SoilFigure] = []
    series: dict[tuple[str, tuple[tuple[str, str], ...]], list[SoilFigure]] = {}
    for sink in sinks:
        if sink.stock.stratum_id in shares:
            series.setdefault((sink.quantity, tuple(sorted(sink.index.items()))), []).append(sink)
    for own in series.values():
        for quantity, part in PARTS:
            found = [_part_of(sink, quantity, shares[str(sink.stock.stratum_id)], part) for sink in own]
            figures += found
            estimates = {str(figure.stock.stratum_id): figure.stock.estimate for figure in found}
            if set(areas_ha) <= set(estimates):
                whole = project_mean(list(estimates.values()), [areas_ha[name] for name in estimates])
                if whole is not None:
                    stock = StockEstimate(None, POOL, "", "t_co2e/ha/yr", whole)
                    figures.append(SoilFigure(quantity, own[0].index, stock, own[0].sample))
    return figures


def _part_of(sink: SoilFigure, quantity: str, share: Normal, part: Part) -> SoilFigure:
    name = str(sink.stock.stratum_id)
    elsewhere = Elsewhere(_share_stream(name), share, part)
    gain = sink.stock.estimate
    taken = float(elsewhere.of(np.array([gain.value]), share.value)[0])
    of_gain = share.value if gain.value > 0 else 0.0
    factor = 1 - of_gain if part == "own" else of_gain
    estimate = Estimate(taken, gain.standard_error * factor, gain.degrees_of_freedom, gain.units, gain.method)
    stock = StockEstimate(name, POOL, sink.stock.date, "t_co2e/ha/yr", estimate)
    return SoilFigure(quantity, sink.index, stock, sink.sample, sink.effects, elsewhere, gain)


def unknown_of_balance(balance: SoilBalance | None, has_sink: bool) -> dict[SoilComponent, str]:
    """Errors of the balance that nobody stated, with the keys that would state them.

    Parameters
    ----------
    balance : SoilBalance or None
    has_sink : bool
        Whether there is a sink of soil, of which a part may have come from elsewhere.
    """
    unknown: dict[SoilComponent, str] = {}
    declared = balance.allochthonous if balance is not None else None
    if has_sink and declared is None:
        unknown["soil_allochthonous_share"] = "soil_balance.allochthonous"
    elif declared is not None and declared.standard_error is None:
        unknown["soil_allochthonous_share"] = "soil_balance.allochthonous.standard_error"
    missing = []
    for name in ("methane", "nitrous_oxide") if balance is not None else ():
        gas = getattr(balance, name)
        if isinstance(gas, MeasuredFlux):
            errors = gas.standard_error_mg_m2_d or {}
            if set(gas.flux_mg_m2_d) - set(errors):
                missing.append(f"soil_balance.{name}.standard_error_mg_m2_d")
        elif gas is not None:
            missing.append(f"soil_balance.{name}: VM0033")
    if missing:
        unknown["soil_gas_flux"] = ", ".join(missing)
    return unknown
