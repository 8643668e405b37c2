"""Imagery as users meet it: what ``mrv check`` tells of it, and a run that refuses it, writing nothing."""

from __future__ import annotations

import json

import pytest
import rasterio
from click.testing import Result
from spoiled import IMAGERY, mrv

SCENE = "scenes/2019-12-06.tif"


@pytest.fixture(scope="module")
def checked(demo) -> Result:
    result = mrv("check", demo, "--no-effects", "--json")
    assert result.exit_code == 0, result.output
    return result


def test_check_tells_which_scenes_are_used_and_why_others_are_not(checked):
    lines = " ".join(checked.stderr.split())
    assert "Imagery on a grid of 10 m, 249 by 104 pixels:" in lines
    assert "2010-01-01 6 ndvi, ndmi, mvi, height 2020-01-01 6 ndvi, ndmi, mvi, height" in lines
    assert "scenes/2009-12-23.tif 2009-12-23 water at 1.64 m, above 0.5 m" in lines
    assert "% of stratum fringe lack a predictor on 2010-01-01; fewest looks: 3 [predictor-gaps]" in lines


def test_check_gives_the_same_as_data(checked):
    record = json.loads(checked.stdout)["imagery"]
    assert record["resolution_m"] == 10
    assert [(date["date"], date["scenes"]) for date in record["dates"]] == [
        ("2010-01-01", 6),
        ("2020-01-01", 6),
    ]
    left_out = {scene["file"]: scene["left_out_because"] for scene in record["scenes"] if not scene["date"]}
    assert left_out == {
        "scenes/2009-12-23.tif": "water at 1.64 m, above 0.5 m",
        "scenes/2020-01-10.tif": "water at 1.38 m, above 0.5 m",
    }


def test_check_tells_it_in_chinese(demo):
    result = mrv("check", demo, "--no-effects", "--lang", "zh")
    lines = " ".join(result.stdout.split())
    assert "影像格网：像元 10 m，249 列 × 104 行：" in lines
    assert "scenes/2009-12-23.tif 2009-12-23 潮位 1.64 m，高于 0.5 m" in lines


def test_results_carry_the_hash_of_every_raster(older):
    files = json.loads((older / "run.json").read_text(encoding="utf-8"))["inputs"]
    assert set(IMAGERY) <= set(files)


def test_everything_wrong_with_rasters_is_told_at_once_and_nothing_is_written(project, refused):
    """A scene cut short, one without a band's name, a height that is not there, a table with a wrong day."""
    content = (project.folder / SCENE).read_bytes()
    (project.folder / SCENE).write_bytes(content[: len(content) // 2])
    with rasterio.open(project.folder / "scenes/2019-12-31.tif", "r+") as target:
        target.descriptions = (None,) * target.count
    (project.folder / "canopy_height_2020.tif").unlink()
    project.write("scenes.csv", project.text("scenes.csv").replace("2010-02-16,02.14", "2010-02-30,02.14"))
    lines = [line for line in refused() if "[predictor-gaps]" not in line]
    assert [line.replace(str(project.folder), "") for line in lines] == lines
    assert lines.pop(2).startswith(f"{SCENE}: cannot be read as a raster: ")
    assert lines == [
        "canopy_height_2020.tif: there is no such file; did you mean canopy_height_2010.tif?  [file-missing]",
        "scenes.csv:8:date: 2010-02-30 is not a day of the calendar  [date-unknown]",
        "scenes/2019-12-31.tif: does not say what its 6 bands are; declare them under imagery.optical.bands  "
        "[band-order]",
    ]


def test_pixels_that_cannot_be_decoded_stop_the_run(project, refused):
    path = project.folder / SCENE
    with rasterio.open(path) as source:
        start = int(source.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=4))
    content = bytearray(path.read_bytes())
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)
    (line,) = refused()
    assert line.startswith(f"{SCENE}: cannot be read as a raster: ")
