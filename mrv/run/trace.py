"""The equation trail of a run: every quantity with what it was computed from, down to table rows.

``trace.json`` holds it; :mod:`mrv.run.explain` reads it back together with the tables of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from mrv.accounting.engine import Quantity
from mrv.methodologies import Methodology
from mrv.run.document import Document
from mrv.run.figures import cells, finite
from mrv.run.map_steps import ESTIMATED_BY_MAP, TABLES_OF_MAPS
from mrv.run.results import Figure
from mrv.units import identifier

Kind = Literal["equation", "parameter", "measured", "stated", "constant", "estimate"]


class Cell(Document):
    """One value of a quantity and where it stands."""

    index: dict[str, str]
    value: float | None
    standard_error: float | None = None


class Step(Document):
    """One quantity of the trail."""

    name: str
    quantity: str
    unit: str
    kind: Kind
    clause: str
    description: str
    formula: str
    inputs: list[str]
    source: str
    cells: list[Cell]


class Trace(Document):
    """``trace.json``: the steps by the name of their quantity."""

    schema_: Literal["mrv-trace/1"] = Field("mrv-trace/1", alias="schema")
    methodology: str | None = Field(None, description="Its id; null without one")
    conformance: str | None = Field(None, description="How it stands to the official text")
    steps: dict[str, Step]


def step_of_quantity(quantity: Quantity) -> Step:
    """A quantity of a methodology as a step of the trail."""
    return Step(
        name=identifier(quantity.name, quantity.unit),
        quantity=quantity.name,
        unit=quantity.unit,
        kind=quantity.kind,
        clause=quantity.clause,
        description=quantity.description,
        formula=quantity.formula,
        inputs=list(quantity.inputs),
        source=quantity.source,
        cells=[Cell(index=index, value=finite(value)) for index, value in cells(quantity.value)],
    )


ESTIMATED: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "biomass_density": (
        "Dry biomass per hectare: mean of the plots of a stratum",
        "mean(plots)",
        (),
    ),
    "biomass_density_alternative": (
        "Dry above-ground biomass per hectare by the alternative equation",
        "mean(plots)",
        (),
    ),
    "carbon_density": (
        "Carbon per hectare: mean of the plots of a stratum",
        "biomass_density * carbon_fraction",
        ("biomass_density", "carbon_fraction"),
    ),
    "carbon_stock_change": (
        "Change of carbon per hectare between the first and the last survey",
        "carbon_density(last) - carbon_density(first)",
        ("carbon_density",),
    ),
    "carbon_sink": (
        "Carbon sink per hectare and year, before any baseline",
        "carbon_stock_change * 44/12 / years",
        ("carbon_stock_change",),
    ),
    "survivor_growth": (
        "Carbon per hectare and year by which the stems live at both dates grew",
        "mean(plots)",
        (),
    ),
    "ingrowth": ("Carbon per hectare and year of stems that are new at the last date", "mean(plots)", ()),
    "mortality": ("Carbon per hectare and year of stems that died since the first date", "mean(plots)", ()),
    "carbon_sink_independent_standard_error": (
        "Standard error that the sink would have if other plots had been measured at the last date",
        "(se(first)**2 + se(last)**2)**0.5 * 44/12 / years",
        ("carbon_density",),
    ),
    "carbon_density_plain": (
        "Carbon per hectare from the plots alone, beside the estimator that uses more",
        "mean(plots)",
        (),
    ),
    "carbon_stock_change_plain": (
        "Change of carbon per hectare from the plots alone",
        "carbon_density_plain(last) - carbon_density_plain(first)",
        ("carbon_density_plain",),
    ),
    "carbon_density_skewed": (
        "Carbon per hectare with an interval from which skewness was taken out; a supplement",
        "z = T + k*T**2/3 + k**2*T**3/27 + k/6, solved for T (Hall 1992)",
        ("carbon_density",),
    ),
    "carbon_stock_change_skewed": (
        "Change of carbon per hectare with an interval from which skewness was taken out; a supplement",
        "z = T + k*T**2/3 + k**2*T**3/27 + k/6, solved for T (Hall 1992)",
        ("carbon_stock_change",),
    ),
    "carbon_density_neighbour_standard_error": (
        "Standard error of a grid from differences of neighbours; a supplement",
        "(sum((y_i - y_j)**2) / (2 * pairs) / n)**0.5",
        (),
    ),
    "carbon_density_grid_standard_error": (
        "Standard error of a grid whose correlation falls exponentially with distance; a supplement",
        "(s**2 / n * (sum over the grid - integral of the correlation))**0.5",
        (),
    ),
    "carbon_stock_change_neighbour_standard_error": (
        "Standard error of the change on a grid from differences of neighbours; a supplement",
        "(sum((d_i - d_j)**2) / (2 * pairs) / n)**0.5",
        (),
    ),
    "carbon_stock_change_grid_standard_error": (
        "Standard error of the change on a grid whose correlation falls exponentially; a supplement",
        "(s_d**2 / n * (sum over the grid - integral of the correlation))**0.5",
        (),
    ),
    "carbon_stock_change_least_variance": (
        "Change of carbon per hectare by partial replacement with weights of least variance; a supplement",
        "generalised least squares of the means of matched and unmatched plots",
        (),
    ),
    "biomass_stock": (
        "Dry biomass of a whole stratum",
        "biomass_density * area",
        ("biomass_density", "area"),
    ),
    "carbon_stock": ("Carbon of a whole stratum", "carbon_density * area", ("carbon_density", "area")),
    "soil_carbon_density": (
        "Soil carbon per hectare to a depth: mean of the plots with cores; in the sink only if declared",
        "mean(plots: mean(cores))",
        (),
    ),
    "stated_biomass_density": (
        "Dry biomass per hectare as a publication states it: mean of its plots; reported, not credited",
        "mean(plots)",
        (),
    ),
    "stated_carbon_density": (
        "Carbon per hectare as a publication states it: mean of its plots; reported, not credited",
        "mean(plots)",
        (),
    ),
    "soil_accretion": ("Accretion above marker horizons", "mean(stations: thickness / years)", ()),
    "soil_elevation_change": (
        "Change of elevation at surface elevation tables",
        "mean(stations: mean(arms: mean(pins)) / years)",
        (),
    ),
    "soil_shallow_subsidence": (
        "What was laid down without lifting the surface",
        "soil_accretion - soil_elevation_change",
        ("soil_accretion", "soil_elevation_change"),
    ),
    "soil_accumulation_rate": (
        "Carbon that accumulates in the soil; in the sink only if declared",
        "accretion * carbon density of the layer, or mass accumulation by lead-210 * carbon, or a default",
        ("soil_accretion",),
    ),
    "soil_carbon_stock": (
        "Soil carbon of a whole stratum to a depth; in the sink only if declared",
        "soil_carbon_density * area",
        ("soil_carbon_density", "area"),
    ),
    "soil_carbon_change": (
        "Change of soil carbon per hectare between the first and the last survey with cores",
        "soil_carbon_density(last) - soil_carbon_density(first), at the same depth or on the same mass",
        ("soil_carbon_density",),
    ),
    "soil_carbon_change_difference": (
        "Change of soil carbon on the same mass of soil less that at a fixed depth",
        "soil_carbon_change(equivalent soil mass) - soil_carbon_change(fixed depth)",
        ("soil_carbon_change",),
    ),
    "soil_carbon_stock_change": (
        "Change of soil carbon of a whole stratum; in the sink only if declared",
        "soil_carbon_change * area",
        ("soil_carbon_change", "area"),
    ),
    "soil_carbon_sink": (
        "Sink of soil per hectare and year; in the sink only if declared",
        "soil_carbon_change * 44/12 / years, or soil_accumulation_rate * 44/12",
        ("soil_carbon_change", "soil_accumulation_rate"),
    ),
    "soil_carbon_sink_total": (
        "Sink of soil of a whole stratum per year; in the sink only if declared",
        "soil_carbon_sink * area",
        ("soil_carbon_sink", "area"),
    ),
    "soil_allochthonous_share": ("Share of the soil's carbon that came from elsewhere", "", ()),
    "soil_allochthonous_share_sensitivity": (
        "Share of the soil's carbon that came from elsewhere, for an assumed organic matter of the sediment",
        "",
        (),
    ),
    "soil_allochthonous_deduction": (
        "Part of a gain of the soil that came from elsewhere",
        "max(soil_carbon_sink, 0) * soil_allochthonous_share",
        ("soil_carbon_sink", "soil_allochthonous_share"),
    ),
    "soil_allochthonous_deduction_total": (
        "Part of a gain of the soil of a whole stratum that came from elsewhere",
        "soil_allochthonous_deduction * area",
        ("soil_allochthonous_deduction", "area"),
    ),
    "soil_carbon_sink_net": (
        "Sink of soil less what came from elsewhere; in the sink only if declared",
        "soil_carbon_sink - soil_allochthonous_deduction",
        ("soil_carbon_sink", "soil_allochthonous_deduction"),
    ),
    "soil_carbon_sink_net_total": (
        "Sink of soil of a whole stratum less what came from elsewhere; in the sink only if declared",
        "soil_carbon_sink_net * area",
        ("soil_carbon_sink_net", "area"),
    ),
    "soil_methane_emission": ("Methane from the soil; reported, not deducted", "amount * GWP", ()),
    "soil_methane_emission_total": (
        "Methane from the soil of a whole stratum; reported, not deducted",
        "soil_methane_emission * area",
        ("soil_methane_emission", "area"),
    ),
    "soil_nitrous_oxide_emission": (
        "Nitrous oxide from the soil; reported, not deducted",
        "amount * GWP",
        (),
    ),
    "soil_nitrous_oxide_emission_total": (
        "Nitrous oxide from the soil of a whole stratum; reported, not deducted",
        "soil_nitrous_oxide_emission * area",
        ("soil_nitrous_oxide_emission", "area"),
    ),
    **ESTIMATED_BY_MAP,
    "area": ("Area of the stratum", "", ()),
}
"""Description, formula and inputs of what the plots give without a methodology."""


SOURCE_TABLES: Mapping[str, str] = {
    "survivor_growth": "tables/growth.csv",
    "ingrowth": "tables/growth.csv",
    "mortality": "tables/growth.csv",
    "stated_biomass_density": "tables/stated_biomass.csv",
    "stated_carbon_density": "tables/stated_biomass.csv",
    "soil_carbon_density": "tables/cores.csv",
    "soil_accretion": "tables/soil_stations.csv",
    "soil_elevation_change": "tables/soil_stations.csv",
    "soil_shallow_subsidence": "tables/soil_stations.csv",
    "soil_accumulation_rate": "tables/soil_stations.csv",
    "soil_carbon_change": "tables/cores.csv",
    "soil_carbon_change_difference": "tables/cores.csv",
    **dict.fromkeys(
        (
            "soil_carbon_stock",
            "soil_carbon_stock_change",
            "soil_carbon_sink",
            "soil_carbon_sink_total",
            "soil_carbon_sink_net",
            "soil_carbon_sink_net_total",
            "soil_allochthonous_deduction",
            "soil_allochthonous_deduction_total",
            "soil_methane_emission_total",
            "soil_nitrous_oxide_emission_total",
        ),
        "tables/strata.csv",
    ),
    "soil_allochthonous_share": "mrv.yaml: soil_balance.allochthonous",
    "soil_allochthonous_share_sensitivity": "tables/soil_allochthonous.csv",
    "soil_methane_emission": "mrv.yaml: soil_balance.methane",
    "soil_nitrous_oxide_emission": "mrv.yaml: soil_balance.nitrous_oxide",
    **TABLES_OF_MAPS,
}
"""Table of results that holds the rows behind a quantity, where it is not that of the plots."""


def _cells_of_figures(figures: Iterable[Figure]) -> list[Cell]:
    return [
        Cell(index=figure.index, value=figure.value, standard_error=figure.standard_error)
        for figure in figures
    ]


def _estimated_steps(figures: list[Figure], known: Mapping[str, Step]) -> dict[str, Step]:
    steps = {}
    for quantity, (description, formula, inputs) in ESTIMATED.items():
        own = [figure for figure in figures if figure.quantity == quantity]
        if not own:
            continue
        accounted = known.get(quantity)
        steps[quantity] = Step(
            name=own[0].name,
            quantity=quantity,
            unit=own[0].unit,
            kind=accounted.kind if accounted else "estimate",
            clause=accounted.clause if accounted else "",
            description=accounted.description if accounted else description,
            formula=(accounted.formula if accounted else "") or formula,
            inputs=accounted.inputs if accounted and accounted.inputs else list(inputs),
            source=accounted.source if accounted else SOURCE_TABLES.get(quantity, "tables/plots.csv"),
            cells=_cells_of_figures(own),
        )
    return steps


def _carbon_fraction_step(fractions: Mapping[str, float]) -> Step:
    return Step(
        name="carbon_fraction_t_c_t_dm",
        quantity="carbon_fraction",
        unit="t_c/t_dm",
        kind="stated",
        clause="",
        description="Carbon per dry mass of each pool",
        formula="",
        inputs=[],
        source="mrv.yaml: parameters",
        cells=[Cell(index={"pool": pool}, value=value) for pool, value in fractions.items()],
    )


def trace_of(
    quantities: Mapping[str, Quantity],
    figures: list[Figure],
    carbon_fraction: Mapping[str, float],
    methodology: Methodology | None = None,
) -> Trace:
    """Trail of a run.

    Parameters
    ----------
    quantities : mapping
        Of the methodology; empty without one.
    figures : list of Figure
    carbon_fraction : mapping
        By pool. [t_c/t_dm]
    methodology : Methodology, optional
        Documents of the methodology.
    """
    steps = {name: step_of_quantity(quantity) for name, quantity in quantities.items()}
    steps |= _estimated_steps(figures, steps)
    if carbon_fraction and "carbon_fraction" not in steps:
        steps["carbon_fraction"] = _carbon_fraction_step(carbon_fraction)
    return Trace(
        schema="mrv-trace/1",
        methodology=methodology.id if methodology else None,
        conformance=methodology.conformance if methodology else None,
        steps={name: steps[name] for name in sorted(steps)},
    )
