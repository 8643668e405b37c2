"""Slivers, holes and gaps of polygons, other projects on the same ground, areas against the boundary."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import MultiPolygon, Polygon, box

from .conftest import ProjectFolder
from .test_geometry import HIGH, LOW, SYSTEM, boundary, square, strata


def rules(folder: ProjectFolder) -> dict[str, str]:
    _, findings = folder.read()
    return {finding.rule: finding.text() for finding in findings}


def test_sound_polygons(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    boundary(folder, LOW.union(HIGH))
    assert rules(folder) == {}


def test_a_sliver_is_told_with_its_area(folder: ProjectFolder) -> None:
    strata(folder, {"low": MultiPolygon([LOW, square(3000, 0, 100, width=0.4)]), "high": HIGH})
    assert rules(folder) == {"geometry-sliver": "1 parts narrower than 1 m, 40.0 m2 in all"}


@pytest.mark.parametrize(
    ("hole", "told"),
    [
        (square(100, 100, 4), "1 holes smaller than 25 m2 or narrower than 1 m, 16.0 m2 in all"),
        (
            square(100, 100, 200, width=0.5),
            "1 holes smaller than 25 m2 or narrower than 1 m, 100.0 m2 in all",
        ),
        (square(100, 100, 50), None),
    ],
)
def test_a_small_hole_is_told_and_a_clearing_is_none(folder: ProjectFolder, hole, told) -> None:
    strata(folder, {"low": Polygon(LOW.exterior.coords, [hole.exterior.coords]), "high": HIGH})
    assert rules(folder).get("geometry-hole") == told


def test_a_gap_between_strata(folder: ProjectFolder) -> None:
    """Two rectangles that touch at both ends and leave 0.2 m between them along 998 m."""
    gap = box(500_999.8, 2_490_001.0, 501_000.0, 2_490_999.0)
    strata(folder, {"low": LOW.difference(gap), "high": HIGH})
    assert rules(folder) == {
        "geometry-gap": "1 gaps between the polygons are narrower than 1 m, 199.6 m2 in all, "
        "and in none of them"
    }


def other(folder: ProjectFolder, shape) -> None:
    gpd.GeoDataFrame(geometry=[shape], crs=SYSTEM).to_crs(4326).to_file(folder.path / "other.gpkg")
    folder.set("other_projects", [{"file": "other.gpkg", "name": "Neighbour, no. 7"}])


def test_ground_of_another_project_is_an_error(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    other(folder, square(1900, 0))
    text = rules(folder)["project-overlap"]
    assert text.startswith("10.00 ha of this project, 5.00% of it, lie within Neighbour, no. 7")


def test_a_project_next_door_is_none(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    other(folder, square(2000.5, 0))
    assert rules(folder) == {}


@pytest.mark.parametrize(
    ("side", "rule"),
    [(300.0, "strata-area-total"), (387.3, "boundary-not-covered"), (500.0, "boundary-not-covered")],
)
def test_areas_of_a_list_against_the_boundary(folder: ProjectFolder, side: float, rule: str) -> None:
    """The list of the small project has 15 ha, a square of 387.298 m; two millimetres more are told, too."""
    folder.document["reference_system"] = SYSTEM
    boundary(folder, square(0, 0, side))
    found = set(rules(folder)) & {"strata-area-total", "boundary-not-covered"}
    assert found == {rule}
