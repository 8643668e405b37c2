"""What a geographic information system shows of a run: styles, colours, units, an item for catalogues."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pyogrio
import pytest
import rasterio
import shapely
from jsonschema import Draft7Validator
from referencing import Registry, Resource

SYSTEM_PYTHON = Path("/usr/bin/python3")
"""Python that a Debian package of QGIS is for."""

OPENED_BY_QGIS = """
import json, os, sys
from pathlib import Path
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings
from qgis.core import QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QSize
application = QgsApplication([], False)
application.initQgis()
folder = Path(sys.argv[1])
told = {"layers": {}, "maps": {}}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{folder / 'project.gpkg'}|layername={name}", name, "ogr")
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setOutputSize(QSize(900, 600))
    settings.setDestinationCrs(layer.crs())
    extent = layer.extent()
    extent.scale(1.3)
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    labels = job.takeLabelingResults()
    told["layers"][name] = {
        "valid": layer.isValid(),
        "renderer": layer.renderer().type(),
        "legend": [item.label() for item in layer.renderer().legendSymbolItems()],
        "fields": [layer.attributeDisplayName(number) for number in range(layer.fields().count())],
        "labels": [label.labelText for label in labels.labelsWithinRect(extent)],
    }
for path in sorted((folder / "maps").glob("*.tif")):
    layer = QgsRasterLayer(str(path), path.stem)
    renderer = layer.renderer()
    told["maps"][path.stem] = {
        "valid": layer.isValid(),
        "renderer": renderer.type(),
        "legend": [item.label for item in renderer.shader().rasterShaderFunction().colorRampItemList()]
        if renderer.type() == "singlebandpseudocolor"
        else [entry.label for entry in renderer.classes()],
    }
print(json.dumps(told), flush=True)
os._exit(0)  # it would take down its layers in an order of its own, and crash
"""


def layers_of(out: Path) -> list[str]:
    return [str(name) for name, kind in pyogrio.list_layers(out / "project.gpkg") if kind is not None]


def test_every_layer_has_a_style_that_names_its_own_columns(older: Path) -> None:
    styles = pyogrio.read_dataframe(older / "project.gpkg", layer="layer_styles").set_index("f_table_name")
    assert sorted(styles.index) == sorted(layers_of(older))
    assert styles["useAsDefault"].all()
    for name, row in styles.iterrows():
        columns = pyogrio.read_info(older / "project.gpkg", layer=str(name))["fields"]
        assert (
            pyogrio.read_info(older / "project.gpkg", layer=str(name))["geometry_name"]
            == row["f_geometry_column"]
        )
        named = [alias.get("field") for alias in ET.fromstring(row["styleQML"]).iter("alias")]
        assert set(named) <= set(columns)
    assert "SIMULATED DATA" in _description(older, "strata")


def _description(out: Path, layer: str) -> str:
    query = f"SELECT description FROM gpkg_contents WHERE table_name = '{layer}'"
    return str(pyogrio.read_dataframe(out / "project.gpkg", sql=query)["description"].iloc[0])


def test_every_map_tells_its_unit_or_its_classes_and_has_a_style(mapped: Path) -> None:
    maps = sorted((mapped / "maps").glob("*.tif"))
    assert {path.stem for path in maps} >= {"agb", "agb_standard_error", "applicability", "mangrove"}
    for path in maps:
        with rasterio.open(path) as image:
            assert image.descriptions[0].startswith("SIMULATED DATA: ")
            classes = {key: name for key, name in image.tags(1).items() if key.startswith("class_")}
            assert bool(image.units[0]) != bool(classes)
            assert (image.colorinterp[0].name == "palette") == bool(classes)
        style = ET.parse(path.with_suffix(".qml")).getroot()
        told = [item.get("label") for kind in ("item", "paletteEntry") for item in style.iter(kind)]
        assert len(told) >= 2
        if classes:
            assert told == list(classes.values())


def test_the_item_is_valid_stac_and_names_every_map(mapped: Path) -> None:
    pystac = pytest.importorskip("pystac", reason="the extra stac is not installed")
    from pystac.validation.local_validator import get_local_schema_cache

    schemas = get_local_schema_cache()
    (core,) = (schema for address, schema in schemas.items() if address.endswith("/item.json"))
    registry = Registry().with_resources(
        (address, Resource.from_contents(schema)) for address, schema in schemas.items()
    )
    text = (mapped / "item.json").read_text(encoding="utf-8")
    document = json.loads(text)
    validator = Draft7Validator(core, registry=registry)
    assert list(validator.iter_errors(document)) == []
    assert list(validator.iter_errors({**document, "bbox": [0, 0]}))
    item = pystac.Item.from_dict(document)
    for asset in item.assets.values():
        assert (mapped / asset.href).is_file()
    with rasterio.open(mapped / "maps/agb.tif") as image:
        band = item.assets["maps_agb"].extra_fields["bands"][0]
        assert (band["unit"], band["data_type"], band["nodata"]) == ("t/ha", "float32", "nan")
        assert item.assets["maps_agb"].extra_fields["proj:shape"] == list(image.shape)
        assert item.assets["maps_agb"].extra_fields["proj:transform"] == list(image.transform)[:6]
    classes = item.assets["maps_mangrove"].extra_fields["bands"][0]["classification:classes"]
    assert [own["value"] for own in classes] == [0, 1]
    outline = shapely.geometry.shape(item.geometry)
    assert outline.is_valid
    assert shapely.box(*item.bbox).equals(shapely.box(*outline.bounds))
    strata = pyogrio.read_dataframe(mapped / "project.gpkg", layer="strata").to_crs("EPSG:4326")
    assert outline.symmetric_difference(strata.union_all()).area < 1e-3 * outline.area
    assert "SIMULATED DATA" in item.properties["description"]


def test_qgis_shows_every_layer_and_map_at_once(mapped: Path, tmp_path: Path) -> None:
    if not SYSTEM_PYTHON.exists() or _qgis("import qgis.core", tmp_path).returncode:
        pytest.skip("QGIS is not installed for the system's Python")
    shown = _qgis(OPENED_BY_QGIS, tmp_path, mapped, *layers_of(mapped))
    assert shown.returncode == 0, shown.stderr
    told = json.loads(shown.stdout.splitlines()[-1])
    layers, maps = told["layers"], told["maps"]
    assert all(own["valid"] for own in (*layers.values(), *maps.values()))
    strata, plots = layers["strata"], layers["plots_2020-01-01"]
    assert any("ha" in label for label in strata["labels"])
    assert "stratum 碳层" in strata["fields"]
    assert plots["renderer"] == "graduatedSymbol"
    assert all(label.endswith(" t/ha") for label in plots["legend"])
    assert len(plots["labels"]) > 0
    assert maps["agb"]["renderer"] == "singlebandpseudocolor"
    assert all(label.endswith(" t/ha") for label in maps["agb"]["legend"])
    assert maps["applicability"]["renderer"] == "paletted"
    assert "the model applies 模型适用" in maps["applicability"]["legend"]


def _qgis(script: str, home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script by the Python that has QGIS, without a screen and away from the user's settings."""
    return subprocess.run(
        [SYSTEM_PYTHON, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "QT_QPA_PLATFORM": "offscreen",
            "LANG": "C.UTF-8",
        },
    )
