"""Quantities of a methodology in every draw, by the same equations that give their central values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mrv.accounting.engine import Quantity, equations, evaluate, inputs_needed
from mrv.accounting.given import Given
from mrv.run.account import DEAD_MATTER_FRACTION
from mrv.run.error_model import ErrorModel
from mrv.run.pools_in_sink import CARBON_FRACTION
from mrv.run.prepare import MethodologyInUse
from mrv.run.stated_amounts import DRAW, drawn_amounts
from mrv.streams import BLOCK
from mrv.uncertainty.simulation import Drawn
from mrv.uncertainty.stand import POOLS

if TYPE_CHECKING:
    from mrv.run.accounted_soil import AccountedSoil

Array = NDArray[np.float64]

KIND = "kind"
"""Dimension of draws: sampling errors as normal or as Student's t."""

NET_REMOVALS = "net_removals"


@dataclass(frozen=True)
class Held:
    """What keeps its central value in draws.

    Attributes
    ----------
    baseline, stated, soil : bool
        Numbers of the baseline; stated emissions, leakage and other numbers; soil in the sink.
    """

    baseline: bool = False
    stated: bool = False
    soil: bool = False


def baseline_numbers(
    methodology: MethodologyInUse, givens: Mapping[str, Given]
) -> dict[str, tuple[Quantity, Quantity]]:
    """Numbers of the baseline that have an error, each with its standard error."""
    names = [name for module in methodology.modules for name in getattr(module, "UNCERTAIN", ())]
    found = {}
    for name in names:
        error = f"{name}_standard_error"
        values = evaluate(methodology.modules, givens, [name, error])
        if bool((values[error].value != 0).any()):
            found[name] = (values[name], values[error])
    return found


def stated_numbers(
    methodology: MethodologyInUse, givens: Mapping[str, Given]
) -> dict[str, tuple[Given, Given]]:
    """Other numbers that the project states with an error and the equations take, each with that error."""
    of_baseline = {name for module in methodology.modules for name in getattr(module, "UNCERTAIN", ())}
    names = {*inputs_needed(methodology.modules)} & methodology.parameters.keys() & givens.keys()
    with_error = {
        name: (givens[name], givens[error])
        for name in sorted(names - of_baseline - {*CARBON_FRACTION.values()})
        if (error := f"{name}_standard_error") in givens
    }
    return {
        name: (value, error)
        for name, (value, error) in with_error.items()
        if bool((xr.DataArray(error.value) > 0).any())
    }


def _drawn_baseline(
    methodology: MethodologyInUse, givens: Mapping[str, Given], model: ErrorModel, draws: int
) -> dict[str, Given]:
    """Draws of the numbers of the baseline, one for all strata: they share its error.

    The streams are those of the names, so that every baseline that takes a number has the same draws of it.
    """
    drawn = {}
    for name, (value, error) in baseline_numbers(methodology, givens).items():
        score = _score(model, f"baseline.{name}", draws)
        drawn[name] = Given(value.value + error.value * score, value.unit, value.source, "stated")
    return drawn


def _drawn_stated(
    methodology: MethodologyInUse, givens: Mapping[str, Given], model: ErrorModel, draws: int
) -> dict[str, Given]:
    """Draws of stated emissions and leakage, and of other stated numbers with an error."""
    values = drawn_amounts(model.emissions, model.leakage, givens, model.stand.streams, draws)
    for name, (value, error) in stated_numbers(methodology, givens).items():
        values[name] = value.value + error.value * _score(model, f"stated.{name}", draws)
    return {name: replace(givens[name], value=value) for name, value in values.items()}


