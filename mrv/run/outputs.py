"""Writing a folder of results: whole or not at all, and the same bytes for the same inputs.

Everything is written into a folder beside the target and renamed into place at the end. An older
folder of results is replaced in the same step; anything else in the way is left alone.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from mrv.errors import UsageError

RUN_FILE = "run.json"
"""The file by which a folder of results is known."""


def refuse_foreign_folder(out: Path) -> None:
    """Make sure that writing to a folder destroys nothing but older results.

    Raises
    ------
    UsageError
        If something other than a folder of results, or an empty folder, is in the way.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file; a folder for the results is needed")
    if out.is_dir() and any(out.iterdir()) and not (out / RUN_FILE).is_file():
        raise UsageError(f"{out}: holds files that are no results of a run; name an empty or a new folder")
    if not out.resolve().parent.is_dir():
        raise UsageError(f"{out}: the folder {out.parent} does not exist")


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Folder to write into, which becomes ``out`` only if the block ends well.

    Raises
    ------
    UsageError
        If ``out`` holds something other than older results.
    """
    refuse_foreign_folder(out)
    target = out.resolve()
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    older = target.with_name(f".{target.name}.older-{os.getpid()}")
    partial.mkdir()
    try:
        yield partial
        if target.exists():
            target.rename(older)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(older, ignore_errors=True)


def write_json(path: Path, document: object) -> None:
    """Write a JSON document: UTF-8, two spaces, keys in the order given, no NaN."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_bytes((text + "\n").encode())


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV: UTF-8, shortest exact numbers, an empty cell for what is missing."""
    path.write_bytes(table.to_csv(index=False, lineterminator="\n").encode())


FIXED_DATE = "1970-01-01T00:00:00.000Z"
"""Time stamp that GeoPackages carry, so that the clock leaves no trace in them."""


def write_geopackage(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write layers to a GeoPackage with the same bytes for the same content."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_DATE})
    try:
        for name, layer in layers.items():
            pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG", append=path.exists())
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
