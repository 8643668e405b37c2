"""Soil by ``rate``: accumulation per year, over the years of the period, where there is cover."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input("soil_accumulation", "t_c/ha/yr", ("stratum",), "Carbon that accumulates in the soil"),
    Input(
        "soil_accumulation_standard_error",
        "t_c/ha/yr",
        ("stratum",),
        "Standard error of that rate, from stations or dated cores",
    ),
    Input("soil_cover_share", "1", ("stratum",), "Share of the stratum with the cover that the rate is of"),
)


@equation(clause="2", unit="t_c/ha", dims=("stratum",))
def accounted_soil_change(
    soil_accumulation: DataArray, period_years: DataArray, soil_cover_share: DataArray
) -> DataArray:
    """Change of soil carbon over the monitoring period: rate, years, share of the area with cover.

    Parameters
    ----------
    soil_accumulation : DataArray, dims (stratum,)
        [t_c ha⁻¹ yr⁻¹]
    period_years : DataArray
        [yr]
    soil_cover_share : DataArray, dims (stratum,)
        [1]

    Returns
    -------
    DataArray, dims (stratum,) [t_c ha⁻¹]
    """
    return soil_accumulation * period_years * soil_cover_share


@equation(clause="9", unit="t_c/ha", dims=("stratum",))
def accounted_soil_change_standard_error(
    soil_accumulation_standard_error: DataArray, period_years: DataArray, soil_cover_share: DataArray
) -> DataArray:
    """Standard error of the change of soil carbon, from the sampling of rates.

    Parameters
    ----------
    soil_accumulation_standard_error : DataArray, dims (stratum,)
        NaN for a default, whose error is not known. [t_c ha⁻¹ yr⁻¹]
    period_years : DataArray
        [yr]
    soil_cover_share : DataArray, dims (stratum,)
        [1]

    Returns
    -------
    DataArray, dims (stratum,) [t_c ha⁻¹]
    """
    return soil_accumulation_standard_error * period_years * soil_cover_share
