"""Parcels through a whole run: the demo cut into parcels, by hand and against simulation; what is refused."""

from __future__ import annotations

import itertools
import math
import re
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from click.testing import CliRunner
from exactextract import exact_extract
from shapely import box

from mrv.cli import main
from mrv.errors import InputError
from mrv.inference.domains import by_domain
from mrv.inference.parcels import MappedParts, direct_residual, parcel_domains
from mrv.inference.with_map import MappedPlots
from mrv.run.project_run import run_project
from mrv.run.results import Results
from mrv.stock.by_design import SampleDesign

DATE = "2020-01-01"
KEYS = """
agb_maps:
  - date: 2020-01-01
    source: Power of the simulated canopy height
    plots: unseen
    raster: {file: agb_2020.tif, unit: t/ha}

parcels: {file: parcels.geojson, columns: {parcel_id: holding}}
"""
SYSTEM = "EPSG:4547"
CUTS = (0.3, 0.4, 0.42, 0.425, 0.6)


def cut(strata: gpd.GeoDataFrame, shares: tuple[float, ...] = CUTS) -> gpd.GeoDataFrame:
    """The area of the strata in parcels, from west to east."""
    left, bottom, right, top = strata.total_bounds
    edges = [left, *(left + share * (right - left) for share in shares), right]
    whole = strata.union_all()
    pieces = [whole.intersection(box(a, bottom, b, top)) for a, b in itertools.pairwise(edges)]
    names = [f"P{number}" for number in range(len(pieces))]
    return gpd.GeoDataFrame({"holding": names}, geometry=pieces, crs=strata.crs)


def replaced(folder: Path, old: str, new: str) -> None:
    file = folder / "mrv.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def strata(demo: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(demo / "strata.geojson").to_crs(SYSTEM)


@pytest.fixture(scope="module")
def parcelled(demo: Path, strata, tmp_path_factory) -> Path:
    """The demo with a map that is a power of its canopy height, in six parcels."""
    folder = tmp_path_factory.mktemp("parcels") / "project"
    shutil.copytree(demo, folder)
    with rasterio.open(folder / "canopy_height_2020.tif") as source:
        heights, profile = source.read(1), source.profile
    agb = np.where(np.isnan(heights), np.nan, 3.25 * np.where(heights > 0, heights, 0) ** 1.53)
    profile.update(driver="GTiff", dtype="float32", nodata=np.nan, count=1)
    kept = ("driver", "dtype", "nodata", "count", "crs", "transform", "width", "height")
    with rasterio.open(folder / "agb_2020.tif", "w", **{key: profile[key] for key in kept}) as out:
        out.write(agb.astype("float32"), 1)
    cut(strata).to_file(folder / "parcels.geojson")
    replaced(folder, "biomass:\n  agb:", f"{KEYS}\nbiomass:\n  agb:")
    replaced(folder, "draws: 10000", "draws: 1000")
    return folder


@pytest.fixture(scope="module")
def run(parcelled: Path) -> tuple[Path, Results]:
    out = parcelled.parent / "out"
    return out, run_project(parcelled, out)


@pytest.fixture(scope="module")
def table(run) -> pd.DataFrame:
    rows = pd.read_csv(run[0] / "tables/parcels.csv")
    return rows[rows["pool"] == "agb"].set_index("parcel_id")


def test_parcels_that_cut_the_strata_up_have_their_area(table, run):
    whole = sum(stratum.area_ha for stratum in run[1].strata)
    assert table["counted_ha"].sum() == pytest.approx(whole, rel=1e-6)
    assert table["area_ha"].sum() == pytest.approx(whole, rel=1e-6)


def test_the_kind_follows_the_plots_of_the_parcel(table):
    kinds = {name: ("direct" if row["plots"] >= 10 else "borrowed") for name, row in table.iterrows()}
    kinds |= {name: "synthetic" for name, row in table.iterrows() if row["plots"] == 0}
    assert table["kind"].to_dict() == kinds
    assert set(kinds.values()) == {"direct", "borrowed", "synthetic"}
    assert (table["interval_high"] > table["interval_low"]).all()


