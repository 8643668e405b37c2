"""An area read block by block: the numbers of the whole stack, and nothing read where no mangrove is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from made_rasters import NORTH, WEST, grid, write

from mrv.imagery.area import MANGROVE, NO_MANGROVE, NO_STRATUM, Area, ClassMask, blocks_of
from mrv.imagery.calibration import file_calibration, sensor_calibration
from mrv.imagery.predictor_pixels import PredictorSources
from mrv.imagery.predictors import Layer, OpticalSeries, RadarSeries, predictor_stack
from mrv.imagery.raster import Raster, open_raster
from mrv.imagery.scene import Scene, SceneBand
from mrv.imagery.zones import OUTSIDE, Zones, zone_index

ROWS, COLUMNS = 530, 1040
"""Blocks of 512 × 512 pixels and of what is left: two rows of three."""

GRID = grid(ROWS, COLUMNS)
NAMES = ("high", "ndvi", "coarse", "vh_mean", "low")


def raster(path) -> Raster:
    found, findings = open_raster(path, path.name, path.parent)
    assert findings == []
    assert found is not None
    return found


def layer(source: Raster, name: str, band: int = 0, measure="continuous") -> Layer:
    return Layer(name, source, band, file_calibration(source.bands[band]), measure, "bilinear", "1")


@pytest.fixture(scope="module")
def area(tmp_path_factory) -> Area:
    """Two strata, clumps of mangrove, and predictors of every kind, on the grid and off it."""
    folder, draw = tmp_path_factory.mktemp("area"), np.random.default_rng(3)
    shape = (ROWS, COLUMNS)
    colours = [
        raster(write(folder / f"s{n}.tif", draw.integers(0, 4000, (2, *shape)).astype(np.uint16), nodata=0))
        for n in range(3)
    ]
    scenes = tuple(
        Scene(
            source.file,
            "t:1",
            f"2020-01-0{number}",
            tuple(
                SceneBand(role, source, band, sensor_calibration("sentinel2_l2a"))
                for band, role in enumerate(("red", "nir"))
            ),
            None,
            0.0,
        )
        for number, source in enumerate(colours, 1)
    )
    echoes = raster(write(folder / "g.tif", draw.uniform(0.01, 0.2, shape).astype(np.float32)))
    radar = Scene(
        "g",
        "t:1",
        "2020-01-01",
        (SceneBand("vh", echoes, 0, file_calibration(echoes.bands[0])),),
        None,
        np.nan,
    )
    heights = draw.integers(-5, 900, (2, *shape)).astype(np.int16)
    two = raster(write(folder / "two.tif", heights, nodata=-1, scales=(0.1, 0.1), offsets=(2, 2)))
    coarse = raster(
        write(folder / "coarse.tif", draw.normal(size=(180, 350)).astype(np.float32), side_m=30.0)
    )
    classes = np.zeros(shape, dtype=np.uint8)
    classes[100:140, 200:420], classes[515:528, 500:530] = 1, 3
    classes[7, 3] = 1
    mask = ClassMask(
        layer(raster(write(folder / "classes.tif", classes, nodata=9)), "c", 0, "classes"), (1, 3)
    )
    sources = PredictorSources(
        OpticalSeries(scenes, ("ndvi",), "medoid", 1, "bilinear"),
        RadarSeries((radar,), ("vh",), ("mean",), False, 1, "bilinear"),
        (layer(two, "low", 0), layer(two, "high", 1), layer(coarse, "coarse")),
    )
    west, north = WEST, NORTH
    polygons = [
        shapely.MultiPolygon(
            [
                shapely.box(west, north - 3003, west + 2996, north),
                shapely.box(west + 4800, north - 5300, west + 5111, north - 5001),
            ]
        ),
        shapely.Point(west + 5200, north - 1200).buffer(480),
    ]
    return Area(GRID, Zones.of(polygons), (mask,), sources, NAMES)


def whole_stack(area: Area):
    own = area.sources
    return predictor_stack(GRID, "2020-01-01", own.optical, own.radar, own.layers, [])


def test_blocks_hold_what_the_whole_stack_holds(area):
    stack = whole_stack(area)
    values = stack.values.sel(predictor=list(NAMES)).to_numpy()
    assert stack.looks is not None
    looks = stack.looks.to_numpy()
    zone = zone_index([shapely.union_all(list(part)) for part in polygons_of(area)], GRID).to_numpy()
    classes = area.masks[0].layer.on(GRID).to_numpy()
    mangrove = np.isin(classes, (1, 3)) & (zone != OUTSIDE)
    seen = np.zeros(GRID.shape, dtype=bool)
    for block in area.blocks:
        own = area.read(block)
        rows = slice(block.top, block.top + block.height)
        columns = slice(block.left, block.left + block.width)
        inside = mangrove[rows, columns]
        expected = np.where(
            zone[rows, columns] == OUTSIDE, NO_STRATUM, np.where(inside, MANGROVE, NO_MANGROVE)
        )
        assert (own.ground == expected).all()
        assert own.predictors.tobytes() == values[:, rows, columns][:, inside].T.tobytes()
        assert own.stratum.tolist() == zone[rows, columns][inside].tolist()
        assert own.looks is not None
        assert own.looks.tolist() == looks[rows, columns][inside].tolist()
        seen.ravel()[own.pixel] = True
    assert (seen == mangrove).all()
    assert {len(area.read(block).pixel) > 0 for block in area.blocks} == {True, False}


def polygons_of(area: Area) -> list[list[shapely.Geometry]]:
    zones = area.zones
    return [
        [part for part, own in zip(zones.parts, zones.zone, strict=True) if own == number]
        for number in (0, 1)
    ]


def test_pixels_of_zones_are_all_that_lie_in_them(area):
    zone = zone_index([shapely.union_all(part) for part in polygons_of(area)], GRID).to_numpy()
    total = np.zeros(2, dtype=int)
    for block in blocks_of(GRID):
        counts = area.pixels_of_zones(block)
        total[: len(counts)] += counts
    assert total.tolist() == np.bincount(zone[zone != OUTSIDE]).tolist()


def test_nothing_is_read_where_there_is_no_mangrove(area):
    touched: set[tuple[str, int, int]] = set()

    def watched(own: Raster) -> Raster:
        def read(bands, rows, columns):
            touched.add((own.file, rows.start, columns.start))
            return own.read(bands, rows, columns)

        return replace(own, read=read)

    layers = tuple(replace(own, raster=watched(own.raster)) for own in area.sources.layers[:2])
    mask = area.masks[0]
    masks = (replace(mask, layer=replace(mask.layer, raster=watched(mask.layer.raster))),)
    alone = Area(GRID, area.zones, masks, PredictorSources(None, None, layers), ("low", "high"))
    for block in alone.blocks:
        alone.read(block)
    with_strata = {(block.top, block.left) for block in alone.blocks if len(alone.pixels_of_zones(block))}
    assert {(row, column) for file, row, column in touched if file == "classes.tif"} == with_strata
    with_mangrove = {(0, 0), (512, 0)}
    assert {(row, column) for file, row, column in touched if file == "two.tif"} <= with_mangrove
    assert (0, 512) in with_strata


def test_a_pixel_alone_is_the_pixel_among_others(area):
    stack = whole_stack(area)
    block = area.blocks[0].of(GRID)
    wanted = np.zeros(block.shape, dtype=bool)
    wanted[300, 77] = True
    values, looks = area.sources.pixels(block, wanted, NAMES)
    whole = stack.values.sel(predictor=list(NAMES))[:, 300, 77].to_numpy()
    assert values.tobytes() == whole.tobytes()
    assert looks is not None
    assert len(looks) == 1
