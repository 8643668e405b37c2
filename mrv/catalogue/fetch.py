"""Fetching scenes: search, load one by one, and keep the list; what is interrupted goes on later."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import rasterio
from odc.stac import configure_rio
from pystac import Item
from rasterio.errors import RasterioError
from requests import RequestException

from mrv.catalogue.inventory import (
    FOLDER,
    Scene,
    already_fetched,
    scene_of,
    write_inventory,
    write_scenes,
)
from mrv.catalogue.load import gdal_options, load_scene
from mrv.catalogue.presets import Catalogue
from mrv.catalogue.retries import tried_again
from mrv.catalogue.search import Found, LeftOut, Query, search_scenes
from mrv.findings import Phrase

PARTIAL = ".partial"
"""Folder in which a scene is written before it is put in its place."""


@dataclass(frozen=True)
class Patience:
    """How long a service is waited for.

    Attributes
    ----------
    attempts : int
        How often each request is tried in all.
    timeout_s : float
        How long an answer may take. [s]
    """

    attempts: int = 5
    timeout_s: float = 60.0


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought.

    Attributes
    ----------
    scenes : tuple of Scene
        By time and id.
    left_out : tuple of LeftOut
    kept : int
        How many were there already.
    document : mapping
        The inventory as plain data.
    """

    scenes: tuple[Scene, ...]
    left_out: tuple[LeftOut, ...]
    kept: int
    document: Mapping[str, object]


def _signed(item: Item, catalogue: Catalogue) -> Item:
    """Scene whose assets can be read; signatures last for minutes, so each scene gets its own."""
    if catalogue.signing != "planetary_computer":
        return item
    import planetary_computer  # noqa: PLC0415 the other catalogues do without it

    signed: Item = planetary_computer.sign(item)
    return signed


def _into_place(files: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    return {name: path.replace(folder / path.name) for name, path in files.items()}


def list_scenes(query: Query, patience: Patience, told: Callable[[str], None]) -> Found:
    """Scenes that a fetch would load.

    Raises
    ------
    NetworkError, CredentialsError
    """
    return search_scenes(query, attempts=patience.attempts, timeout_s=patience.timeout_s, told=told)


def fetch_scenes(
    query: Query, out: Path, patience: Patience, progress: Callable[[str], None], told: Callable[[str], None]
) -> Fetched:
    """Load every scene of a query over its area.

    Parameters
    ----------
    query : Query
    out : Path
        Folder: new, empty, or that of an earlier fetch by the same query, which is gone on with.
    patience : Patience
    progress, told : callable
        Told each step, and each failure that is tried again.

    Returns
    -------
    Fetched
        With ``scenes.csv`` and ``inventory.json`` in ``out``.

    Raises
    ------
    NetworkError, CredentialsError
        What was fetched before stays, and the same command goes on from there.
    UsageError
        If ``out`` holds something else.
    """
    query.catalogue.require_credentials()
    earlier = already_fetched(out, query)
    found = list_scenes(query, patience, told)
    out.mkdir(parents=True, exist_ok=True)
    scenes: list[Scene] = []
    left_out = list(found.left_out)
    waiting = {item.id: earlier[item.id] for item in found.items if item.id in earlier}
    write_inventory(out, query, list(waiting.values()), left_out, complete=False)
    partial = out / PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    options = gdal_options(patience.timeout_s, query.catalogue.s3_endpoint)
    configure_rio(**options)  # type: ignore[arg-type]  # the options are GDAL's, not the function's own
    try:
        for number, item in enumerate(found.items, start=1):
            scene = waiting.pop(item.id, None)
            if scene is None:
                count = len(found.items)
                progress(
                    Phrase("Scene {number} of {count}: {item}", number=number, count=count, item=item.id)
                )
                files = tried_again(
                    lambda item=item: _load(item, query, partial, options),  # type: ignore[misc]
                    item.id,
                    (RasterioError, RequestException, ConnectionError),
                    patience.attempts,
                    told,
                )
                scene = scene_of(item, query, _into_place(files, out / FOLDER), out)
            scenes.append(scene)
            write_inventory(out, query, [*scenes, *waiting.values()], left_out, complete=False)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    write_scenes(out, scenes)
    document = write_inventory(out, query, scenes, left_out, complete=True)
    kept = sum(scene.id in earlier for scene in scenes)
    return Fetched(tuple(scenes), tuple(left_out), kept, document)


def _load(item: Item, query: Query, folder: Path, options: Mapping[str, str]) -> dict[str, Path]:
    with rasterio.Env(**options):
        signed = _signed(item, query.catalogue)
        return load_scene(signed, query.assets.bands, query.assets.mask, query.area, folder)