def test_a_parcel_with_plots_enough_by_hand(run, table, parcelled, strata):
    """Mean of the map over it, and mean of its residuals, each plot by the ground it stands for."""
    out, results = run
    plots = pd.read_csv(out / "tables/map_plots.csv")
    places = pd.read_csv(out / "tables/plots.csv").query(f"date == '{DATE}'").set_index("plot_id")
    parcel = cut(strata).set_index("holding").geometry["P0"]
    points = gpd.points_from_xy(places["x_m"], places["y_m"])
    own = plots[plots["plot_id"].isin(places.index[points.within(parcel)])]
    assert len(own) == table.loc["P0", "plots"] >= 10
    areas = {stratum.stratum_id: stratum.area_ha for stratum in results.strata}
    weight = own["stratum_id"].map(areas) / own["stratum_id"].map(plots["stratum_id"].value_counts())
    residual = np.average(own["residual_t_ha"], weights=weight)
    n = len(own)
    squares = (weight**2 * (own["residual_t_ha"] - residual) ** 2).sum() * n / (n - 1)
    with rasterio.open(parcelled / "agb_2020.tif") as source:
        mean = exact_extract(source, gpd.GeoDataFrame(geometry=[parcel], crs=SYSTEM), ["mean"])
    expected = mean[0]["properties"]["mean"] + residual
    assert table.loc["P0", "value"] == pytest.approx(expected, rel=1e-5)
    assert table.loc["P0", "standard_error"] == pytest.approx(math.sqrt(squares) / weight.sum(), rel=1e-9)
    assert table.loc["P0", "degrees_of_freedom"] == n - 1


def test_parcels_are_figures_that_can_be_explained(run, table):
    out, results = run
    index = {"parcel": "P0", "pool": "agb", "date": DATE}
    density = results.figure("parcel_biomass_density_t_dm_ha", index)
    stock = results.figure("parcel_biomass_stock_t_dm", index)
    assert density.value == table.loc["P0", "value"]
    assert stock.value == pytest.approx(density.value * table.loc["P0", "counted_ha"])
    assert stock.standard_error == pytest.approx(table.loc["P0", "total_standard_error"])
    carbon = results.figure("parcel_carbon_density_t_c_ha", index | {"pool": "total"})
    assert 0.4 * density.value < carbon.value < 0.8 * density.value
    told = CliRunner().invoke(
        main, ["explain", str(out), "parcel_biomass_stock", "--at", "parcel=P0", "--at", "pool=agb"]
    )
    assert told.exit_code == 0, told.output
    assert "tables/parcels.csv" in told.output


def test_a_parcel_without_plots_by_hand(run, table, parcelled, strata):
    """Mean of the map over each of its strata, with the mean residual of that stratum."""
    (name,) = table.index[table["kind"] == "synthetic"]
    residuals = pd.read_csv(run[0] / "tables/map_plots.csv").groupby("stratum_id")["residual_t_ha"].mean()
    parcel = cut(strata).set_index("holding").geometry[name]
    parts = strata.set_geometry(strata.intersection(parcel))
    parts = parts[~parts.is_empty]
    with rasterio.open(parcelled / "agb_2020.tif") as source:
        found = exact_extract(source, parts, ["mean"], include_cols=["zone"], output="pandas")
    corrected = found["mean"].to_numpy() + residuals[found["zone"]].to_numpy()
    expected = np.average(corrected, weights=parts.area)
    assert table.loc[name, "value"] == pytest.approx(expected, rel=1e-5)


