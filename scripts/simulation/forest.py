"""The forest: every single tree of the area, from its birth to its fall.

A tree is a place, a birth, an asymptote and a death. Its diameter follows von Bertalanffy,
``D(t) = D∞ (1 − exp(−k (t − birth)))``, until it dies; then it stands for some years and is gone.
Growth, mortality and ingrowth of any interval follow from that, and the state at any date is exact.
Trees come in patches: their number and the asymptote they grow to vary smoothly over the ground.

All of it is invented. The rates were chosen so that stocks and growth resemble what is published
for the mangroves of the Pearl River estuary; they describe no real stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from simulation.landscape import Landscape, Stratum
from simulation.streams import Array, mean_one, normals, smooth_field, uniforms

CELL_M = 5.0
PATCH_LENGTH_M = 28.0
SITE_LENGTH_M = 70.0
SITE_SPREAD = 0.10
HEIGHT_SPREAD = 0.08
STANDING_YEARS = 4.0
"""How long a dead tree stands; it is in decay class 1 for the first half and in class 2 after that."""


@dataclass(frozen=True)
class Cohort:
    """Trees of one species in one stratum, with the ages they have at the first date.

    Attributes
    ----------
    stems_ha : float
        Trees of all ages, also those still to be born. [1/ha]
    age_years : tuple of float
        Youngest and oldest age; negative for trees born after the first date. [yr]
    age_shape : float
        Exponent of the age's quantile function: above 1 there are more young than old trees.
    asymptote_cm, asymptote_spread, growth_per_year
        D∞ and the standard deviation of its logarithm; k. [cm], [1], [1/yr]
    mortality_per_year : float
        Hazard of death, the same at all ages. [1/yr]
    patchiness : float
        Standard deviation of the logarithm of the local density. [1]
    """

    stratum_id: str
    species: str
    stems_ha: float
    age_years: tuple[float, float]
    age_shape: float
    asymptote_cm: float
    asymptote_spread: float
    growth_per_year: float
    mortality_per_year: float
    patchiness: float


COHORTS = (
    Cohort("landward", "Avicennia marina", 1600, (-10, 60), 1.2, 19.5, 0.22, 0.030, 0.017, 0.45),
    Cohort("landward", "Kandelia obovata", 1600, (-10, 40), 1.2, 13.5, 0.18, 0.050, 0.022, 0.50),
    Cohort("middle", "Kandelia obovata", 3100, (-10, 40), 1.2, 14.0, 0.18, 0.045, 0.022, 0.40),
    Cohort("middle", "Aegiceras corniculatum", 2800, (-10, 35), 1.2, 8.5, 0.20, 0.065, 0.030, 0.50),
    Cohort("middle", "Avicennia marina", 180, (-5, 50), 1.1, 19.0, 0.22, 0.030, 0.015, 0.80),
    Cohort("fringe", "Sonneratia apetala", 1150, (6, 10), 1.0, 22.5, 0.18, 0.085, 0.038, 0.38),
    Cohort("fringe", "Kandelia obovata", 1100, (-9, 6), 1.0, 12.5, 0.20, 0.050, 0.035, 0.60),
    Cohort("fringe", "Aegiceras corniculatum", 900, (-9, 6), 1.0, 8.0, 0.20, 0.070, 0.035, 0.60),
)

TALLEST_M = {
    "Avicennia marina": (8.5, 0.11),
    "Kandelia obovata": (8.0, 0.14),
    "Aegiceras corniculatum": (5.0, 0.22),
    "Sonneratia apetala": (17.0, 0.065),
}
"""Greatest height and the rate at which it is approached with the diameter. [m], [1/cm]"""


@dataclass(frozen=True)
class Trees:
    """Every tree that is ever born: arrays with one entry each; times in years after the first date."""

    x: Array
    y: Array
    stratum_id: NDArray[np.str_]
    species: NDArray[np.str_]
    born: Array
    died: Array
    asymptote_cm: Array
    growth_per_year: Array
    height_factor: Array


@dataclass(frozen=True)
class State:
    """What stands at one date: exact diameters and heights; zero diameter where no tree stands."""

    dbh_cm: Array
    height_m: Array
    live: NDArray[np.bool_]
    decay_class: NDArray[np.str_]


def _places(cohort: Cohort, stratum: Stratum, key: tuple[str, ...]) -> tuple[Array, Array]:
    """Places of a cohort's trees: whole numbers around the local density, anywhere in their cell."""
    west, south, east, north = np.floor(np.array(stratum.polygon.bounds) / CELL_M) * CELL_M
    columns, rows = np.meshgrid(np.arange(west, east + 1, CELL_M), np.arange(south, north + 1, CELL_M))
    corner_x, corner_y = columns.ravel(), rows.ravel()
    patch = smooth_field(corner_x, corner_y, PATCH_LENGTH_M, *key, "patch")
    local = cohort.stems_ha * np.exp(cohort.patchiness * patch - cohort.patchiness**2 / 2)
    expected = local * CELL_M**2 / 10_000
    count = np.floor(expected + uniforms(expected.size, *key, "count")).astype(int)
    x = np.repeat(corner_x, count) + CELL_M * uniforms(count.sum(), *key, "x")
    y = np.repeat(corner_y, count) + CELL_M * uniforms(count.sum(), *key, "y")
    shapely.prepare(stratum.polygon)
    inside = shapely.contains_xy(stratum.polygon, x, y)
    return x[inside], y[inside]


