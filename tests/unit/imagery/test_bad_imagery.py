"""Imagery spoiled in one place: one clear line for each, and none for what is sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from spoiled_imagery import (
    HEIGHT,
    MASK,
    SCENE,
    all_findings,
    copy_of_the_demo,
    read,
    replaced,
    rewritten,
)

from mrv.quality.imagery_view import ImageryView
from mrv.quality.scene_light import no_glint


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_of_the_demo(tmp_path / "project")


def moved(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    return np.roll(values, (rows, columns), axis=(1, 2))


def transform_of(path: Path) -> Affine:
    import rasterio

    with rasterio.open(path) as source:
        return source.transform


def test_the_demo_is_sound(project):
    assert all_findings(project) == []


def test_a_raster_without_a_coordinate_system(project):
    rewritten(project / SCENE, crs=None)
    assert all_findings(project) == [
        f"{SCENE}: has no coordinate system; write it into the file [crs-missing]"
    ]


def test_a_raster_in_the_wrong_zone(project):
    # Metres of the zone of 114 degrees, labelled as those of 117 degrees.
    rewritten(project / SCENE, crs="EPSG:4548")
    (line,) = all_findings(project)
    assert line.startswith(f"{SCENE}: lies at 116.9")
    assert line.endswith("where no stratum is; in EPSG:4547 it would lie over them [raster-no-overlap]")


def test_a_raster_in_the_utm_zone_beside(project):
    import rasterio
    from rasterio.warp import transform_bounds

    path = project / HEIGHT
    with rasterio.open(path) as source:
        west, _, _, north = transform_bounds("EPSG:4547", "EPSG:32650", *source.bounds)
    rewritten(path, crs="EPSG:32649", transform=Affine(10, 0, west, 0, -10, north))
    (line,) = all_findings(project)
    assert "in EPSG:32650 it would lie over them [raster-no-overlap]" in line


def test_a_raster_upside_down(project):
    place = transform_of(project / SCENE)
    rewritten(project / SCENE, transform=Affine(10, 0, place.c, 0, 10, place.f - 1060))
    assert [line.rsplit(" ", 1)[1] for line in all_findings(project)] == ["[raster-flipped]"]


def test_a_raster_elsewhere_on_earth(project):
    place = transform_of(project / SCENE)
    rewritten(project / SCENE, transform=Affine(10, 0, place.c + 50_000, 0, -10, place.f))
    (line,) = all_findings(project)
    assert line.endswith("degrees, where no stratum is [raster-no-overlap]")


def test_a_scene_shifted_by_two_pixels(project):
    place = transform_of(project / SCENE)
    for file, side in ((SCENE, 10), (MASK, 20)):
        rewritten(project / file, transform=Affine(side, 0, place.c + 20, 0, -side, place.f))
    (line,) = all_findings(project)
    assert line.startswith(
        f"{SCENE}: lies 2.0 pixels beside the other scenes of 2020-01-01 (+2.0 to the east, "
    )
    assert line.endswith("allowed is 0.5 [scene-misplaced]")


def test_bands_that_are_not_named(project):
    rewritten(project / SCENE, names=(None,) * 6)
    assert all_findings(project) == [
        f"{SCENE}: does not say what its 6 bands are; declare them under imagery.optical.bands [band-order]"
    ]


def test_bands_declared_in_another_order_than_the_file_names(project):
    replaced(
        project,
        "    mask: scl",
        "    bands: {nir: 3, green: 2, swir1: 6, red: 4, nir_narrow: 5}\n    mask: scl",
    )
    lines = all_findings(project)
    assert f"{SCENE}: band 3 is called 'red', which is red; nir was declared [band-order]" in lines


def test_bands_stored_in_another_order_than_they_are_named(project):
    rewritten(project / SCENE, lambda values: values[[3, 1, 3, 2, 4, 5]])
    rules = {line.rsplit(" ", 1)[1] for line in all_findings(project)}
    assert "[band-order-doubtful]" in rules


def test_a_band_that_is_needed_and_not_there(project):
    rewritten(
        project / SCENE,
        lambda values: values[:5],
        units=(None,) * 5,
        names=("blue", "green", "red", "nir", "nir_narrow"),
    )
    assert all_findings(project) == [
        f"{SCENE}: lacks swir1; its bands are blue, green, red, nir, nir_narrow [band-missing]"
    ]


def test_a_virtual_raster_that_points_outside_the_project(project):
    outside = project.parent / "outside.tif"
    shutil.move(project / HEIGHT, outside)
    import rasterio
    from rasterio.shutil import copy

    copy(outside, project / "height.vrt", driver="VRT")
    with rasterio.open(project / "height.vrt") as virtual:
        assert virtual.count == 1
    replaced(project, f"file: {HEIGHT}", "file: height.vrt")
    (line,) = all_findings(project)
    assert line.startswith("height.vrt: takes pixels from ")
    assert line.endswith("[raster-outside-project]")


def test_a_file_cut_short(project):
    content = (project / SCENE).read_bytes()
    (project / SCENE).write_bytes(content[: len(content) // 2])
    (line,) = all_findings(project)
    assert line.startswith(f"{SCENE}: cannot be read as a raster: ")


def test_a_file_that_is_not_there(project):
    (project / SCENE).rename(project / "scenes" / "2019-12-6.tif")
    (line,) = all_findings(project)
    assert line == f"{SCENE}: there is no such file; did you mean 2019-12-6.tif? [file-missing]"


def test_a_layer_without_data(project):
    rewritten(project / HEIGHT, lambda values: np.full_like(values, np.nan))
    assert all_findings(project) == [
        f"{HEIGHT}: layer height has no data in any stratum [layer-without-data]"
    ]


def test_a_height_in_centimetres(project):
    rewritten(project / HEIGHT, lambda values: values * 100)
    (line,) = all_findings(project)
    assert line.startswith(f"{HEIGHT}: ")
    assert line.endswith("% of layer height in the strata is outside -1 to 65 m [layer-range]")
    replaced(project, f"      file: {HEIGHT}\n", f"      file: {HEIGHT}\n      unit: cm\n")
    (line,) = all_findings(project)
    assert line == f"{HEIGHT}: states the unit 'm'; cm was declared [raster-unit]"


def test_an_offset_that_the_table_denies(project):
    """A provider's statement that is wrong by the scene's own numbers."""
    table = project / "scenes.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join(line.replace(",no,", ",yes,") if SCENE in line else line for line in lines))
    rules = [line for line in all_findings(project) if "[reflectance-shift]" in line]
    (line,) = rules
    assert line.startswith(f"{SCENE}: every band is +0.1")
    assert "against the other scenes of 2020-01-01" in line


def test_an_offset_that_a_whole_date_denies(project):
    table = project / "scenes.csv"
    table.write_text(table.read_text().replace(",no,", ",yes,"))
    assert any(
        "every band is +0." in line and "against the scenes of 2010-01-01" in line
        for line in all_findings(project)
    )


def test_an_offset_that_nobody_states(project):
    table = project / "scenes.csv"
    table.write_text(table.read_text().replace(",no,", ",,"))
    lines = all_findings(project)
    assert len(lines) == 7
    assert lines[0] == (
        "scenes.csv:9: processing baseline 05.00 has an offset; offset_applied must say yes or no "
        "[reflectance-offset]"
    )


def test_a_baseline_that_is_not_the_one_in_the_file(project):
    table = project / "scenes.csv"
    table.write_text(table.read_text().replace("05.00,no", "02.14,no"))
    lines = all_findings(project)
    assert len(lines) == 7
    assert lines[0].endswith(
        "processing baseline 02.14 is stated; scenes/2019-11-11.tif says 05.00 [processing-baseline]"
    )


def test_a_mark_of_missing_data_read_as_reflectance(project):
    """Q03: a nodata value that the file does not declare."""

    def marked(values: np.ndarray) -> np.ndarray:
        values[:, 30:60, 60:120] = 65535
        return values

    rewritten(project / SCENE, marked)
    rules = {line.rsplit(" ", 1)[1] for line in all_findings(project)}
    assert {"[no-data-as-data]", "[reflectance-range]"} <= rules


def test_whole_numbers_that_wrapped_round(project):
    """The offset subtracted in 16 bits without a sign, from dark pixels."""
    rewritten(project / SCENE, lambda values: (values - np.uint16(1400)).astype(np.uint16))
    rules = {line.rsplit(" ", 1)[1] for line in all_findings(project)}
    assert "[reflectance-range]" in rules


def lighter(step: float, bands: slice = slice(None), columns: slice = slice(None)):
    """Reflectance added where there are data, in the numbers of the file."""

    def change(values: np.ndarray) -> np.ndarray:
        added = values[bands, :, columns].astype(int) + round(step * 10_000)
        values[bands, :, columns] = np.where(values[bands, :, columns] > 0, added, 0)
        return values

    return change


def test_haze_that_the_mask_left(project):
    rewritten(project / SCENE, lighter(0.05, slice(0, 3)))
    (line,) = all_findings(project)
    assert line.startswith(f"{SCENE}: green is +0.0")
    assert line.endswith("and swir1 is not; is haze or thin cloud left? [scene-hazy]")


def test_a_seam_where_two_images_were_put_together(project):
    rewritten(project / SCENE, lighter(0.02, columns=slice(120, None)))
    (line,) = all_findings(project)
    assert "every band steps by about +0.02" in line
    place = transform_of(project / SCENE)
    assert f"to the east of the line through {place.c + 1200:.0f}, " in line
    assert line.endswith("[scene-seam]")


def test_glint_of_the_sun_on_water_is_told(project):
    import geopandas as gpd
    import rasterio
    from rasterio.features import rasterize

    strata = gpd.read_file(project / "strata.geojson").to_crs("EPSG:4547")
    with rasterio.open(project / SCENE) as source:
        land = rasterize(strata.geometry, out_shape=source.shape, transform=source.transform)
    # Clear water around the forest, in the order of the bands; one scene looks towards the sun.
    dark = np.array([1500, 1600, 1400, 1200, 1200, 1100], dtype=np.uint16)[:, None, None]
    for file in sorted((project / "scenes").glob("20??-??-??.tif")):
        sun = 600 if file.name in SCENE else 0
        rewritten(file, lambda values, sun=sun: np.where((land == 0) & (values > 0), dark + sun, values))
    assert all_findings(project) == []
    imagery, _ = read(project)
    view = ImageryView(imagery, {"all": strata.union_all()})
    (told,) = [suspect.finding for suspect in no_glint(view)]
    assert told.severity == "note"
    assert str(told).startswith(f"{SCENE}: water is +0.06")


def test_one_file_under_two_days(project):
    shutil.copyfile(project / SCENE, project / "scenes" / "2019-12-31.tif")
    lines = [line for line in all_findings(project) if "[scene-copy]" in line]
    assert lines == [
        "scenes/2019-12-31.tif: is the same file as scenes/2019-12-06.tif of 2019-12-06, byte by byte; "
        "a look counts once [scene-copy]"
    ]


def test_one_day_on_two_rows(project):
    table = project / "scenes.csv"
    table.write_text(table.read_text().replace("2019-12-31.tif,2019-12-31", "2019-12-31.tif,2019-12-06"))
    (line,) = all_findings(project)
    assert line.endswith(
        "a scene of 2019-12-06 on the same pixels stands already at scenes.csv:11; a look counts once "
        "[scene-duplicate]"
    )


def test_another_season_at_the_second_date(project):
    replaced(project, "start: 2019-11-01, end: 2020-03-01", "start: 2019-06-01, end: 2020-03-01")
    with pytest.raises(Exception, match="are other days of the year than 11-01 to 03-01"):
        read(project)


def test_too_few_scenes_at_low_water(project):
    replaced(project, "highest_m: 0.5", "highest_m: 0.1")
    lines = all_findings(project)
    assert [line.split("]: ", 1)[1] for line in lines] == [
        f"{count} scenes of optical are left for {date}; a pixel needs 5 clear looks [season-few-scenes]"
        for count, date in ((3, "2010-01-01"), (2, "2020-01-01"))
    ]


def test_a_tide_that_is_not_recorded(project):
    table = project / "scenes.csv"
    table.write_text(table.read_text().replace(",0.22\n", ",\n"))
    assert all_findings(project) == [
        "scenes.csv:9: no value; tide_height_m is required by the limit [missing-value]"
    ]


def test_the_water_that_scenes_show_tells_the_tide_as_the_gauge_does(project):
    """The zone is a strip of bare mud, where the two scenes at high water show water."""
    replaced(project, "      highest_m: 0.5\n", "      water_share: 0.5\n      zone: {file: zone.geojson}\n")
    sparse_zone(project)
    imagery, findings = read(project)
    assert [finding for finding in findings if finding.severity == "error"] == []
    assert imagery is not None
    left_out = {use.scene.acquired: str(use.reason) for use in imagery.scenes if use.reason}
    assert set(left_out) == {"2009-12-23", "2020-01-10"}
    assert "of the intertidal zone under water, above 50 %" in left_out["2009-12-23"]


def sparse_zone(project: Path) -> None:
    """Pixels that carry no canopy at either date, seaward of the forest, as a layer of polygons."""
    import geopandas as gpd
    import rasterio
    from shapely import box, union_all

    heights = []
    for year in (2010, 2020):
        with rasterio.open(project / f"canopy_height_{year}.tif") as source:
            heights.append(source.read(1))
            place = source.transform
    bare = (heights[0] == 0) & (heights[1] == 0)
    boxes = [
        box(place.c + 10 * column, place.f - 10 * (row + 1), place.c + 10 * (column + 1), place.f - 10 * row)
        for row, column in zip(*np.nonzero(bare), strict=True)
    ]
    zone = gpd.GeoDataFrame(geometry=[union_all(boxes)], crs="EPSG:4547").explode(ignore_index=True)
    zone.to_file(project / "zone.geojson")


def test_a_map_of_classes_that_was_interpolated(project):
    rewritten(project / HEIGHT, lambda values: np.where(np.isfinite(values), 1.5, values), names=("class",))
    replaced(
        project,
        f"      kind: canopy_height\n      file: {HEIGHT}",
        f"      kind: class_map\n      mangrove: [1]\n      file: {HEIGHT}",
    )
    (line,) = all_findings(project)
    assert line.endswith(
        "holds 1.5, which is no class; classes are taken from the nearest pixel [classes-interpolated]"
    )


LINES = (
    "{green: {slope: 0.9, intercept: 0.01}, red: {slope: 0.9, intercept: 0.01}, "
    "nir: {slope: 0.8, intercept: 0.02}"
)
REST = ", nir_narrow: {slope: 0.8, intercept: 0.02}, swir1: {slope: 1, intercept: 0}"


def with_platforms(project: Path, lines: str) -> None:
    """The scenes of one satellite, and the last one of another whose reflectance is brought to theirs."""
    table = project / "scenes.csv"
    head, *rows = table.read_text().splitlines()
    platforms = ["A"] * (len(rows) - 1) + ["B"]
    filled = [f"{row},{platform}" for row, platform in zip(rows, platforms, strict=True)]
    table.write_text("\n".join([f"{head},platform", *filled]) + "\n")
    adjustment = f"    adjustments: {{B: {{bands: {lines}}}, source: made up for a test}}}}\n"
    replaced(project, "    mask: scl", f"{adjustment}    mask: scl")


def test_one_sensor_is_brought_to_another_by_declared_lines(project):
    before, _ = read(project)
    with_platforms(project, LINES + REST)
    imagery, findings = read(project)
    assert [str(finding) for finding in findings if finding.severity == "error"] == []
    for old, new in zip(before.scenes, imagery.scenes, strict=True):
        for was, band in zip(old.scene.bands, new.scene.bands, strict=True):
            stored = np.array([3000.0])
            known = was.calibration.values(stored)
            last = new.scene.file == imagery.scenes[-1].scene.file
            expected = known * 0.8 + 0.02 if last and band.role == "nir" else known
            if band.role == "nir":
                assert band.calibration.values(stored) == pytest.approx(expected)


def test_a_line_that_a_band_lacks(project):
    with_platforms(project, LINES)
    (line,) = all_findings(project)
    assert line.endswith("the adjustment of B lacks nir_narrow, swir1 [band-missing]")


def test_a_platform_that_is_not_named(project):
    with_platforms(project, LINES + REST)
    table = project / "scenes.csv"
    table.write_text(table.read_text().replace(",B\n", ",\n"))
    (line,) = all_findings(project)
    assert line.endswith("no value; platform is required by the adjustments [missing-value]")
