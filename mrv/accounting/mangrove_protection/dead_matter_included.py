"""Dead matter ``included``: dead wood or litter is in the sink, each as one more pool of the plots.

The plots measure it at both dates, so that its change is in the change of the plot, and its sampling error in
that of the sum over all pools.
"""

from __future__ import annotations

import xarray as xr
from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input(
        "dead_matter_carbon_fraction",
        "t_c/t_dm",
        ("pool",),
        "Carbon per dry mass of standing dead trees, downed wood and litter, of those that count",
    ),
)


@equation(clause="1", unit="t_c/t_dm", dims=("pool",))
def carbon_fraction(
    carbon_fraction_agb: DataArray, carbon_fraction_bgb: DataArray, dead_matter_carbon_fraction: DataArray
) -> DataArray:
    """Carbon per dry mass of each pool of live trees and of dead matter.

    Parameters
    ----------
    carbon_fraction_agb, carbon_fraction_bgb : DataArray, dims () or (stratum,)
        [t_c t_dm⁻¹]
    dead_matter_carbon_fraction : DataArray, dims (pool,)
        [t_c t_dm⁻¹]

    Returns
    -------
    DataArray, dims (pool,) or (pool, stratum) [t_c t_dm⁻¹]
    """
    of_trees = xr.broadcast(carbon_fraction_agb, carbon_fraction_bgb)
    live = xr.concat(of_trees, dim=xr.Variable("pool", ["agb", "bgb"]))
    return xr.concat(xr.broadcast(live, dead_matter_carbon_fraction, exclude=["pool"]), dim="pool")
