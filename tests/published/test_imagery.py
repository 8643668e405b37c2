"""Real rasters with what is odd about them: read right, or refused by one clear line.

Mangrove masks of Western Port, surface water of Guyana, a Landsat 7 chip of Olinda with its elevation,
Sentinel-2 chips of Barbellino with their scene classification.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from exactextract import exact_extract
from rasterio.warp import transform_bounds
from shapely import box

from mrv.imagery.registration import shift_between
from mrv.inputs.imagery import Imagery, read_imagery
from mrv.inputs.imagery_declaration import Imagery as Declaration
from mrv.quality.imagery_view import ImageryView
from mrv.quality.raster_layers import LAYER_CHECKS
from mrv.quality.scenes import in_place


def where(*key: str | int) -> str:
    return ".".join(map(str, key))


def over(bounds: tuple[float, float, float, float], system: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"stratum_id": ["all"]}, geometry=[box(*bounds)], crs=system)


def read(folder: Path, declared: dict, strata: gpd.GeoDataFrame) -> tuple[Imagery, list[str]]:
    imagery, findings, _ = read_imagery(Declaration.model_validate(declared), folder, where, strata)
    return imagery, [str(finding) for finding in findings]


# Western Port: nodata is -1.7e308 and there is no class but mangrove.

CHECKED_HA = {"2000-01-01": 1365.57, "2017-01-01": 1233.36}
STABLE_HA, LOSS_HA, GAIN_HA = 1039.5, 326.07, 193.86
"""Areas that the provenance of the masks states."""


def western_port(shared: Path, tmp_path: Path, **more) -> tuple[Imagery, gpd.GeoDataFrame]:
    layers = []
    for date in CHECKED_HA:
        file = f"example_distribution_{date[:4]}.tif"
        shutil.copyfile(shared / "data/western_port" / file, tmp_path / file)
        layer = {"id": "extent", "kind": "class_map", "file": file, "date": date, "source": "redlistr"}
        layers.append(layer | {"mangrove": [1]} | more)
    with rasterio.open(tmp_path / file) as source:
        strata = over(source.bounds, "EPSG:32755")
    imagery, findings = read(tmp_path, {"resolution_m": 30, "layers": layers}, strata)
    assert findings == []
    return imagery, strata


def test_western_port_has_the_areas_that_its_provenance_states(shared, tmp_path):
    imagery, _ = western_port(shared, tmp_path, no_data="not_mangrove")
    masks = {date: imagery.mangrove(date).to_numpy() for date in CHECKED_HA}
    pixel_ha = 0.09
    for date, hectares in CHECKED_HA.items():
        assert masks[date].sum() * pixel_ha == pytest.approx(hectares, abs=0.005)
    first, second = masks.values()
    assert (first & second).sum() * pixel_ha == pytest.approx(STABLE_HA, abs=0.005)
    assert (first & ~second).sum() * pixel_ha == pytest.approx(LOSS_HA, abs=0.005)
    assert (second & ~first).sum() * pixel_ha == pytest.approx(GAIN_HA, abs=0.005)


def test_western_port_must_say_what_ground_without_a_class_is(shared, tmp_path):
    imagery, strata = western_port(shared, tmp_path)
    view = ImageryView(imagery, {"all": strata.geometry[0]})
    found = [str(suspect.finding) for check in LAYER_CHECKS for suspect in check(view)]
    assert found == [
        f"example_distribution_{year}.tif: {share} % of the strata have no class; layer extent must say what "
        "no_data is [class-map-gaps]"
        for year, share in (("2000", "98.6"), ("2017", "98.7"))
    ]


# Guyana: degrees, 255 is nodata, 0 is a value.


def test_surface_water_in_degrees_keeps_its_mean_on_a_grid_of_metres(shared, tmp_path):
    file = "occurrence_60W_10Nv1_4_2021.tif"
    shutil.copyfile(shared / "data/guyana/global_surface_water_occurrence" / file, tmp_path / file)
    reserve = gpd.read_file(shared / "data/guyana/shell_beach_protected_area_41057_B.gpkg")
    strata = reserve.to_crs("EPSG:32621").assign(stratum_id="all")
    layer = {
        "id": "water_occurrence",
        "kind": "continuous",
        "file": file,
        "unit": "%",
        "source": "Pekel et al. (2016)",
    }
    means = {}
    for resolution in (15, 100):
        imagery, findings = read(tmp_path, {"resolution_m": resolution, "layers": [layer]}, strata)
        assert findings == []
        values = imagery.layers[0].layer.on(imagery.grid).to_numpy()
        assert np.nanmin(values) >= 0
        assert np.nanmax(values) <= 100
        from mrv.imagery.zones import inside

        means[resolution] = float(np.nanmean(values[inside(strata.geometry[0], imagery.grid).to_numpy()]))
    with rasterio.open(tmp_path / file) as source:
        exact = exact_extract(source, reserve.to_crs("EPSG:4326"), ["mean"])[0]["properties"]["mean"]
    assert means[100] == pytest.approx(exact, abs=0.25)
    assert means[15] == pytest.approx(exact, abs=0.25)


def test_degrees_over_a_project_elsewhere_are_told_where_they_lie(shared, tmp_path):
    file = "occurrence_60W_10Nv1_4_2021.tif"
    shutil.copyfile(shared / "data/guyana/global_surface_water_occurrence" / file, tmp_path / file)
    layer = {"id": "water", "kind": "continuous", "file": file, "unit": "%", "source": "Pekel et al. (2016)"}
    strata = over((500_000, 2_490_000, 501_000, 2_491_000), "EPSG:4547")
    _, findings = read(tmp_path, {"resolution_m": 30, "layers": [layer]}, strata)
    assert findings == [
        f"{file}: lies at -59.8488 to -59.7100, 8.3080 to 8.3640 degrees, where no stratum is "
        "[raster-no-overlap]"
    ]


# Olinda: 8-bit numbers without names, nodata or scale; an elevation in another system without a unit.


@pytest.fixture
def olinda(shared: Path, tmp_path: Path) -> Path:
    for file in ("L7_ETMs.tif", "olinda_dem_utm25s.tif"):
        shutil.copyfile(shared / "data/olinda_landsat7" / file, tmp_path / file)
    (tmp_path / "scenes.csv").write_text("file,date\nL7_ETMs.tif,2001-08-01\n")
    return tmp_path


OLINDA = over((289_000, 9_113_000, 297_000, 9_120_000), "EPSG:31985")


def landsat(**more) -> dict:
    return {
        "sensor": "landsat_c2_l2",
        "scenes": [{"file": "scenes.csv"}],
        "seasons": [{"date": "2001-08-01", "start": "2001-07-01", "end": "2001-09-01"}],
        "least_looks": 1,
        "indices": ["ndvi"],
    } | more


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "does not say what its 6 bands are; declare them under imagery.optical.bands [band-order]"),
        (
            {"bands": {"red": 3, "nir": 4}},
            "holds uint8; the numbers of landsat_c2_l2 need 16 bits [raster-type]",
        ),
        (
            {"bands": {"red": 3, "nir": 4}, "sensor": "reflectance"},
            "holds whole numbers (uint8) and states no scale; physical values were expected [raster-scale]",
        ),
        ({"bands": {"red": 3, "nir": 7}}, "has 6 bands; band 7 was declared [band-missing]"),
    ],
)
def test_numbers_of_8_bits_are_no_reflectance(olinda, more, expected):
    _, findings = read(olinda, {"resolution_m": 30, "optical": landsat(**more)}, OLINDA)
    assert findings == [f"L7_ETMs.tif: {expected}"]


def elevation(**more) -> dict:
    layer = {"id": "elevation", "kind": "elevation", "file": "olinda_dem_utm25s.tif", "source": "SRTM"}
    return {"resolution_m": 30, "layers": [layer | more]}


def test_an_elevation_without_a_unit_must_declare_it(olinda):
    _, findings = read(olinda, elevation(), OLINDA)
    assert findings == [
        "olinda_dem_utm25s.tif: states no unit of length (''); declare the unit of layer elevation: m, dm "
        "or cm [raster-unit]"
    ]


def test_an_elevation_in_another_system_comes_onto_the_grid(olinda):
    imagery, findings = read(olinda, elevation(unit="m"), OLINDA)
    assert findings == []
    values = imagery.stack("2001-08-01").values.to_numpy()[0]
    with rasterio.open(olinda / "olinda_dem_utm25s.tif") as source:
        box_there = transform_bounds("EPSG:31985", source.crs, *imagery.grid.boundingbox.bbox)
        window = source.window(*box_there)
        original = source.read(1, window=window)
    assert np.isfinite(values).all()
    assert -1 <= values.min() < values.max() <= 88
    assert values.mean() == pytest.approx(original.mean(), rel=0.02)


def test_an_elevation_is_the_same_for_any_chunk(olinda):
    imagery, _ = read(olinda, elevation(unit="m"), OLINDA)
    layer = imagery.layers[0].layer
    whole = layer.on(imagery.grid).to_numpy()
    assert layer.on(imagery.grid, chunk=61).to_numpy().tobytes() == whole.tobytes()


# Barbellino: no names of bands, nodata 65535, no scale in the file, a scene classification at 20 m.

DATES = ("2017-07-03", "2019-07-23")
BANDS = {"red": 4, "nir": 8, "nir_narrow": 9, "swir1": 10}
"""Numbers of the bands in a stack of B01 to B12 without B10."""


def barbellino(shared: Path, tmp_path: Path, baselines: tuple[str, str]) -> tuple[Imagery, list[str]]:
    rows = ["file,date,mask_file,processing_baseline"]
    for date, baseline in zip(DATES, baselines, strict=True):
        names = [f"S2A2A_{date.replace('-', '')}_022_Barbellino_{kind}_10.tif" for kind in ("BOA", "SCL")]
        for name in names:
            shutil.copyfile(shared / "data/sentinel2_barbellino" / name, tmp_path / name)
        rows.append(f"{names[0]},{date},{names[1]},{baseline}")
    (tmp_path / "scenes.csv").write_text("\n".join(rows) + "\n")
    with rasterio.open(tmp_path / names[0]) as source:
        strata = over(source.bounds, "EPSG:32632")
    optical = {
        "sensor": "sentinel2_l2a",
        "scenes": [{"file": "scenes.csv"}],
        "bands": BANDS,
        "mask": "scl",
        "seasons": [
            {"date": f"{d[:4]}-07-15", "start": f"{d[:4]}-07-01", "end": f"{d[:4]}-08-01"} for d in DATES
        ],
        "least_looks": 1,
        "indices": ["ndvi", "ndmi"],
    }
    return read(tmp_path, {"resolution_m": 10, "optical": optical}, strata)


def test_sentinel_2_with_its_classification_at_20_m(shared, tmp_path):
    """Both scenes are older than the offset, so that their processing had a baseline below 04.00."""
    imagery, findings = barbellino(shared, tmp_path, ("02.05", "02.13"))
    assert findings == []
    for date in DATES:
        stack = imagery.stack(f"{date[:4]}-07-15")
        name = f"S2A2A_{date.replace('-', '')}_022_Barbellino"
        with rasterio.open(tmp_path / f"{name}_BOA_10.tif") as source:
            stored = source.read().astype(float)
        with rasterio.open(tmp_path / f"{name}_SCL_10.tif") as source:
            classes = source.read(1).repeat(2, axis=0).repeat(2, axis=1)
        red, nir = (stored[BANDS[band] - 1] for band in ("red", "nir"))
        clear = np.isin(classes, (4, 5, 6, 7)) & (red < 65535) & (nir < 65535)
        found = stack.values.sel(predictor="ndvi").to_numpy()
        np.testing.assert_array_equal(stack.looks.to_numpy(), clear.astype(np.int16))
        np.testing.assert_array_equal(np.isfinite(found), clear & (red + nir > 100))
        seen = np.isfinite(found)
        np.testing.assert_allclose(found[seen], ((nir - red) / (nir + red))[seen], atol=1e-6)


def test_sentinel_2_whose_baseline_nobody_states_is_refused(shared, tmp_path):
    _, findings = barbellino(shared, tmp_path, ("", ""))
    assert [line.split(": ", 1)[1] for line in findings] == [
        "neither row nor file states the processing baseline, or that the offset is applied "
        "[reflectance-offset]"
    ] * 2


def phase_correlation(first: np.ndarray, second: np.ndarray) -> tuple[int, int]:
    """Shift to the south and east in whole pixels, by the phases of the two spectra."""
    window = np.outer(*map(np.hanning, first.shape))
    spectra = [np.fft.fft2((image - image.mean()) * window) for image in (first, second)]
    cross = spectra[1] * spectra[0].conj()
    peak = np.fft.ifft2(cross / np.abs(cross)).real
    place = np.unravel_index(peak.argmax(), peak.shape)
    return tuple(
        (int(index) + length // 2) % length - length // 2
        for index, length in zip(place, peak.shape, strict=True)
    )


def test_two_summers_of_one_orbit_lie_a_pixel_apart(shared, tmp_path):
    """Another method, on the near infrared that both scenes show without a gap, finds one row."""
    imagery, _ = barbellino(shared, tmp_path, ("02.05", "02.13"))
    images = []
    for date in DATES:
        with rasterio.open(tmp_path / f"S2A2A_{date.replace('-', '')}_022_Barbellino_BOA_10.tif") as source:
            images.append(source.read(BANDS["nir"]).astype(float))
    assert phase_correlation(*images) == (1, 0)
    shift = shift_between(*images)
    assert shift is not None
    assert shift.rows == pytest.approx(1, abs=0.25)
    view = ImageryView(imagery, {"all": box(*imagery.grid.boundingbox.bbox)})
    (found,) = in_place(view)
    assert found.finding.rule == "scene-misplaced"
