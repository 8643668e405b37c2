"""Methane and nitrous oxide from the soil of strata: by the default for the salinity, or as measured."""

from __future__ import annotations

from collections.abc import Mapping

from mrv.findings import Finding, Phrase
from mrv.inputs.row_filters import Where
from mrv.inputs.soil_balance import DefaultMethane, DefaultNitrousOxide, MeasuredFlux
from mrv.run.soil_balance import DEFAULT_RATE, stated, with_project
from mrv.run.soil_figure import SoilFigure
from mrv.soil.vm0033_defaults import (
    NoDefaultError,
    annual_emission,
    default_methane,
    default_nitrous_oxide,
)
from mrv.soil_reference import soil_default
from mrv.uncertainty.soil import Effect

MEASURED_FLUX = "measured flux"


def _default_emissions(
    gas: DefaultMethane | DefaultNitrousOxide, where: Where
) -> tuple[dict[str, float], list[Finding]]:
    """Emission of each stratum by the default for its salinity. [t_co2e/ha/yr]"""
    emissions, findings = {}, []
    for name, salinity in sorted(gas.salinity.ppt.items()):
        try:
            if isinstance(gas, DefaultMethane):
                lower = gas.lower_class and salinity >= soil_default("salinity_marine")
                amount = default_methane(salinity, marine_class=lower)
            else:
                nitrogen = gas.direct_nitrogen
                # A stratum that the mapping lacks is refused where the project file is read.
                direct = nitrogen[name] if isinstance(nitrogen, dict) else nitrogen
                amount = default_nitrous_oxide(salinity, direct_nitrogen=direct)
        except NoDefaultError as error:
            findings.append(
                Finding(
                    where("salinity", "ppt", name),
                    "soil-no-default",
                    "{stratum}: {problem}",
                    {"stratum": name, "problem": Phrase(error.message, **error.values)},
                )
            )
        else:
            emissions[name] = amount * gas.gwp.value
    return emissions, findings


def gas_figures(
    quantity: str,
    gas: MeasuredFlux | DefaultMethane | DefaultNitrousOxide,
    areas_ha: Mapping[str, float],
    where: Where,
) -> tuple[list[SoilFigure], list[Finding]]:
    """Emission of a gas by stratum and for the project, and strata for which there is no default.

    Returns
    -------
    list of SoilFigure
        [t_co2e/ha/yr], an emission positive.
    list of Finding
    """
    if not isinstance(gas, MeasuredFlux):
        emissions, findings = _default_emissions(gas, where)
        estimates = {
            name: stated(value, DEFAULT_RATE) for name, value in emissions.items() if name in areas_ha
        }
        index = {"method": DEFAULT_RATE}
        return with_project(quantity, index, "t_co2e/ha/yr", estimates, areas_ha), findings
    errors = gas.standard_error_mg_m2_d or {}
    estimates, effects = {}, {}
    for name, flux in sorted(gas.flux_mg_m2_d.items()):
        if name not in areas_ha:
            continue
        estimates[name] = stated(float(annual_emission(flux, gas.gwp.value)), MEASURED_FLUX)
        step = float(annual_emission(errors.get(name, 0.0), gas.gwp.value))
        effects[name] = (Effect("soil_gas_flux", f"{quantity}.{name}", step),)
    index = {"method": MEASURED_FLUX}
    return with_project(quantity, index, "t_co2e/ha/yr", estimates, areas_ha, effects), []
