"""A scene over an area: the numbers of its file as they are, on its own grid, cropped.

Nothing is scaled, shifted or resampled but for coarser bands, whose pixels are repeated on the grid
of the finest one, so that what a product says of its numbers stays true of the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import odc.stac
import rasterio
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from odc.geo.geom import Geometry
from pystac import Item

from mrv.errors import NetworkError, UsageError

GDAL = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_VSIL_CURL_NON_CACHED": "/vsicurl/:/vsis3/",
    "VSI_CACHE": "FALSE",
    "GDAL_HTTP_MAX_RETRY": "0",
}
"""Nothing that was read from the network is kept: what an interrupted answer left must not come back."""


class Header(NamedTuple):
    """What the header of an asset says."""

    grid: GeoBox
    dtype: str
    nodata: float | None


def gdal_options(timeout_s: float, s3_endpoint: str) -> dict[str, str]:
    """Options under which assets are read."""
    seconds = str(max(1, round(timeout_s)))
    options = {**GDAL, "GDAL_HTTP_TIMEOUT": seconds, "GDAL_HTTP_CONNECTTIMEOUT": seconds}
    if s3_endpoint:
        options |= {"AWS_S3_ENDPOINT": s3_endpoint, "AWS_VIRTUAL_HOSTING": "FALSE", "AWS_HTTPS": "YES"}
    return options


def header_of(item: Item, asset: str) -> Header:
    """Grid, type and nodata of an asset, read from its file."""
    with rasterio.open(item.assets[asset].href) as source:
        return Header(GeoBox.from_rio(source), source.dtypes[0], source.nodata)


def grid_over(headers: Sequence[Header], area: Mapping[str, Any], item_id: str) -> GeoBox | None:
    """Pixels of the finest asset that hold the area; None if none does."""
    finest = min((header.grid for header in headers), key=lambda grid: abs(grid.resolution.x))
    crs = finest.crs
    if crs is None:
        raise UsageError("{item}: an asset has no coordinate system", item=item_id)
    place = Geometry(dict(area), "EPSG:4326").to_crs(crs, resolution=abs(finest.resolution.x))
    shared = place & finest.extent
    return None if shared.is_empty else finest.enclosing(shared)


def loaded(
    item: Item, assets: Sequence[str], headers: Mapping[str, Header], grid: GeoBox
) -> dict[str, NDArray[Any]]:
    """Numbers of each asset on a grid, in the type of its file."""
    described = {
        asset: {
            "data_type": header.dtype,
            **({} if header.nodata is None else {"nodata": header.nodata}),
        }
        for asset, header in headers.items()
    }
    dataset = odc.stac.load(
        [item],
        bands=list(assets),
        geobox=grid,
        resampling="nearest",
        fail_on_error=True,
        stac_cfg={item.collection_id or "*": {"assets": described}},
    )
    return {asset: dataset[asset].to_numpy()[0] for asset in assets}


def write_bands(path: Path, bands: Mapping[str, NDArray[Any]], grid: GeoBox, nodata: float | None) -> None:
    """Write bands to a GeoTIFF, each with its role as description; the same bytes for the same content."""
    first = next(iter(bands.values()))
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=grid.shape.x,
        height=grid.shape.y,
        count=len(bands),
        dtype=first.dtype,
        crs=grid.crs.to_wkt() if grid.crs else None,
        transform=grid.transform,
        nodata=nodata,
        tiled=True,
        blockxsize=256,
        blockysize=256,
        compress="deflate",
    ) as target:
        for number, (role, values) in enumerate(bands.items(), start=1):
            target.write(values, number)
            target.set_band_description(number, role)


def _one_kind(item: Item, headers: Mapping[str, Header]) -> None:
    """Make sure that the bands of a scene fit into one file as they are."""
    kinds = {
        asset: (header.dtype, None if header.nodata is None else float(header.nodata))
        for asset, header in headers.items()
    }
    if len({json.dumps(kind) for kind in kinds.values()}) > 1:
        raise UsageError(
            "{item}: the assets differ in type or nodata and cannot share a file: {kinds}",
            item=item.id,
            kinds="; ".join(f"{asset} {dtype}, {nodata}" for asset, (dtype, nodata) in kinds.items()),
        )


def load_scene(
    item: Item, bands: Mapping[str, str], mask: str | None, area: Mapping[str, Any], folder: Path
) -> dict[str, Path]:
    """Write the bands of a scene, and its mask, over an area.

    Parameters
    ----------
    item : Item
    bands : mapping of role to asset
    mask : str or None
    area : mapping
        GeoJSON geometry in longitude and latitude.
    folder : Path
        Where the files go; they are written whole.

    Returns
    -------
    dict
        Path by ``bands`` and ``mask``; empty if no pixel of the scene lies in the area.

    Raises
    ------
    RasterioError
        If an asset cannot be read to its end.
    """
    assets = [*bands.values(), *([mask] if mask else [])]
    headers = {asset: header_of(item, asset) for asset in assets}
    _one_kind(item, {asset: headers[asset] for asset in bands.values()})
    grid = grid_over([headers[asset] for asset in bands.values()], area, item.id)
    if grid is None:
        return {}
    values = loaded(item, assets, headers, grid)
    if any(not np.isfinite(array).any() for array in values.values() if array.dtype.kind == "f"):
        raise NetworkError("{item}: an asset came without any number", item=item.id)
    written = {"bands": folder / f"{item.id}.tif"}
    nodata = headers[next(iter(bands.values()))].nodata
    write_bands(written["bands"], {role: values[asset] for role, asset in bands.items()}, grid, nodata)
    if mask:
        written["mask"] = folder / f"{item.id}_mask.tif"
        write_bands(written["mask"], {"mask": values[mask]}, grid, headers[mask].nodata)
    return written
