"""A scene to map: twelve bands of a Sentinel-2 quarter tile, fringes of mangrove, and a forest to map it by.

Mangrove grows along the shore. A smooth random field stands for the elevation of the coast; mangrove is where
it lies between zero and a height that makes the share wanted: bands along the contour lines, as wide as
hundreds of metres, with nothing between them. White noise would touch every block of the scene.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import shapely
from affine import Affine
from scipy import ndimage

from mrv.imagery.area import Area, ClassMask
from mrv.imagery.calibration import Calibration, file_calibration
from mrv.imagery.predictor_pixels import PredictorSources
from mrv.imagery.predictors import Layer
from mrv.imagery.raster import Raster, open_raster
from mrv.imagery.zones import Zones
from mrv.mapping.applicability import applicability
from mrv.mapping.model import BiomassModel, ResidualSpread
from mrv.mapping.rows import Rows, Training
from mrv.mapping.tree_models import RandomForest
from mrv.run.map_blocks import MapJob
from mrv.run.map_files import biomass_maps

SIDE = 5490
"""Rows and columns of a quarter tile of 10 m. [pixel]"""

BANDS = 12
PLOTS, TREES, LEAF = 300, 100, 3
PIXEL_M = 10.0
STRATUM = "coast"
NAMES = tuple(f"b{number:02}" for number in range(1, BANDS + 1))
COARSE = 16
"""Pixels from one value of the elevation of the coast to the next."""

SMOOTH = 30.0
"""Standard deviation of the filter that makes it smooth, in such steps."""


def coast(side: int, seed: int) -> np.ndarray:
    """A smooth random field, shape (side, side)."""
    steps = side // COARSE + 2
    rough = np.random.default_rng(seed).normal(size=(steps, steps))
    smooth = ndimage.gaussian_filter(rough, SMOOTH, mode="wrap")
    field = ndimage.zoom((smooth / smooth.std()).astype(np.float32), COARSE, order=1)
    return field[:side, :side]


def fringes(field: np.ndarray, share: float) -> np.ndarray:
    """Mangrove along the shore, a given share of all pixels."""
    above = field[field > 0]
    return (field > 0) & (field <= np.quantile(above, share * field.size / above.size))


def _profile(side: int, count: int, kind: str) -> dict[str, object]:
    return {
        "driver": "GTiff",
        "height": side,
        "width": side,
        "count": count,
        "dtype": kind,
        "crs": "EPSG:32649",
        "transform": Affine(PIXEL_M, 0, 500_000, 0, -PIXEL_M, 2_500_000),
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "interleave": "pixel",
        "compress": "zstd",
        "zstd_level": 1,
        "predictor": 2,
        "nodata": 0,
        "bigtiff": "if_safer",
    }


def write_scene(folder: Path, times: int, field: np.ndarray, shares: tuple[float, ...]) -> None:
    """Write the bands of a scene ``times`` as wide and high as a quarter tile, and masks of mangrove.

    The mangrove is that of the quarter tile in the upper left corner, whatever the size of the scene.
    """
    side, draw = SIDE * times, np.random.default_rng(7)
    with rasterio.open(folder / "bands.tif", "w", **_profile(side, BANDS, "uint16")) as target:
        for top in range(0, SIDE, 512):
            rows = min(512, SIDE - top)
            noise = draw.integers(0, 64, (BANDS, rows, SIDE), dtype=np.uint16)
            level = (600 + 150 * field[top : top + rows]).clip(1, 4000).astype(np.uint16)
            strip = noise + level * np.arange(1, BANDS + 1, dtype=np.uint16)[:, None, None] // 4
            for down in range(times):
                for across in range(times):
                    place = rasterio.windows.Window(across * SIDE, down * SIDE + top, SIDE, rows)
                    target.write(strip, window=place)
    for share in shares:
        mask = np.ones((side, side), dtype=np.uint8)
        mask[:SIDE, :SIDE] += fringes(field, share)
        with rasterio.open(folder / mask_name(share), "w", **_profile(side, 1, "uint8")) as target:
            target.write(mask, 1)


def mask_name(share: float) -> str:
    """File of the mask of a share."""
    return f"mangrove_{share * 100:.0f}.tif"


def _raster(path: Path) -> Raster:
    raster, findings = open_raster(path, path.name, path.parent)
    assert raster is not None, findings
    return raster


def _values(bands: np.ndarray) -> np.ndarray:
    """Biomass that a made-up stand has at numbers of its bands. [t/ha]"""
    return np.asarray(20 + 0.05 * bands[:, 3] + 0.02 * bands[:, 7] + 3 * np.sin(bands[:, 10] / 40))


@dataclass(frozen=True)
class Scene:
    """A scene on disk.

    Attributes
    ----------
    folder : Path
    share : float
        Of the quarter tile that is mangrove. [1]
    """

    folder: Path
    share: float

    def area(self) -> Area:
        """One stratum over the whole scene, with its mask and bands."""
        bands, classes = _raster(self.folder / "bands.tif"), _raster(self.folder / mask_name(self.share))
        layers = tuple(
            Layer(name, bands, number, file_calibration(bands.bands[number]), "continuous", "bilinear", "1")
            for number, name in enumerate(NAMES)
        )
        mask = ClassMask(Layer("classes", classes, 0, Calibration(), "classes", "bilinear", ""), (2,))
        whole = shapely.box(*bands.grid.boundingbox.bbox)
        return Area(bands.grid, Zones.of([whole]), (mask,), PredictorSources(None, None, layers), NAMES)

    def job(self) -> MapJob:
        """The scene, to be mapped by a forest grown on plots in its mangrove: the same at any size of it."""
        area = self.area()
        corner = [block for block in area.blocks if max(block.top, block.left) < SIDE // 2]
        found = [area.read(block).predictors for block in corner]
        pixels = np.concatenate(found).astype(np.float64)
        draw = np.random.default_rng(11)
        plots = pixels[draw.choice(len(pixels), PLOTS, replace=False)]
        training = Training(
            Rows(plots, np.zeros(PLOTS, dtype=np.int64), draw.uniform(0, 50_000, (PLOTS, 2))),
            _values(plots) + draw.normal(0, 10, PLOTS),
            np.ones(PLOTS),
            tuple(f"p{number:03}" for number in range(PLOTS)),
            tuple(f"p{number:03}" for number in range(PLOTS)),
            NAMES,
            (STRATUM,),
            None,
            ("",) * PLOTS,
        )
        forest = RandomForest(trees=TREES).fit(training, {"leaf": LEAF}, None, 1)
        importance = draw.uniform(0.1, 1, BANDS)
        model = BiomassModel(
            "random_forest",
            {"leaf": LEAF},
            NAMES,
            (STRATUM,),
            (STRATUM,),
            forest,
            applicability(plots, importance, np.arange(PLOTS) % 10),
            ResidualSpread(100.0, 0.0, 1.0),
        )
        pixel_ha = np.array([PIXEL_M**2 / 10_000])
        return MapJob(area, model, pixel_ha, biomass_maps(model, looks=False))
