"""Two folders of results beside each other: what is the same, what is rounding, what is different."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from matplotlib.figure import Figure as Drawing
from shapely import Point

from mrv.errors import UsageError
from mrv.verification.comparison import compare_results
from mrv.verification.grades import LISTED, grade_of, grades_of

ONE_BIT = 1 + 2**-52
"""A factor that changes the last bit of a number."""

STEPS = {
    "net": {
        "name": "net_t_co2e",
        "quantity": "net",
        "unit": "t_co2e",
        "kind": "equation",
        "clause": "8",
        "description": "",
        "formula": "gross - lost",
        "inputs": ["gross", "lost"],
        "source": "",
        "cells": [{"index": {}, "value": 7.0}],
    },
}


def _step(name: str, value: float, *inputs: str) -> dict[str, object]:
    return {
        **STEPS["net"],
        "name": f"{name}_t_co2e",
        "quantity": name,
        "inputs": list(inputs),
        "cells": [{"index": {}, "value": value}],
    }


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with one small file of each kind that a run writes."""
    folder = tmp_path / "first"
    for name in ("tables", "maps", "figures", "model"):
        (folder / name).mkdir(parents=True)
    _write(
        folder / "run.json",
        {"schema": "mrv-run/1", "environment": {"numpy": "2.0"}, "seed": 1, "outputs": {}},
    )
    figures = [
        {"name": "net_t_co2e", "index": {}, "value": 7.0},
        {"name": "area_ha", "index": {"stratum": "inner"}, "value": 3.5},
    ]
    _write(folder / "results.json", {"figures": figures})
    # Written before its inputs, as a document may be.
    steps = {
        "net": _step("net", 7.0, "gross", "lost"),
        "gross": _step("gross", 9.0),
        "lost": _step("lost", 2.0),
    }
    _write(folder / "trace.json", {"schema": "mrv-trace/1", "steps": steps})
    table = pd.DataFrame({"plot_id": ["a", "b", "c"], "agb_t_ha": [1.5, 0.0, 250.25], "trees": [3, 0, 9]})
    table.to_csv(folder / "tables" / "plots.csv", index=False)
    profile = {"driver": "GTiff", "width": 6, "height": 5, "count": 1, "dtype": "float32", "nodata": np.nan}
    placed = {"crs": "EPSG:32649", "transform": rasterio.Affine(10, 0, 5e5, 0, -10, 2.5e6)}
    with rasterio.open(folder / "maps" / "agb.tif", "w", **profile, **placed) as dataset:
        values = np.arange(30, dtype="float32").reshape(5, 6)
        values[0, 0] = np.nan
        dataset.write(values, 1)
    np.savez(folder / "model" / "model.npz", weights=np.array([0.25, -3.0]))
    points = gpd.GeoDataFrame({"plot_id": ["a"]}, geometry=[Point(500_000.5, 2_500_000.5)], crs=32649)
    points.to_file(folder / "project.gpkg", layer="plots")
    drawing = Drawing(figsize=(2, 1))
    drawing.subplots().bar(["a", "b"], [1, 2])
    for suffix in ("png", "svg"):
        drawing.savefig(
            folder / "figures" / f"bars.{suffix}", metadata={"Date": None} if suffix == "svg" else {}
        )
    return folder


@pytest.fixture
def other(results: Path, tmp_path: Path) -> Path:
    """The same folder once more, to be changed."""
    return Path(shutil.copytree(results, tmp_path / "second"))


def test_the_same_files_are_identical(results: Path, other: Path) -> None:
    compared = compare_results(results, other)
    assert compared.grade == "identical"
    assert compared.first_step is None
    assert not compared.environments
    assert {file.file for file in compared.files} == {
        path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()
    }


