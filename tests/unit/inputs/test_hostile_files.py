"""Files made to do harm: nothing outside the folder of a project is read, nothing is fetched, limits hold."""

import json
import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import h5py
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from shapely import box

from mrv.confinement import confined_to
from mrv.errors import InputError
from mrv.inputs.cells import read_cells
from mrv.inputs.geometry import read_polygons
from mrv.inputs.raster_files import raster_file
from mrv.inputs.table_source import Layer, TableSource
from mrv.run.outputs import write_csv
from mrv.yaml_text import parse_yaml

PLACED = {"driver": "GTiff", "count": 1, "height": 3, "width": 4, "dtype": "uint16", "crs": "EPSG:4547"} | {
    "transform": Affine(10, 0, 500_000, 0, -10, 2_490_000)
}
VALUES = np.arange(12, dtype=np.uint16).reshape(1, 3, 4)


def written(path: Path, **more: object) -> Path:
    with rasterio.open(path, "w", **(PLACED | more)) as target:
        target.write(VALUES)
    return path


def rules(findings) -> list[str]:
    return [finding.rule for finding in findings]


# Rasters.


VRT = """<VRTDataset rasterXSize="4" rasterYSize="3"><SRS>EPSG:4547</SRS>
<GeoTransform>500000, 10, 0, 2490000, 0, -10</GeoTransform>
<VRTRasterBand dataType="UInt16" band="1"><SimpleSource>{source}<SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""


@pytest.mark.parametrize(
    "source",
    [
        '<SourceFilename relativeToVRT="1">../secret.tif</SourceFilename>',
        '<sourcefilename relativeToVRT="1">../secret.tif</sourcefilename>',
        '<SourceFilename RELATIVETOVRT="1">../secret.tif</SourceFilename>',
        '<SourceFilename relativeToVRT="2">../secret.tif</SourceFilename>',
        "<SourceFilename>secret.tif</SourceFilename>",
        "<SourceFilename>{secret}</SourceFilename>",
        '<SourceFilename relativeToVRT="0">/vsicurl/http://localhost:9/x.tif</SourceFilename>',
        '<SourceFilename relativeToVRT="1">/vsicurl/http://localhost:9/x.tif</SourceFilename>',
        '<SourceFilename relativeToVRT="1">../secret.tif<!-- -->/../project/a.tif</SourceFilename>',
        '<SourceFilename relativeToVRT="1"><![CDATA[../secret.tif]]></SourceFilename>',
        '<SourceFilename relativeToVRT="1">NETCDF:../secret.tif</SourceFilename>',
    ],
)
def test_a_virtual_raster_leads_to_no_file_elsewhere(tmp_path, monkeypatch, source):
    project = tmp_path / "project"
    project.mkdir()
    written(project / "a.tif")
    secret = written(tmp_path / "secret.tif")
    monkeypatch.chdir(tmp_path)
    (project / "a.vrt").write_text(VRT.format(source=source.format(secret=secret)), encoding="utf-8")
    raster, findings = raster_file(project, "a.vrt")
    assert raster is None
    assert set(rules(findings)) <= {"raster-outside-project", "raster-source-missing", "raster-unreadable"}


def test_entities_of_a_virtual_raster_are_not_expanded(tmp_path):
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "x"}">' for n in range(20))
    (tmp_path / "a.vrt").write_text(
        f"<!DOCTYPE a [{entities}]><VRTDataset>&a19;</VRTDataset>", encoding="utf-8"
    )
    _, findings = raster_file(tmp_path, "a.vrt")
    assert rules(findings) == ["raster-unreadable"]


def test_files_beside_a_raster_change_nothing(tmp_path):
    written(tmp_path / "a.tif")
    raster, _ = raster_file(tmp_path, "a.tif")
    before = raster.read([0], slice(0, 3), slice(0, 4))
    (tmp_path / "a.tif.aux.xml").write_text(
        "<PAMDataset><SRS>EPSG:32650</SRS><GeoTransform>1,1,0,1,0,-1</GeoTransform><PAMRasterBand band='1'>"
        "<NoDataValue>5</NoDataValue><Scale>9</Scale><Description>other</Description></PAMRasterBand></PAMDataset>",
        encoding="utf-8",
    )
    written(tmp_path / "a.tif.msk", dtype="uint8", crs=None)
    written(tmp_path / "a.tif.ovr")
    again, findings = raster_file(tmp_path, "a.tif")
    assert findings == []
    assert (again.grid, again.bands) == (raster.grid, raster.bands)
    after = again.read([0], slice(0, 3), slice(0, 4))
    np.testing.assert_array_equal(np.ma.getmaskarray(after), np.ma.getmaskarray(before))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.tif", "a.tif.aux.xml", "a.tif.msk", "a.tif.ovr"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["service.tif", "service.jp2"])
def test_a_description_of_a_service_is_no_raster(tmp_path, name):
    (tmp_path / name).write_text(
        '<GDAL_WMS><Service name="TMS"><ServerUrl>http://localhost:9/${z}</ServerUrl></Service></GDAL_WMS>',
        encoding="utf-8",
    )
    raster, findings = raster_file(tmp_path, name)
    assert (raster, rules(findings)) == (None, ["raster-unreadable"])


@pytest.mark.parametrize(
    "name",
    ["/vsicurl/http://localhost:9/x.tif", "/vsizip/x.zip/x.tif", "http://localhost:9/x.tif", "vrt://x.tif"],
)
def test_addresses_are_no_files(tmp_path, name):
    raster, findings = raster_file(tmp_path, name)
    assert (raster, rules(findings)) == (None, ["file-missing"])


def test_a_raster_of_absurd_size_is_refused_at_once(tmp_path):
    path = tmp_path / "a.tif"
    large = {
        "height": 2_000_000,
        "width": 2_000_000,
        "tiled": True,
        "blockxsize": 32_768,
        "blockysize": 32_768,
    }
    with rasterio.open(path, "w", sparse_ok=True, bigtiff="yes", **(PLACED | large)):
        pass
    assert path.stat().st_size < 2**20
    raster, findings = raster_file(tmp_path, "a.tif")
    assert (raster, rules(findings)) == (None, ["raster-too-large"])


@pytest.mark.parametrize("kind", ["link", "storage", "virtual"])
def test_an_hdf5_file_takes_no_numbers_from_another(tmp_path, kind):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as store:
        store["values"] = VALUES[0]
    with h5py.File(tmp_path / "a.nc", "w") as store:
        if kind == "link":
            store["values"] = h5py.ExternalLink(str(secret), "values")
        elif kind == "storage":
            store.create_dataset("values", (3, 4), "uint8", external=[(str(secret), 0, 12)])
        else:
            layout = h5py.VirtualLayout((3, 4), "uint16")
            layout[:] = h5py.VirtualSource(str(secret), "values", (3, 4))
            store.create_virtual_dataset("values", layout)
    raster, findings = raster_file(tmp_path, "a.nc")
    assert (raster, rules(findings)) == (None, ["raster-outside-project"])


# Layers and tables.


def square(path: Path) -> Path:
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(5e5, 2.49e6, 5.01e5, 2.491e6)], crs="EPSG:4547").to_file(
        path
    )
    return path


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.json", "a.shp", "a.kml", "a.vrt"])
def test_a_virtual_layer_leads_nowhere(tmp_path, name):
    secret = square(tmp_path / "secret.geojson")
    (tmp_path / name).write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>",
        encoding="utf-8",
    )
    polygons, findings = read_polygons(tmp_path / name, Layer(file=name))
    assert (polygons, rules(findings)) == (None, ["file-kind"])


def test_triggers_and_views_of_a_geopackage_write_nothing(tmp_path):
    path = square(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE told (what TEXT)")
        database.execute(
            "CREATE TRIGGER t AFTER UPDATE ON gpkg_contents BEGIN INSERT INTO told VALUES ('x'); END"
        )
        database.execute("CREATE TRIGGER u AFTER INSERT ON a BEGIN DELETE FROM a; END")
    before = path.read_bytes()
    polygons, findings = read_polygons(path, Layer(file="a.gpkg", layer="a"))
    assert (len(polygons), findings) == (1, [])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_workbook_that_grows_when_it_is_unpacked_is_refused(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream,
    ):
        for _ in range(513):
            stream.write(bytes(2**20))
    with pytest.raises(InputError, match="file-too-large"):
        read_cells(tmp_path / "a.xlsx", TableSource(file="a.xlsx"))


# Documents.


def told(path: Path, content: str) -> str:
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        parse_yaml(path)
    return caught.value.findings[0].rule


def test_yaml_stays_within_limits(tmp_path):
    path = tmp_path / "a.yaml"
    assert told(path, "[" * 5000 + "]" * 5000) == "yaml-depth"
    assert told(path, "a: " + "{b: " * 200 + "1" + "}" * 200) == "yaml-depth"
    assert told(path, "a: " + "x" * 2**24) == "file-too-large"
    assert told(path, "a: &a [x]\nb: [*a, *a]\n") == "yaml-alias"
    path.write_text("a: " + "9" * 5000, encoding="utf-8")
    assert parse_yaml(path)[0] == {"a": "9" * 5000}


# Confinement.


def test_a_project_of_a_package_reads_its_own_files_only(tmp_path):
    inside = tmp_path / "package"
    inside.mkdir()
    for folder in (tmp_path, inside):
        (folder / "a.csv").write_text("x\n1\n", encoding="utf-8")
        written(folder / "a.tif")
        square(folder / "a.geojson")
    (inside / "link.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "a.zarr").mkdir()
    with confined_to(inside):
        assert len(read_cells(inside / "a.csv", TableSource(file="a.csv"))[0].cells) == 1
        for name in ("../a.csv", str(tmp_path / "a.csv"), "link.csv"):
            with pytest.raises(InputError, match="file-outside"):
                read_cells(inside / name, TableSource(file=name))
        assert rules(raster_file(inside, "../a.tif")[1]) == ["file-outside"]
        assert rules(raster_file(inside, "../a.zarr")[1]) == ["file-outside"]
        assert rules(read_polygons(inside / "../a.geojson", Layer(file="../a.geojson"))[1]) == [
            "file-outside"
        ]
    assert raster_file(inside, "../a.tif")[1] == []


# What is written.


def test_texts_that_look_like_formulas_stay_texts(tmp_path):
    table = pd.DataFrame(
        {
            "plot_id": ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "P-1", "-3.5", "+4e2"],
            "value": [-1.0, 2.0, -3.0, np.nan, 5.0, 6.0, 7.0, -8.0],
        }
    )
    write_csv(tmp_path / "a.csv", table)
    cells = [line.rsplit(",", 1)[0].strip('"') for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
    assert cells == ["'=HYPERLINK(1)", "'+1+1", "'-2+3", "'@SUM(A1)", "'\t=1", "P-1", "-3.5", "+4e2"]
    values = pd.read_csv(tmp_path / "a.csv")["value"]
    np.testing.assert_array_equal(values, table["value"])


def test_workbooks_hold_no_formula_of_a_user(tmp_path):
    import openpyxl

    from mrv.run.field_sheet import write_field_sheet

    plots = pd.DataFrame(
        {"plot_id": ["=1+1"], "stratum_id": ['=HYPERLINK("http://localhost")'], "x": [1.0], "y": [2.0]}
        | {"longitude": [114.0], "latitude": [22.5]}
    )
    write_field_sheet(tmp_path / "a.xlsx", plots, ["=1+1"])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


def test_json_of_unknown_origin_stays_within_limits():
    from mrv.json_file import parse_json

    for content in (b"[" * 101 + b"]" * 101, b"1" * 101, b"1e400", b"-Infinity", b'{"a":1,"a":1}', b"\xff"):
        with pytest.raises(InputError, match="json-unreadable"):
            parse_json(content, "a.json")
    deep: object = 1
    for _ in range(99):
        deep = [deep]
    assert parse_json(json.dumps(deep).encode(), "a.json") == deep
