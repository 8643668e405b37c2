"""Strata and boundaries: areas, coordinate systems, and what is refused, each rule once."""

import json
from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from mrv.inputs.geometry import ellipsoidal_areas_m2

from .conftest import ProjectFolder

SYSTEM = "EPSG:4547"
X, Y = 500_000.0, 2_490_000.0
"""A corner in CGCS2000, zone of 114 E, at 22.5 N."""


def square(east: float, north: float, side: float = 1000.0, width: float | None = None) -> Polygon:
    return box(X + east, Y + north, X + east + (width or side), Y + north + side)


LOW, HIGH = square(0, 0), square(1000, 0)


def strata(
    folder: ProjectFolder, shapes: dict[str, Any], crs: str | None = SYSTEM, to: str | None = None
) -> None:
    frame = gpd.GeoDataFrame({"stratum_id": list(shapes)}, geometry=list(shapes.values()), crs=crs)
    if to:
        frame = frame.to_crs(to)
    frame.to_file(folder.path / "strata.gpkg", layer="strata")
    folder.set("strata", {"file": "strata.gpkg"})
    folder.document.setdefault("reference_system", SYSTEM)


def boundary(folder: ProjectFolder, shape: Any) -> None:
    gpd.GeoDataFrame(geometry=[shape], crs=SYSTEM).to_file(folder.path / "boundary.gpkg", layer="boundary")
    folder.set("boundary", {"file": "boundary.gpkg"})


def test_areas_are_those_on_the_ellipsoid(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.strata.table["stratum_id"].to_list() == ["high", "low"]
    assert inputs.strata.table["area_ha"].to_list() == pytest.approx([100.0, 100.0], rel=1e-6)
    assert inputs.strata.geometry is not None
    assert inputs.strata.geometry.crs.to_epsg() == 4547


def test_a_hole_is_no_area() -> None:
    holed = Polygon(LOW.exterior.coords, [square(100, 100, 500).exterior.coords])
    frame = gpd.GeoDataFrame(geometry=[holed, MultiPolygon([LOW, square(5000, 0)])], crs=SYSTEM)
    assert ellipsoidal_areas_m2(frame) == pytest.approx([750_000.0, 2_000_000.0], rel=1e-6)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32650"])
def test_the_system_of_the_file_changes_no_area(folder: ProjectFolder, crs: str) -> None:
    strata(folder, {"low": LOW, "high": HIGH}, to=crs)
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.strata.table["area_ha"].to_list() == pytest.approx([100.0, 100.0], rel=1e-5)


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("EPSG:4326", "EPSG:4326 (WGS 84) is in degrees"),
        ("EPSG:4490", "is in degrees"),
        ("EPSG:3857", "makes the strata 17.7 % larger than they are on the ellipsoid"),
        ("EPSG:32650", "makes the strata 0.154 % larger"),
        ("EPSG:2263", "is not in metres"),
        ("Xian 1980 or so", "is not a coordinate system"),
    ],
)
def test_reference_system(folder: ProjectFolder, system: str, words: str) -> None:
    """Web Mercator at 22.51 N: a²/(M N cos²) with the ellipsoid's radii M, N is 1.177."""
    strata(folder, {"low": LOW, "high": HIGH})
    folder.set("reference_system", system)
    assert words in str(folder.only("reference-system"))


def test_reference_system_is_required_with_geometry(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH}, to="EPSG:4326")
    folder.drop("reference_system")
    assert "geometry requires reference_system" in str(folder.only("reference-system"))


def test_file_without_a_coordinate_system(folder: ProjectFolder) -> None:
    gpd.GeoDataFrame({"stratum_id": ["low"]}, geometry=[LOW], crs=SYSTEM).to_file(folder.path / "strata.shp")
    (folder.path / "strata.prj").unlink()
    folder.set("reference_system", SYSTEM)
    folder.set("strata", {"file": "strata.shp"})
    folder.only("crs-missing")


def test_shapefile_is_hashed_with_its_parts(folder: ProjectFolder) -> None:
    frame = gpd.GeoDataFrame({"zone": ["low", "high"]}, geometry=[LOW, HIGH], crs=SYSTEM)
    frame.to_file(folder.path / "strata.shp")
    folder.set("reference_system", SYSTEM)
    folder.set("strata", {"file": "strata.shp", "columns": {"stratum_id": "zone"}})
    inputs, findings = folder.read()
    assert findings == []
    assert {"strata.shp", "strata.dbf", "strata.prj"} <= set(inputs.files)


def test_geojson_in_metres(folder: ProjectFolder) -> None:
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"stratum_id": "low"},
                "geometry": shapely.geometry.mapping(LOW),
            }
        ],
    }
    folder.write("strata.geojson", json.dumps(collection))
    folder.set("reference_system", SYSTEM)
    folder.set("strata", {"file": "strata.geojson"})
    assert "GeoJSON holds longitude and latitude" in str(folder.only("coordinates-range"))


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        (Point(X, Y), "geometry-kind"),
        (LineString([(X, Y), (X + 9, Y)]), "geometry-kind"),
        (Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)]), "geometry-invalid"),
        (Polygon(), "geometry-empty"),
        (None, "geometry-empty"),
    ],
)
def test_shapes(folder: ProjectFolder, shape: Any, rule: str) -> None:
    strata(folder, {"low": LOW, "high": shape})
    assert folder.only(rule).where == "strata.gpkg:feature 2"


def test_no_polygons(folder: ProjectFolder) -> None:
    strata(folder, {})
    folder.only("geometry-empty")