def _document(name: str, change: Callable[[dict], None]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        document = json.loads((folder / name).read_text(encoding="utf-8"))
        change(document)
        _write(folder / name, document)

    return apply


def _figure(factor: float) -> Callable[[Path], None]:
    return _document("results.json", lambda document: document["figures"][1].update(value=3.5 * factor))


def _cell(column: str, row: int, text: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        file = folder / "tables" / "plots.csv"
        table = pd.read_csv(file, dtype=str)
        table.loc[row, column] = text
        table.to_csv(file, index=False)

    return apply


def _pixel(value: float) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        with rasterio.open(folder / "maps" / "agb.tif", "r+") as dataset:
            values = dataset.read(1)
            values[3, 2] = value
            dataset.write(values, 1)

    return apply


def _vertex(shift: float) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        points = gpd.read_file(folder / "project.gpkg", layer="plots")
        points.geometry = points.geometry.translate(shift)
        (folder / "project.gpkg").unlink()
        points.to_file(folder / "project.gpkg", layer="plots")

    return apply


def _weight(value: float) -> Callable[[Path], None]:
    return lambda folder: np.savez(folder / "model" / "model.npz", weights=np.array([0.25, value]))


def _drawn_over(folder: Path) -> None:
    from matplotlib.image import imread, imsave

    file = folder / "figures" / "bars.png"
    picture = imread(file).copy()
    picture[10:20, 10:20, :3] = 0.0
    imsave(file, picture)


def _longer_bar(folder: Path) -> None:
    file = folder / "figures" / "bars.svg"
    text = file.read_text(encoding="utf-8")
    start = text.index('d="M ') + len('d="M ')
    number, rest = text[start:].split(" ", 1)
    file.write_text(f"{text[:start]}{float(number) + 5} {rest}", encoding="utf-8")


DIFFERENT: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "figure": (_figure(1.001), "results.json", "figures.area_ha[stratum=inner].value"),
    "cell": (_cell("agb_t_ha", 2, "250.26"), "tables/plots.csv", "line 4: agb_t_ha"),
    "text": (_cell("plot_id", 1, "z"), "tables/plots.csv", "line 3: plot_id"),
    "whole number": (_cell("trees", 0, "4"), "tables/plots.csv", "line 2: trees"),
    "missing value": (_cell("agb_t_ha", 1, ""), "tables/plots.csv", "line 3: agb_t_ha"),
    "pixel": (_pixel(99.0), "maps/agb.tif", "band 1, row 3, column 2"),
    "pixel without data": (_pixel(np.nan), "maps/agb.tif", "band 1, row 3, column 2"),
    "vertex": (_vertex(0.5), "project.gpkg", "layer plots: feature 1, geometry"),
    "model": (_weight(-3.1), "model/model.npz", "weights[1]"),
    "picture": (_drawn_over, "figures/bars.png", "picture, from row 10, column 10"),
    "drawing": (_longer_bar, "figures/bars.svg", "line "),
    "seed": (_document("run.json", lambda run: run.update(seed=2)), "run.json", "seed"),
    "file gone": (lambda folder: (folder / "tables" / "plots.csv").unlink(), "tables/plots.csv", "tables"),
    "file more": (lambda folder: _write(folder / "more.json", {}), "more.json", "more.json"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_difference_is_found_where_it_is(name: str, results: Path, other: Path) -> None:
    change, file, place = DIFFERENT[name]
    change(other)
    compared = compare_results(results, other)
    assert compared.grade == "different"
    (unlike,) = [found for found in compared.files if found.grade != "identical"]
    assert unlike.file == file
    assert unlike.differences[0].place.startswith(place)
    assert unlike.differences[0].grade == "different"


WITHIN: dict[str, Callable[[Path], None]] = {
    "figure": _figure(ONE_BIT),
    "cell": _cell("agb_t_ha", 2, repr(250.25 * ONE_BIT)),
    "zero but for rounding": _cell("agb_t_ha", 1, "1e-12"),
    "vertex": _vertex(1e-6),
    "model": _weight(-3.0 * ONE_BIT),
}


@pytest.mark.parametrize("name", WITHIN)
def test_the_last_bits_are_within_tolerance(name: str, results: Path, other: Path) -> None:
    WITHIN[name](other)
    compared = compare_results(results, other)
    assert compared.grade == "within tolerance"
    assert compared.count("within tolerance") == 1


def test_software_is_told_and_no_difference(results: Path, other: Path) -> None:
    _document("run.json", lambda run: run.update(environment={"numpy": "2.1"}))(other)
    compared = compare_results(results, other)
    assert compared.grade == "identical"
    (found,) = compared.environments
    assert (found.place, found.first, found.second) == ("numpy", '"2.0"', '"2.1"')


def test_trails_part_at_the_first_step_and_not_at_what_follows_from_it(results: Path, other: Path) -> None:
    def change(trace: dict) -> None:
        trace["steps"]["lost"]["cells"][0]["value"] = 3.0
        trace["steps"]["net"]["cells"][0]["value"] = 6.0

    _document("trace.json", change)(other)
    step = compare_results(results, other).first_step
    assert step is not None
    assert (step.name, step.difference.first, step.difference.second) == ("lost_t_co2e", "2.0", "3.0")


def test_trails_part_where_a_formula_was_changed(results: Path, other: Path) -> None:
    _document("trace.json", lambda trace: trace["steps"]["net"].update(formula="gross"))(other)
    step = compare_results(results, other).first_step
    assert step is not None
    assert (step.difference.place, step.difference.second) == ("formula", "gross")


def test_every_difference_is_counted_and_the_first_are_listed(results: Path, other: Path) -> None:
    with rasterio.open(other / "maps" / "agb.tif", "r+") as dataset:
        dataset.write(dataset.read(1) + 1, 1)
    (unlike,) = [file for file in compare_results(results, other).files if file.grade != "identical"]
    assert (unlike.identical, unlike.different, len(unlike.differences)) == (1, 29, LISTED)


def test_another_grid_is_told_and_not_compared(results: Path, other: Path) -> None:
    with rasterio.open(other / "maps" / "agb.tif", "r+") as dataset:
        dataset.transform = rasterio.Affine(20, 0, 5e5, 0, -20, 2.5e6)
    (unlike,) = [file for file in compare_results(results, other).files if file.grade != "identical"]
    assert unlike.differences[0].place == "transform"


def test_a_folder_without_a_run_is_refused(results: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of results"):
        compare_results(results, tmp_path)


def test_grades_of_values() -> None:
    first = np.array([1.0, np.nan, 1.0, 0.0, np.inf, 1.0])
    second = np.array([1.0, np.nan, 1.0 + 1e-10, 1e-13, np.inf, 1.0 + 1e-8])
    assert grades_of(first, second).tolist() == [0, 0, 1, 1, 0, 2]
    assert grade_of(True, 1) == "different"
    assert grade_of("1.0", "1.0000000000001") == "different"
    assert grade_of(6377, 6378) == "different"
    assert grade_of(None, 0.0) == "different"
