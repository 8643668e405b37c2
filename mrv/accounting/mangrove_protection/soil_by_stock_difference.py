"""Soil by ``stock_difference``: its carbon at both ends of the period, above the same reference plane."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input(
        "soil_stock_difference", "t_c/ha", ("stratum",), "Soil carbon at the last date less that at the first"
    ),
    Input(
        "soil_stock_difference_standard_error",
        "t_c/ha",
        ("stratum",),
        "Standard error of that difference, from plots with cores",
    ),
)


@equation(clause="2", unit="t_c/ha", dims=("stratum",))
def accounted_soil_change(soil_stock_difference: DataArray) -> DataArray:
    """Change of soil carbon over the monitoring period: the stock difference.

    Parameters
    ----------
    soil_stock_difference : DataArray, dims (stratum,)
        [t_c ha⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_c ha⁻¹]
    """
    return soil_stock_difference


@equation(clause="9", unit="t_c/ha", dims=("stratum",))
def accounted_soil_change_standard_error(soil_stock_difference_standard_error: DataArray) -> DataArray:
    """Standard error of the change of soil carbon, from sampling.

    Parameters
    ----------
    soil_stock_difference_standard_error : DataArray, dims (stratum,)
        [t_c ha⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_c ha⁻¹]
    """
    return soil_stock_difference_standard_error