def _grow(cohort: Cohort, stratum: Stratum) -> Trees:
    key = (cohort.stratum_id, cohort.species)
    x, y = _places(cohort, stratum, key)
    n = x.size
    youngest, oldest = cohort.age_years
    born = -(youngest + (oldest - youngest) * uniforms(n, *key, "age") ** cohort.age_shape)
    # Deaths are followed from the time when the oldest of the trees still standing dead was alive.
    exposed_from = np.maximum(born, -STANDING_YEARS)
    died = exposed_from - np.log1p(-uniforms(n, *key, "death")) / cohort.mortality_per_year
    site = np.exp(SITE_SPREAD * smooth_field(x, y, SITE_LENGTH_M, cohort.stratum_id, "site"))
    spread = np.exp(cohort.asymptote_spread * normals(n, *key, "asymptote"))
    return Trees(
        x,
        y,
        np.full(n, cohort.stratum_id),
        np.full(n, cohort.species),
        born,
        died,
        cohort.asymptote_cm * spread * site,
        np.full(n, cohort.growth_per_year),
        mean_one(n, HEIGHT_SPREAD, *key, "height"),
    )


def forest(ground: Landscape) -> Trees:
    """Every tree of every cohort."""
    strata = {stratum.stratum_id: stratum for stratum in ground.strata}
    cohorts = [_grow(cohort, strata[cohort.stratum_id]) for cohort in COHORTS]
    return Trees(
        *(np.concatenate(columns) for columns in zip(*(vars(c).values() for c in cohorts), strict=True))
    )


def state(trees: Trees, year: float) -> State:
    """The forest so many years after the first date."""
    age = np.minimum(year, trees.died) - trees.born
    dead_for = year - trees.died
    stands = (trees.born < year) & (dead_for < STANDING_YEARS)
    dbh = np.where(stands, trees.asymptote_cm * (1 - np.exp(-trees.growth_per_year * age)), 0.0)
    limits = np.array([TALLEST_M[name] for name in trees.species.tolist()])
    height = (1.3 + (limits[:, 0] - 1.3) * (1 - np.exp(-limits[:, 1] * dbh))) * trees.height_factor
    classes = np.where(dead_for < 0, "", np.where(dead_for < STANDING_YEARS / 2, "1", "2"))
    return State(dbh, height, stands & (dead_for < 0), np.where(stands, classes, ""))
