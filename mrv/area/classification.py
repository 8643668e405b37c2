"""Classes of pixels from what a sensor saw of them, by a random forest grown on training pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedGroupKFold

from mrv.area.accuracy import confusion_matrix
from mrv.streams import key_words, philox, stream_key

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]
Index = NDArray[np.uint8]

NO_CLASS = 255
"""Index of a pixel that lacks a predictor."""

FOLDS = 5
LEAF = 3
"""Fewest training pixels in a leaf."""


@dataclass(frozen=True)
class TrainingPixels:
    """Pixels whose class is known, in the order of the grid.

    Attributes
    ----------
    predictors : ndarray, shape (n, p)
        Without missing values.
    index : ndarray of int, shape (n,)
        Class of each pixel.
    feature : ndarray of int, shape (n,)
        Training polygon or point that each pixel belongs to.
    """

    predictors: Floats
    index: Whole
    feature: Whole


def forest_seed(seed: int, name: str, part: int) -> int:
    """Seed of a forest from the seed of a declaration and what the forest is for; 32 bits."""
    words = key_words(stream_key(name, "*", "extent.forest", part))
    return int(philox(seed, words).random_raw()) & 0xFFFFFFFF


def grow_forest(training: TrainingPixels, trees: int, seed: int) -> RandomForestClassifier:
    """Random forest; classes count alike however many pixels each has.

    Grown and asked by one thread: votes are added up in the order of the trees, so that the same pixels
    give the same bits whatever the blocks.
    """
    forest = RandomForestClassifier(
        trees, min_samples_leaf=LEAF, class_weight="balanced", random_state=seed, n_jobs=1
    )
    return forest.fit(training.predictors, training.index)


def classify(forest: RandomForestClassifier, predictors: Floats) -> Index:
    """Class of each pixel of a block.

    Parameters
    ----------
    forest : RandomForestClassifier
    predictors : ndarray, shape (p, rows, columns)
        NaN where there are no data.

    Returns
    -------
    ndarray of uint8, shape (rows, columns)
        :data:`NO_CLASS` where any predictor is missing.
    """
    known = np.isfinite(predictors).all(axis=0)
    index = np.full(known.shape, NO_CLASS, dtype=np.uint8)
    if known.any():
        index[known] = forest.predict(predictors[:, known].T)
    return index


def left_out_agreement(
    training: TrainingPixels, classes: int, trees: int, seeds: Sequence[int]
) -> Whole | None:
    """How forests class training pixels whose polygon they did not see; None with too few polygons.

    It says whether the predictors part the classes. It is no accuracy of the map: training places are chosen,
    not drawn.

    Parameters
    ----------
    training : TrainingPixels
    classes : int
    trees : int
    seeds : sequence of int
        One for each fold.

    Returns
    -------
    ndarray of int, shape (classes, classes), or None
        Pixels by predicted (rows) and stated class (columns).
    """
    features = [len(np.unique(training.feature[training.index == number])) for number in range(classes)]
    folds = min(*features, len(seeds))
    if folds < 2:
        return None
    predicted = np.empty_like(training.index)
    splitter = StratifiedGroupKFold(folds)
    for number, (fitted, left) in enumerate(
        splitter.split(training.predictors, training.index, training.feature)
    ):
        part = TrainingPixels(training.predictors[fitted], training.index[fitted], training.feature[fitted])
        predicted[left] = grow_forest(part, trees, seeds[number]).predict(training.predictors[left])
    return confusion_matrix(predicted, training.index, classes)
