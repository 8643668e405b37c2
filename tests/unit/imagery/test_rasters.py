"""Raster files: what they state is read, and what cannot be read is one clear line."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine
from made_rasters import NORTH, SYSTEM, WEST, grid, write
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from pyproj import CRS

from mrv.errors import InputError
from mrv.imagery.calibration import Calibration, file_calibration, metadata_findings, physical_reader
from mrv.imagery.grid import system_text
from mrv.imagery.labelled import open_labelled
from mrv.imagery.raster import Raster, open_raster
from mrv.imagery.sensors import clear, role_of

COUNTED = np.arange(12, dtype=np.uint16).reshape(3, 4)


def opened(path) -> Raster:
    raster, findings = open_raster(path, path.name, path.parent)
    assert findings == []
    assert raster is not None
    return raster


def refused(path) -> str:
    raster, findings = open_raster(path, path.name, path.parent)
    assert raster is None
    return "; ".join(str(finding) for finding in findings)


def test_metadata_are_read(tmp_path):
    raster = opened(
        write(
            tmp_path / "a.tif",
            np.stack([COUNTED, COUNTED]),
            nodata=7,
            names=("red", "nir"),
            scales=(0.0001, 0.0001),
            offsets=(-0.1, -0.1),
            tags={"PROCESSING_BASELINE": "05.00"},
        )
    )
    assert raster.grid == grid(3, 4)
    assert [band.name for band in raster.bands] == ["red", "nir"]
    band = raster.bands[1]
    assert (band.nodata, band.scale, band.offset, band.dtype) == (7.0, 0.0001, -0.1, "uint16")
    assert raster.tags["PROCESSING_BASELINE"] == "05.00"


def test_values_are_scaled_and_missing_where_the_file_says_so(tmp_path):
    raster = opened(write(tmp_path / "a.tif", COUNTED, nodata=7, scales=(0.5,), offsets=(1.0,)))
    read = physical_reader(raster, [(0, file_calibration(raster.bands[0], missing=(0,)))])
    expected = COUNTED * 0.5 + 1.0
    expected[0, 0] = expected[1, 3] = np.nan
    np.testing.assert_array_equal(read(slice(0, 3), slice(0, 4))[0], expected)
    padded = read(slice(-1, 2), slice(2, 6))[0]
    np.testing.assert_array_equal(padded[1:, :2], expected[:2, 2:])
    assert np.isnan(padded[0]).all()
    assert np.isnan(padded[:, 2:]).all()


def test_decibels_become_power():
    assert Calibration(decibel=True).values(np.array([-10.0, 0.0, 10.0])).tolist() == pytest.approx(
        [0.1, 1.0, 10.0]
    )


def test_a_scale_that_contradicts_the_product_is_told(tmp_path):
    raster = opened(write(tmp_path / "a.tif", COUNTED, scales=(0.001,)))
    (finding,) = metadata_findings("a.tif", raster.bands[0], Calibration(0.0001, -0.1))
    assert str(finding) == (
        "a.tif: states scale 0.001 and offset 0; by what is declared they are 0.0001 and -0.1 [raster-scale]"
    )
    raster = opened(write(tmp_path / "b.tif", COUNTED, scales=(0.0001,), offsets=(-0.1,)))
    assert metadata_findings("b.tif", raster.bands[0], Calibration(0.0001, -0.1)) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"crs": None}, "a.tif: has no coordinate system; write it into the file [crs-missing]"),
        (
            {"transform": Affine(10, 0, WEST, 0, 10, NORTH)},
            "a.tif: its first row is the southernmost or its first column the easternmost; write it north up "
            "[raster-flipped]",
        ),
        (
            {"transform": Affine(10, 1, WEST, 1, -10, NORTH)},
            "a.tif: its rows do not run east; warp it to a north-up grid [raster-rotated]",
        ),
        (
            {"transform": Affine.identity()},
            "a.tif: does not say where its pixels lie; georeference it [raster-not-placed]",
        ),
    ],
)
def test_a_raster_that_lies_nowhere_is_refused(tmp_path, more, expected):
    assert refused(write(tmp_path / "a.tif", COUNTED, **more)) == expected


def test_a_file_that_is_no_raster_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"not a raster")
    assert refused(tmp_path / "a.tif").startswith("a.tif: cannot be read as a raster: ")


def test_a_cloud_optimised_file_cut_short_is_refused(tmp_path):
    values = np.random.default_rng(1).integers(1, 5000, size=(256, 256), dtype=np.uint16)
    path = tmp_path / "cog.tif"
    with rasterio.open(
        path,
        "w",
        driver="COG",
        count=1,
        height=256,
        width=256,
        dtype="uint16",
        crs=SYSTEM,
        BLOCKSIZE=128,
        transform=Affine(10, 0, WEST, 0, -10, NORTH),
    ) as target:
        target.write(values, 1)
    assert opened(path).grid.shape == (256, 256)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    assert refused(path) == (
        "cog.tif: cannot be read as a raster: the file ends before its pixels do; copy it again "
        "[raster-unreadable]"
    )


def test_pixels_that_cannot_be_decoded_are_an_input_error(tmp_path):
    values = np.random.default_rng(1).integers(1, 5000, size=(64, 64), dtype=np.uint16)
    path = write(tmp_path / "a.tif", values, compress="deflate")
    with rasterio.open(path) as source:
        start = int(source.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
    content = bytearray(path.read_bytes())
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)
    raster = opened(path)
    with pytest.raises(InputError, match="raster-unreadable"):
        raster.read([0], slice(0, 64), slice(0, 64))


VRT = """<VRTDataset rasterXSize="4" rasterYSize="3"><SRS>EPSG:4547</SRS>
<GeoTransform>500000, 10, 0, 2490000, 0, -10</GeoTransform>
<VRTRasterBand dataType="UInt16" band="1"><SimpleSource>
<SourceFilename relativeToVRT="{relative}">{name}</SourceFilename><SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""


