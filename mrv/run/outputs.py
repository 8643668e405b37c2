"""Writing a folder of results: whole or not at all, and the same bytes for the same inputs.

Everything is written into a folder beside the target and renamed into place at the end. An older
folder of results is replaced in the same step; anything else in the way is left alone.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from rasterio.errors import RasterioError

from mrv.errors import UsageError

RUN_FILE = "run.json"
"""The file by which a folder of results is known."""

RUN_SCHEMA = "mrv-run/1"

RUN = "run"
"""Command whose results a folder holds where ``run.json`` names none; no other one replaces them."""


UNWRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says of a place that cannot be written to; anything else is a fault of ours."""

FORMAT_ERRORS = (DataLayerError, DataSourceError, FeatureError, RasterioError)
"""What libraries of formats say of a disk without room, and of much else."""

PROBE = bytes(2**20)

LEFT_BY_SYSTEMS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def _results_of(folder: Path, command: str) -> set[str]:
    """Files that a command wrote into a folder, as its ``run.json`` lists them; none if another one did."""
    try:
        document = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return set()
    if not isinstance(document, dict) or document.get("schema") != RUN_SCHEMA:
        return set()
    if document.get("command", RUN) != command:
        return set()
    return {RUN_FILE, *document["outputs"]}


def _foreign_entry(folder: Path, command: str) -> str | None:
    """Something in a folder that is no result of a run, and that writing there would destroy."""
    results = _results_of(folder, command)
    allowed = results | {parent.as_posix() for name in results for parent in Path(name).parents}
    for entry in sorted(folder.rglob("*")) if results else sorted(folder.iterdir()):
        name = entry.relative_to(folder).as_posix()
        if name not in allowed and entry.name not in LEFT_BY_SYSTEMS:
            return name
    return None


def refuse_foreign_folder(out: Path, command: str = RUN) -> None:
    """Make sure that writing to a folder destroys nothing but older results.

    Raises
    ------
    UsageError
        If something other than a folder of results, or an empty folder, is in the way.
    """
    if out.exists() and not out.is_dir():
        raise UsageError("{folder}: is a file; a folder for the results is needed", folder=out)
    if out.is_dir() and (foreign := _foreign_entry(out, command)):
        raise UsageError(
            "{folder}: holds {file}, which is no result of a run; name an empty or a new folder",
            folder=out,
            file=foreign,
        )
    if not out.resolve().parent.is_dir():
        raise UsageError("{folder}: the folder {parent} does not exist", folder=out, parent=out.parent)


@contextmanager
def whole_folder(out: Path, command: str = RUN) -> Iterator[Path]:
    """Folder to write into, which becomes ``out`` only if the block ends well.

    Raises
    ------
    UsageError
        If ``out`` holds something other than older results, or cannot be written.
    """
    target = out.resolve()
    _restore(target)
    refuse_foreign_folder(out, command)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    older = target.with_name(f".{target.name}.older-{os.getpid()}")
    try:
        partial.mkdir()
        yield partial
        _swap(partial, target, older)
    except FORMAT_ERRORS:
        problem = _no_room(partial)
        if problem is None:
            raise
        raise UsageError(
            "{folder}: cannot be written, and was left as it was: {problem}", folder=out, problem=problem
        ) from None
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise UsageError(
            "{folder}: cannot be written, and was left as it was: {problem}",
            folder=out,
            problem=error.strerror,
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(older, ignore_errors=True)


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """File to write to, which becomes ``file`` only if the block ends well; one of that name is replaced.

    Raises
    ------
    UsageError
        If it cannot be written there.
    """
    partial = file.with_name(f".{file.name}.partial-{os.getpid()}")
    if not file.resolve().parent.is_dir():
        raise UsageError("{folder}: the folder {parent} does not exist", folder=file, parent=file.parent)
    if file.is_dir():
        raise UsageError("{folder}: is a folder; a file was expected", folder=file)
    try:
        yield partial
        partial.replace(file)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise UsageError(
            "{folder}: cannot be written, and was left as it was: {problem}",
            folder=file,
            problem=error.strerror,
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def write_whole(file: Path, content: bytes) -> None:
    """Write one file, whole or not at all; one of that name is replaced.

    Raises
    ------
    UsageError
        If it cannot be written there.
    """
    with whole_file(file) as partial:
        partial.write_bytes(content)


def _no_room(folder: Path) -> str | None:
    """What the system says of a little more in a folder; None where it takes it."""
    try:
        (folder / ".probe").write_bytes(PROBE)
    except OSError as error:
        return error.strerror
    return None


def _restore(target: Path) -> None:
    """Put older results back that an earlier run had moved aside when it was killed."""
    if target.exists() or not target.parent.is_dir():
        return
    for older in sorted(target.parent.glob(f".{glob.escape(target.name)}.older-*")):
        older.rename(target)
        return


def _swap(partial: Path, target: Path, older: Path) -> None:
    """Put a whole folder where an older one may be; the older one comes back if that fails."""
    if target.exists():
        target.rename(older)
    try:
        partial.rename(target)
    except OSError:
        if older.exists():
            older.rename(target)
        raise


def write_json(path: Path, document: object) -> None:
    """Write a JSON document: UTF-8, two spaces, keys in the order given, no NaN."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_bytes((text + "\n").encode())


FORMULA = re.compile(r"[=+\-@\t\r](?![0-9.]+(e[+-]?[0-9]+)?$)", re.IGNORECASE)
"""How a text begins that a spreadsheet would run as a formula; numbers with a sign are none."""


def as_text(value: object) -> object:
    """A cell of a CSV table that no spreadsheet runs as a formula."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV: UTF-8, shortest exact numbers, an empty cell for what is missing.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, as spreadsheets do
    themselves to keep it a text.
    """
    plain = table.assign(
        **{
            str(name): column.map(as_text)
            for name, column in table.items()
            if not pd.api.types.is_numeric_dtype(column)
        }
    )
    path.write_bytes(plain.to_csv(index=False, lineterminator="\n").encode())


FIXED_DATE = "1970-01-01T00:00:00.000Z"
"""Time stamp that GeoPackages carry, so that the clock leaves no trace in them."""


GEOPACKAGE_VERSION = "1.2"
"""Nothing later is needed, and geographic information systems of many years read it without a warning."""

NOTHING: Mapping[str, pd.DataFrame] = MappingProxyType({})


def write_geopackage(
    path: Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    tables: Mapping[str, pd.DataFrame] = NOTHING,
    *,
    description: str = "",
) -> None:
    """Write layers, and tables without geometry, to a GeoPackage with the same bytes for the same content."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_DATE})
    try:
        for name, layer in {**layers, **tables}.items():
            pyogrio.write_dataframe(
                layer,
                path,
                layer=name,
                driver="GPKG",
                append=path.exists(),
                dataset_options={"VERSION": GEOPACKAGE_VERSION},
                layer_options={"DESCRIPTION": description},
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
