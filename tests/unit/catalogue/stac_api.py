"""A STAC API on this machine, over HTTP: pages, faults, slow answers, files that end too early.

It holds scenes of 10 m and 20 m bands whose numbers tell where they are from, so that every pixel
of a fetched file can be checked in the head.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin

CRS = "EPSG:32650"
LEFT, TOP = 200_000.0, 2_500_000.0
SIZE_M = 1_000.0
PAGE = 2
COLLECTION = "sentinel-2-l2a"

AREA = (LEFT + 205, TOP - 315, LEFT + 395, TOP - 605)
"""Left, top, right, bottom: rows 31 to 60 and columns 20 to 39 of the 10 m pixels."""

ROWS, COLUMNS = slice(31, 61), slice(20, 40)


def numbers(resolution_m: float) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """Pixel values: 1000 + 100 · row + column of the pixel at its own resolution."""
    side = int(SIZE_M / resolution_m)
    rows, columns = np.mgrid[:side, :side]
    return (1000 + 100 * rows + columns).astype(np.uint16)


def write_asset(path: Path, resolution_m: float, values: np.ndarray[Any, Any] | None = None) -> None:
    values = numbers(resolution_m) if values is None else values
    with rasterio.open(
        path,
        "w",
        driver="COG",
        width=values.shape[1],
        height=values.shape[0],
        count=1,
        dtype=values.dtype,
        crs=CRS,
        transform=from_origin(LEFT, TOP, resolution_m, resolution_m),
        nodata=0,
        overviews="NONE",
        compress="NONE",
    ) as target:
        target.write(values, 1)


def ground(left: float, top: float, right: float, bottom: float) -> dict[str, Any]:
    """Rectangle of the scenes' plane as GeoJSON in longitude and latitude."""
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)]
    return {"type": "Polygon", "coordinates": [[list(to_degrees.transform(*corner)) for corner in corners]]}


def scene(name: str, day: str, **properties: Any) -> dict[str, Any]:
    """Item of a scene; its assets are filled in by the server."""
    footprint = ground(LEFT, TOP, LEFT + SIZE_M, TOP - SIZE_M)
    longitudes = [point[0] for point in footprint["coordinates"][0]]
    latitudes = [point[1] for point in footprint["coordinates"][0]]
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "collection": COLLECTION,
        "geometry": footprint,
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
        "properties": {
            "datetime": f"{day}T02:50:00Z",
            "platform": "sentinel-2a",
            "s2:processing_baseline": "05.00",
            "earthsearch:boa_offset_applied": True,
            "eo:cloud_cover": 10.0,
            "grid:code": "MGRS-50QKK",
            **properties,
        },
        "links": [],
        "assets": {},
    }


