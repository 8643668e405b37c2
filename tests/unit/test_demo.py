"""The demo project: simulated, reproducible to the byte, small, and true to its own truth."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from pyproj import Transformer
from ruamel.yaml import YAML
from shapely import Polygon, get_coordinates, normalize, set_precision, union_all
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo"
BY_HAND = {"mrv.yaml", "finance.yaml", "lots.yaml", "README.md", "README.zh-CN.md"}
SPECIES = {"Kandelia obovata", "Aegiceras corniculatum", "Avicennia marina", "Sonneratia apetala"}
PLOTS = {"landward": 14, "middle": 18, "fringe": 16}
DATES = ("2010-01-01", "2020-01-01")


@pytest.fixture(scope="module")
def project() -> dict:
    return YAML(typ="safe").load(DEMO / "mrv.yaml")


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plots() -> pd.DataFrame:
    return pd.read_csv(DEMO / "plots.csv")


@pytest.fixture(scope="module")
def trees(project) -> dict[str, pd.DataFrame]:
    """Both sheets with the names of the toolkit, by the column map and codes of the project file."""
    first = pd.read_csv(DEMO / "trees_2010.csv", encoding="utf-8-sig")
    table = project["surveys"][0]["trees"][0]
    assert set(table["columns"].values()) == set(first.columns)
    first = first.rename(columns={theirs: ours for ours, theirs in table["columns"].items()})
    for column, codes in table["codes"].items():
        first[column] = first[column].map(codes)
    return {DATES[0]: first, DATES[1]: pd.read_csv(DEMO / "trees_2020.csv")}


def polygons(name: str) -> dict[str, Polygon]:
    document = json.loads((DEMO / name).read_text(encoding="utf-8"))
    assert all(feature["properties"]["simulated"] is True for feature in document["features"])
    return {
        feature["properties"].get("zone", "boundary"): shape(feature["geometry"])
        for feature in document["features"]
    }


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_script_writes_the_same_bytes_again(tmp_path):
    subprocess.run([sys.executable, str(ROOT / "scripts" / "simulate_demo.py"), str(tmp_path)], check=True)
    written = files_below(tmp_path)
    assert written == files_below(DEMO) - BY_HAND
    different = [n for n in sorted(written) if (tmp_path / n).read_bytes() != (DEMO / n).read_bytes()]
    assert different == []


def test_the_folder_is_small():
    sizes = {name: (DEMO / name).stat().st_size for name in files_below(DEMO)}
    assert sum(sizes.values()) < 3_000_000
    assert sum(size for name, size in sizes.items() if name.endswith(".csv")) < 600_000


def test_it_says_that_it_is_simulated(project, truth, plots):
    assert project["project"]["simulated"] is True
    assert "simulated" in project["project"]["name"]["en"]
    assert "模拟" in project["project"]["name"]["zh"]
    assert truth["simulated"] is True
    assert plots["plot_id"].str.startswith("SIM-").all()
    assert "**Everything in this folder is simulated.**" in (DEMO / "README.md").read_text(encoding="utf-8")
    assert "均为模拟数据" in (DEMO / "README.zh-CN.md").read_text(encoding="utf-8")


def test_the_strata_tile_the_boundary_with_the_same_vertices():
    strata, boundary = polygons("strata.geojson"), polygons("boundary.geojson")["boundary"]
    assert list(strata) == list(PLOTS)
    vertices = {tuple(xy) for polygon in strata.values() for xy in get_coordinates(polygon)}
    assert {tuple(xy) for xy in get_coordinates(boundary)} <= vertices
    assert all(round(number, 7) == number for xy in vertices for number in xy)
    assert all(polygon.is_valid and polygon.exterior.is_ccw for polygon in [*strata.values(), boundary])
    grid = 1e-9
    assert normalize(set_precision(union_all(list(strata.values())), grid)).equals_exact(
        normalize(set_precision(boundary, grid)), grid
    )
    zones = list(strata.values())
    overlaps = [a.intersection(b).area for a, b in pairwise(zones)]
    assert max(overlaps) == 0


def test_plots_lie_wholly_inside_their_stratum(project, plots):
    to_metres = Transformer.from_crs("EPSG:4326", project["reference_system"], always_xy=True)
    strata = {
        zone: Polygon(np.column_stack(to_metres.transform(*get_coordinates(polygon).T)))
        for zone, polygon in polygons("strata.geojson").items()
    }
    assert plots["plot_id"].is_unique
    assert plots.groupby("zone").size().to_dict() == PLOTS
    circles = [
        strata[plot.zone].exterior.distance(point)
        for plot, point in zip(plots.itertuples(), map(_point, plots["x_m"], plots["y_m"]), strict=True)
        if strata[plot.zone].contains(point)
    ]
    assert len(circles) == len(plots)
    assert min(circles) > project["surveys"][0]["subplots"][0]["radius_m"]


def _point(x: float, y: float):
    return shape({"type": "Point", "coordinates": (x, y)})


def test_trees_are_plausible_and_keep_to_the_size_rule(trees, plots):
    for table in trees.values():
        assert set(table["species"]) == SPECIES
        assert set(table["status"]) == {"live", "dead"}
        assert set(table["plot_id"]) == set(plots["plot_id"])
        assert not table.duplicated(["plot_id", "tree_id"]).any()
        assert table["dbh_cm"].between(2.0, 45.0).all()
        assert (table["height_m"] / table["dbh_cm"]).between(0.15, 2.5).all()
        assert (table["decay_class"].notna() == (table["status"] == "dead")).all()
        assert set(table["decay_class"].dropna()) == {1, 2}
    assert 2_000 < sum(map(len, trees.values())) < 6_000


def test_trees_keep_their_number_species_and_never_shrink(trees):
    both = trees[DATES[0]].merge(trees[DATES[1]], on=["plot_id", "tree_id"], suffixes=("_1", "_2"))
    assert len(both) > 1_000
    assert (both["species_1"] == both["species_2"]).all()
    assert (both["status_1"] == "live").all()
    assert (both["dbh_cm_2"] - both["dbh_cm_1"]).between(0.0, 15.0).all()


def plot_agb_t_ha(table: pd.DataFrame, plots: pd.DataFrame, density: dict[str, float]) -> pd.Series:
    """Live above-ground biomass per plot: 0.251 ρ D^2.46 over the circle that the diameter falls under."""
    live = table[table["status"] == "live"]
    circle_ha = np.where(live["dbh_cm"] >= 5, np.pi * 7**2, np.pi * 2**2) / 10_000
    agb_t = 0.251 * live["species"].map(density) * live["dbh_cm"] ** 2.46 / 1000
    return (agb_t / circle_ha).groupby(live["plot_id"]).sum().reindex(plots["plot_id"])


def test_plots_vary_and_their_means_agree_with_the_truth(trees, plots, truth):
    """Sampling alone stands between them: four standard errors are passed once in thousands of surveys."""
    density = {
        "Kandelia obovata": 0.525,
        "Aegiceras corniculatum": 0.60,
        "Avicennia marina": 0.65,
        "Sonneratia apetala": 0.40,
    }
    for day, table in trees.items():
        agb = plot_agb_t_ha(table, plots, density).groupby(plots.set_index("plot_id")["zone"])
        standard_error = agb.std() / np.sqrt(agb.size())
        true = pd.Series({z: s["stock_per_ha"][day]["agb_t_dm_ha"] for z, s in truth["strata"].items()})
        assert (agb.std() / agb.mean()).between(0.3, 0.6).all()
        assert ((agb.mean() - true).abs() < 4 * standard_error).all()


def test_true_totals_add_up_and_are_realistic(truth):
    whole, strata = truth["project"], truth["strata"].values()
    assert whole["area_ha"] == pytest.approx(sum(s["area_ha"] for s in strata), abs=2e-4)
    assert whole["area_ha"] == pytest.approx(120, abs=3)
    for day in DATES:
        for name, value in whole["stock"][day].items():
            assert value == pytest.approx(sum(s["stock"][day][name] for s in strata), abs=0.002)
        assert 60 < whole["stock_per_ha"][day]["agb_t_dm_ha"] < 180
    first, second = (whole["stock"][day] for day in DATES)
    gain_t_c = second["agb_t_c"] + second["bgb_t_c"] - first["agb_t_c"] - first["bgb_t_c"]
    assert whole["removals"]["agb_bgb_t_co2e"] == pytest.approx(gain_t_c * 44 / 12, abs=0.01)
    assert 4 < whole["removals"]["agb_bgb_t_co2e_ha_yr"] < 12


def test_soil_cores_are_plausible(plots):
    first, second = (pd.read_csv(DEMO / f"soil_cores_{year}.csv") for year in (2010, 2020))
    assert (first.groupby(["plot_id", "core_id"])["bottom_cm"].max() == 100).all()
    assert (second.groupby(["plot_id", "core_id"])["bottom_cm"].max() == 120).all()
    assert set(first["plot_id"]) == set(second["plot_id"])
    cores = pd.concat([first, second])
    assert set(cores["plot_id"]) <= set(plots["plot_id"])
    assert (cores.groupby("plot_id")["core_id"].nunique() == 3).all()
    assert cores["bulk_density_g_cm3"].between(0.2, 1.6).all()
    assert cores["organic_carbon_fraction"].between(0.0015, 0.05).all()


@pytest.fixture(scope="module")
def scenes() -> pd.DataFrame:
    return pd.read_csv(DEMO / "scenes.csv", dtype={"processing_baseline": str}).set_index("date")


def read_scene(row: pd.Series) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Stored numbers of a scene by band, and its mask on the same pixels."""
    with rasterio.open(DEMO / row["file"]) as source, rasterio.open(DEMO / row["mask_file"]) as mask:
        assert source.res == (10, 10)
        assert mask.res == (20, 20)
        assert source.bounds == mask.bounds
        assert source.nodata == 0
        assert source.tags()["PROCESSING_BASELINE"] == row["processing_baseline"]
        bands = dict(zip(source.descriptions, source.read(), strict=True))
        return bands, mask.read(1).repeat(2, axis=0).repeat(2, axis=1)


