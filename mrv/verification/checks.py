"""Checks that do not trust the run: each recomputes something from the files of the results alone.

A check is a function from the results to what it found. The list :data:`CHECKS` is what a verification goes
through; the verdict rests on every one of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import rasterio

from mrv.findings import Phrase
from mrv.inputs.locations import NEAR_M
from mrv.sourced_tables import sourced_rows
from mrv.units import KG_PER_T
from mrv.verification.evidence_view import Index, ResultsView

State = Literal["holds", "fails", "nothing to check"]

RELATIVE_TOLERANCE = 1e-9
"""Relative difference up to which a recomputed number is the reported one."""

APPLIES = 1
"""Value of the map of applicability where the model may be used."""

WAIVED = Phrase("waived in words by the project file:")


@dataclass(frozen=True)
class Check:
    """What a check found.

    Attributes
    ----------
    id : str
    question : Phrase
        What was asked.
    state : {"holds", "fails", "nothing to check"}
    remarks : tuple of Phrase
        What was found: every fault, or what a reader must know.
    """

    id: str
    question: Phrase
    state: State
    remarks: tuple[Phrase, ...] = ()


def _check(name: str, question: str, tried: int, faults: list[Phrase]) -> Check:
    """A check that holds where something was tried and no fault was found."""
    if faults:
        return Check(name, Phrase(question), "fails", tuple(faults))
    if not tried:
        return Check(name, Phrase(question), "nothing to check")
    return Check(name, Phrase(question), "holds", (Phrase("{count} checked", count=tried),))


def _agree(found: float, expected: float, scale: float = 0.0) -> bool:
    return abs(found - expected) <= RELATIVE_TOLERANCE * max(abs(found), abs(expected), abs(scale))


def _unlike(place: str, found: float, expected: float) -> Phrase:
    return Phrase(
        "{place}: {found} reported, {expected} recomputed", place=place, found=found, expected=expected
    )


def _which(name: str, index: Index) -> str:
    return f"{name}[{', '.join(f'{key}={value}' for key, value in index)}]" if index else name


AMOUNTS = frozenset({"ha", "t_dm", "t_c", "t_co2e", "t_co2e/yr"})
"""Units of what adds up over strata."""

NOT_ADDING = ("standard_error", "half_width", "bound", "_low_", "_high_")
"""Parts of names of what does not, though its unit is an amount."""


def _sums_over_strata(view: ResultsView) -> Iterator[tuple[str, float, float, float]]:
    """Project figures beside the sum of their strata: name, reported, summed, scale."""
    for name, figures in view.figures.items():
        if any(part in name for part in NOT_ADDING):
            continue
        for index, figure in figures.items():
            if figure.unit not in AMOUNTS or dict(index).keys() & {"stratum", "parcel"}:
                continue
            parts = [
                part.value
                for other, part in figures.items()
                if tuple(pair for pair in other if pair[0] != "stratum") == index and other != index
            ]
            known = [part for part in parts if part is not None]
            if parts and len(known) == len(parts) and figure.value is not None:
                yield _which(name, index), figure.value, math.fsum(known), max(map(abs, known))


def _densities_times_area(view: ResultsView) -> Iterator[tuple[str, float, float, float]]:
    """Stocks beside density times area, of strata and of the project."""
    for density, stock in (
        ("biomass_density_t_dm_ha", "biomass_stock_t_dm"),
        ("carbon_density_t_c_ha", "carbon_stock_t_c"),
        ("soil_carbon_density_t_c_ha", "soil_carbon_stock_t_c"),
    ):
        for index, figure in view.figures.get(stock, {}).items():
            own = view.figures.get(density, {}).get(index)
            place = {key: value for key, value in index if key == "stratum"}
            area = view.value("area_ha", **place)
            if own is not None and None not in (own.value, figure.value, area):
                yield _which(stock, index), figure.value, own.value * area, 0.0  # type: ignore[misc, operator]


CREDIT_STEPS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("net_removals_t_co2e", ("stratum_removals_t_co2e",), ("project_emissions_t_co2e", "leakage_t_co2e")),
    (
        "creditable_removals_t_co2e",
        ("net_removals_t_co2e",),
        ("uncertainty_deduction_t_co2e", "buffer_t_co2e"),
    ),
    ("issuable_removals_t_co2e", ("issuance_t_co2e", "carried_fraction_t_co2e"), ()),
    ("whole_credits", ("issuance_t_co2e",), ()),
)
"""Totals on the way to credits: what is added to them, what is taken off."""


def _steps_to_credits(view: ResultsView) -> Iterator[tuple[str, float, float, float]]:
    for name, added, taken in CREDIT_STEPS:
        value = view.total(name)
        parts = [view.total(part) for part in added]
        off = [view.total(part) for part in taken if part in view.figures]
        if value is not None and None not in parts and None not in off:
            gained = [float(part) for part in parts if part is not None]
            lost = [float(part) for part in off if part is not None]
            expected = math.fsum([*gained, *(-part for part in lost)])
            yield name, value, expected, max(map(abs, [*gained, *lost]), default=0.0)


def parts_sum_to_totals(view: ResultsView) -> Check:
    """Strata add up to the project, density times area is the stock, and each step to credits adds up."""
    tried, faults = 0, []
    for source in (_sums_over_strata, _densities_times_area, _steps_to_credits):
        for place, found, expected, scale in source(view):
            tried += 1
            if not _agree(found, expected, scale):
                faults.append(_unlike(place, found, expected))
    return _check("parts_sum", "Do parts add up to their totals, at every level?", tried, faults)


POOLS_OF_PLOTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("agb_t_ha", "agb_kg", ("live",)),
    ("bgb_t_ha", "bgb_kg", ("live", "dead")),
    ("dead_wood_t_ha", "agb_kg", ("dead",)),
)
"""Columns of plots, the column of trees that they sum, and of which trees; dead ones may have roots."""


def plots_add_up_trees(view: ResultsView) -> Check:
    """Biomass of every plot is the sum of its trees, each times what it stands for on a hectare."""
    question = "Is the biomass of every plot the sum of its trees?"
    trees, plots = view.table("trees"), view.table("plots")
    if trees is None or plots is None:
        return _check("trees_sum", question, 0, [])
    tried, faults = 0, []
    per_kg = pd.to_numeric(trees["expansion_factor_per_ha"]) / KG_PER_T
    for column, mass, states in POOLS_OF_PLOTS:
        own = (pd.to_numeric(trees[mass], errors="coerce") * per_kg)[trees["status"].isin(states)]
        sums = own.groupby([trees["date"], trees["plot_id"]]).sum()
        for date, plot, text in zip(plots["date"], plots["plot_id"], plots[column], strict=True):
            if not text:
                continue
            tried += 1
            found, expected = float(text), float(sums.get((date, plot), 0.0))
            if not _agree(found, expected):
                faults.append(_unlike(f"tables/plots.csv: {date}, {plot}, {column}", found, expected))
    return _check("trees_sum", question, tried, faults)


def _by_diameter_of_the_table(row: Mapping[str, str]) -> bool:
    """Whether an equation takes the diameter that the table of trees holds: of one stem, not at its base."""
    return row["stems"] == "per_stem" and "basal" not in row["points_of_measurement"]


def equation_ranges(view: ResultsView) -> Check:
    """Every stem beyond the range of its equation, by the table of equations, is marked so."""
    question = "Is every stem beyond the range of its equation marked?"
    trees = view.table("trees")
    ranges = {row["equation_id"]: row for row in sourced_rows("equations")}
    if trees is None:
        return _check("equation_ranges", question, 0, [])
    faults, tried = [], 0
    for use in view.results.equations:
        row = ranges.get(use.equation_id)
        if row is None or use.component not in ("agb", "bgb") or not _by_diameter_of_the_table(row):
            continue
        tried += 1
        own = trees[trees[f"{use.component}_equation"] == use.equation_id]
        diameter = pd.to_numeric(own["dbh_cm"], errors="coerce")
        low, high = (float(row[key]) if row[key] else None for key in ("dbh_min_cm", "dbh_max_cm"))
        if (low, high) != tuple(use.dbh_range_cm):
            faults.append(
                Phrase(
                    "{equation}: range {found} cm reported, {expected} cm in the table of equations",
                    equation=use.equation_id,
                    found=use.dbh_range_cm,
                    expected=(low, high),
                )
            )
        outside = own[f"{use.component}_outside_range"].eq("True")
        beyond = (diameter > (math.inf if high is None else high)) | (diameter < (low or 0.0))
        missed = own[beyond & ~outside]
        faults += [
            Phrase("tables/trees.csv: {tree}: {dbh} cm is outside, and is not marked", tree=source, dbh=dbh)
            for source, dbh in zip(missed["source"], missed["dbh_cm"], strict=True)
        ]
    return _check("equation_ranges", question, tried, faults)


def plots_inside_strata(view: ResultsView) -> Check:
    """Every located plot lies in the stratum that it is counted to."""
    layers = view.layers()
    question = "Does every plot lie in its stratum?"
    strata = layers.get("strata")
    if strata is None:
        return _check("plots_in_strata", question, 0, [])
    polygons = dict(zip(strata["stratum_id"].astype(str), strata.geometry, strict=True))
    faults, tried = [], 0
    for name, layer in layers.items():
        if not name.startswith("plots_"):
            continue
        for plot, stratum, point in zip(layer["plot_id"], layer["stratum_id"], layer.geometry, strict=True):
            tried += 1
            polygon = polygons.get(str(stratum))
            away = math.inf if polygon is None else point.distance(polygon)
            if away > NEAR_M:
                faults.append(
                    Phrase(
                        "{layer}: plot {plot} lies {distance} m outside stratum {stratum}",
                        layer=name,
                        plot=plot,
                        distance=f"{away:.1f}",
                        stratum=stratum,
                    )
                )
    if faults and "plot-outside-stratum" in {waiver.rule for waiver in view.results.waivers}:
        return Check("plots_in_strata", Phrase(question), "holds", (WAIVED, *faults))
    return _check("plots_in_strata", question, tried, faults)


def plausible(view: ResultsView) -> Check:
    """The sink per hectare and year, recomputed, stands below the limits or is waived in words."""
    question = "Is the sink plausible, and is every gate that it passed waived in words?"
    net, area, period = (
        view.total("net_removals_t_co2e"),
        view.value("area_ha"),
        view.results.monitoring_period,
    )
    limits = {
        parameter.name: parameter.value
        for parameter in view.results.parameters
        if parameter.name.startswith("plausibility_limit_")
    }
    if net is None or area is None or period is None:
        return _check("plausible", question, 0, [])
    days = (pd.Timestamp(period[1]) - pd.Timestamp(period[0])).days
    rate = net / area / (days / 365.25)
    faults = []
    reported = view.value("net_removals_per_hectare_year_t_co2e_ha_yr")
    if reported is not None and not _agree(reported, rate):
        faults.append(_unlike("net_removals_per_hectare_year_t_co2e_ha_yr", reported, rate))
    waived = {waiver.rule for waiver in view.results.waivers}
    for kind, lifted in (("soft", "plausibility-removal-soft" in waived), ("hard", False)):
        limit = limits.get(f"plausibility_limit_{kind}")
        if isinstance(limit, int | float) and rate > limit and not lifted:
            faults.append(
                Phrase(
                    "{found} t CO2e per hectare and year is above {limit}", found=f"{rate:.4g}", limit=limit
                )
            )
    for name in ("buffer_t_co2e", "uncertainty_deduction_t_co2e"):
        amount = view.value(name)
        if amount is not None and amount < 0:
            faults.append(Phrase("{name} is negative: {found}", name=name, found=amount))
    creditable, whole = view.value("creditable_removals_t_co2e"), view.value("whole_credits")
    carried = view.value("issuable_removals_t_co2e")
    if whole is not None and carried is not None and whole > max(carried, 0.0):
        faults.append(Phrase("{found} credits of {limit} t that may be issued", found=whole, limit=carried))
    if creditable is not None and creditable > max(net, 0.0):
        faults.append(Phrase("{found} t creditable of {limit} t net removals", found=creditable, limit=net))
    return _check("plausible", question, 1, faults)


def evidence_present(view: ResultsView) -> Check:
    """Baseline, conditions and numbers each have their document; no number rests on memory alone."""
    question = "Has everything that is claimed its document?"
    results = view.results
    faults, tried = [], 0
    if results.baseline is not None:
        tried += 1
        if not results.baseline.document.strip():
            faults.append(Phrase("baseline {scenario}: no document", scenario=results.baseline.scenario))
    issued = view.value("whole_credits")
    for condition in results.conditions:
        tried += 1
        if condition.state == "met" and not (condition.document or "").strip():
            faults.append(Phrase("condition {condition}: met, with no document", condition=condition.id))
        if condition.state != "met" and issued:
            faults.append(
                Phrase(
                    "condition {condition}: {state}, and credits are counted",
                    condition=condition.id,
                    state=Phrase(condition.state),
                )
            )
    for parameter in results.parameters:
        tried += 1
        if parameter.evidence == "recalled":
            faults.append(
                Phrase("{name}: from memory alone; the project file has to state it", name=parameter.name)
            )
        if not parameter.source.strip():
            faults.append(Phrase("{name}: no source", name=parameter.name))
    return _check("evidence", question, tried, faults)


def area_of_applicability(view: ResultsView) -> Check:
    """No biomass is mapped where the model does not apply or lacks predictors."""
    question = "Is no biomass mapped where the model may not be used?"
    faults, tried = [], 0
    maps = view.folder / "maps"
    pairs = [
        (path, path.with_name(path.name.replace("applicability", "agb", 1)))
        for path in sorted(maps.glob("applicability*.tif"))
    ]
    for outside, biomass in pairs:
        if not biomass.is_file():
            continue
        tried += 1
        with rasterio.open(outside) as first, rasterio.open(biomass) as second:
            inside, values = first.read(1, masked=True), second.read(1, masked=True)
        predicted = np.ma.filled(np.isfinite(values.astype("float64")), False)
        wrong = int((predicted & np.ma.filled(inside != APPLIES, False)).sum())
        if wrong:
            faults.append(
                Phrase(
                    "{file}: {count} pixels outside are predicted", file=f"maps/{biomass.name}", count=wrong
                )
            )
    return _check("applicability", question, tried, faults)


CHECKS: tuple[Callable[[ResultsView], Check], ...] = (
    parts_sum_to_totals,
    plots_add_up_trees,
    equation_ranges,
    plots_inside_strata,
    plausible,
    evidence_present,
    area_of_applicability,
)
"""What a verification goes through."""


def checked(view: ResultsView) -> tuple[Check, ...]:
    """Every check of a folder of results."""
    return tuple(_tried(check, view) for check in CHECKS)


def _tried(check: Callable[[ResultsView], Check], view: ResultsView) -> Check:
    """What a check found; that it could not read what somebody else wrote is a fault of the results."""
    try:
        return check(view)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        said = Phrase("{check} cannot be made: {problem}", check=check.__name__, problem=repr(error))
        return Check("readable", Phrase("Can the results be read?"), "fails", (said,))


NEAR_A_TONNE = 1e-6
"""Distance from a whole tonne, relative to the total, below which rounding decides on a credit."""


def near_rounding(view: ResultsView) -> tuple[Phrase, ...]:
    """Totals so close to a whole tonne that the last bits decide on a credit."""
    told = []
    value = view.value("issuable_removals_t_co2e")
    if value is not None:
        away = abs(value - round(value))
        if away <= NEAR_A_TONNE * max(abs(value), 1.0):
            told.append(
                Phrase(
                    "issuable_removals_t_co2e is {value}, {distance} t from a whole tonne",
                    value=value,
                    distance=f"{away:.2g}",
                )
            )
    return tuple(told)
