"""Scenes of a catalogue over an area and a span of days, each once; what is left out, and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from json import JSONDecodeError
from typing import Any

from pystac import Item, STACError, STACTypeError
from pystac_client import Client
from pystac_client.errors import ClientTypeError
from pystac_client.exceptions import APIError
from pystac_client.stac_api_io import StacApiIO
from pystac_client.warnings import PystacClientWarning
from requests import RequestException

from mrv.catalogue.presets import TOKEN, Assets, Catalogue
from mrv.catalogue.retries import tried_again
from mrv.errors import NetworkError
from mrv.findings import Phrase

BASELINE_KEYS = ("s2:processing_baseline", "processing:version")
TILE_KEYS = ("grid:code", "s2:mgrs_tile", "landsat:wrs_path", "sat:relative_orbit")
OFFSET_APPLIED = "earthsearch:boa_offset_applied"


@dataclass(frozen=True)
class Query:
    """What is searched for.

    Attributes
    ----------
    catalogue : Catalogue
    collection : str
    assets : Assets
    area : mapping
        GeoJSON geometry in longitude and latitude.
    start, end : str
        First day, and the day after the last one, YYYY-MM-DD.
    months : tuple of int
        Months of the year that count; all if empty.
    cloud_cover : float or None
        Largest share of clouds in a scene. [%]
    """

    catalogue: Catalogue
    collection: str
    assets: Assets
    area: Mapping[str, Any]
    start: str
    end: str
    months: tuple[int, ...] = ()
    cloud_cover: float | None = None

    def record(self) -> dict[str, object]:
        """The query as plain data."""
        return {
            "catalogue": self.catalogue.url,
            "collection": self.collection,
            "kind": self.assets.kind or None,
            "bands": dict(self.assets.bands),
            "mask": self.assets.mask,
            "start": self.start,
            "end": self.end,
            "months": list(self.months),
            "cloud_cover_percent_at_most": self.cloud_cover,
            "area": dict(self.area),
        }


@dataclass(frozen=True)
class LeftOut:
    """A scene that was found and is not used."""

    item_id: str
    reason: Phrase


@dataclass(frozen=True)
class Found:
    """Scenes to load, by time and id, and those that are left out."""

    items: tuple[Item, ...]
    left_out: tuple[LeftOut, ...]


def opened(catalogue: Catalogue, timeout_s: float) -> Client:
    """A catalogue, ready to be searched. Tokens come from the environment, passwords from ``.netrc``."""
    token = os.environ.get(TOKEN)
    headers = {"Authorization": f"Bearer {token}"} if token else None
    # Retries are made here, where they can be told; one layer of them is enough.
    io = StacApiIO(max_retries=0)
    return Client.open(catalogue.url, headers=headers, stac_io=io, timeout=timeout_s)


def _found(query: Query, timeout_s: float) -> list[Item]:
    """Every item on every page of the answer."""
    search = opened(query.catalogue, timeout_s).search(
        collections=[query.collection],
        intersects=dict(query.area),
        datetime=f"{query.start}T00:00:00Z/{_last_second(query.end)}",
    )
    return list(search.items())


def _last_second(end: str) -> str:
    return f"{date.fromisoformat(end) - timedelta(days=1)}T23:59:59Z"


def baseline_of(item: Item) -> str:
    """Processing baseline that a scene states; empty if it states none."""
    return next((str(item.properties[key]) for key in BASELINE_KEYS if item.properties.get(key)), "")


def offset_applied(item: Item, asset: str) -> bool | None:
    """Whether the offset of the processing baseline is in the numbers already; None if it is not stated.

    The provider's flag decides. Without one, an offset in the metadata of the band is one that is
    still to be applied.
    """
    stated = item.properties.get(OFFSET_APPLIED)
    if isinstance(stated, bool):
        return stated
    fields = item.assets[asset].extra_fields
    bands: Sequence[Mapping[str, Any]] = fields.get("raster:bands") or fields.get("bands") or [{}]
    offset = bands[0].get("offset", bands[0].get("raster:offset", fields.get("raster:offset")))
    return False if offset else None


def _same_scene(item: Item) -> tuple[object, ...]:
    """What two processings of one scene share."""
    place = next((item.properties[key] for key in TILE_KEYS if key in item.properties), item.bbox)
    return item.datetime, str(item.properties.get("platform", "")), str(place)


def _processing(item: Item) -> tuple[str, str, str]:
    updated = item.properties.get("updated") or item.properties.get("created") or ""
    return baseline_of(item), str(updated), item.id


def chosen(items: Sequence[Item], query: Query) -> Found:
    """Scenes that the query wants, each in its latest processing.

    Parameters
    ----------
    items : sequence of Item
        As the catalogue returned them, in any order.
    query : Query
    """
    latest: dict[tuple[object, ...], Item] = {}
    left: list[LeftOut] = []
    distinct = {item.id: item for item in items}
    for item in sorted(distinct.values(), key=_processing):
        reason = _reason(item, query)
        if reason is not None:
            left.append(LeftOut(item.id, reason))
            continue
        older = latest.get(_same_scene(item))
        if older is not None:
            left.append(LeftOut(older.id, Phrase("processed again as {item}", item=item.id)))
        latest[_same_scene(item)] = item
    kept = sorted(latest.values(), key=lambda item: (str(item.datetime), item.id))
    return Found(tuple(kept), tuple(sorted(left, key=lambda scene: scene.item_id)))


def _reason(item: Item, query: Query) -> Phrase | None:
    """Why a scene is not used; None if it is."""
    if item.datetime is None:
        return Phrase("no time of acquisition is stated")
    if query.months and item.datetime.month not in query.months:
        return Phrase("outside the months of the season")
    if query.cloud_cover is not None:
        cover = item.properties.get("eo:cloud_cover")
        if not isinstance(cover, int | float):
            return Phrase("no cloud cover is stated")
        if cover > query.cloud_cover:
            return Phrase("cloud cover {found:.0f} %", found=float(cover))
    wanted = [*query.assets.bands.values(), *([query.assets.mask] if query.assets.mask else [])]
    missing = [asset for asset in wanted if asset not in item.assets]
    if missing:
        return Phrase("has no asset {names}", names=", ".join(missing))
    return None


def search_scenes(query: Query, *, attempts: int, timeout_s: float, told: Callable[[str], None]) -> Found:
    """Search a catalogue page by page.

    Raises
    ------
    NetworkError, CredentialsError
        If the catalogue cannot be reached, refuses, or answers with a fault until the last attempt.
    """
    try:
        # What the library warns of on the way is either raised as well or of no concern.
        items = tried_again(
            lambda: _found(query, timeout_s),
            query.catalogue.url,
            (APIError, RequestException),
            attempts,
            told,
        )
    except (STACError, STACTypeError, ClientTypeError, PystacClientWarning, JSONDecodeError) as error:
        raise NetworkError(
            "{url}: does not answer as a STAC API that can be searched: {problem}",
            url=query.catalogue.url,
            problem=error,
        ) from None
    return chosen(items, query)