def test_strata_overlap(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": square(990, 0)})
    finding = folder.only("strata-overlap")
    assert str(finding) == (
        "strata.gpkg:feature 2: 'high' overlaps 'low' by 10,000 m2; strata must not overlap [strata-overlap]"
    )


def test_strata_that_share_an_edge_do_not_overlap_in_degrees(folder: ProjectFolder) -> None:
    lower = square(1000, 0, 500)
    strata(folder, {"low": LOW, "high": shapely.union_all([lower, square(1000, 500, 500)])}, to="EPSG:4326")
    assert folder.lines() == []


def test_strata_beyond_the_boundary(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    boundary(folder, square(0, 0, 1000, width=1900))
    assert "'high' reaches 100,000 m2 beyond the boundary" in str(folder.only("strata-beyond-boundary"))


def test_boundary_that_is_not_covered_is_a_note(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    boundary(folder, square(0, 0, 1000, width=2500))
    finding = folder.only("boundary-not-covered")
    assert finding.severity == "note"
    assert "50.00 ha within the boundary" in str(finding)


def test_boundary_that_fits(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    boundary(folder, square(0, 0, 1000, width=2000))
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.strata.boundary is not None


def test_duplicate_stratum(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    frame = gpd.read_file(folder.path / "strata.gpkg").assign(stratum_id="low")
    frame.to_file(folder.path / "strata.gpkg", layer="strata")
    assert "multipolygon" in str(folder.only("stratum-duplicate"))


def test_stratum_without_a_name(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    frame = gpd.read_file(folder.path / "strata.gpkg").assign(stratum_id=["low", None])
    frame.to_file(folder.path / "strata.gpkg", layer="strata")
    folder.only("missing-value")


def test_column_of_the_stratum(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    folder.set("strata.columns", {"stratum_id": "stratum"})
    assert "did you mean 'stratum_id'?" in str(folder.only("column-missing"))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("none.gpkg", "file-missing"),
        ("plots.csv", "file-kind"),
        ("plots.txt", "file-kind"),
        (".", "file-is-folder"),
    ],
)
def test_files(folder: ProjectFolder, name: str, rule: str) -> None:
    folder.write("plots.txt", "no geometry")
    folder.set("reference_system", SYSTEM)
    folder.set("strata", {"file": name})
    assert folder.findings()[0].rule == rule


def with_coordinates(folder: ProjectFolder, header: str, *rows: str) -> None:
    names = ("P1,low", "P2,low", "P3,high", "P4,high")
    lines = [f"{name},{row}" for name, row in zip(names, rows, strict=True)]
    folder.write("plots.csv", "\n".join([f"plot_id,stratum_id,{header}", *lines]) + "\n")


def test_plot_outside_its_stratum(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    rows = [f"{X + east:.0f},{Y + 500:.0f}" for east in (100, 1030, 1500, 1600)]
    with_coordinates(folder, "x,y", *rows)
    finding = folder.only("plot-outside-stratum")
    assert finding.waivable
    assert str(finding).startswith("plots.csv:3:stratum_id: plot 'P2' lies 30 m outside stratum 'low'")


def test_longitude_and_latitude_become_coordinates_of_the_reference_system(folder: ProjectFolder) -> None:
    strata(folder, {"low": LOW, "high": HIGH})
    rows = ["114.001,22.51", "114.002,22.51", "114.011,22.51", "114.012,22.51"]
    with_coordinates(folder, "longitude,latitude", *rows)
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.surveys[0].plots["x_m"].iloc[0] == pytest.approx(500_102.9, abs=0.2)


@pytest.mark.parametrize(
    ("row", "rule", "words"),
    [
        ("22.51,114.001", "value-range", "are longitude and latitude swapped?"),
        ("200,22.51", "value-range", "200 is outside -180–180 degree"),
        ("10,22.51", "coordinates-range", "is outside the area of"),
        ("114.001,", "coordinates-incomplete", "longitude and latitude are required together"),
    ],
)
def test_impossible_places(folder: ProjectFolder, row: str, rule: str, words: str) -> None:
    folder.set("reference_system", SYSTEM)
    with_coordinates(folder, "longitude,latitude", row, *["114.002,22.51"] * 3)
    found = {finding.rule: str(finding) for finding in folder.findings()}
    assert words in found[rule]


def test_swapped_coordinates_are_told_by_the_area_of_the_system(folder: ProjectFolder) -> None:
    folder.set("reference_system", "EPSG:32617")
    with_coordinates(folder, "longitude,latitude", "8.8,-83.5", *["-83.5,8.8"] * 3)
    assert "are longitude and latitude swapped?" in str(folder.only("coordinates-range"))


def test_coordinates_twice(folder: ProjectFolder) -> None:
    folder.set("reference_system", SYSTEM)
    with_coordinates(folder, "x,y,longitude,latitude", *[f"{X},{Y},114.002,22.51"] * 4)
    assert {finding.rule for finding in folder.findings()} == {"coordinates-twice"}


def test_coordinates_without_a_reference_system_are_not_used(folder: ProjectFolder) -> None:
    with_coordinates(folder, "longitude,latitude", *["114.002,22.51"] * 4)
    assert folder.only("coordinates-unused").severity == "note"


def test_plots_without_coordinates_take_those_of_their_cluster(folder: ProjectFolder) -> None:
    folder.set("reference_system", SYSTEM)
    folder.set("surveys.0.design.kind", "cluster")
    folder.set("surveys.0.clusters", {"file": "clusters.csv"})
    folder.write("clusters.csv", f"cluster_id,x,y\nC1,{X},{Y}\nC2,{X},{Y}\nC3,{X},{Y}\nC4,{X},{Y}\n")
    with_coordinates(folder, "cluster_id", "C1", "C2", "C3", "C4")
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.surveys[0].plots["x_m"].eq(X).all()
