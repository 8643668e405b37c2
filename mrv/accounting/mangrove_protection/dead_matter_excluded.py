"""Dead matter ``excluded``: dead wood and litter are not in the sink, whether measured or not."""

from __future__ import annotations

import xarray as xr
from xarray import DataArray

from mrv.accounting.engine import equation


@equation(clause="1", unit="t_c/t_dm", dims=("pool",))
def carbon_fraction(carbon_fraction_agb: DataArray, carbon_fraction_bgb: DataArray) -> DataArray:
    """Carbon per dry mass of each pool of live trees.

    Parameters
    ----------
    carbon_fraction_agb, carbon_fraction_bgb : DataArray, dims () or (stratum,)
        [t_c t_dm⁻¹]

    Returns
    -------
    DataArray, dims (pool,) or (pool, stratum) [t_c t_dm⁻¹]
    """
    pools = xr.broadcast(carbon_fraction_agb, carbon_fraction_bgb)
    return xr.concat(pools, dim=xr.Variable("pool", ["agb", "bgb"]))
