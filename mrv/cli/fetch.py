"""``mrv fetch``: satellite scenes over an area, from any catalogue that speaks STAC."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.catalogue.fetch import Fetched
    from mrv.catalogue.search import Found, LeftOut, Query

LISTED = 12
"""Scenes left out that are shown without ``--verbose``."""


def _stated_assets(given: Sequence[str]) -> dict[str, str]:
    from mrv.errors import UsageError

    stated = {}
    for text in given:
        role, sign, asset = text.partition("=")
        if not (sign and role and asset):
            raise UsageError("--asset {found}: write ROLE=ASSET, such as nir=B08", found=text)
        stated[role] = asset
    return stated


def _months(text: str | None) -> tuple[int, ...]:
    from mrv.errors import UsageError

    if text is None:
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= 12 for part in parts):
        raise UsageError("--months {found}: write numbers from 1 to 12, such as 11,12,1", found=text)
    return tuple(sorted({int(part) for part in parts}))


def _needs_libraries() -> None:
    """Catalogues are an extra: a survey without imagery needs none of it."""
    from importlib.util import find_spec

    from mrv.errors import UsageError

    missing = [
        name for name in ("pystac_client", "odc.stac", "planetary_computer") if find_spec(name) is None
    ]
    if missing:
        raise UsageError(
            "fetching scenes needs {names}; install it with: pip install 'mangrove-mrv[stac]'",
            names=", ".join(missing),
        )


@click.command(cls=TranslatedCommand)
@click.argument("area", type=click.Path(path_type=Path), metavar="AREA")
@click.option(
    "-o",
    "--output",
    "out",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Folder for the scenes; one that an interrupted fetch left is gone on with.",
)
@click.option(
    "--catalogue",
    cls=TranslatedOption,
    required=True,
    metavar="NAME",
    help="earth_search, planetary_computer, copernicus_data_space, or the address of a STAC API.",
)
@click.option(
    "--collection", cls=TranslatedOption, required=True, metavar="ID", help="Such as sentinel-2-l2a."
)
@click.option(
    "--from",
    "start",
    cls=TranslatedOption,
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="First day, YYYY-MM-DD.",
)
@click.option(
    "--to",
    "end",
    cls=TranslatedOption,
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Day after the last one, YYYY-MM-DD.",
)
@click.option("--months", cls=TranslatedOption, metavar="LIST", help="Only these months, such as 11,12,1.")
@click.option(
    "--cloud",
    "cloud_cover",
    cls=TranslatedOption,
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Largest cloud cover of a whole scene.",
)
@click.option(
    "--bands",
    cls=TranslatedOption,
    metavar="LIST",
    help="Roles such as green,red,nir; all known ones if left out.",
)
@click.option(
    "--asset",
    "stated",
    cls=TranslatedOption,
    multiple=True,
    metavar="ROLE=ASSET",
    help="Asset of a band, or of the mask, in place of the one that is known; once for each.",
)
@click.option(
    "--list", "only_list", cls=TranslatedOption, is_flag=True, help="List the scenes, load nothing."
)
@click.option(
    "--attempts",
    cls=TranslatedOption,
    type=click.IntRange(1, 20),
    default=5,
    help="How often each request is tried in all (5).",
)
@click.option(
    "--timeout",
    "timeout_s",
    cls=TranslatedOption,
    type=click.FloatRange(1, 3600),
    default=60,
    metavar="SECONDS",
    help="How long an answer may take (60).",
)
@output_options
def fetch(
    area: Path,
    out: Path | None,
    catalogue: str,
    collection: str,
    start: object,
    end: object,
    months: str | None,
    cloud_cover: float | None,
    bands: str | None,
    stated: Sequence[str],
    only_list: bool,
    attempts: int,
    timeout_s: float,
    output: Output,
) -> None:
    """Fetch satellite scenes over an area from a STAC catalogue.

    AREA is a project (its boundary, else its strata) or a file of polygons.

    Written are one GeoTIFF for each scene with the numbers of the product as they are, its cloud mask,
    scenes.csv for the project file, and inventory.json with addresses and hashes. Credentials come from
    the environment (MRV_STAC_TOKEN, AWS_ACCESS_KEY_ID, PC_SDK_SUBSCRIPTION_KEY, …) or from .netrc.
    """
    from mrv.errors import UsageError

    _needs_libraries()
    from mrv.catalogue.area import area_of
    from mrv.catalogue.fetch import Patience, fetch_scenes, list_scenes
    from mrv.catalogue.presets import assets_of, catalogue_of
    from mrv.catalogue.search import Query

    if out is None and not only_list:
        raise UsageError("name a folder with --output, or list the scenes with --list")
    known = catalogue_of(catalogue)
    roles = tuple(role.strip() for role in bands.split(",")) if bands else ()
    query = Query(
        known,
        collection,
        assets_of(known, collection, roles, _stated_assets(stated)),
        area_of(area),
        f"{start:%Y-%m-%d}",
        f"{end:%Y-%m-%d}",
        _months(months),
        cloud_cover,
    )
    if query.start >= query.end:
        raise UsageError("--from {start} is not before --to {end}", start=query.start, end=query.end)
    patience = Patience(attempts, timeout_s)

    def told(problem: str) -> None:
        output.say(output.translated("Trying again: {problem}", problem=problem))

    if only_list or out is None:
        found = list_scenes(query, patience, told)
        _show_found(output, found)
        output.document(_listing(query, found))
        return
    fetched = fetch_scenes(query, out, patience, output.progress, told)
    _show_fetched(output, fetched, out)
    output.document(fetched.document)


def _listing(query: Query, found: Found) -> dict[str, object]:
    return {
        "query": query.record(),
        "scenes": [{"id": item.id, "datetime": str(item.datetime)} for item in found.items],
        "left_out": [{"id": scene.item_id, "reason": str(scene.reason)} for scene in found.left_out],
    }


def _show_left_out(output: Output, left_out: Sequence[LeftOut]) -> None:
    if not left_out:
        return
    output.say(output.translated("Left out: {count}", count=len(left_out)))
    shown = left_out if output.verbosity > 0 else left_out[:LISTED]
    for scene in shown:
        output.say(f"  {scene.item_id}: {output.phrase(scene.reason)}")
    if len(shown) < len(left_out):
        output.say(output.translated("  and {count} more", count=len(left_out) - len(shown)))


def _show_found(output: Output, found: Found) -> None:
    from mrv.catalogue.search import baseline_of

    output.table(
        ("scene", "date", "cloud, %", "processing baseline"),
        [
            (
                item.id,
                f"{item.datetime:%Y-%m-%d}",
                f"{item.properties['eo:cloud_cover']:.0f}" if "eo:cloud_cover" in item.properties else "–",
                baseline_of(item) or "–",
            )
            for item in found.items
        ],
        title="Scenes",
    )
    _show_left_out(output, found.left_out)


def _show_fetched(output: Output, fetched: Fetched, out: Path) -> None:
    from mrv.catalogue.inventory import INVENTORY, SCENES

    output.table(
        ("scene", "date", "file"),
        [
            (
                scene.id,
                scene.datetime[:10],
                next(iter(scene.files), output.translated("no pixel in the area")),
            )
            for scene in fetched.scenes
        ],
        title="Scenes",
    )
    _show_left_out(output, fetched.left_out)
    if fetched.kept:
        output.say(output.translated("{count} of them were there already.", count=fetched.kept))
    output.say("", output.translated("Written to {folder}:", folder=str(out)))
    for name in (INVENTORY, SCENES):
        output.say(f"  {out / name}")