def _score(model: ErrorModel, stream: str, draws: int) -> xr.DataArray:
    """Standard normal numbers of a stream, one for each draw."""
    blocks = range(draws // BLOCK)
    return xr.DataArray(
        np.concatenate([model.stand.streams.normals(stream, block)[:, 0] for block in blocks]), dims=DRAW
    )


def drawn_givens(
    methodology: MethodologyInUse,
    givens: Mapping[str, Given],
    drawn: Drawn,
    model: ErrorModel,
    soil: AccountedSoil | None = None,
    held: Held | None = None,
) -> dict[str, Given]:
    """What a run hands to the equations, with draws in the place of what has an error.

    Parameters
    ----------
    methodology : MethodologyInUse
    givens : mapping
        With central values.
    drawn : Drawn
    model : ErrorModel
    soil : AccountedSoil or None
        Soil in the sink.
    held : Held, optional
        What is not drawn.
    """
    held = held or Held()
    draws = drawn.shared.area.shape[0]
    fractions = drawn.shared.carbon_fraction
    pools = list(fractions)
    rows = [POOLS.index(pool) for pool in pools]
    strata = [stratum.stratum_id for stratum in model.stand.strata]
    first = drawn.stock[:, rows][:, :, :, 0]
    biomass = xr.DataArray(
        np.stack([first, first + drawn.change[:, rows]]),
        {"date": _array(givens, "biomass_density")["date"].values, "pool": pools, "stratum": strata},
        ["date", KIND, "pool", "stratum", DRAW],
    )
    area = _array(givens, "area")
    order = area["stratum"].values
    departure = xr.DataArray(drawn.shared.area.T, {"stratum": strata}, ["stratum", DRAW])
    values = {
        "biomass_density": biomass.sel(stratum=order),
        "area": area + departure.sel(stratum=order),
        **{name: xr.DataArray(fractions[pool], dims=DRAW) for pool, name in CARBON_FRACTION.items()},
    }
    dead = [pool for pool in pools if pool not in CARBON_FRACTION]
    if dead:
        drawn_fractions = np.stack([fractions[pool] for pool in dead])
        values[DEAD_MATTER_FRACTION] = xr.DataArray(drawn_fractions, {"pool": dead}, ["pool", DRAW])
    if soil is not None and not held.soil:
        values |= soil.draws(draws, list(order))
    found = {**givens, **{name: replace(givens[name], value=value) for name, value in values.items()}}
    if not held.baseline:
        found |= _drawn_baseline(methodology, givens, model, draws)
    if not held.stated:
        found |= _drawn_stated(methodology, givens, model, draws)
    return found


def net_removals_draws(methodology: MethodologyInUse, givens: Mapping[str, Given]) -> Array:
    """Net removals of every draw, shape (2, draws). [t_co2e]

    Parameters
    ----------
    methodology : MethodologyInUse
    givens : mapping
        With draws, from :func:`drawn_givens`.
    """
    net = evaluate(methodology.modules, givens, [NET_REMOVALS])[NET_REMOVALS].value
    return np.asarray(net.transpose(KIND, DRAW).values)


def quantity_draws(
    methodology: MethodologyInUse, givens: Mapping[str, Given], names: Collection[str]
) -> dict[str, tuple[dict[str, str], Array]]:
    """Draws of every cell of quantities that have an error, by name and place: index and shape (2, draws).

    Parameters
    ----------
    methodology : MethodologyInUse
    givens : mapping
        With draws, from :func:`drawn_givens`.
    names : collection of str
        Quantities wanted.
    """
    values = evaluate(methodology.modules, givens, names)
    found = {}
    for name in sorted(names):
        value = values[name].value
        if DRAW not in value.dims:
            continue
        whole = value if KIND in value.dims else value.expand_dims({KIND: 2})
        dims = [dim for dim in whole.dims if dim not in (KIND, DRAW)]
        ordered = whole.transpose(*dims, KIND, DRAW)
        for place in np.ndindex(ordered.shape[: len(dims)]):
            index = {str(dim): str(ordered[dim].values[at]) for dim, at in zip(dims, place, strict=True)}
            found[place_key(name, index)] = (index, np.asarray(ordered.values[place]))
    return found


def place_key(quantity: str, index: Mapping[str, str]) -> str:
    """Name of one cell of a quantity: ``stratum_removals|stratum=fringe``."""
    return "|".join((quantity, *(f"{dim}={index[dim]}" for dim in sorted(index))))


def quantities_in_tonnes(methodology: MethodologyInUse, names: Sequence[str]) -> list[str]:
    """Quantities among the names that are amounts of CO₂ equivalents and are computed."""
    stated = equations(methodology.modules)
    return [name for name in names if name in stated and stated[name].unit.startswith("t_co2e")]


def _array(givens: Mapping[str, Given], name: str) -> xr.DataArray:
    return xr.DataArray(givens[name].value)
