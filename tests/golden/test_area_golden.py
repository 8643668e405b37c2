"""Golden areas: error-adjusted areas, sample size, rates, and the size of a pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import CRS, Transformer

from mrv.area.accuracy import estimate_accuracy
from mrv.area.allocation import allocate_units, units_for_overall_accuracy
from mrv.area.pixels import pixel_areas_m2, plane_pixel_area_m2
from mrv.area.rates import compound_rate, continuous_rate, linear_rate


def units_of(matrix) -> tuple[np.ndarray, np.ndarray]:
    """Map and reference class of every unit of a matrix of counts."""
    counts = np.array(matrix, dtype=int)
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    return cells // len(counts), cells % len(counts)


def test_a01_olofsson_2014_table_8(golden):
    case = golden("A01")
    given, expected, rel = case["inputs"], case["expected"], case["tolerance"]["rel"]
    mapped, reference = units_of(given["matrix_rows_map_cols_ref"])
    areas = np.array(given["mapped_pixels"]) * given["pixel_m2"] / 10_000
    total = areas.sum()
    found = estimate_accuracy(given["classes"], mapped, reference, mapped, areas / total)

    def half_widths(shares) -> list[float]:
        return [share.half_width(0.95, "z") for share in shares]

    values = {
        "area_prop": [share.value for share in found.shares],
        "se_area_prop": [share.standard_error for share in found.shares],
        "area_ha": [share.value * total for share in found.shares],
        "ci95_half_ha": np.array(half_widths(found.shares)) * total,
        "OA": found.overall.value,
        "OA_ci95": found.overall.half_width(0.95, "z"),
        "UA": [share.value for share in found.users],
        "UA_ci95": half_widths(found.users),
        "PA": [share.value for share in found.producers],
    }
    for name, value in values.items():
        np.testing.assert_allclose(value, expected[name], rtol=rel, err_msg=name)
    np.testing.assert_allclose(found.proportions.sum(axis=0), expected["area_prop"], rtol=rel)
    # The areas add up to the whole map, so that their covariances cancel.
    assert math.sqrt(np.trace(found.covariance)) > 1e-3
    np.testing.assert_allclose(found.covariance.sum(axis=0), 0, atol=1e-18)
    # User's accuracy of a class rests on the units of its own stratum alone.
    assert [share.degrees_of_freedom for share in found.users] == pytest.approx([74, 74, 164, 324])


def test_a02_olofsson_2013_example_1(golden):
    case = golden("A02")
    given, expected, rel = case["inputs"], case["expected"], case["tolerance"]["rel"]
    mapped, reference = units_of(given["matrix"])
    areas = np.array(given["mapped_area"])
    found = estimate_accuracy("123", mapped, reference, mapped, areas / areas.sum())
    total = areas.sum()
    np.testing.assert_allclose([share.value * total for share in found.shares], expected["area"], rtol=rel)
    np.testing.assert_allclose([s.standard_error * total for s in found.shares], expected["se"], rtol=rel)
    half_width = found.shares[0].half_width(0.95, "z") * total
    assert half_width == pytest.approx(expected["ci95_half_class1"], rel=rel)


def test_a03_olofsson_2014_sample_size_and_allocation(golden):
    case = golden("A03")
    given, expected, rel = case["inputs"], case["expected"], case["tolerance"]["rel"]
    weights, accuracy = np.array(given["W"]), np.array(given["UA_conjectured"])
    needed = units_for_overall_accuracy(weights, accuracy, given["SE_OA"])
    assert needed == pytest.approx(expected["n"], rel=rel)
    assert math.ceil(needed) == case["published_value"]
    units = allocate_units(math.ceil(needed), weights, 75)
    # 491 units are left for 0.965 of the area: 162.8 and 328.2. Published are these, rounded to fives.
    assert units.tolist() == [75, 75, 163, 328]
    assert np.abs(units - expected["recommended_alloc_published"]).max() <= 3


def test_a04_stehman_2014_strata_are_no_classes(golden):
    case = golden("A04")
    given, expected, tolerance = case["inputs"], case["expected"], case["tolerance"]["abs"]
    classes = list(given["N_strata"])
    size = np.array(list(given["N_strata"].values()), dtype=float)

    def index(letters: str) -> np.ndarray:
        return np.array([classes.index(letter) for letter in letters])

    found = estimate_accuracy(
        classes, index(given["map"]), index(given["ref"]), index(given["strata"]), size / size.sum(), size
    )
    shares = dict(zip(classes, found.shares, strict=True))
    values = {
        "OA": found.overall.value,
        "SE_OA": found.overall.standard_error,
        "UA_B": found.users[1].value,
        "SE_UA_B": found.users[1].standard_error,
        "PA_B": found.producers[1].value,
        "SE_PA_B": found.producers[1].standard_error,
    }
    for name, value in values.items():
        assert value == pytest.approx(expected[name], abs=tolerance), name
    assert {k: s.value for k, s in shares.items()} == pytest.approx(expected["area"], abs=tolerance)
    assert {k: s.standard_error for k, s in shares.items()} == pytest.approx(
        expected["SE_area"], abs=tolerance
    )


def test_a05_loss_rates_by_convention(golden):
    case = golden("A05")
    given, expected = case["inputs"], case["expected"]
    arguments = given["A1_ha"], given["A2_ha"], given["years"]
    rel = case["tolerance"]["rel"]
    assert continuous_rate(*arguments) == pytest.approx(expected["puyravaud_continuous"], rel=rel)
    assert compound_rate(*arguments) == pytest.approx(expected["compound"], rel=rel)
    assert linear_rate(*arguments) == pytest.approx(expected["linear"], rel=rel)


def scale_at(system: str, longitude: float, latitude: float) -> float:
    """Area of a pixel of ten metres in a projection, over its area on the ellipsoid."""
    x, y = Transformer.from_crs(4326, system, always_xy=True).transform(longitude, latitude)
    grid = GeoBox((2, 2), Affine(10, 0, x - 10, 0, -10, y + 10), system)
    return plane_pixel_area_m2(grid) / float(pixel_areas_m2(grid, slice(0, 2)).mean())


def test_a06_a_pixel_has_its_area_on_the_ellipsoid_in_every_projection(golden):
    case = golden("A06")
    given, expected = case["inputs"], case["expected"]["areal_scale"]
    place = given["lon"], given["lat"]
    for code in ("32649", "32650", "4547"):
        assert scale_at(f"EPSG:{code}", *place) == pytest.approx(expected[code], rel=1e-7), code
    # EPSG:3857 puts ellipsoidal coordinates on a sphere. The case has the factor of that sphere, sec² φ; on
    # the ellipsoid, where the pixel lies, it is larger by (1 − e² sin² φ)² / (1 − e²).
    squared = CRS("EPSG:4326").get_geod().es
    sine = math.sin(math.radians(given["lat"]))
    on_ellipsoid = expected["3857"] * (1 - squared * sine**2) ** 2 / (1 - squared)
    assert scale_at("EPSG:3857", *place) == pytest.approx(on_ellipsoid, rel=1e-7)
    assert on_ellipsoid == pytest.approx(1.17758, abs=1e-5)


def test_a06_pixels_in_degrees_cover_the_ellipsoid():
    """Two hemispheres of pixels of ten degrees: together the surface of WGS 84, 510,065,621.724 km²."""
    grid = GeoBox((18, 36), Affine(10, 0, -180, 0, -10, 90), "EPSG:4326")
    areas = pixel_areas_m2(grid, slice(0, 18))
    assert math.fsum(areas.ravel()) / 1e6 == pytest.approx(510_065_621.724, rel=1e-10)
    assert areas[0, 0] < areas[8, 0] / 10
    assert math.isnan(plane_pixel_area_m2(grid))
