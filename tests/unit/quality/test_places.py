"""Coordinates that are wrong in a known way are recognised by it; sound ones are left alone."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS, Transformer

from mrv.quality.china_datums import bd09_of_wgs84, gcj02_of_wgs84, inverse
from mrv.quality.coordinate_slips import from_degrees_and_minutes, from_sexagesimal, without_zone
from mrv.quality.places import (
    PLACE_CHECKS,
    PlotPlaces,
    coordinates_repeated,
)

SYSTEM = CRS.from_epsg(4547)
EAST, NORTH = 500_500.0, 2_491_500.0
TO_DEGREES = Transformer.from_crs(SYSTEM, 4326, always_xy=True)
TO_PLANE = Transformer.from_crs(4326, SYSTEM, always_xy=True)


@pytest.fixture
def plane() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    return EAST + generator.uniform(-150, 150, 20), NORTH + generator.uniform(-150, 150, 20)


def places(x, y, longitude=None, latitude=None, boundary_only=False) -> PlotPlaces:
    count = len(x)
    frame = pd.DataFrame(
        {
            "plot_id": [f"P{number}" for number in range(count)],
            "stratum_id": "fringe",
            "cluster_id": pd.Series([None] * count, dtype="str"),
            "x_m": x,
            "y_m": y,
            "longitude": np.nan if longitude is None else longitude,
            "latitude": np.nan if latitude is None else latitude,
            "outline_area_m2": np.nan,
            "declared_area_m2": np.nan,
            "source": [f"plots.csv:{number + 2}" for number in range(count)],
        }
    )
    box = shapely.box(EAST - 160, NORTH - 160, EAST + 160, NORTH + 160)
    strata = gpd.GeoDataFrame({"stratum_id": ["fringe"]}, geometry=[box], crs=SYSTEM)
    return PlotPlaces(frame, None if boundary_only else strata, strata, SYSTEM)


def told(at: PlotPlaces) -> list[str]:
    return [suspect.finding.text() for check in PLACE_CHECKS for suspect in check(at)]


def in_degrees(longitude, latitude) -> PlotPlaces:
    return places(*TO_PLANE.transform(longitude, latitude), longitude, latitude)


def test_sound_plots(plane):
    assert told(places(*plane)) == []
    assert told(in_degrees(*TO_DEGREES.transform(*plane))) == []


@pytest.mark.parametrize(
    ("name", "transform"), [("GCJ-02", gcj02_of_wgs84), ("BD-09", bd09_of_wgs84)], ids=["gcj", "bd"]
)
@pytest.mark.parametrize("degrees", [True, False])
def test_a_shifted_map(plane, name, transform, degrees):
    shifted = transform(*TO_DEGREES.transform(*plane))
    x, y = TO_PLANE.transform(*shifted)
    (text,) = told(places(x, y, *shifted) if degrees else places(x, y))
    metres = np.median(np.hypot(x - plane[0], y - plane[1]))
    assert text.startswith("0 of 20 plots lie where they should; 20 would if coordinates in " + name)
    assert f"a shift of {metres:,.0f} m" in text


def test_published_pairs_of_the_shift():
    """Pairs that the open implementations of the transform test themselves with."""
    pairs = [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ]
    for wgs84, gcj02 in pairs:
        given = [np.array([number]) for number in wgs84]
        np.testing.assert_allclose(np.ravel(gcj02_of_wgs84(*given)), gcj02, atol=1e-9)
        for transform in (gcj02_of_wgs84, bd09_of_wgs84):
            np.testing.assert_allclose(np.ravel(inverse(transform, *transform(*given))), wgs84, atol=1e-9)


def test_nothing_is_shifted_outside_of_china():
    here = np.array([36.1]), np.array([-18.7])
    assert np.ravel(gcj02_of_wgs84(*here)).tolist() == [36.1, -18.7]


def test_degrees_and_minutes_as_decimal(plane):
    longitude, latitude = TO_DEGREES.transform(*plane)

    def written(degrees):
        whole = np.floor(degrees)
        minutes = np.floor((degrees - whole) * 60)
        seconds = ((degrees - whole) * 60 - minutes) * 60
        return whole + minutes / 100 + np.round(seconds, 2) / 10_000

    (text,) = told(in_degrees(written(longitude), written(latitude)))
    assert "degrees, minutes and seconds were written as a decimal number" in text
    np.testing.assert_allclose(from_sexagesimal(written(latitude)), latitude, atol=1e-5)
    assert np.isnan(from_sexagesimal(np.array([22.75]))).all()
    assert from_degrees_and_minutes(np.array([22.315]))[0] == pytest.approx(22 + 31.5 / 60)


def test_the_sign_of_a_longitude(plane):
    longitude, latitude = TO_DEGREES.transform(*plane)
    wrong = longitude.copy()
    wrong[4] = -wrong[4]
    at = in_degrees(longitude, latitude)
    x, y = at.plots["x_m"].to_numpy(copy=True), at.plots["y_m"].to_numpy(copy=True)
    x[4], y[4] = 1e6, 2e6
    (text,) = told(places(x, y, wrong, latitude))
    assert text == "1 plots lie where they should if the sign of the longitude was lost: rows 6"


def test_eastings_with_the_number_of_their_zone(plane):
    (text,) = told(places(plane[0] + 38_000_000, plane[1]))
    assert "the easting has the number of its zone in front" in text
    assert without_zone(np.array([38_500_500.0, 500_500.0]))[0] == 500_500.0
    assert np.isnan(without_zone(np.array([500_500.0]))[0])


def test_x_and_y_swapped(plane):
    (text,) = told(places(plane[1], plane[0]))
    assert "x and y were swapped" in text


@pytest.mark.parametrize(
    ("epsg", "words"),
    [(4546, "3-degree zone of 111 E"), (32650, "UTM north, zone of 117"), (32649, "of 111")],
)
def test_coordinates_of_another_zone(plane, epsg, words):
    x, y = Transformer.from_crs(SYSTEM, epsg, always_xy=True).transform(*plane)
    (text,) = told(places(x, y))
    assert words in text


def test_outside_the_boundary(plane):
    x, y = plane[0].copy(), plane[1]
    x[0] = EAST + 260
    assert told(places(x, y, boundary_only=True)) == ["plot 'P0' lies 100 m outside the boundary"]


def test_one_point_and_zero(plane):
    x, y = plane[0].copy(), plane[1].copy()
    x[1], y[1] = x[0], y[0]
    (text,) = told(places(x, y))
    assert text.startswith("2 plots share one point, P0, P1")
    x[3] = y[3] = 0.0
    assert any(text.startswith("1 plots lie at 0, 0") for text in told(places(x, y)))


def test_plots_of_a_cluster_may_share_its_point(plane):
    x, y = plane[0].copy(), plane[1].copy()
    x[1], y[1] = x[0], y[0]
    at = places(x, y)
    at.plots.loc[:1, "cluster_id"] = "C1"
    assert list(coordinates_repeated(at)) == []


@pytest.mark.parametrize("shift", [(214.0, -83.0), (-480.0, 610.0)])
def test_a_shift_without_a_name(plane, shift):
    (text,) = told(places(plane[0] + shift[0], plane[1] + shift[1]))
    assert "20 would if all were moved by " in text
    # The shortest of the shifts that will do: the square has some 20 m to spare on every side.
    east, north = (int(word.replace(",", "")) for word in re.findall(r"([+-][\d,]+) m to", text))
    assert abs(east + shift[0]) < 40
    assert abs(north + shift[1]) < 40


def test_no_shift_is_found_where_plots_are_strewn(plane):
    generator = np.random.default_rng(4)
    x, y = (middle + generator.uniform(-3000, 3000, 20) for middle in (EAST, NORTH))
    assert not any("if all were moved" in text for text in told(places(x, y)))


def test_one_point_as_written_where_there_is_no_reference_system():
    frame = places(np.full(3, np.nan), np.full(3, np.nan), [114.0, 114.0, 114.1], [22.5, 22.5, 22.5]).plots
    (suspect,) = coordinates_repeated(PlotPlaces(frame, None, None, None))
    assert suspect.rows == ("plots.csv:2", "plots.csv:3")
