"""Draws of pools on the ground: each part scaled by one draw of its factor, the mean moved by sampling.

These pools are in no sink and no sum with the trees, so they are drawn by themselves, with streams of
their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mrv.streams import BLOCK, Streams, blocks
from mrv.uncertainty.sampling import SampledStratum, student_factor
from mrv.uncertainty.shared import Normal, truncated_normal

Array = NDArray[np.float64]


class GroundStratum(NamedTuple):
    """Plots of a stratum in which a pool was looked at.

    Attributes
    ----------
    stratum_id : str
    replicates : int
    sample : SampledStratum
    degrees_of_freedom : float or None
        None where no sampling error is drawn.
    """

    stratum_id: str
    replicates: int
    sample: SampledStratum
    degrees_of_freedom: float | None


@dataclass(frozen=True)
class GroundModel:
    """A pool of one survey, as the draws take it.

    Attributes
    ----------
    pool : str
    parts : ndarray, shape (plots, parts)
        [t_dm/ha]
    factors : mapping of str to Normal
        One for each part, in order; a standard error of 0 where none is known.
    carbon_fraction : Normal or None
        [t_c/t_dm]
    strata : sequence of GroundStratum
    """

    pool: str
    parts: Array
    factors: Mapping[str, Normal]
    carbon_fraction: Normal | None
    strata: Sequence[GroundStratum]


class GroundDraws(NamedTuple):
    """Draws of a pool by stratum, shape (2, strata, draws): sampling as normal, and as Student's t.

    Attributes
    ----------
    biomass : ndarray
        [t_dm/ha]
    carbon_fraction : ndarray, shape (draws,), or None
        [t_c/t_dm]
    """

    biomass: Array
    carbon_fraction: Array | None


def _positive(normal: Normal, chance: Array, highest: float) -> Array:
    if normal.standard_error == 0:
        return np.full_like(chance, normal.value)
    return truncated_normal(chance, normal, (0.0, highest))


def _block(model: GroundModel, streams: Streams, block: int) -> tuple[Array, Array | None]:
    def chance(name: str) -> Array:
        return streams.uniforms(f"{model.pool}.{name}", block)[:, 0]

    relative = np.column_stack(
        [_positive(normal, chance(name), np.inf) / normal.value for name, normal in model.factors.items()]
    )
    drawn = np.empty((2, len(model.strata), BLOCK))
    for number, stratum in enumerate(model.strata):
        values = model.parts[stratum.sample.rows]
        # einsum, not a matrix product: the bits of that one may depend on the number of threads.
        mean = np.einsum("df,pf,p->d", relative, values, stratum.sample.estimator.weights)
        drawn[:, number] = mean
        if stratum.degrees_of_freedom is not None:
            name, where = f"sampling.{model.pool}", stratum.stratum_id
            normals = streams.normals(name, block, where, max(stratum.replicates, 1))
            departure = np.einsum("dp,pf,df->d", stratum.sample.multiples(normals), values, relative)
            chances = streams.uniforms(f"{name}.scale", block, where)[:, 0]
            student = student_factor(chances, stratum.degrees_of_freedom)
            drawn[0, number] += departure
            drawn[1, number] += departure * student
    fraction = model.carbon_fraction
    return drawn, None if fraction is None else _positive(fraction, chance("carbon_fraction"), 1.0)


def draw_ground(model: GroundModel, streams: Streams, draws: int) -> GroundDraws:
    """Draws of a pool on the ground.

    Parameters
    ----------
    model : GroundModel
    streams : Streams
    draws : int
        Rounded up to whole blocks.
    """
    parts = [_block(model, streams, number) for number in blocks(draws)]
    fractions = [fraction for _, fraction in parts if fraction is not None]
    return GroundDraws(
        np.concatenate([drawn for drawn, _ in parts], axis=-1),
        np.concatenate(fractions) if fractions else None,
    )
