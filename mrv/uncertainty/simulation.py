"""Draws of stocks and of their change, by stratum and pool, from shared errors and from sampling.

Each draw takes one value of everything shared, recomputes the plot sums with it, and moves the means by
one sampling error. Tree noise (measuring, residuals) is not added: the scatter between plots holds
it already, and would count twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mrv.inputs.uncertainty import Component
from mrv.progress import SILENT, Progress
from mrv.streams import BLOCK, Streams, blocks
from mrv.uncertainty.sampling import SampledStratum, student_factor
from mrv.uncertainty.shared import SharedDraws, SharedErrors, draw_shared
from mrv.uncertainty.stand import POOLS, Term

Array = NDArray[np.float64]

NORMAL, STUDENT = 0, 1
"""First axis of the draws: sampling errors as normal (for variances) and as Student's t (for intervals)."""


@dataclass(frozen=True)
class StratumModel:
    """How the plots of a stratum make its stocks and their change.

    Attributes
    ----------
    stratum_id : str
    replicates : int
        Plots or clusters of all surveys.
    samples : tuple of SampledStratum or None
        By survey; None where the stratum was not sampled.
    degrees_of_freedom : tuple of float or None
        By survey; None where no sampling error is drawn (a purposive sample, a single plot).
    change_degrees_of_freedom : float or None
        Of the change from the first to the last survey.
    """

    stratum_id: str
    replicates: int
    samples: tuple[SampledStratum | None, ...]
    degrees_of_freedom: tuple[float | None, ...]
    change_degrees_of_freedom: float | None


@dataclass(frozen=True)
class StandModel:
    """Everything that the draws work on."""

    terms: Sequence[Term]
    strata: Sequence[StratumModel]
    errors: SharedErrors
    streams: Streams

    @property
    def surveys(self) -> int:
        """Number of surveys."""
        return len(self.strata[0].samples)

    @property
    def columns(self) -> dict[str, slice]:
        """Columns of each pool in the table of sums."""
        found, start = {}, 0
        for pool in POOLS:
            width = sum(term.sums[0].shape[1] for term in self.terms if term.pool == pool)
            found[pool] = slice(start, start + width)
            start += width
        return found


@dataclass(frozen=True)
class Drawn:
    """Draws of biomass per hectare. [t_dm/ha]

    Attributes
    ----------
    stock : ndarray, shape (2, pools, strata, surveys, draws)
        First axis: sampling errors as normal, and as Student's t. NaN where a stratum was not sampled.
    change : ndarray, shape (2, pools, strata, draws)
        From the first to the last survey.
    shared : SharedDraws
    """

    stock: Array
    change: Array
    shared: SharedDraws


