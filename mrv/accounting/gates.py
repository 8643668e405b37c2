"""Plausibility of a result: each gate is a function from quantities and limits to findings.

A gate looks at what is there and passes over what is not; NaN is refused elsewhere, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

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


class Sum(NamedTuple):
    """A total and its parts: those it must have, those it may have, those that are taken off."""

    total: str
    parts: tuple[str, ...]
    further: tuple[str, ...] = ()
    taken_off: tuple[str, ...] = ()


SUMS = (
    Sum("project_removals", ("pool_removals",), further=("soil_removals",)),
    Sum("baseline_removals_total", ("baseline_removals",)),
    Sum("project_emissions", ("works_emissions", "soil_gas_emissions")),
    Sum("leakage", ("displaced_emissions",)),
    Sum("stratum_removals", ("project_removals",), taken_off=("baseline_removals",)),
    Sum("net_removals", ("stratum_removals",), taken_off=("project_emissions", "leakage")),
    Sum("creditable_removals", ("net_removals",), taken_off=("uncertainty_deduction", "buffer")),
    Sum("issuable_removals", ("issuance", "carried_fraction")),
)
"""Sums of every level: pools, strata, sources, tests, what is taken off, vintages."""


def _within(part: xr.DataArray, total: xr.DataArray) -> xr.DataArray:
    """Part summed over the dimensions that its total does not have."""
    return part.sum([dim for dim in part.dims if dim not in total.dims], skipna=False)


def parts_sum(quantities: Quantities, _limits: Limits) -> list[Finding]:
    """Parts add up to their totals: pools, strata, sources, what is taken off, vintages."""
    findings = []
    for entry in SUMS:
        # A methodology without emissions and leakage has nothing to take off.
        added = (*entry.parts, *(name for name in entry.further if name in quantities))
        taken = tuple(name for name in entry.taken_off if name in quantities)
        values = _numbers(quantities, entry.total, *added)
        if values is None:
            continue
        total = values[0]
        gained = sum((_within(value, total) for value in values[1:]), start=total * 0)
        lost = sum((_within(quantities[name].value, total) for name in taken), start=total * 0)
        expected = gained - lost
        # Parts may be large where the total is small; what they can be off by is of their own size.
        for found, wanted, scale in zip(
            total.values.flat, expected.values.flat, gained.values.flat, strict=True
        ):
            if _differ(float(found), float(wanted), float(scale)):
                message = "{value} differs from the sum of its parts, {expected} ({parts})"
                shown = {"value": found, "expected": wanted, "parts": ", ".join((*added, *taken))}
                findings.append(Finding(entry.total, "parts-sum", message, shown))
                break
    return findings


def credits_within_strata(quantities: Quantities, _limits: Limits) -> list[Finding]:
    """What strata are credited adds up to what is creditable, and no stratum gets more than it gained."""
    names = ("stratum_creditable_removals", "stratum_removals", "creditable_removals")
    values = _numbers(quantities, *names)
    if values is None:
        return []
    credited, gained, creditable = values
    findings = []
    total, allowed = _total(credited), max(_total(creditable), 0.0)
    if _differ(total, allowed, allowed) and _total(gained) > 0:
        message = "{value} differs from the sum of its parts, {expected} ({parts})"
        shown = {"value": allowed, "expected": total, "parts": names[0]}
        findings.append(Finding("creditable_removals", "parts-sum", message, shown))
    for part, whole in zip(credited.values.flat, gained.values.flat, strict=True):
        if part > max(whole, 0.0) and _differ(float(part), float(whole), float(whole)):
            message = "{value} is above {whole}, {allowed}"
            shown = {"value": part, "whole": "stratum_removals", "allowed": whole}
            findings.append(Finding(names[0], "issued-within-creditable", message, shown))
    return findings


def baseline_within_stock(quantities: Quantities, _limits: Limits) -> list[Finding]:
    """Without the project no more carbon of biomass is lost than stood there at the start."""
    values = _numbers(quantities, "carbon_density", "co2_per_carbon")
    if values is None:
        return []
    density, co2_per_carbon = values
    stock = density.isel(date=0, drop=True).sum("pool", skipna=False) * co2_per_carbon
    factor = _numbers(quantities, "biomass_emission_factor")
    if factor is not None:
        name, lost = "biomass_emission_factor", factor[0]
    else:
        removed = _numbers(quantities, "baseline_removals", "area")
        if removed is None:
            return []
        name, lost = "baseline_removals", -removed[0] / removed[1]
    message = (
        "{stratum}: {value:.4g} t CO2e/ha would be lost, more than the {allowed:.4g} that stood there at the "
        "start; a waiver needs a written reason"
    )
    lost, stood = xr.broadcast(lost, stock)
    return [
        Finding(
            name,
            "baseline-beyond-stock",
            message,
            {"stratum": str(stratum), "value": float(lost_here), "allowed": float(stood_here)},
            waivable=True,
        )
        for stratum, lost_here, stood_here in zip(
            stood["stratum"].values, lost.values, stood.values, strict=True
        )
        if lost_here > stood_here
    ]


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
        "works_emissions",
        "soil_gas_emissions",
        "displaced_emissions",
        "stratum_creditable_removals",
        "annual_loss",
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
    credits_within_strata,
    baseline_within_stock,
)


def gate_findings(quantities: Quantities, limits: Limits) -> list[Finding]:
    """Findings of every gate, in the order of :data:`GATES`."""
    return [finding for gate in GATES for finding in gate(quantities, limits)]
