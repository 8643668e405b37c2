"""The list of what was fetched: which scene of which catalogue became which file, with its hash.

It is the evidence of where imagery came from, and what an interrupted fetch goes on from.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pystac import Item

from mrv.catalogue.search import LeftOut, Query, baseline_of, offset_applied
from mrv.errors import UsageError
from mrv.provenance import sha256_of_file

INVENTORY = "inventory.json"
SCENES = "scenes.csv"
SCHEMA = "mrv-fetch/1"
FOLDER = "scenes"

SCENE_COLUMNS = ("file", "date", "processing_baseline", "offset_applied", "mask_file")
"""Columns of the table of scenes, as the project file's ``imagery`` reads it."""

PACKAGES = ("odc-stac", "pystac-client", "rasterio")


@dataclass(frozen=True)
class Scene:
    """A scene that was fetched.

    Attributes
    ----------
    id : str
    datetime : str
        Time of acquisition, ISO 8601.
    item : str
        Address of the scene in its catalogue.
    processing_baseline : str
        Empty if the catalogue states none.
    offset_applied : bool or None
    cloud_cover_percent : float or None
    assets : mapping of role to address
        Without signatures.
    files : mapping of path to hash
        Relative to the inventory, with SHA-256; empty if the scene has no pixel in the area.
    """

    id: str
    datetime: str
    item: str
    processing_baseline: str
    offset_applied: bool | None
    cloud_cover_percent: float | None
    assets: Mapping[str, str]
    files: Mapping[str, str]


def bare_address(address: str) -> str:
    """Address without signature, password and fragment, which would be secrets in an inventory."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def scene_of(item: Item, query: Query, files: Mapping[str, Path], folder: Path) -> Scene:
    """Record of a scene and its files."""
    assets = {**query.assets.bands, **({"mask": query.assets.mask} if query.assets.mask else {})}
    cover = item.properties.get("eo:cloud_cover")
    return Scene(
        item.id,
        item.datetime.isoformat().replace("+00:00", "Z") if item.datetime else "",
        bare_address(item.get_self_href() or ""),
        baseline_of(item),
        offset_applied(item, next(iter(query.assets.bands.values()))),
        float(cover) if isinstance(cover, int | float) else None,
        {role: bare_address(item.assets[asset].href) for role, asset in assets.items()},
        {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in files.values()},
    )


def _whole(path: Path, content: bytes) -> None:
    """Write a file so that it is never seen half-written."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def write_inventory(
    folder: Path, query: Query, scenes: Sequence[Scene], left_out: Sequence[LeftOut], *, complete: bool
) -> dict[str, object]:
    """Write the inventory as it stands; returned as plain data."""
    document: dict[str, object] = {
        "schema": SCHEMA,
        "complete": complete,
        "query": query.record(),
        "scenes": [asdict(scene) for scene in scenes],
        "left_out": [{"id": scene.item_id, "reason": str(scene.reason)} for scene in left_out],
        "software": {
            "mrv": metadata.version("mangrove-mrv"),
            **{name: metadata.version(name) for name in PACKAGES},
        },
    }
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    _whole(folder / INVENTORY, (text + "\n").encode())
    return document


def write_scenes(folder: Path, scenes: Sequence[Scene]) -> None:
    """Write the table of scenes that the project file names."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(SCENE_COLUMNS)
    for scene in scenes:
        if not scene.files:
            continue
        bands, *mask = scene.files
        applied = {None: "", True: "yes", False: "no"}[scene.offset_applied]
        writer.writerow([bands, scene.datetime[:10], scene.processing_baseline, applied, *(mask or [""])])
    _whole(folder / SCENES, stream.getvalue().encode())


def already_fetched(folder: Path, query: Query) -> dict[str, Scene]:
    """Scenes of an earlier, interrupted fetch of the same query whose files are as they were written.

    Raises
    ------
    UsageError
        If the folder holds something else.
    """
    if not folder.exists():
        return {}
    try:
        document = json.loads((folder / INVENTORY).read_text(encoding="utf-8"))
        known = document["schema"] == SCHEMA
    except FileNotFoundError:
        foreign = next((entry.name for entry in sorted(folder.iterdir())), None)
        if foreign is None:
            return {}
        raise UsageError(
            "{folder}: holds {file} and no inventory; name an empty or a new folder",
            folder=folder,
            file=foreign,
        ) from None
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise UsageError("{file}: is no inventory of a fetch", file=folder / INVENTORY)
    if document["query"] != json.loads(json.dumps(query.record())):
        changed = sorted(key for key, value in query.record().items() if document["query"].get(key) != value)
        raise UsageError(
            "{folder}: was fetched by another query ({keys} differ); name another folder",
            folder=folder,
            keys=", ".join(changed),
        )
    scenes = [Scene(**scene) for scene in document["scenes"]]
    return {
        scene.id: scene
        for scene in scenes
        if all(
            (folder / name).is_file() and sha256_of_file(folder / name) == stated
            for name, stated in scene.files.items()
        )
    }
