"""``mrv fetch`` against a STAC API over HTTP: what is brought, what is left out, and what is told."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from click.testing import Result
from rasterio.transform import xy
from stac_api import COLUMNS, LEFT, ROWS, TOP, StacApi, numbers

from mrv.provenance import sha256_of_file

Fetch = Callable[..., Result]


def inventory(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "inventory.json").read_text(encoding="utf-8"))
    return document


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_brings_the_pixels_of_the_area_as_they_are(fetch: Fetch, tmp_path: Path):
    out = tmp_path / "scenes"
    assert fetch("-o", out).exit_code == 0
    with rasterio.open(out / "scenes" / "S2A_20200103.tif") as source:
        green, swir = source.read()
        assert source.descriptions == ("green", "swir1")
        assert source.nodata == 0
        assert xy(source.transform, 0, 0, offset="ul") == (LEFT + 200, TOP - 310)
    assert np.array_equal(green, numbers(10)[ROWS, COLUMNS])
    coarse = numbers(20).repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(swir, coarse[ROWS, COLUMNS])
    with rasterio.open(out / "scenes" / "S2A_20200103_mask.tif") as mask:
        assert (mask.read(1) == 4).all()
        assert mask.shape == green.shape


def test_walks_through_every_page(fetch: Fetch, catalogue: StacApi, tmp_path: Path):
    out = tmp_path / "scenes"
    assert fetch("-o", out).exit_code == 0
    assert catalogue.behaviour.asked["/search"] == 3, "five scenes, two on a page"
    scenes = [scene["id"] for scene in inventory(out)["scenes"]]
    assert scenes == ["S2A_20200103", "S2A_20200113_cloudy", "S2A_20200123_new", "S2A_20200705"]


def test_what_is_left_out_is_told_with_the_reason(fetch: Fetch, tmp_path: Path):
    out = tmp_path / "scenes"
    result = fetch("-o", out, "--cloud", 60, "--months", "11,12,1,2")
    assert [scene["id"] for scene in inventory(out)["scenes"]] == ["S2A_20200103", "S2A_20200123_new"]
    assert inventory(out)["left_out"] == [
        {"id": "S2A_20200113_cloudy", "reason": "cloud cover 93 %"},
        {"id": "S2A_20200123_old", "reason": "processed again as S2A_20200123_new"},
        {"id": "S2A_20200705", "reason": "outside the months of the season"},
    ]
    assert "S2A_20200123_old: processed again as S2A_20200123_new" in result.output


def test_the_inventory_holds_addresses_hashes_and_the_query(fetch: Fetch, catalogue: StacApi, tmp_path: Path):
    out = tmp_path / "scenes"
    fetch("-o", out)
    document = inventory(out)
    assert document["schema"] == "mrv-fetch/1"
    assert document["complete"] is True
    assert document["query"]["catalogue"] == catalogue.url
    scene = document["scenes"][0]
    assert scene["item"] == f"{catalogue.url}/collections/sentinel-2-l2a/items/S2A_20200103"
    assert scene["assets"]["swir1"] == f"{catalogue.url}/files/swir.tif"
    assert scene["processing_baseline"] == "05.00"
    assert scene["offset_applied"] is True
    for name, stated in scene["files"].items():
        assert sha256_of_file(out / name) == stated


def test_the_table_of_scenes_says_how_to_read_them(fetch: Fetch, tmp_path: Path):
    out = tmp_path / "scenes"
    fetch("-o", out)
    rows = list(csv.DictReader((out / "scenes.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == {
        "file": "scenes/S2A_20200103.tif",
        "date": "2020-01-03",
        "processing_baseline": "05.00",
        "offset_applied": "yes",
        "mask_file": "scenes/S2A_20200103_mask.tif",
    }


def test_a_second_fetch_asks_for_no_file_again_and_changes_no_byte(
    fetch: Fetch, catalogue: StacApi, tmp_path: Path
):
    out = tmp_path / "scenes"
    fetch("-o", out)
    before = bytes_of(out)
    asked = catalogue.behaviour.asked["/files/green.tif"]
    result = fetch("-o", out)
    assert result.exit_code == 0
    assert catalogue.behaviour.asked["/files/green.tif"] == asked
    assert bytes_of(out) == before
    assert "4 of them were there already." in result.output


def test_two_fetches_give_the_same_bytes(fetch: Fetch, tmp_path: Path):
    fetch("-o", tmp_path / "one")
    fetch("-o", tmp_path / "two")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_an_interrupted_fetch_goes_on_where_it_ended(fetch: Fetch, catalogue: StacApi, tmp_path: Path):
    out, whole = tmp_path / "scenes", tmp_path / "whole"
    fetch("-o", whole)
    # The first scene comes whole; the second finds nothing but faults.
    catalogue.behaviour.faults["/files/scl.tif"] = []
    scene = catalogue.scenes[1]
    scene["assets"] = {"green": {"href": f"{catalogue.url}/files/gone.tif", "type": "image/tiff"}}
    broken = fetch("-o", out)
    assert broken.exit_code == 5
    assert not (out / "scenes.csv").exists()
    assert inventory(out)["complete"] is False
    assert [kept["id"] for kept in inventory(out)["scenes"]] == ["S2A_20200103"]
    scene["assets"] = {}
    catalogue.behaviour.asked.clear()
    assert fetch("-o", out).exit_code == 0
    assert bytes_of(out) == bytes_of(whole)


def test_a_changed_file_is_fetched_again(fetch: Fetch, tmp_path: Path):
    out = tmp_path / "scenes"
    fetch("-o", out)
    before = bytes_of(out)
    (out / "scenes" / "S2A_20200103.tif").write_bytes(b"spoiled")
    assert fetch("-o", out).exit_code == 0
    assert bytes_of(out) == before


def test_faults_that_pass_are_tried_again_and_told(fetch: Fetch, catalogue: StacApi, tmp_path: Path):
    catalogue.behaviour.faults["/search"] = [503, 502]
    catalogue.behaviour.faults["/files/swir.tif"] = [500]
    out = tmp_path / "scenes"
    result = fetch("-o", out)
    assert result.exit_code == 0, result.output
    assert result.output.count("Trying again:") == 3
    assert len(inventory(out)["scenes"]) == 4


def test_a_service_that_stays_broken_ends_with_its_own_exit_code(
    fetch: Fetch, catalogue: StacApi, tmp_path: Path
):
    catalogue.behaviour.faults["/search"] = [503] * 9
    result = fetch("-o", tmp_path / "scenes", "--attempts", 3)
    assert result.exit_code == 5
    assert catalogue.behaviour.asked["/search"] == 3
    assert not (tmp_path / "scenes").exists()


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_not_tried_again(
    fetch: Fetch, catalogue: StacApi, tmp_path: Path, status: int
):
    catalogue.behaviour.faults["/search"] = [status] * 9
    result = fetch("-o", tmp_path / "scenes")
    assert result.exit_code == 5
    assert catalogue.behaviour.asked["/search"] == 1
    assert "access was refused" in result.output
    assert "environment" in result.output


def test_a_slow_answer_is_given_up_and_asked_for_again(fetch: Fetch, catalogue: StacApi, tmp_path: Path):
    catalogue.behaviour.slow["/search"] = [2.5]
    catalogue.behaviour.slow["/files/green.tif"] = [2.5]
    result = fetch("-o", tmp_path / "scenes", "--timeout", 1)
    assert result.exit_code == 0, result.output
    assert result.output.count("Trying again:") == 2


def test_a_file_that_ends_too_early_is_read_again_and_never_kept(
    fetch: Fetch, catalogue: StacApi, tmp_path: Path
):
    whole, out = tmp_path / "whole", tmp_path / "scenes"
    fetch("-o", whole)
    catalogue.behaviour.cut["/files/green.tif"] = [0.4, 0.4]
    result = fetch("-o", out)
    assert result.exit_code == 0, result.output
    assert "Trying again:" in result.output
    assert bytes_of(out) == bytes_of(whole)


def test_a_file_that_is_truncated_at_its_source_is_refused(
    fetch: Fetch, catalogue: StacApi, assets: Path, tmp_path: Path
):
    content = (assets / "green.tif").read_bytes()
    (assets / "cut.tif").write_bytes(content[: len(content) // 2])
    catalogue.assets = {**catalogue.assets, "green": "cut.tif"}
    result = fetch("-o", tmp_path / "scenes", "--attempts", 2)
    assert result.exit_code == 5, result.output
    assert "S2A_20200103" in result.output
    assert not list((tmp_path / "scenes").rglob("*.tif"))


def test_the_token_of_the_environment_is_sent_and_written_nowhere(
    fetch: Fetch, catalogue: StacApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MRV_STAC_TOKEN", "secret-of-the-test")
    out = tmp_path / "scenes"
    assert fetch("-o", out).exit_code == 0
    assert any(
        sent.get("Authorization") == "Bearer secret-of-the-test" for sent in catalogue.behaviour.headers
    )
    assert all(b"secret-of-the-test" not in content for content in bytes_of(out).values())


def test_passwords_come_from_netrc(
    fetch: Fetch, catalogue: StacApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login surveyor password of-the-test\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert fetch("-o", tmp_path / "scenes").exit_code == 0
    assert any(sent.get("Authorization", "").startswith("Basic ") for sent in catalogue.behaviour.headers)


@pytest.mark.parametrize(
    "landing",
    [b"<html>", b'{"type": "Catalog", "id": "x", "stac_version": "1.0.0", "description": "", "links": []}'],
)
def test_an_address_that_is_no_searchable_catalogue_is_told(
    fetch: Fetch, catalogue: StacApi, tmp_path: Path, landing: bytes
):
    catalogue.landing = landing
    result = fetch("-o", tmp_path / "scenes")
    assert result.exit_code == 5
    assert "does not answer as a STAC API" in result.output


def test_the_list_loads_nothing(fetch: Fetch, catalogue: StacApi):
    result = fetch("--list")
    assert result.exit_code == 0
    assert "S2A_20200103" in result.output
    assert not any(path.startswith("/files/") for path in catalogue.behaviour.asked)


def test_another_query_into_the_same_folder_is_refused(fetch: Fetch, tmp_path: Path):
    out = tmp_path / "scenes"
    fetch("-o", out)
    before = bytes_of(out)
    result = fetch("-o", out, "--cloud", 20)
    assert result.exit_code == 2
    assert "cloud_cover_percent_at_most" in result.output
    assert bytes_of(out) == before


def test_a_folder_with_something_else_is_refused(fetch: Fetch, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    result = fetch("-o", tmp_path)
    assert result.exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["area.geojson", "notes.txt"]


def test_a_scene_without_the_asset_is_left_out(fetch: Fetch, tmp_path: Path):
    result = fetch("-o", tmp_path / "scenes", "--asset", "nir=nir")
    assert result.exit_code == 0
    assert inventory(tmp_path / "scenes")["scenes"] == []
    assert "has no asset nir" in result.output


def test_bands_of_different_type_do_not_share_a_file(fetch: Fetch, tmp_path: Path):
    result = fetch("-o", tmp_path / "scenes", "--asset", "red=scl")
    assert result.exit_code == 2
    assert "differ in type or nodata" in result.output


def test_ground_that_no_scene_covers_brings_no_file(fetch: Fetch, area: Path, tmp_path: Path):
    text = area.read_text()
    document = json.loads(text)
    ring = document["features"][0]["geometry"]["coordinates"][0]
    document["features"][0]["geometry"]["coordinates"] = [[[x + 1, y] for x, y in ring]]
    area.write_text(json.dumps(document))
    result = fetch("-o", tmp_path / "scenes")
    assert result.exit_code == 0
    assert all(not scene["files"] for scene in inventory(tmp_path / "scenes")["scenes"])
    assert "no pixel in the area" in result.output