def test_the_two_dates_are_of_two_processing_baselines(scenes):
    """The offset stands in the numbers of the second date, which are higher by a thousand."""
    medians = {}
    for day, row in scenes.iterrows():
        bands, classes = read_scene(row)
        assert list(bands) == ["blue", "green", "red", "nir", "nir_narrow", "swir1"]
        medians[day] = np.median(bands["red"][classes == 4])
    before = [value for day, value in medians.items() if scenes.loc[day, "processing_baseline"] < "04.00"]
    after = [value for day, value in medians.items() if scenes.loc[day, "processing_baseline"] >= "04.00"]
    assert len(before) == len(after) == 7
    assert (scenes["offset_applied"].eq("no") == scenes["processing_baseline"].eq("05.00")).all()
    assert np.mean(after) - np.mean(before) == pytest.approx(1000, abs=100)


def test_scenes_have_clouds_shadows_and_the_edge_of_a_swath(scenes):
    shares, kinds = {}, set()
    for day, row in scenes.iterrows():
        bands, classes = read_scene(row)
        known = bands["nir"] > 0
        kinds |= set(np.unique(classes).tolist())
        assert (classes[known] > 0).all()
        shares[day] = known.mean()
        offset = 1000 if row["processing_baseline"] >= "04.00" else 0
        cloudy = known & (classes == 9)
        if cloudy.any():
            assert bands["blue"][cloudy].mean() - offset > 5 * (bands["blue"][classes == 4].mean() - offset)
    assert kinds == {0, 3, 4, 9}
    assert min(shares, key=shares.get) == "2010-01-07"
    assert shares["2010-01-07"] < 0.95 * np.median(list(shares.values()))


