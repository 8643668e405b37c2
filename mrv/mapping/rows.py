"""What a model sees: places with their predictors, and plots with their biomass beside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64] | NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """Places, one a row: plots, pixels or cells.

    Attributes
    ----------
    predictors : ndarray, shape (n, p)
        In the order of the names that go with them; NaN where there is no data. In single precision, as
        imagery has them, or in double; what is computed from them is in double.
    stratum : ndarray of int, shape (n,)
        Position of the stratum in the list of strata.
    coordinates_m : ndarray, shape (n, 2)
        Easting and northing in the reference system; NaN where not known. [m]
    """

    predictors: Floats
    stratum: Integers
    coordinates_m: Array

    def __len__(self) -> int:
        return len(self.stratum)

    def take(self, rows: Integers | slice) -> Rows:
        """Some of the rows, in the order given."""
        return Rows(self.predictors[rows], self.stratum[rows], self.coordinates_m[rows])

    def with_column(self, column: int, values: Array) -> Rows:
        """The same places with one predictor replaced."""
        predictors = self.predictors.copy()
        predictors[:, column] = values
        return replace(self, predictors=predictors)


@dataclass(frozen=True)
class Training:
    """Plots that a model is fitted to.

    Attributes
    ----------
    rows : Rows
    agb_t_ha : ndarray, shape (n,)
        Above-ground biomass of the plots. [t_dm/ha]
    weight : ndarray, shape (n,)
        Inverse error variance, scaled to a mean of 1. [1]
    plot_id : tuple of str, length n
        May repeat: rows of one plot, such as several years.
    unit : tuple of str, length n
        Sampling unit of each row, the plot or its cluster; what a fold or a bootstrap sample holds together.
    names : tuple of str, length p
        Predictors.
    strata : tuple of str
    height : int or None
        Position of the predictor that is a canopy height in metres.
    date : tuple of str, length n
        Of each row; empty where all are of one date.
    """

    rows: Rows
    agb_t_ha: Array
    weight: Array
    plot_id: tuple[str, ...]
    unit: tuple[str, ...]
    names: tuple[str, ...]
    strata: tuple[str, ...]
    height: int | None = None
    date: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.plot_id)

    @property
    def predictors(self) -> Array:
        """Of each row, in double precision, shape (n, p)."""
        return np.asarray(self.rows.predictors, dtype=np.float64)

    def take(self, rows: Integers) -> Training:
        """Some of the rows, in the order given; a row may come several times."""
        return replace(
            self,
            rows=self.rows.take(rows),
            agb_t_ha=self.agb_t_ha[rows],
            weight=self.weight[rows],
            plot_id=tuple(self.plot_id[row] for row in rows),
            unit=tuple(self.unit[row] for row in rows),
            date=tuple(self.date[row] for row in rows) if self.date else (),
        )

    def joined(self, other: Training) -> Training:
        """These rows and those of another date; rows of one unit stay together in every fold."""

        def both(one: np.ndarray[Any, Any], two: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
            return np.concatenate([one, two])

        return replace(
            self,
            rows=Rows(
                both(self.rows.predictors, other.rows.predictors),
                both(self.rows.stratum, other.rows.stratum),
                both(self.rows.coordinates_m, other.rows.coordinates_m),
            ),
            agb_t_ha=both(self.agb_t_ha, other.agb_t_ha),
            weight=both(self.weight, other.weight),
            plot_id=self.plot_id + other.plot_id,
            unit=self.unit + other.unit,
            date=self.date + other.date,
        )

    def in_order(self) -> Training:
        """Rows by plot, so that the order of a table alters no bit of what is fitted."""
        keys = [
            (plot, float(agb), *map(float, x))
            for plot, agb, x in zip(self.plot_id, self.agb_t_ha, self.rows.predictors, strict=True)
        ]
        return self.take(np.array(sorted(range(len(self)), key=keys.__getitem__), dtype=np.int64))

    @property
    def equally_weighted(self) -> bool:
        """Whether every plot counts alike."""
        return bool(np.all(self.weight == self.weight[0]))
