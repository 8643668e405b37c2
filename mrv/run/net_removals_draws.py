"""Net removals of every draw, by the same equations that give the central value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mrv.accounting.engine import evaluate
from mrv.accounting.given import Given
from mrv.run.error_model import ErrorModel
from mrv.run.prepare import CARBON_FRACTION, MethodologyInUse
from mrv.streams import BLOCK
from mrv.uncertainty.simulation import Drawn
from mrv.uncertainty.stand import POOLS

Array = NDArray[np.float64]

BASELINE_RATE = "natural_growth_rate"
BASELINE_ERROR = f"{BASELINE_RATE}_standard_error"


def net_removals_draws(
    methodology: MethodologyInUse,
    givens: Mapping[str, Given],
    drawn: Drawn,
    model: ErrorModel,
    baseline: bool,
) -> Array:
    """Net removals of every draw, by the methodology's own equations on arrays of draws, shape (2, draws).

    Parameters
    ----------
    methodology : MethodologyInUse
    givens : mapping
        What the run hands to the equations; what is drawn takes the place of its central value.
    drawn : Drawn
    model : ErrorModel
    baseline : bool
        Whether the growth rate of the baseline is drawn.
    """
    pools = list(CARBON_FRACTION)
    rows = [POOLS.index(pool) for pool in pools]
    strata = [stratum.stratum_id for stratum in model.stand.strata]
    first = drawn.stock[:, rows, :, 0]
    biomass = xr.DataArray(
        np.stack([first, first + drawn.change[:, rows]]),
        {"date": _array(givens, "biomass_density")["date"].values, "pool": pools, "stratum": strata},
        ["date", "kind", "pool", "stratum", "draw"],
    )
    area = _array(givens, "area")
    order = area["stratum"].values
    departure = xr.DataArray(drawn.shared.area.T, {"stratum": strata}, ["stratum", "draw"])
    replaced = {
        "biomass_density": biomass.sel(stratum=order),
        "area": area + departure.sel(stratum=order),
        **{
            name: xr.DataArray(drawn.shared.carbon_fraction[pool], dims="draw")
            for pool, name in CARBON_FRACTION.items()
        },
    }
    if baseline:
        # One draw for all strata: they share the rate, and its error does not average out.
        count = range(drawn.shared.area.shape[0] // BLOCK)
        scores = [model.stand.streams.normals("baseline", block)[:, 0] for block in count]
        score = xr.DataArray(np.concatenate(scores), dims="draw")
        replaced[BASELINE_RATE] = _array(givens, BASELINE_RATE) + _array(givens, BASELINE_ERROR) * score
    given = {**givens, **{name: replace(givens[name], value=value) for name, value in replaced.items()}}
    net = evaluate(methodology.modules, given, ["net_removals"])["net_removals"].value
    return np.asarray(net.transpose("kind", "draw").values)


def _array(givens: Mapping[str, Given], name: str) -> xr.DataArray:
    return xr.DataArray(givens[name].value)
