"""Carbon of two maps of classes: what each pair of classes holds, gains and releases, and where.

A pixel's carbon follows from its pair of classes alone. So the equations see each pair once, and a map is
a look-up of its result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mrv.accounting.edition import Edition, open_edition
from mrv.accounting.engine import Quantity, evaluate
from mrv.accounting.gates import gate_findings
from mrv.accounting.given import CONSTANTS, Given, from_parameters
from mrv.accounting.vintages import period_years
from mrv.area.classes import ClassAreas, class_areas
from mrv.findings import Finding, Waiver, raise_errors, waive
from mrv.inputs.carbon_declaration import Pool
from mrv.inputs.carbon_reader import CarbonInputs, Transition
from mrv.parameters import Resolved, Stated

METHODOLOGY = "ipcc_2013_tier1"

DEFAULT_STOCKS: Mapping[Pool, str] = {"dead_wood": "dead_wood_stock", "litter": "litter_stock"}
"""Quantity that gives the default stock of a pool."""

WANTED = (
    "final_carbon",
    "interval_removals",
    "net_removals_per_hectare_year",
    "removals_until_change",
)
"""What is asked of the equations; everything they rest on comes with it."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CarbonMap:
    """Carbon of two maps of classes.

    Attributes
    ----------
    inputs : CarbonInputs
    edition : Edition
        Methodology whose equations were used.
    areas : ClassAreas
        Of every pair of classes, by its number.
    interval_ends : tuple of date
        End of each interval after the change: the years from the date of the second map, and the last day.
    quantities : mapping of str to Quantity
    findings : tuple of Finding
        Of the plausibility gates, waived ones among them.
    """

    inputs: CarbonInputs
    edition: Edition
    areas: ClassAreas
    interval_ends: tuple[dt.date, ...]
    quantities: Mapping[str, Quantity]
    findings: tuple[Finding, ...]

    def by_transition(self, name: str) -> Array:
        """A quantity of each pair of classes that occurs, over all pools and intervals, in its unit."""
        value = self.quantities[name].value
        everything = [dim for dim in value.dims if dim != "transition"]
        return np.asarray(value.sum(everything, skipna=False).to_numpy(), dtype=np.float64)

    def by_code(self, name: str) -> NDArray[np.float32]:
        """The same by the number of a pair in a map; NaN for pixels that do not count."""
        table = np.full(256, np.nan, dtype=np.float32)
        numbers = [self.inputs.number(transition) for transition in self.inputs.present]
        table[numbers] = self.by_transition(name)
        return table


def label(transition: Transition) -> str:
    """A pair of classes as results name it."""
    return f"{transition[0]} > {transition[1]}"


def interval_ends(start: dt.date, end: dt.date) -> tuple[dt.date, ...]:
    """Anniversaries of a day before another day, and that day."""
    years = range(start.year + 1, end.year + 1)
    # A year after 29 February ends with that month.
    leap = (start.month, start.day) == (2, 29)
    days = [dt.date(year, 3, 1) if leap else start.replace(year=year) for year in years]
    return (*(day for day in days if day < end), end)


def _default_stocks(inputs: CarbonInputs, edition: Edition) -> dict[str, Quantity]:
    """Dead wood and litter of the classes that take them by default; nothing where none does."""
    declared = inputs.declared
    asking = {
        name: own.default_dead_matter for name, own in declared.classes.items() if own.default_dead_matter
    }
    if not asking:
        return {}
    source = f"{inputs.file.name}: default_dead_matter"
    climate = next(iter(asking.values())).climate
    needed = {name for equation in DEFAULT_STOCKS.values() for name in _numbers(edition, equation)}
    resolved, findings = edition.document.resolve(
        {"dead_matter_climate": Stated(climate, source)}, declared.before.date, needed=needed
    )
    parameters, more = from_parameters(resolved)
    raise_errors([*findings, *more])
    biomass = xr.DataArray(
        [own.tree_biomass_t_dm_ha for own in asking.values()], {"land_class": list(asking)}, ["land_class"]
    )
    return evaluate(
        edition.class_map_modules(),
        {**parameters, "tree_biomass": Given(biomass, "t_dm/ha", source, "stated")},
        DEFAULT_STOCKS.values(),
    )


def _numbers(edition: Edition, equation: str) -> Sequence[str]:
    return edition.equations(edition.class_map_modules())[equation].inputs


