"""Rasters that are wrong in every way that users meet: one clear line each, exit code 2, nothing written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.shutil import copy as copy_raster
from small_project import CLOUD, HEIGHT, NORTH, PIXELS, SCENES, SIDE, WEST, rewritten, small_project
from spoiled import bytes_of, mrv

SCENE = SCENES[1]
MASK = SCENE.replace(".tif", "_mask.tif")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sound project; not to be written to."""
    return small_project(tmp_path_factory.mktemp("small") / "project")


@pytest.fixture(scope="module")
def older(small: Path) -> Path:
    """Its results; not to be written to."""
    out = small.parent / "out"
    result = mrv("run", small, "-o", out)
    assert result.exit_code == 0, result.output
    return out


def changed(folder: Path, old: str, new: str) -> None:
    file = folder / "mrv.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new), encoding="utf-8")


def at_plot(row: int, column: int) -> tuple[slice, slice]:
    """Pixels under a plot of the lattice, with a margin around it."""
    middle = [int((90 + 70 * place) // SIDE) for place in (row, column)]
    return slice(middle[0] - 2, middle[0] + 3), slice(middle[1] - 2, middle[1] + 3)


def filled(value: float, *where: tuple[slice, slice]) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        for rows, columns in where:
            values[:, rows, columns] = value
        return values

    return change


EVERYWHERE = (slice(None), slice(None))


def no_system(folder: Path) -> None:
    rewritten(folder / HEIGHT, crs=None)


def wrong_zone(folder: Path) -> None:
    rewritten(folder / HEIGHT, crs="EPSG:4548")


def shifted(folder: Path) -> None:
    for file in (SCENE, MASK):
        rewritten(folder / file, transform=Affine(SIDE, 0, WEST + 2 * SIDE, 0, -SIDE, NORTH))


def flipped(folder: Path) -> None:
    south = NORTH - SIDE * PIXELS
    rewritten(folder / HEIGHT, lambda v: v[:, ::-1], transform=Affine(SIDE, 0, WEST, 0, SIDE, south))


def elsewhere(folder: Path) -> None:
    rewritten(folder / HEIGHT, transform=Affine(SIDE, 0, WEST + 90_000, 0, -SIDE, NORTH))


def nothing_in_it(folder: Path) -> None:
    rewritten(folder / HEIGHT, filled(np.nan, EVERYWHERE))


def nothing_in_any_scene(folder: Path) -> None:
    for number, scene in enumerate(SCENES):
        # A pixel beyond the stratum tells the files apart.
        corner = (slice(number, number + 1), slice(0, 1))
        rewritten(folder / scene, lambda values, corner=corner: filled(900, corner)(0 * values))


def one_plot_inside(folder: Path) -> None:
    """A raster that ends after the first plot."""
    rewritten(folder / HEIGHT, lambda values: values[:, :13, :13])


def plots_outside(folder: Path) -> None:
    """A raster that ends before the last column of plots."""
    rewritten(folder / HEIGHT, lambda values: values[:, :, :28])


def plots_in_cloud(folder: Path) -> None:
    for scene in SCENES:
        rewritten(folder / scene.replace(".tif", "_mask.tif"), filled(CLOUD, at_plot(0, 0), at_plot(2, 1)))


def constant(folder: Path) -> None:
    rewritten(folder / HEIGHT, filled(7.5, EVERYWHERE))


def not_a_number(folder: Path) -> None:
    """NaN under a plot in a file that does not declare NaN as its mark of missing data."""
    rewritten(folder / HEIGHT, filled(np.nan, at_plot(1, 1)), nodata=-9999)


def bands_not_named(folder: Path) -> None:
    rewritten(folder / SCENE, names=(None,) * 6)


def points_outside(folder: Path) -> None:
    outside = folder.parent / "outside.tif"
    shutil.move(folder / HEIGHT, outside)
    copy_raster(outside, folder / "height.vrt", driver="VRT")
    changed(folder, "file: height.tif", "file: height.vrt")


def cut_short(folder: Path) -> None:
    whole = folder / "whole.tif"
    shutil.move(folder / HEIGHT, whole)
    copy_raster(whole, folder / HEIGHT, driver="COG")
    whole.unlink()
    content = (folder / HEIGHT).read_bytes()
    (folder / HEIGHT).write_bytes(content[: len(content) * 2 // 3])


def fewer_plots_than_predictors(folder: Path) -> None:
    shutil.rmtree(folder)
    small_project(folder, plots=6)
    changed(folder, "predictors: [height, ndvi]", "predictors: [height, ndvi, ndmi, mvi, evi]")


def classes_interpolated(folder: Path) -> None:
    rewritten(folder / HEIGHT, filled(1.5, EVERYWHERE), names=("class",))
    changed(folder, "kind: canopy_height,", "kind: class_map, mangrove: [1],")


SPOILT = {
    no_system: (f"{HEIGHT}: has no coordinate system", "crs-missing"),
    wrong_zone: (f"{HEIGHT}: lies at 117.", "raster-no-overlap"),
    elsewhere: (f"{HEIGHT}: lies at 114.", "raster-no-overlap"),
    shifted: (f"{SCENE}: lies 2.0 pixels beside the other scenes of 2020-01-01", "scene-misplaced"),
    flipped: (f"{HEIGHT}: its first row is the southernmost", "raster-flipped"),
    nothing_in_it: (f"{HEIGHT}: layer height has no data in any stratum", "layer-without-data"),
    nothing_in_any_scene: ("mrv.yaml", "plots-without-predictors"),
    one_plot_inside: ("mrv.yaml", "model-few-plots"),
    plots_outside: ("mrv.yaml", "plots-without-predictors"),
    plots_in_cloud: ("mrv.yaml", "plots-without-predictors"),
    constant: ("mrv.yaml", "predictor-constant"),
    not_a_number: ("mrv.yaml", "plots-without-predictors"),
    bands_not_named: (f"{SCENE}: does not say what its 6 bands are", "band-order"),
    points_outside: ("height.vrt: takes pixels from", "raster-outside-project"),
    cut_short: (
        f"{HEIGHT}: cannot be read as a raster: the file ends before",
        "raster-unreadable",
    ),
    fewer_plots_than_predictors: ("mrv.yaml", "model-few-plots"),
    classes_interpolated: (f"{HEIGHT}: holds 1.5, which is no class", "classes-interpolated"),
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_bad_raster(small: Path, older: Path, tmp_path: Path, spoil: Callable[[Path], None]):
    folder, target = tmp_path / "project", tmp_path / "target"
    shutil.copytree(small, folder)
    target.mkdir()
    shutil.copytree(older, target / "old")
    before = bytes_of(target)
    spoil(folder)
    checked = mrv("check", folder, "--no-effects")
    new = mrv("run", folder, "-o", target / "new")
    again = mrv("run", folder, "-o", target / "old")
    assert (checked.exit_code, new.exit_code, again.exit_code) == (2, 2, 2), checked.output + new.output
    assert bytes_of(target) == before
    assert "Traceback" not in checked.output + new.output
    start, rule = SPOILT[spoil]
    *lines, _ = new.stderr.splitlines()
    told = [line for line in lines if line.endswith(f"[{rule}]")]
    assert len(told) == 1, new.stderr
    assert told[0].startswith(start)
    assert f"[{rule}]" in checked.output + checked.stderr
    assert all(re.search(r"  \[[a-z0-9-]+\]$", line) for line in lines), new.stderr