def factors(terms: Sequence[Term], shared: SharedDraws, draws: int) -> Array:
    """Factor of each column of sums in each draw, shape (draws, columns). [1]"""
    weights: dict[int, Array] = {}
    parts = []
    for term in terms:
        key = id(term.ensemble)
        if key not in weights:
            weights[key] = (
                term.ensemble.only_used(draws)
                if shared.choice is None
                else term.ensemble.weights(shared.choice[term.ensemble.used])
            )
        factor = weights[key][:, term.member]
        if term.density_exponent and term.species in shared.wood_density:
            factor = factor * shared.wood_density[term.species] ** term.density_exponent
        if term.by_ratio:
            factor = factor * shared.root_shoot_ratio
        if term.dead_class in shared.dead:
            factor = factor * shared.dead[term.dead_class]
        if term.ground_factor in shared.ground:
            factor = factor * shared.ground[term.ground_factor]
        count = term.powers
        departure = shared.coefficients.get(term.equation)
        if departure is None:
            powers = np.zeros((draws, count))
            powers[:, 0] = factor
        else:
            level = factor * np.exp(departure[:, 0] + departure[:, 1] * term.centre)
            powers = level[:, None] * np.vander(departure[:, 1], count, increasing=True)
        parts.append(powers)
        # A shift that is held has no number: its columns count nothing.
        parts += [
            powers * shared.shifts[name][:, None] if name in shared.shifts else np.zeros_like(powers)
            for name in term.shifts
        ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((draws, 0))


@dataclass(frozen=True)
class _Sums:
    """Means of the columns and their sampling departures, of one stratum and survey in one block."""

    mean: Array
    departure: Array | None


def _block_sums(model: StandModel, tables: Sequence[Array], block: int) -> list[list[_Sums | None]]:
    sums: list[list[_Sums | None]] = []
    for stratum in model.strata:
        normals = model.streams.normals("sampling", block, stratum.stratum_id, max(stratum.replicates, 1))
        row: list[_Sums | None] = []
        for table, sample, df in zip(tables, stratum.samples, stratum.degrees_of_freedom, strict=True):
            if sample is None:
                row.append(None)
                continue
            values = table[sample.rows]
            mean = np.einsum("p,pf->f", sample.estimator.weights, values)
            # einsum, not a matrix product: the bits of that one may depend on the number of threads.
            departure = np.einsum("dp,pf->df", sample.multiples(normals), values) if df is not None else None
            row.append(_Sums(mean, departure))
        sums.append(row)
    return sums


def _pool_sums(factor: Array, sums: _Sums, columns: slice) -> tuple[Array, Array]:
    part = factor[:, columns]
    mean = np.einsum("df,f->d", part, sums.mean[columns])
    if sums.departure is None:
        return mean, np.zeros_like(mean)
    return mean, np.einsum("df,df->d", part, sums.departure[:, columns])


def _students(model: StandModel, block: int) -> list[tuple[list[Array], Array]]:
    """Factor from normal to Student's t, by stratum: of each survey, and of the change."""
    found = []
    for stratum in model.strata:
        chance = model.streams.uniforms("sampling.scale", block, stratum.stratum_id)[:, 0]
        of_change, *of_surveys = (
            np.ones(BLOCK) if df is None else student_factor(chance, df)
            for df in (stratum.change_degrees_of_freedom, *stratum.degrees_of_freedom)
        )
        found.append((of_surveys, of_change))
    return found


class BlockOfDraws:
    """One block of draws, from which the draws with a component held come as well."""

    def __init__(self, model: StandModel, tables: Sequence[Array], block: int) -> None:
        self.model = model
        used = sorted({term.ensemble.used for term in model.terms})
        self.shared = draw_shared(model.errors, model.streams, block, used, len(model.strata))
        self._sums = _block_sums(model, tables, block)
        self._students = _students(model, block)

    def drawn(self, held: Component | None = None) -> Drawn:
        """Draws with all components, or with one held at its median."""
        model, pools = self.model, self.model.columns
        shared = self.shared.held(held) if held else self.shared
        moving = 0.0 if held == "sampling" else 1.0
        factor = factors(model.terms, shared, BLOCK)
        shape = (2, len(POOLS), len(model.strata))
        stock = np.full((*shape, model.surveys, BLOCK), math.nan)
        change = np.full((*shape, BLOCK), math.nan)
        for s, (stratum, sums) in enumerate(zip(model.strata, self._sums, strict=True)):
            students, student_of_change = self._students[s]
            for p, pool in enumerate(POOLS):
                parts = [None if each is None else _pool_sums(factor, each, pools[pool]) for each in sums]
                for t, part in enumerate(parts):
                    if part is not None:
                        departure = part[1] * moving
                        stock[NORMAL, p, s, t] = part[0] + departure
                        stock[STUDENT, p, s, t] = part[0] + departure * students[t]
                first, last = parts[0], parts[-1]
                if first is not None and last is not None and len(parts) > 1:
                    known = stratum.change_degrees_of_freedom is not None
                    departure = (last[1] - first[1]) * (moving if known else 0.0)
                    change[NORMAL, p, s] = last[0] - first[0] + departure
                    change[STUDENT, p, s] = last[0] - first[0] + departure * student_of_change
        return Drawn(stock, change, shared)


def tables_of(terms: Sequence[Term], surveys: int) -> list[Array]:
    """Sums of all terms side by side, one table for each survey, shape (plots, columns). [t/ha]"""
    return [np.concatenate([term.sums[t] for term in terms], axis=1) for t in range(surveys)]


def joined(parts: Sequence[Drawn]) -> Drawn:
    """Draws of several blocks, one after the other."""
    first = parts[0].shared

    def along(values: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
        return {name: np.concatenate([value[name] for value in values]) for name in values[0]}

    return Drawn(
        np.concatenate([part.stock for part in parts], axis=-1),
        np.concatenate([part.change for part in parts], axis=-1),
        replace(
            first,
            wood_density=along([part.shared.wood_density for part in parts]),
            coefficients=along([part.shared.coefficients for part in parts]),
            choice=None
            if first.choice is None
            else along([part.shared.choice for part in parts if part.shared.choice is not None]),
            carbon_fraction=along([part.shared.carbon_fraction for part in parts]),
            root_shoot_ratio=np.concatenate([part.shared.root_shoot_ratio for part in parts]),
            dead=along([part.shared.dead for part in parts]),
            ground=along([part.shared.ground for part in parts]),
            shifts=along([part.shared.shifts for part in parts]),
            area=np.concatenate([part.shared.area for part in parts]),
        ),
    )


def simulate(
    model: StandModel,
    draws: int,
    components: Sequence[Component] = (),
    first: int = 0,
    progress: Progress = SILENT,
) -> dict[Component | None, Drawn]:
    """Draws with every component at work, and with each of some held at its median.

    Parameters
    ----------
    model : StandModel
    draws : int
        Rounded up to whole blocks.
    components : sequence of str
        Components to hold, one at a time; the draws of all others stay the same.
    first : int
        Number of the first block: further draws go on where earlier ones ended.
    progress : Progress, optional
        Told of every block.

    Returns
    -------
    dict
        Under None the draws with every component at work.
    """
    tables = tables_of(model.terms, model.surveys)
    parts: dict[Component | None, list[Drawn]] = {None: [], **{name: [] for name in components}}
    numbers = list(blocks(draws))
    with progress.long_step("Drawing errors", len(numbers)) as advance:
        for number in numbers:
            block = BlockOfDraws(model, tables, first + number)
            for held, collected in parts.items():
                collected.append(block.drawn(held))
            advance(1)
    return {held: joined(collected) for held, collected in parts.items()}
