"""Plausibility of a result: each gate is a function from quantities and limits to findings.

A gate looks at what is there and passes over what is not; NaN is refused elsewhere, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import xarray as xr

from mrv.accounting.engine import Quantity
from mrv.accounting.given import Given
from mrv.findings import Finding, Phrase
from mrv.parameters import Resolved

Quantities = Mapping[str, Quantity]
Limits = Mapping[str, Given | Resolved]
Gate = Callable[[Quantities, Limits], list[Finding]]

RELATIVE_TOLERANCE = 1e-9
KILOGRAMS_AS_TONNES = 1000.0

LIKELY_UNIT = Phrase("a thousandth of it would be plausible: were kilograms read as tonnes?")
LIKELY_FLUX = Phrase(
    "is litterfall or net primary production counted as storage, or area left out of a total?"
)


def _numbers(quantities: Quantities, *names: str) -> tuple[xr.DataArray, ...] | None:
    if not all(name in quantities for name in names):
        return None
    return tuple(quantities[name].value for name in names)


def _total(value: xr.DataArray) -> float:
    return float(value.sum(skipna=False))


def _differ(found: float, expected: float, scale: float) -> bool:
    return abs(found - expected) > RELATIVE_TOLERANCE * max(abs(expected), abs(scale))


def plausible_removal(quantities: Quantities, limits: Limits) -> list[Finding]:
    """Net removals per hectare and year stay below the limits; only the lower one can be waived."""
    name = "net_removals_per_hectare_year"
    values = _numbers(quantities, name)
    if values is None:
        return []
    highest = float(values[0].max())
    soft, hard = (float(cast(float, limits[f"plausibility_limit_{kind}"].value)) for kind in ("soft", "hard"))
    cause = (
        LIKELY_UNIT if highest > KILOGRAMS_AS_TONNES and highest / KILOGRAMS_AS_TONNES < soft else LIKELY_FLUX
    )
    shown = {"value": f"{highest:.4g}", "unit": quantities[name].unit, "cause": cause}
    if highest > hard:
        message = "{value} {unit} is above {limit}, and no waiver lifts that; {cause}"
        return [Finding(name, "plausibility-removal-hard", message, {**shown, "limit": f"{hard:g}"})]
    if highest > soft:
        message = "{value} {unit} is above {limit}, which needs a waiver with a written reason; {cause}"
        return [
            Finding(
                name, "plausibility-removal-soft", message, {**shown, "limit": f"{soft:g}"}, waivable=True
            )
        ]
    return []


def parts_sum(quantities: Quantities, _limits: Limits) -> list[Finding]:
    """Parts add up to their totals: strata, what is taken off, vintages."""
    sums: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
        ("net_removals", ("stratum_removals",), ("project_emissions", "leakage")),
        ("creditable_removals", ("net_removals",), ("uncertainty_deduction", "buffer")),
        ("issuable_removals", ("issuance", "carried_fraction"), ()),
    )
    findings = []
    for total, added, subtracted in sums:
        # A methodology without emissions and leakage has nothing to take off.
        taken = tuple(name for name in subtracted if name in quantities)
        values = _numbers(quantities, total, *added)
        if values is None:
            continue
        found = _total(values[0])
        gained = sum(_total(value) for value in values[1:])
        lost = sum(_total(quantities[name].value) for name in taken)
        if _differ(found, gained - lost, gained):
            findings.append(
                Finding(
                    total,
                    "parts-sum",
                    "{value} differs from the sum of its parts, {expected} ({parts})",
                    {"value": found, "expected": gained - lost, "parts": ", ".join((*added, *taken))},
                )
            )
    return findings


def density_times_area(quantities: Quantities, _limits: Limits) -> list[Finding]:
    """Removals per hectare and year, times hectares and years, give net removals."""
    values = _numbers(quantities, "net_removals_per_hectare_year", "area", "period_years", "net_removals")
    if values is None:
        return []
    per_hectare_year, area, years, total = (_total(value) for value in values)
    expected = per_hectare_year * area * years
    if not _differ(total, expected, expected):
        return []
    message = "{value} differs from {expected}, removals per hectare and year times area and years"
    return [Finding("net_removals", "density-times-area", message, {"value": total, "expected": expected})]


def never_negative(quantities: Quantities, _limits: Limits) -> list[Finding]:
    """Deduction, buffer, issuance and what is carried on are not below zero."""
    names = (
        "uncertainty_deduction",
        "buffer",
        "issuance",
        "carried_fraction",
        "project_emissions",
        "leakage",
    )
    return [
        Finding(name, "not-negative", "{value} is below 0", {"value": float(quantities[name].value.min())})
        for name in names
        if name in quantities and bool((quantities[name].value < 0).any())
    ]


def issued_within_creditable(quantities: Quantities, _limits: Limits) -> list[Finding]:
    """Issued is not above creditable with the fraction carried in, nor creditable above net removals."""
    findings = []
    for part, whole in (("issuance", "issuable_removals"), ("creditable_removals", "net_removals")):
        values = _numbers(quantities, part, whole)
        if values is None:
            continue
        found, allowed = (_total(value) for value in values)
        if found > allowed and _differ(found, allowed, allowed):
            message = "{value} is above {whole}, {allowed}"
            shown = {"value": found, "whole": whole, "allowed": allowed}
            findings.append(Finding(part, "issued-within-creditable", message, shown))
    return findings


GATES: tuple[Gate, ...] = (
    plausible_removal,
    parts_sum,
    density_times_area,
    never_negative,
    issued_within_creditable,
)


def gate_findings(quantities: Quantities, limits: Limits) -> list[Finding]:
    """Findings of every gate, in the order of :data:`GATES`."""
    return [finding for gate in GATES for finding in gate(quantities, limits)]
