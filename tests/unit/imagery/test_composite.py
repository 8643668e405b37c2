"""Composites against what they are by definition, and indices against an independent library."""

from __future__ import annotations

import numpy as np
import pytest
import spyndex
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from mrv.imagery.composite import composite, geometric_median, medoid
from mrv.imagery.indices import INDICES, bands_needed, index_values

LOOKS = np.random.default_rng(3).normal(0.2, 0.05, size=(6, 4, 40))


def distances(point: np.ndarray, looks: np.ndarray) -> float:
    return float(np.sqrt(((looks - point) ** 2).sum(axis=1)).sum())


def test_the_medoid_is_the_look_with_the_least_distance_to_the_others():
    found = medoid(LOOKS)
    for pixel in range(LOOKS.shape[2]):
        looks = LOOKS[:, :, pixel]
        best = looks[np.argmin([distances(look, looks) for look in looks])]
        np.testing.assert_array_equal(found[:, pixel], best)


def test_of_looks_that_are_as_near_the_earlier_is_taken():
    two = LOOKS[:2]
    np.testing.assert_array_equal(medoid(two), two[0])
    np.testing.assert_array_equal(medoid(two[::-1]), two[1])


def test_a_look_that_lacks_a_band_is_no_look():
    looks = LOOKS.copy()
    looks[2, 1] = np.nan
    np.testing.assert_array_equal(medoid(looks), medoid(np.delete(LOOKS, 2, axis=0)))
    np.testing.assert_array_equal(geometric_median(looks), geometric_median(np.delete(LOOKS, 2, axis=0)))


def test_the_geometric_median_is_where_the_distances_are_least():
    found = geometric_median(LOOKS)
    for pixel in range(10):
        looks = LOOKS[:, :, pixel]
        best = minimize(
            distances,
            looks.mean(axis=0),
            (looks,),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-13, "maxfev": 20_000, "maxiter": 20_000},
        )
        assert distances(found[:, pixel], looks) <= best.fun + 1e-6


def test_the_geometric_median_of_points_on_a_line_is_their_median():
    looks = np.array([0.1, 0.2, 0.25, 0.7, 0.9])[:, None, None] * np.ones((1, 3, 1))
    np.testing.assert_allclose(geometric_median(looks)[:, 0], 0.25, atol=1e-5)


def test_a_look_that_holds_most_of_the_weight_is_the_geometric_median():
    looks = np.array([[0.3, 0.3], [0.3, 0.3], [0.3, 0.3], [0.9, 0.1], [0.1, 0.8]])[:, :, None]
    np.testing.assert_allclose(geometric_median(looks)[:, 0], 0.3, atol=1e-6)


def test_one_cloud_that_a_mask_missed_moves_neither():
    looks = np.full((5, 2, 1), 0.2) + np.arange(5)[:, None, None] * 1e-3
    cloudy = looks.copy()
    cloudy[4] = 0.9
    assert medoid(cloudy)[0, 0] < 0.21
    assert geometric_median(cloudy)[0, 0] < 0.21


@pytest.mark.parametrize("method", ["medoid", "geometric_median"])
def test_pixels_with_too_few_looks_are_missing_and_looks_are_counted(method):
    looks = LOOKS.reshape(6, 4, 5, 8).copy()
    looks[1:, :, 0, 0] = np.nan
    looks[2:, :, 0, 1] = np.nan
    looks[:, :, 0, 2] = np.nan
    values, number = composite(looks, method, 2)
    assert number[0, :4].tolist() == [1, 2, 0, 6]
    assert np.isfinite(values[0, 0, :4]).tolist() == [False, True, False, True]
    assert number.dtype == np.int16


@pytest.mark.parametrize("function", [medoid, geometric_median])
def test_a_pixel_does_not_depend_on_its_neighbours(function):
    whole = function(LOOKS)
    np.testing.assert_array_equal(whole[:, 7:9], function(LOOKS[:, :, 7:9]))


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(6)))
def test_the_order_of_looks_decides_only_ties(order):
    np.testing.assert_array_equal(medoid(LOOKS[list(order)]), medoid(LOOKS))
    np.testing.assert_allclose(geometric_median(LOOKS[list(order)]), geometric_median(LOOKS), atol=1e-5)


SPYNDEX = {
    "ndvi": "NDVI",
    "evi": "EVI",
    "ndwi": "NDWI",
    "mndwi": "MNDWI",
    "ndmi": "NDMI",
    "ireci": "IRECI",
    "mvi": "MVI",
    "ci_red_edge": "CIRE",
}
LETTERS = {
    "blue": "B",
    "green": "G",
    "red": "R",
    "red_edge_1": "RE1",
    "red_edge_2": "RE2",
    "red_edge_3": "RE3",
    "nir": "N",
    "nir_narrow": "N",
    "swir1": "S1",
}


@pytest.mark.parametrize("name", sorted(SPYNDEX))
def test_indices_are_those_of_spyndex(name):
    rng = np.random.default_rng(8)
    bands = {band: rng.uniform(0.02, 0.09, 50) for band in ("blue", "green", "red")}
    bands |= {band: rng.uniform(0.2, 0.4, 50) for band in ("nir", "nir_narrow", "red_edge_2", "red_edge_3")}
    bands |= {"red_edge_1": rng.uniform(0.1, 0.2, 50), "swir1": rng.uniform(0.1, 0.2, 50)}
    letters = {LETTERS[band]: bands[band] for band in bands_needed(name)}
    if name == "ci_red_edge":
        letters["N"] = letters.pop("RE3")
    theirs = spyndex.computeIndex(SPYNDEX[name], letters | {"g": 2.5, "C1": 6.0, "C2": 7.5, "L": 1.0})
    np.testing.assert_allclose(index_values(name, bands), theirs, rtol=1e-12)


def test_every_index_is_checked_against_another_source():
    assert set(INDICES) == {*SPYNDEX, "cmri"}  # cmri: R02


def test_mvi_says_nothing_on_water():
    bands = {"nir": np.array([0.02, 0.3]), "green": np.array([0.0501, 0.06]), "swir1": np.array([0.05, 0.14])}
    assert np.isnan(index_values("mvi", bands)).tolist() == [True, False]


def test_a_ratio_of_reflectances_around_zero_says_nothing():
    dark = {"nir": np.array([-0.004, 0.001, 0.02]), "red": np.array([0.006, -0.002, 0.01])}
    assert np.isnan(index_values("ndvi", dark)).tolist() == [True, True, False]
