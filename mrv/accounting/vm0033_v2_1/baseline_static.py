"""Without the project trees and shrubs stay as they are; what the soil does is stated by the project."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation


@equation(clause="74 static", unit="t_co2e/yr", dims=("stratum", "year"))
def baseline_tree_change(project_tree_change: DataArray) -> DataArray:
    """Carbon dioxide that trees would take up without the project: none.

    Parameters
    ----------
    project_tree_change : DataArray, dims (stratum, year)
        Shape of the result. [t_co2e yr⁻¹]

    Returns
    -------
    DataArray, dims (stratum, year) [t_co2e yr⁻¹]
    """
    return project_tree_change * 0