def _givens(
    inputs: CarbonInputs, areas: ClassAreas, ends: Sequence[dt.date], defaults: Mapping[str, Quantity]
) -> dict[str, Given]:
    declared, pairs, pools = inputs.declared, inputs.present, inputs.pools
    labels = {"transition": [label(pair) for pair in pairs], "pool": list(pools)}
    file = inputs.file.name

    def by_pool(of: Callable[[Transition, Pool], float]) -> xr.DataArray:
        return xr.DataArray([[of(pair, pool) for pool in pools] for pair in pairs], labels, [*labels])

    def of_class(name: str, pool: Pool) -> tuple[float, float]:
        """Stock and gain; a class that holds no carbon has none of either."""
        own = declared.classes[name]
        if own.default_dead_matter is not None and pool in DEFAULT_STOCKS:
            return float(defaults[DEFAULT_STOCKS[pool]].value.sel(land_class=name)), 0.0
        held = own.pools.get(pool)
        return (held.stock_t_c_ha, held.gain_t_c_ha_yr) if held is not None else (0.0, 0.0)

    def disturbed(pair: Transition, pool: Pool) -> tuple[float, float]:
        change = inputs.change(pair)
        own = change.pools.get(pool) if change is not None else None
        return (own.disturbed_share, own.half_life_years) if own is not None else (0.0, 0.0)

    changed, first = dt.date.fromisoformat(declared.after.date), dt.date.fromisoformat(declared.before.date)
    since = [0.0, *(period_years(changed, day) for day in ends)]
    intervals = {"interval": [day.isoformat() for day in ends]}

    def stated(value: xr.DataArray | float, unit: str, key: str) -> Given:
        return Given(value, unit, f"{file}: {key}", "stated")

    return {
        **CONSTANTS,
        "initial_carbon": stated(by_pool(lambda pair, pool: of_class(pair[0], pool)[0]), "t_c/ha", "classes"),
        "gain_before": stated(by_pool(lambda pair, pool: of_class(pair[0], pool)[1]), "t_c/ha/yr", "classes"),
        "gain_after": stated(by_pool(lambda pair, pool: of_class(pair[1], pool)[1]), "t_c/ha/yr", "classes"),
        "disturbed_share": stated(by_pool(lambda pair, pool: disturbed(pair, pool)[0]), "1", "changes"),
        "half_life": stated(by_pool(lambda pair, pool: disturbed(pair, pool)[1]), "yr", "changes"),
        "years_between": stated(period_years(first, changed), "yr", "before, after"),
        "years_since_start": stated(xr.DataArray(since[:-1], intervals, ["interval"]), "yr", "after, until"),
        "years_since_end": stated(xr.DataArray(since[1:], intervals, ["interval"]), "yr", "after, until"),
        "transition_area": Given(
            xr.DataArray(
                [areas.area_ha[inputs.number(pair)] for pair in pairs],
                {"transition": labels["transition"]},
                ["transition"],
            ),
            "ha",
            f"{declared.before.file}, {declared.after.file}: pixels on the ellipsoid",
            "measured",
        ),
    }


def map_carbon(inputs: CarbonInputs) -> CarbonMap:
    """Carbon of every pair of classes on two maps.

    Raises
    ------
    InputError
        If a result is not plausible and that is not waived in words.
    """
    edition = open_edition(METHODOLOGY)
    areas = class_areas(inputs.index, inputs.grid, len(inputs.classes) ** 2)
    ends = interval_ends(
        dt.date.fromisoformat(inputs.declared.after.date), dt.date.fromisoformat(inputs.declared.until)
    )
    defaults = _default_stocks(inputs, edition)
    found = evaluate(edition.class_map_modules(), _givens(inputs, areas, ends, defaults), WANTED)
    quantities = edition.with_clauses({**defaults, **found})
    waivers = [Waiver(own.rule, own.reason) for own in inputs.declared.waivers]
    findings = waive(gate_findings(quantities, _limits(edition, inputs.declared.before.date)), waivers)
    raise_errors(findings)
    return CarbonMap(inputs, edition, areas, ends, quantities, tuple(findings))


def _limits(edition: Edition, on: str) -> Mapping[str, Resolved]:
    resolved, findings = edition.document.resolve({}, on, needed=edition.accounting.limits)
    raise_errors(findings)
    return resolved
