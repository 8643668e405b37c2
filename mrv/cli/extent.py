"""``mrv extent``: where there is mangrove, and what became of it between two maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.run.extent_change import ExtentChange


@click.group(cls=TranslatedGroup)
def extent() -> None:
    """Map mangrove, and compare two maps."""


@extent.command(cls=TranslatedCommand)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "out",
    cls=TranslatedOption,
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Folder for the results; older results in it are replaced.",
)
@click.option(
    "--mangrove",
    cls=TranslatedOption,
    multiple=True,
    metavar="VALUE",
    help="Value of a pixel that is mangrove, once for each such value. Rasters only, and required there.",
)
@click.option(
    "--missing",
    cls=TranslatedOption,
    type=click.Choice(["other", "outside"]),
    help="What pixels without data are: not mangrove, or outside the map. Required if there are any.",
)
@click.option(
    "--within",
    "boundary",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Polygons that limit what counts; pixels count by their centre.",
)
@output_options
def change(
    before: Path,
    after: Path,
    out: Path,
    output: Output,
    mangrove: Sequence[str],
    missing: str | None,
    boundary: Path | None,
) -> None:
    """Compare mangrove on two maps: what stayed, was lost and came, in hectares on the ellipsoid.

    BEFORE and AFTER are both rasters on one grid, or both layers of mangrove polygons.
    """
    from mrv.run.extent_change import ChangeRequest, change_record, compare_extents, map_keys, write_change

    output.progress("Reading and checking")
    found = compare_extents(ChangeRequest(before, after, tuple(mangrove), missing, boundary))
    write_change(found, out)
    _show(output, found)
    output.say("", output.translated("Written to {folder}:", folder=str(out)))
    for path in sorted(out.iterdir()):
        output.say(f"  {path}")
    if found.index is not None:
        output.say("", output.translated("To estimate areas with their errors, write into area.yaml:"))
        output.say(*map_keys(out.name))
    output.document(change_record(found))


def _show(output: Output, found: ExtentChange) -> None:
    import math

    from mrv.cli.text import number_text

    def shown(value: float, digits: int = 2) -> str:
        return number_text(value, digits) if math.isfinite(value) else "–"

    output.table(
        ["class", "mapped, ha", "in the map's plane, ha", "pixels"],
        [
            [str(row["class"]), shown(row["area_ha"]), shown(row["plane_area_ha"]), shown(row["pixels"], 0)]
            for row in found.table.to_dict("records")
        ],
        title="Mapped change",
    )
    output.say(
        output.translated(
            "Mangrove mapped before: {before:,.2f} ha, after: {after:,.2f} ha, on the ellipsoid.",
            before=found.area_ha("mangrove_stable", "mangrove_loss"),
            after=found.area_ha("mangrove_stable", "mangrove_gain"),
        )
    )
    mangrove = [
        found.area_ha("mangrove_stable", part, column="plane_area_ha")
        for part in ("mangrove_loss", "mangrove_gain")
    ]
    if math.isfinite(mangrove[0]):
        output.say(
            output.translated(
                "In the map's plane: {before:,.2f} ha and {after:,.2f} ha, off by {percent:+.3f} %.",
                before=mangrove[0],
                after=mangrove[1],
                percent=100 * (mangrove[0] / found.area_ha("mangrove_stable", "mangrove_loss") - 1),
            )
        )
    for path, values, missing in zip(
        (found.request.before, found.request.after), found.other_values, found.missing, strict=False
    ):
        if values or missing:
            output.say(
                output.translated(
                    "{file}: counted as other are the values {values}; {missing:,} pixels without data.",
                    file=path.name,
                    values=output.listed(f"{value:g}" for value in values) or "–",
                    missing=missing,
                )
            )
    output.say(
        output.translated(
            "These are mapped areas, with the errors of both maps in them; mrv area estimates the true ones."
        )
    )