def test_nothing_else_of_a_run_moves(run, parcelled, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(parcelled, folder)
    replaced(folder, "parcels: {file: parcels.geojson, columns: {parcel_id: holding}}", "")
    without = run_project(folder, tmp_path / "out")
    assert [f for f in run[1].figures if not f.quantity.startswith("parcel_")] == without.figures


def test_plots_chosen_on_purpose_give_no_parcel_an_error(parcelled, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(parcelled, folder)
    text = (folder / "mrv.yaml").read_text(encoding="utf-8")
    (folder / "mrv.yaml").write_text(text.replace("kind: stratified", "kind: purposive"), encoding="utf-8")
    result = CliRunner().invoke(main, ["run", str(folder), "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    own = pd.read_csv(tmp_path / "out/tables/parcels.csv")
    assert set(own["kind"]) == {"map_mean"}
    assert own["standard_error"].isna().all()
    assert "no error: the plots were chosen on purpose" in " ".join(result.output.split())


def moved(frame: gpd.GeoDataFrame, name: str, east: float) -> gpd.GeoDataFrame:
    shapes = frame.geometry.where(frame["holding"] != name, frame.geometry.translate(east))
    return frame.set_geometry(shapes)


def widened(frame: gpd.GeoDataFrame, name: str, other: str, width: float) -> gpd.GeoDataFrame:
    shapes = frame.set_index("holding").geometry
    strip = shapes[other].intersection(shapes[name].buffer(width))
    wider = frame.geometry.where(frame["holding"] != name, shapes[name].union(strip))
    return frame.set_geometry(wider)


REFUSED = {
    "parcels-overlap": lambda parcels: widened(parcels, "P3", "P4", 5.0),
    "parcel-beyond-boundary": lambda parcels: moved(parcels, "P0", -5.0),
    "parcel-outside-strata": lambda parcels: moved(parcels, "P5", 50_000.0),
    "parcel-duplicate": lambda parcels: parcels.assign(holding=parcels["holding"].replace("P3", "P2")),
    "missing-value": lambda parcels: parcels.assign(holding=parcels["holding"].replace("P3", None)),
    "column-missing": lambda parcels: parcels.rename(columns={"holding": "holdings"}),
    "geometry-kind": lambda parcels: parcels.set_geometry(parcels.geometry.centroid),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_bad_parcels_are_refused(parcelled, strata, tmp_path, rule):
    folder = tmp_path / "project"
    shutil.copytree(parcelled, folder)
    (folder / "parcels.geojson").unlink()
    REFUSED[rule](cut(strata)).to_file(folder / "parcels.geojson")
    with pytest.raises(InputError) as told:
        run_project(folder, tmp_path / "out")
    found = {finding.rule for finding in told.value.findings if finding.severity == "error"}
    assert found == {rule}
    assert all(f.where.startswith("parcels.geojson") for f in told.value.findings if f.rule == rule)
    assert not (tmp_path / "out").exists()


STRATA = "areas: [{stratum_id: fringe, area_ha: 1, source: x}]"


@pytest.mark.parametrize(
    ("pattern", "new", "rule"),
    [
        (r"agb_maps:(?s:.*?)\n\n", "\n", "parcels-without-map"),
        (r"(?<=\nstrata:\n)(  .*\n)+", f"  {STRATA}\n", "parcels-without-strata"),
    ],
)
def test_parcels_need_a_map_and_polygons(parcelled, tmp_path, pattern, new, rule):
    folder = tmp_path / "project"
    shutil.copytree(parcelled, folder)
    text = (folder / "mrv.yaml").read_text(encoding="utf-8")
    spoilt, count = re.subn(pattern, new, text)
    assert count == 1
    (folder / "mrv.yaml").write_text(spoilt, encoding="utf-8")
    with pytest.raises(InputError) as told:
        run_project(folder, tmp_path / "out")
    assert rule in {finding.rule for finding in told.value.findings}


def population(generator: np.random.Generator, parcels: int, pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Predictions and truth of pixels: each parcel departs from the map, and each pixel from its parcel."""
    predicted = generator.uniform(50, 150, (parcels, pixels))
    departure = generator.normal(0, 8, (parcels, 1))
    return predicted, predicted + 12 + departure + generator.normal(0, 20, (parcels, pixels))


def test_intervals_of_parcels_hold_the_truth_as_often_as_they_promise():
    """A map with a bias of its own, parcels that depart from it, a simple random sample of pixels."""
    generator = np.random.default_rng(12)
    parcels, pixels, drawn = 30, 150, 120
    names = tuple(f"{number:02d}" for number in range(parcels))
    held = []
    for _ in range(40):
        predicted, truth = population(generator, parcels, pixels)
        chosen = np.sort(generator.choice(parcels * pixels, drawn, replace=False))
        plots = pd.DataFrame(
            {
                "plot_id": [f"{number:05d}" for number in chosen],
                "stratum_id": "all",
                "cluster_id": None,
                "observed": truth.ravel()[chosen],
                "predicted": predicted.ravel()[chosen],
            }
        )
        mapped = MappedPlots(plots, {"all": float(predicted.mean())}, {"all": 0.0})
        number = np.arange(parcels)
        parts = MappedParts(
            names, ("all",), number, np.zeros(parcels, dtype=int), np.ones(parcels), predicted.mean(axis=1),
            np.zeros(parcels),
        )  # fmt: skip
        plots_in = {
            name: [f"{plot:05d}" for plot in chosen if plot // pixels == n] for n, name in enumerate(names)
        }
        domains = parcel_domains(parts, mapped, SampleDesign("simple_random"), {"all": 30.0}, plots_in)
        for estimate, true in zip(by_domain(domains), truth.mean(axis=1), strict=True):
            low, high, _ = estimate.interval(0.90)
            held.append(low <= true <= high)
    assert np.mean(held) == pytest.approx(0.90, abs=0.04)


def test_few_plots_take_their_spread_from_the_stratum():
    own = pd.DataFrame({"unit": ["a", "b"], "stratum_id": "s", "weight": [1.0, 3.0], "residual": [4.0, 8.0]})
    estimate = direct_residual(own, {"s": 16.0})
    assert estimate is not None
    assert estimate.value == 7.0
    assert estimate.standard_error == pytest.approx(math.sqrt(16 * (1 + 9)) / 4)
    assert direct_residual(own, {"s": math.nan}) is None