@dataclass
class Behaviour:
    """What the server does wrong, and what it was asked.

    Attributes
    ----------
    faults : dict
        By path: HTTP statuses to answer with, the first request first.
    slow : dict
        By path: seconds to wait, the first request first.
    cut : dict
        By path: share of the file that is sent before the connection ends, the first request first.
    asked : Counter
        Requests by path.
    headers : list
        Of every request.
    """

    faults: dict[str, list[int]] = field(default_factory=dict)
    slow: dict[str, list[float]] = field(default_factory=dict)
    cut: dict[str, list[float]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    headers: list[dict[str, str]] = field(default_factory=list)


class StacApi:
    """The server; start it with ``with``."""

    def __init__(self, folder: Path, scenes: list[dict[str, Any]], assets: dict[str, str]) -> None:
        self.folder, self.scenes, self.assets = folder, scenes, assets
        self.behaviour = Behaviour()
        self.landing: bytes | None = None
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api.answer(self)

            def do_POST(self) -> None:
                api.answer(self)

            def do_HEAD(self) -> None:
                api.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self) -> StacApi:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _items(self) -> list[dict[str, Any]]:
        return [
            {
                **item,
                "assets": {
                    key: {"href": f"{self.url}/files/{file}", "type": "image/tiff"}
                    for key, file in self.assets.items()
                }
                | item["assets"],
                "links": [{"rel": "self", "href": f"{self.url}/collections/{COLLECTION}/items/{item['id']}"}],
            }
            for item in self.scenes
        ]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.split("?")[0]
        length = int(request.headers.get("Content-Length") or 0)
        body = json.loads(request.rfile.read(length)) if length else {}
        if request.command != "HEAD":
            self.behaviour.asked[path] += 1
            self.behaviour.headers.append(dict(request.headers))
        if request.command != "HEAD" and self.behaviour.slow.get(path):
            time.sleep(self.behaviour.slow[path].pop(0))
        if request.command != "HEAD" and self.behaviour.faults.get(path):
            self._send(request, self.behaviour.faults[path].pop(0), b'{"description": "out of order"}')
        elif path.startswith("/files/"):
            self._file(request, path)
        elif path in ("/", ""):
            self._send(request, 200, self.landing or json.dumps(self._landing()).encode())
        elif path == "/search":
            self._json(request, self._search(body))
        else:
            self._send(request, 404, b"{}")

    def _landing(self) -> dict[str, Any]:
        return {
            "type": "Catalog",
            "id": "test",
            "stac_version": "1.0.0",
            "description": "Scenes of a test",
            "conformsTo": [
                "https://api.stacspec.org/v1.0.0/core",
                "https://api.stacspec.org/v1.0.0/item-search",
            ],
            "links": [
                {"rel": "self", "href": self.url},
                {"rel": "root", "href": self.url},
                {
                    "rel": "search",
                    "href": f"{self.url}/search",
                    "method": "POST",
                    "type": "application/geo+json",
                },
            ],
        }

    def _search(self, body: dict[str, Any]) -> dict[str, Any]:
        start, end = body["datetime"].split("/")
        wanted = [item for item in self._items() if start <= item["properties"]["datetime"] <= end]
        first = int(body.get("token", 0))
        page = wanted[first : first + PAGE]
        links = []
        if first + PAGE < len(wanted):
            links = [
                {
                    "rel": "next",
                    "href": f"{self.url}/search",
                    "method": "POST",
                    "body": {**body, "token": str(first + PAGE)},
                }
            ]
        return {"type": "FeatureCollection", "features": page, "links": links}

    def _file(self, request: BaseHTTPRequestHandler, path: str) -> None:
        file = self.folder / path.removeprefix("/files/")
        if not file.is_file():
            self._send(request, 404, b"")
            return
        content = file.read_bytes()
        span = request.headers.get("Range")
        status, first, last = 200, 0, len(content) - 1
        if span and request.command != "HEAD":
            low, _, high = span.removeprefix("bytes=").partition("-")
            status, first, last = 206, int(low), min(int(high or last), last)
        part = content[first : last + 1]
        extra = {"Accept-Ranges": "bytes"}
        if status == 206:
            extra["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        cut = self.behaviour.cut.get(path)
        if cut and request.command != "HEAD":
            share = cut.pop(0)
            self._send(request, status, part, extra, sent=int(len(part) * share))
            request.close_connection = True
        else:
            self._send(request, status, part, extra)

    def _json(self, request: BaseHTTPRequestHandler, document: dict[str, Any]) -> None:
        self._send(request, 200, json.dumps(document).encode())

    @staticmethod
    def _send(
        request: BaseHTTPRequestHandler,
        status: int,
        body: bytes,
        extra: dict[str, str] | None = None,
        sent: int | None = None,
    ) -> None:
        try:
            request.send_response(status)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(body)))
            for name, value in (extra or {}).items():
                request.send_header(name, value)
            request.end_headers()
            if request.command != "HEAD":
                request.wfile.write(body if sent is None else body[:sent])
        except (BrokenPipeError, ConnectionResetError):
            request.close_connection = True
