"""Dead wood and litter where nobody measured them: default shares of the biomass of trees."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (Input("tree_biomass", "t_dm/ha", ("land_class",), "Dry biomass of the trees of a class"),)


@equation(clause="AR-TOOL12", unit="t_c/ha", dims=("land_class",))
def dead_wood_stock(
    tree_biomass: DataArray, dead_wood_share: DataArray, dead_wood_carbon_fraction: DataArray
) -> DataArray:
    """Carbon in dead wood by default.

    Parameters
    ----------
    tree_biomass : DataArray, dims (land_class,)
        [t_dm ha⁻¹]
    dead_wood_share : DataArray
        Dry mass per dry mass of trees, by climate. [1]
    dead_wood_carbon_fraction : DataArray
        [t_c t_dm⁻¹]

    Returns
    -------
    DataArray, dims (land_class,) [t_c ha⁻¹]
    """
    return tree_biomass * dead_wood_share * dead_wood_carbon_fraction


@equation(clause="AR-TOOL12", unit="t_c/ha", dims=("land_class",))
def litter_stock(
    tree_biomass: DataArray, litter_share: DataArray, litter_carbon_fraction: DataArray
) -> DataArray:
    """Carbon in litter by default.

    Parameters
    ----------
    tree_biomass : DataArray, dims (land_class,)
        [t_dm ha⁻¹]
    litter_share : DataArray
        Dry mass per dry mass of trees, by climate. [1]
    litter_carbon_fraction : DataArray
        [t_c t_dm⁻¹]

    Returns
    -------
    DataArray, dims (land_class,) [t_c ha⁻¹]
    """
    return tree_biomass * litter_share * litter_carbon_fraction
