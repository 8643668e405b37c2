"""Which plots are left out together when a model is judged.

Three designs, all with the same model. Plots drawn at random into folds lie among the plots that are kept,
closer than most of the area does: errors come out too small where plots stand in groups. Square blocks
keep neighbours together. kNNDM chooses the folds so that a plot that is left out is as far from the plots
that are kept as a place of the map is from all plots.

Rows of one sampling unit (a plot in several years, the plots of a cluster) are never parted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from scipy.spatial import cKDTree

from mrv.mapping.rows import Array, Integers
from mrv.streams import Streams, stream_key, uniforms

Design = Literal["random", "block", "knndm"]

FEWEST_FOLDS = 3
"""So that something is left to tune by when one fold is out."""

LARGEST_FOLD = 0.5
"""Share of the sampling units that one fold may hold."""


@dataclass(frozen=True)
class Folds:
    """A fold for each row.

    Attributes
    ----------
    design : {"random", "block", "knndm"}
    fold : ndarray of int, shape (n,)
        From 0.
    distance_m : float
        kNNDM: W, the mean difference between the distances from the area to the plots and from left-out to
        kept plots; block: side of the blocks; NaN for random folds. [m]
    """

    design: Design
    fold: Integers
    distance_m: float

    @property
    def count(self) -> int:
        """Number of folds."""
        return int(self.fold.max()) + 1

    def within(self, kept: Integers, most: int) -> Integers:
        """Folds for some of the rows, the same ones merged to at most so many.

        What is tuned inside a fold is thus judged by the design that judges the whole.
        """
        labels = np.unique(self.fold[kept], return_inverse=True)[1]
        return np.asarray(labels % most, dtype=np.int64)


def _units(unit: Sequence[str]) -> tuple[list[str], Integers]:
    """Sampling units in the order of their names, and the unit of each row."""
    names, positions = np.unique(np.array(unit, dtype=object).astype(str), return_inverse=True)
    return [str(name) for name in names], positions.astype(np.int64)


def _of_rows(fold_of_unit: Integers, positions: Integers) -> Integers:
    return np.asarray(fold_of_unit[positions], dtype=np.int64)


def random_folds(unit: Sequence[str], count: int, streams: Streams) -> Folds:
    """Units drawn at random into folds of equal size.

    A unit's random number is keyed by its name, so that a further unit leaves the numbers of all others.

    Parameters
    ----------
    unit : sequence of str, length n
        Sampling unit of each row.
    count : int
        Number of folds, at most that of the units.
    streams : Streams
    """
    names, positions = _units(unit)
    drawn = np.array(
        [
            uniforms(streams.seed, stream_key(streams.project, "*", f"random fold of {name}", 0), 1)[0]
            for name in names
        ]
    )
    fold = np.empty(len(names), dtype=np.int64)
    fold[np.argsort(drawn, kind="stable")] = np.arange(len(names)) % count
    return Folds("random", _of_rows(fold, positions), np.nan)


def unit_centres(unit: Sequence[str], coordinates_m: Array) -> tuple[Array, Integers]:
    """Mean place of each sampling unit in the order of their names, and the unit of each row. [m]"""
    names, positions = _units(unit)
    sizes = np.bincount(positions, minlength=len(names))
    centres = [np.bincount(positions, weights=axis, minlength=len(names)) / sizes for axis in coordinates_m.T]
    return np.column_stack(centres), positions


def _dealt(sizes: Integers, count: int) -> Integers:
    """Fold of each group of units: the largest first, each into the fold that holds fewest."""
    filled = np.zeros(count, dtype=np.int64)
    fold = np.empty(len(sizes), dtype=np.int64)
    for group in np.argsort(-sizes, kind="stable"):
        fold[group] = int(np.argmin(filled))
        filled[fold[group]] += sizes[group]
    return fold


def block_side_m(centres_m: Array, count: int) -> float:
    """Side of square blocks of which about four go into a fold. [m]"""
    extent = np.maximum(np.ptp(centres_m, axis=0), 1.0)
    return float(np.sqrt(extent[0] * extent[1] / (4 * count)).round(0)) or 1.0


def block_folds(
    unit: Sequence[str], coordinates_m: Array, count: int, side_m: float | None = None
) -> Folds | None:
    """Square blocks of ground, dealt into folds of about equal size.

    Parameters
    ----------
    unit : sequence of str, length n
        Sampling unit of each row.
    coordinates_m : ndarray, shape (n, 2)
        [m]
    count : int
        Number of folds wanted; fewer if there are fewer blocks with plots.
    side_m : float, optional
        Left out, about four blocks go into a fold. [m]

    Returns
    -------
    Folds or None
        None if the plots lie in fewer than three blocks.
    """
    centres, positions = unit_centres(unit, coordinates_m)
    side = side_m or block_side_m(centres, count)
    cells = np.floor((centres - centres.min(axis=0)) / side).astype(np.int64)
    _, block, sizes = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    if len(sizes) < FEWEST_FOLDS:
        return None
    fold = _dealt(sizes, min(count, len(sizes)))
    return Folds("block", _of_rows(fold[block.ravel()], positions), side)


def nearest_distances(places_m: Array, points_m: Array) -> Array:
    """Distance from each place to the nearest point. [m]"""
    distances, _ = cKDTree(points_m).query(places_m)
    return np.asarray(distances, dtype=np.float64)


def sample_distances(points_m: Array) -> Array:
    """Distance from each point to the nearest other one. [m]"""
    distances, _ = cKDTree(points_m).query(points_m, k=2)
    return np.asarray(distances[:, 1], dtype=np.float64)


def fold_distances(points_m: Array, fold: Integers) -> Array:
    """Distance from each point to the nearest one in another fold. [m]"""
    result = np.empty(len(points_m))
    for number in np.unique(fold):
        left_out = fold == number
        result[left_out] = nearest_distances(points_m[left_out], points_m[~left_out])
    return result


def distance_mismatch(area_to_sample: Array, left_out_to_kept: Array) -> float:
    """Area between two distribution functions of distances, W (Wasserstein-1). [m]

    Parameters
    ----------
    area_to_sample : ndarray
        Distance from each place of the area to its nearest plot. [m]
    left_out_to_kept : ndarray
        Distance from each plot to its nearest plot in another fold. [m]

    References
    ----------
    .. [1] Linnenbrink, Milà, Ludwig and Meyer (2024), Geoscientific Model Development 17, 5897-5912,
       doi:10.5194/gmd-17-5897-2024.
    """
    return float(scipy.stats.wasserstein_distance(area_to_sample, left_out_to_kept))


def _along_main_axis(centres: Array) -> Integers:
    """Order of points along the direction in which they spread most."""
    centred = centres - centres.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axis = vectors[:, -1]
    return np.argsort(centred @ (axis * np.sign(axis[np.argmax(np.abs(axis))])), kind="stable")


def _group_counts(units: int, count: int) -> list[int]:
    """Numbers of groups to try, from as many as there are folds to as many as there are units."""
    return sorted({round(number) for number in np.geomspace(count, units, 40)})


def knndm_folds(unit: Sequence[str], coordinates_m: Array, area_m: Array, count: int) -> Folds | None:
    """Folds in which left-out plots are as far from the kept ones as the area is from all plots.

    Plots are gathered into groups of neighbours, from one group for each fold to one for each plot; the
    groups go into the folds in turn along the main axis of the plots. The folds with the smallest
    mismatch of distances are taken. With few large groups plots are left out by regions, with single plots
    nearly at random: where the plots are spread like a random sample of the area, the latter wins.

    Parameters
    ----------
    unit : sequence of str, length n
        Sampling unit of each row.
    coordinates_m : ndarray, shape (n, 2)
        [m]
    area_m : ndarray, shape (m, 2)
        Places that stand for the area of the map. [m]
    count : int
        Number of folds.

    Returns
    -------
    Folds or None
        None if there are fewer units at different places than folds.

    References
    ----------
    .. [1] Linnenbrink, Milà, Ludwig and Meyer (2024), Geoscientific Model Development 17, 5897-5912,
       doi:10.5194/gmd-17-5897-2024.
    """
    centres, positions = unit_centres(unit, coordinates_m)
    if len(np.unique(centres, axis=0)) < count:
        return None
    target = nearest_distances(area_m, centres)
    tree = scipy.cluster.hierarchy.linkage(centres, method="average")
    best: tuple[float, Integers] | None = None
    for groups in _group_counts(len(centres), count):
        label = scipy.cluster.hierarchy.cut_tree(tree, n_clusters=groups).ravel()
        middle = np.array([centres[label == number].mean(axis=0) for number in range(groups)])
        turn = np.empty(groups, dtype=np.int64)
        turn[_along_main_axis(middle)] = np.arange(groups) % count
        fold = turn[label]
        if np.bincount(fold, minlength=count).max() > LARGEST_FOLD * len(centres):
            continue
        mismatch = distance_mismatch(target, fold_distances(centres, fold))
        if best is None or mismatch < best[0]:
            best = mismatch, fold
    if best is None:
        return None
    return Folds("knndm", _of_rows(best[1], positions), best[0])
