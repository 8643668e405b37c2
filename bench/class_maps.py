"""Carbon of two maps of classes, against InVEST Coastal Blue Carbon at equal assumptions."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from bench.pairs import MRV, ROOT, Absent, Row, process, rows_of

PEERS = ROOT / ".venv-peers" / "bin" / "python"
SIDE = 5_490
WORK = f"`mrv extent carbon`, {SIDE}² pixels"
AGAINST = "InVEST Coastal Blue Carbon 3.20.2 (stocks equal to 1e-3)"

BIOMASS, SOIL, HALF_LIFE = (64.0, 2.0, 1.0), (313.0, 5.35, 0.66), 7.5
"""Stock, yearly gain, disturbed share: figures of the tests of InVEST, with one half-life and no litter."""

OURS = f"""\
schema: mrv-carbon/1
id: bench
simulated: true
before: {{file: 2000.tif, date: 2000-01-01}}
after: {{file: 2010.tif, date: 2010-01-01}}
until: 2020-01-01
codes: {{1: mangrove, 2: other}}
classes:
  mangrove:
    pools:
      biomass: {{stock_t_c_ha: {BIOMASS[0]}, gain_t_c_ha_yr: {BIOMASS[1]}}}
      soil: {{stock_t_c_ha: {SOIL[0]}, gain_t_c_ha_yr: {SOIL[1]}}}
    source: tests of InVEST
  other: {{holds_no_carbon: true, source: tests of InVEST}}
changes:
  - before: mangrove
    after: other
    pools:
      biomass: {{disturbed_share: {BIOMASS[2]}, half_life_years: {HALF_LIFE}}}
      soil: {{disturbed_share: {SOIL[2]}, half_life_years: {HALF_LIFE}}}
    source: tests of InVEST
waivers:
  - {{rule: plausibility-removal-soft, reason: gains of a published test}}
"""

SNAPSHOTS = "snapshot_year,raster_path\n2000,2000.tif\n2010,2010.tif\n"
POOLS = ("initial", "half-life", "low-impact-disturb", "med-impact-disturb", "high-impact-disturb")
TABLE = (
    "lucode,lulc-class,"
    + ",".join(f"{pool}-{name}" for pool in ("biomass", "soil") for name in (*POOLS, "yearly-accumulation"))
    + ",litter-initial,litter-yearly-accumulation\n1,mangrove,"
    + ",".join(f"{own[0]},{HALF_LIFE},0,0,{own[2]},{own[1]}" for own in (BIOMASS, SOIL))
    + ",0,0\n2,other,0,1,0,0,0,0,0,1,0,0,0,0,0,0\n"
)
TRANSITIONS = "lulc-class,mangrove,other\nmangrove,accum,high-impact-disturb\nother,accum,NCC\n"

THEIRS = """\
from natcap.invest.coastal_blue_carbon import coastal_blue_carbon
coastal_blue_carbon.execute({
    "workspace_dir": "invest",
    "results_suffix": "",
    "n_workers": -1,
    "landcover_snapshot_csv": "snapshots.csv",
    "biophysical_table_path": "table.csv",
    "landcover_transitions_table": "transitions.csv",
    "analysis_year": 2020,
    "do_economic_analysis": False,
})
"""


def rows() -> list[Row | Absent]:
    """Rows of this module; processor time and memory are those of whole processes, one turn each."""
    if not PEERS.exists():
        return [Absent(WORK, AGAINST, "not installed; `make peers` installs it where the library of GDAL is")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_maps(folder)
        for file, text in (
            ("carbon.yaml", OURS),
            ("snapshots.csv", SNAPSHOTS),
            ("table.csv", TABLE),
            ("transitions.csv", TRANSITIONS),
        ):
            (folder / file).write_text(text, encoding="utf-8")
        ours = partial(process, (MRV, "extent", "carbon", "-o", "ours"), folder=folder)
        theirs = partial(process, (str(PEERS), "-c", THEIRS), folder=folder)
        turn = (ours(), theirs())
        _compare(folder / "ours/stock_last.tif", folder / "invest/output/carbon-stock-at-2020.tif")
    return list(rows_of(WORK, AGAINST, [turn], {"cpu_seconds": "≥ 7", "peak_mb": "≥ 3"}))


def _write_maps(folder: Path) -> None:
    """Mangrove on 15 % of the ground in bands, some of it lost and some new ten years later."""
    y, x = (
        np.linspace(0, 1, SIDE, dtype=np.float32)[own] for own in ((slice(None), None), (None, slice(None)))
    )
    height = np.sin(np.pi * (6 * x) + 3 * y) + np.sin(np.pi * (9 * y) - 2 * x)
    edge = np.quantile(height[::16, ::16], 0.85)
    lost = np.sin(40 * x) * np.sin(37 * y) > 0.7
    first = np.where(height > edge, 1, 2).astype(np.uint8)
    second = np.where((height > edge) & ~lost | (height > edge - 0.02) & (height <= edge), 1, 2)
    for file, codes in (("2000.tif", first), ("2010.tif", second.astype(np.uint8))):
        with rasterio.open(
            folder / file,
            "w",
            driver="GTiff",
            height=SIDE,
            width=SIDE,
            count=1,
            dtype="uint8",
            crs="EPSG:32650",
            transform=Affine(10, 0, 200_000, 0, -10, 2_500_000),
            nodata=255,
            tiled=True,
            blockxsize=256,
            blockysize=256,
            compress="deflate",
        ) as target:
            target.write(codes, 1)


def _compare(ours: Path, theirs: Path) -> None:
    with rasterio.open(ours) as own, rasterio.open(theirs) as other:
        found, expected = own.read(1), other.read(1, masked=True)
    np.testing.assert_allclose(
        found[~np.ma.getmaskarray(expected)], expected.compressed(), rtol=1e-3, atol=1e-3
    )
