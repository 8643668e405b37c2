"""Soil in the sink, whichever way its change is known: removals and their sampling error.

Plots of trees and cores of soil may stand on the same ground. Their errors are added as they are and not
in quadrature: that is never too small, however the two go together.
"""

from __future__ import annotations

import numpy as np
from xarray import DataArray

from mrv.accounting.deductions import positive_part, satterthwaite
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input("allochthonous_share", "1", ("stratum",), "Share of the soil's carbon that came from elsewhere"),
    Input("soil_degrees_of_freedom", "1", ("stratum",), "Degrees of freedom of the sampling error of soil"),
)


@equation(clause="2", unit="t_c/ha", dims=("stratum",))
def autochthonous_soil_change(accounted_soil_change: DataArray, allochthonous_share: DataArray) -> DataArray:
    """Change of soil carbon less what came from elsewhere; a loss is counted whole.

    Parameters
    ----------
    accounted_soil_change : DataArray, dims (stratum,)
        [t_c ha⁻¹]
    allochthonous_share : DataArray, dims (stratum,)
        [1]

    Returns
    -------
    DataArray, dims (stratum,) [t_c ha⁻¹]
    """
    return accounted_soil_change - allochthonous_share * positive_part(accounted_soil_change)


@equation(clause="4", unit="t_co2e", dims=("stratum",))
def soil_removals(
    area: DataArray, autochthonous_soil_change: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Removals with the project in soil, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    autochthonous_soil_change : DataArray, dims (stratum,)
        [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * autochthonous_soil_change * co2_per_carbon


@equation(clause="4", unit="t_co2e", dims=("stratum",))
def project_removals(pool_removals: DataArray, soil_removals: DataArray) -> DataArray:
    """Removals with the project, over all pools of biomass and soil, by stratum.

    Parameters
    ----------
    pool_removals : DataArray, dims (stratum, pool)
        [t_co2e]
    soil_removals : DataArray, dims (stratum,)
        [t_co2e]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return pool_removals.sum("pool", skipna=False) + soil_removals


@equation(clause="9", unit="t_co2e", dims=("stratum",))
def project_standard_error(
    area: DataArray,
    stock_change_standard_error: DataArray,
    accounted_soil_change_standard_error: DataArray,
    co2_per_carbon: DataArray,
) -> DataArray:
    """Standard error of the project's removals, from the sampling of plots and of soil, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        Taken as exact. [ha]
    stock_change_standard_error, accounted_soil_change_standard_error : DataArray, dims (stratum,)
        NaN for a purposive sample, and where a rate has no error. [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * (stock_change_standard_error + accounted_soil_change_standard_error) * co2_per_carbon


@equation(clause="9", unit="1")
def degrees_of_freedom(
    project_standard_error: DataArray,
    stock_change_degrees_of_freedom: DataArray,
    soil_degrees_of_freedom: DataArray,
) -> DataArray:
    """Degrees of freedom of the sampling error, by Satterthwaite over strata; the fewer of biomass and soil.

    Parameters
    ----------
    project_standard_error : DataArray, dims (stratum,)
        [t_co2e]
    stock_change_degrees_of_freedom, soil_degrees_of_freedom : DataArray, dims (stratum,)
        [1]

    Returns
    -------
    DataArray [1]
    """
    fewer: DataArray = np.minimum(  # type: ignore[assignment]
        stock_change_degrees_of_freedom, soil_degrees_of_freedom
    )
    return satterthwaite(project_standard_error**2, fewer, "stratum")