def test_a_virtual_raster_within_the_project_is_read_with_its_sources(tmp_path):
    write(tmp_path / "a.tif", COUNTED)
    path = tmp_path / "all.vrt"
    path.write_text(VRT.format(relative=1, name="a.tif"))
    raster = opened(path)
    assert {part.name for part in raster.parts} == {"all.vrt", "a.tif"}
    np.testing.assert_array_equal(raster.read([0], slice(0, 3), slice(0, 4))[0], COUNTED)


@pytest.mark.parametrize(
    ("relative", "name"),
    [(1, "../a.tif"), (0, "/etc/hostname"), (0, "/vsicurl/https://example.org/a.tif")],
)
def test_a_virtual_raster_that_points_outside_the_project_is_refused(tmp_path, relative, name):
    write(tmp_path / "a.tif", COUNTED)
    (tmp_path / "project").mkdir()
    path = tmp_path / "project" / "all.vrt"
    path.write_text(VRT.format(relative=relative, name=name))
    assert refused(path) == (
        f"all.vrt: takes pixels from {name}; a file in the folder of the project was expected, by a name "
        "relative to the virtual raster [raster-outside-project]"
    )


def test_a_virtual_raster_within_another_is_followed(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "inner.vrt").write_text(VRT.format(relative=1, name="../a.tif"))
    path = tmp_path / "project" / "all.vrt"
    path.write_text(VRT.format(relative=1, name="inner.vrt"))
    assert "raster-outside-project" in refused(path)


@pytest.mark.parametrize("kind", ["netcdf4", "netcdf3", "zarr"])
@pytest.mark.parametrize("order", ["north_up", "south_up"])
def test_netcdf_and_zarr_give_what_a_geotiff_gives(tmp_path, kind, order):
    stored = COUNTED.astype(np.int16)
    bands = {
        name: wrap_xr(stored + number, grid(3, 4)).assign_attrs(_FillValue=np.int16(7), scale_factor=0.5)
        for number, name in enumerate(("red", "nir"))
    }
    dataset = xr.Dataset(bands)
    dataset = dataset.isel(y=slice(None, None, -1)) if order == "south_up" else dataset
    if kind == "zarr":
        path = tmp_path / "a.zarr"
        dataset.to_zarr(path, consolidated=False, zarr_format=2)
    else:
        path = tmp_path / "a.nc"
        dataset.to_netcdf(path, engine="h5netcdf" if kind == "netcdf4" else "scipy")
    raster, findings = open_labelled(path, path.name)
    assert findings == []
    assert raster is not None
    assert raster.grid == grid(3, 4)
    assert [(band.name, band.nodata, band.scale) for band in raster.bands] == [
        ("nir", 7.0, 0.5),
        ("red", 7.0, 0.5),
    ]
    read = physical_reader(raster, [(0, file_calibration(raster.bands[0]))])
    expected = np.where(stored + 1 == 7, np.nan, (stored + 1) * 0.5)
    np.testing.assert_array_equal(read(slice(0, 3), slice(0, 4))[0], expected)
    np.testing.assert_array_equal(read(slice(1, 3), slice(1, 2))[0], expected[1:3, 1:2])


def test_scene_classes_that_are_clear():
    assert np.flatnonzero(clear("scl", np.arange(14))).tolist() == [4, 5, 6, 7]


def test_bits_of_landsat_that_are_clear():
    # 21824 and 21952 are clear land and clear water of the product; 22280 is cloud, 1 is fill.
    assert clear("qa_pixel", np.array([21824, 21952, 22280, 1, 0b10000])).tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("sensor", "name", "role"),
    [
        ("sentinel2_l2a", "B8A", "nir_narrow"),
        ("sentinel2_l2a", "B04_10m", "red"),
        ("reflectance", "Red_Edge_1", "red_edge_1"),
        ("reflectance", "B04", None),
        ("gamma0", "VH", "vh"),
        ("sentinel2_l2a", "", None),
    ],
)
def test_what_a_band_is_by_its_name(sensor, name, role):
    assert role_of(sensor, name) == role


@pytest.mark.parametrize(
    ("system", "text"),
    [
        ("EPSG:4547", "EPSG:4547"),
        (CRS.from_epsg(4547).to_wkt(), "EPSG:4547"),
        (GeoBox((2, 2), Affine.identity(), CRS.from_epsg(32649).to_wkt()).crs, "EPSG:32649"),
        ("+proj=laea +lat_0=22 +lon_0=114 +ellps=WGS84 +units=m", "unknown"),
    ],
    ids=("code", "text", "of a grid", "without a code"),
)
def test_a_system_has_one_name_however_it_was_first_seen(system, text):
    assert system_text(system) == text