def test_the_mud_is_dark_at_high_water(scenes):
    """Where there is little canopy, the near infrared falls when the tide is above the mud."""
    for year in ("2009-10", "2019-10"):
        of_date = scenes[(scenes.index > year) & (scenes.index < f"{int(year[:4]) + 1}-10")]
        high = of_date["tide_height_m"].idxmax()
        low = of_date["tide_height_m"].idxmin()
        (flooded, first), (bare, second) = read_scene(of_date.loc[high]), read_scene(of_date.loc[low])
        sparse = (first == 4) & (second == 4) & (bare["nir"] < np.quantile(bare["nir"][second == 4], 0.05))
        assert flooded["nir"][sparse].mean() < bare["nir"][sparse].mean() - 200


def test_heights_follow_the_trees(trees, plots):
    for day, table in trees.items():
        with rasterio.open(DEMO / f"canopy_height_{day[:4]}.tif") as heights:
            assert heights.units == ("m",)
            points = list(zip(plots["x_m"], plots["y_m"], strict=True))
            height = np.array(list(heights.sample(points)))[:, 0]
        tallest = table[table["status"] == "live"].groupby("plot_id")["height_m"].max()
        assert np.corrcoef(height, tallest.reindex(plots["plot_id"]))[0, 1] > 0.7
