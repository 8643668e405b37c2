"""Catalogues by name: their tables, their credentials, their signatures."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pystac
import pytest
from stac_api import scene

from mrv.catalogue.fetch import _signed
from mrv.catalogue.inventory import bare_address
from mrv.catalogue.presets import assets_of, catalogue_of, known_assets, presets
from mrv.catalogue.retries import tried_again
from mrv.catalogue.search import offset_applied
from mrv.errors import CredentialsError, NetworkError, UsageError
from mrv.reference import sources
from mrv.sourced_tables import sourced_rows


def test_every_catalogue_has_a_source_and_every_asset_a_catalogue():
    assert all(row["source_id"] in sources() for row in sourced_rows("catalogues"))
    assert {catalogue for catalogue, _ in known_assets()} == set(presets())


@pytest.mark.parametrize("name", ["earth_search", "planetary_computer", "copernicus_data_space"])
def test_sentinel_2_has_the_same_bands_everywhere(name: str):
    assets = known_assets()[name, "sentinel-2-l2a"]
    assert list(assets.bands) == [
        "blue", "green", "red", "red_edge_1", "red_edge_2", "red_edge_3", "nir", "nir_narrow",
        "swir1", "swir2",
    ]  # fmt: skip
    assert assets.kind == "sentinel2_l2a"
    assert assets.mask is not None


def test_a_misspelt_catalogue_is_told_the_names():
    with pytest.raises(UsageError, match="earth_search"):
        catalogue_of("earthsearch")


def test_a_band_that_nobody_knows_must_be_stated():
    catalogue = catalogue_of("earth_search")
    with pytest.raises(UsageError, match="vv"):
        assets_of(catalogue, "sentinel-2-l2a", ("green", "vv"), {})
    assert assets_of(catalogue, "sentinel-2-l2a", ("green",), {"mask": "cloud"}).mask == "cloud"


def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    with pytest.raises(CredentialsError, match="set AWS_SECRET_ACCESS_KEY in") as failure:
        catalogue_of("copernicus_data_space").require_credentials()
    assert failure.value.exit_code == 5


@pytest.mark.parametrize(
    ("properties", "band", "applied"),
    [
        ({"earthsearch:boa_offset_applied": True}, {"raster:bands": [{"offset": -0.1}]}, True),
        ({"earthsearch:boa_offset_applied": False}, {}, False),
        ({}, {"raster:bands": [{"scale": 0.0001, "offset": -0.1}]}, False),
        ({}, {"bands": [{"raster:offset": -0.1}]}, False),
        ({}, {"raster:offset": -0.1}, False),
        ({}, {}, None),
    ],
)
def test_whether_the_offset_is_applied_is_decided_by_what_the_item_states(
    properties: dict[str, object], band: dict[str, object], applied: bool | None
):
    document = scene("x", "2022-05-01")
    del document["properties"]["earthsearch:boa_offset_applied"]
    document["properties"].update(properties)
    document["assets"] = {"nir": {"href": "https://example.org/nir.tif", **band}}
    assert offset_applied(pystac.Item.from_dict(document), "nir") is applied


def test_pauses_double_and_only_faults_that_pass_are_tried_again():
    waited: list[float] = []
    told: list[str] = []
    answers = iter([OSError("HTTP response code: 503"), OSError("HTTP response code: 500"), None])

    def action() -> str:
        answer = next(answers)
        if answer is not None:
            raise answer
        return "done"

    assert tried_again(action, "scene", (OSError,), 5, told.append, waited.append) == "done"
    assert waited == [0.5, 1.0]
    assert told == ["scene: HTTP response code: 503", "scene: HTTP response code: 500"]

    def gone() -> str:
        raise OSError("HTTP response code: 404")

    with pytest.raises(NetworkError, match="404"):
        tried_again(gone, "scene", (OSError,), 5, told.append, waited.append)
    assert len(waited) == 2


def test_addresses_lose_their_secrets():
    address = "https://user:word@host.example/a/b.tif?sig=secret&se=2026"
    assert bare_address(address) == "https://host.example/a/b.tif"


@pytest.fixture
def token_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A service on this machine that signs for the Planetary Computer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"msft:expiry": "2099-01-01T00:00:00Z", "token": "sig=of-the-test"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with warnings.catch_warnings(action="ignore"):
        from planetary_computer.settings import Settings

    Settings.get.cache_clear()
    monkeypatch.setenv("PC_SDK_SAS_URL", f"http://127.0.0.1:{server.server_port}/token")
    yield server.server_address[0]
    server.shutdown()
    server.server_close()
    Settings.get.cache_clear()


# Importing the signing library warns of its own use of pydantic.
@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")
def test_assets_of_the_planetary_computer_are_signed_and_the_signature_is_not_kept(token_service: str):
    document = scene("x", "2020-05-01")
    address = "https://sentinel2l2a01.blob.core.windows.net/sentinel2-l2/B08.tif"
    document["assets"] = {"B08": {"href": address}}
    item = pystac.Item.from_dict(document)
    signed = _signed(item, presets()["planetary_computer"])
    assert signed.assets["B08"].href == f"{address}?sig=of-the-test"
    assert bare_address(signed.assets["B08"].href) == address
    assert _signed(item, presets()["earth_search"]).assets["B08"].href == address
