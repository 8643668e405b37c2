"""Rasters in netCDF files and Zarr stores: every variable on the grid is a band."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import odc.geo.xr  # noqa: F401 gives xarray its coordinate systems
import xarray as xr

from mrv.findings import Finding
from mrv.imagery.raster import Band, Raster, Stored, grid_findings, size_findings, unreadable

Engine = Literal["h5netcdf", "scipy", "zarr"]

FILL_ATTRIBUTES = ("_FillValue", "missing_value")
CLASSIC = b"CDF"
"""First bytes of a netCDF file of version 3, which the library of version 4 does not always read."""


def engine_of(path: Path) -> Engine:
    """What reads the file."""
    if path.is_dir():
        return "zarr"
    with path.open("rb") as stream:
        return "scipy" if stream.read(len(CLASSIC)) == CLASSIC else "h5netcdf"


def _opened(path: Path) -> xr.Dataset:
    engine = engine_of(path)
    more: dict[str, Any] = {"consolidated": False} if engine == "zarr" else {}
    return xr.open_dataset(
        path, engine=engine, mask_and_scale=False, decode_times=False, decode_coords="all", **more
    )


def _leads_elsewhere(path: Path) -> str | None:
    """Part of an HDF5 file whose numbers are in another file; None if there is none."""
    if engine_of(path) != "h5netcdf":
        return None
    import h5py  # noqa: PLC0415 only such files need it

    found: list[str] = []

    def look(name: str, link: object) -> None:
        if isinstance(link, h5py.ExternalLink):
            found.append(name)
        elif isinstance(link, h5py.HardLink):
            part = store[name]
            if isinstance(part, h5py.Dataset) and (part.external or part.is_virtual):
                found.append(name)

    with h5py.File(path, "r") as store:
        store.visititems_links(look)
    return found[0] if found else None


def _fill_values(variable: xr.DataArray) -> tuple[float, ...]:
    attributes = {**variable.attrs, **variable.encoding}
    values = (attributes.get(name) for name in FILL_ATTRIBUTES)
    return tuple(float(np.ravel(value)[0]) for value in values if value is not None)


def _band(name: Hashable, variable: xr.DataArray) -> Band:
    fills = _fill_values(variable)
    return Band(
        str(name),
        str(variable.dtype),
        fills[0] if fills else None,
        float(variable.attrs.get("scale_factor", 1.0)),
        float(variable.attrs.get("add_offset", 0.0)),
        str(variable.attrs.get("units", "")),
    )


def _reader(
    path: Path, names: tuple[Hashable, ...], ascending: bool, height: int
) -> Callable[[Sequence[int], slice, slice], Stored]:
    def one(dataset: xr.Dataset, band: int, rows: slice, columns: slice) -> Stored:
        variable = dataset[names[band]]
        y, x = variable.dims
        stored_rows = slice(height - rows.stop, height - rows.start) if ascending else rows
        values = variable.isel({y: stored_rows, x: columns}).to_numpy()
        values = values[::-1] if ascending else values
        return np.ma.masked_array(values, np.isin(values, _fill_values(variable)))

    def read(bands: Sequence[int], rows: slice, columns: slice) -> Stored:
        with _opened(path) as dataset:
            stored: Stored = np.ma.stack([one(dataset, band, rows, columns) for band in bands])
        return stored

    return read


def open_labelled(path: Path, file: str) -> tuple[Raster | None, list[Finding]]:
    """Metadata of a netCDF file or a Zarr store.

    Parameters
    ----------
    path : Path
        Of a file or store that exists.
    file : str
        As the project file writes it.

    Returns
    -------
    Raster or None
        None if there is a finding. Its rows run from north to south, whichever way they are stored.
    list of Finding
    """
    try:
        elsewhere = _leads_elsewhere(path)
        if elsewhere is not None:
            return None, [
                Finding(
                    file,
                    "raster-outside-project",
                    "takes {part} from another file; write its numbers into this one",
                    {"part": elsewhere},
                )
            ]
        with _opened(path) as dataset:
            # A Zarr store has no order of its own.
            names = tuple(sorted((n for n, values in dataset.data_vars.items() if values.ndim == 2), key=str))
            if not names:
                return None, [
                    Finding(
                        file,
                        "raster-without-bands",
                        "holds no variable of two dimensions; found: {names}",
                        {"names": ", ".join(map(str, dataset.data_vars)) or "–"},
                    )
                ]
            first: Any = dataset[names[0]]
            odd = [name for name in names if dataset[name].dims != first.dims]
            if odd:
                return None, [
                    Finding(
                        file,
                        "raster-grids-differ",
                        "{name} is not on the grid of {first}; one grid for every band was expected",
                        {"name": odd[0], "first": names[0]},
                    )
                ]
            grid = first.odc.geobox
            has_crs = first.odc.crs is not None
            ascending = grid is not None and grid.affine.e > 0
            grid = grid.flipy() if ascending else grid
            findings = size_findings(file, first.shape) or grid_findings(file, grid, has_crs)
            if findings:
                return None, findings
            bands = tuple(_band(name, dataset[name]) for name in names)
            tags = {str(name): str(value) for name, value in dataset.attrs.items()}
    except (OSError, ValueError, KeyError) as error:
        return None, [unreadable(file, str(error).replace(str(path), file))]
    parts = tuple(sorted(part for part in path.rglob("*") if part.is_file())) if path.is_dir() else (path,)
    return Raster(file, parts, grid, bands, tags, _reader(path.absolute(), names, ascending, grid.height)), []
