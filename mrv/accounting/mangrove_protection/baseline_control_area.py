"""Baseline ``control_area``: what a matched area without the project did; difference in differences.

The project's change less that of the control is what the project did. The control was measured at both
ends of the monitoring period; strata share its error.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation

UNCERTAIN = ("control_density_first", "control_density_last")


@equation(clause="5 control_area", unit="t_c/ha")
def control_change(control_density_first: DataArray, control_density_last: DataArray) -> DataArray:
    """Carbon gained per hectare in the control area over the monitoring period.

    Parameters
    ----------
    control_density_first, control_density_last : DataArray, dims () or (stratum,)
        At both ends of the period. [t_c ha⁻¹]

    Returns
    -------
    DataArray, dims () or (stratum,) [t_c ha⁻¹]
    """
    return control_density_last - control_density_first


@equation(clause="5 control_area", unit="t_c/ha")
def control_change_standard_error(
    control_density_first_standard_error: DataArray, control_density_last_standard_error: DataArray
) -> DataArray:
    """Standard error of the change of the control area, of two samples that are independent.

    Where the same plots were measured twice this is too large, which credits less.

    Parameters
    ----------
    control_density_first_standard_error, control_density_last_standard_error : DataArray
        [t_c ha⁻¹]

    Returns
    -------
    DataArray, dims () or (stratum,) [t_c ha⁻¹]
    """
    return (control_density_first_standard_error**2 + control_density_last_standard_error**2) ** 0.5


@equation(clause="5 control_area", unit="t_co2e", dims=("stratum",))
def baseline_removals(area: DataArray, control_change: DataArray, co2_per_carbon: DataArray) -> DataArray:
    """Baseline removals as in the control area, by stratum; negative where that lost carbon.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        Of the project. [ha]
    control_change : DataArray, dims () or (stratum,)
        [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * control_change * co2_per_carbon


@equation(clause="5 control_area", unit="t_co2e")
def baseline_standard_error(
    area: DataArray, control_change_standard_error: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Standard error of the baseline over all strata, which share the error of the control.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    control_change_standard_error : DataArray, dims () or (stratum,)
        [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray [t_co2e]
    """
    by_stratum = area * control_change_standard_error * co2_per_carbon
    return by_stratum.sum("stratum", skipna=False)
