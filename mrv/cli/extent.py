"""``mrv extent``: where there is mangrove, and what became of it between two maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.extent_carbon import carbon
from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.run.extent_change import ExtentChange
    from mrv.run.extent_classify import ExtentMap


@click.group(cls=TranslatedGroup)
def extent() -> None:
    """Map mangrove, compare two maps, and tell their carbon."""


extent.add_command(carbon)


@extent.command(cls=TranslatedCommand)
@click.argument("declaration", type=click.Path(path_type=Path), default=Path(), metavar="[DECLARATION]")
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
@output_options
def classify(declaration: Path, out: Path, output: Output) -> None:
    """Map classes from images and training places with a random forest.

    DECLARATION is a file of the form mrv-extent/1 or a folder that holds extent.yaml; the current folder
    if left out.
    """
    from mrv.inputs.extent_reader import read_extent
    from mrv.run.extent_classify import extent_map_keys, extent_record, map_extent, write_extent

    output.progress("Reading and checking")
    inputs = read_extent(declaration)
    output.progress("Classing pixels")
    found = map_extent(inputs)
    write_extent(found, out)
    _show_map(output, found)
    output.say("", output.translated("Written to {folder}:", folder=str(out)))
    for path in sorted(out.iterdir()):
        output.say(f"  {path}")
    output.say("", output.translated("To estimate areas with their errors, write into area.yaml:"))
    output.say(*extent_map_keys(found, out.name))
    output.document(extent_record(found))


def _show_map(output: Output, found: ExtentMap) -> None:
    from mrv.area.classification import NO_CLASS
    from mrv.report.numbers import number_text

    declared = found.inputs.declared
    if declared.simulated:
        output.say(output.translated("[SIMULATED DATA]"))
    output.table(
        ["class", "mapped, ha", "pixels", "training pixels"],
        [
            [name, number_text(area), f"{pixels:,}", f"{training:,}"]
            for name, area, pixels, training in zip(
                declared.classes,
                found.areas.area_ha,
                found.areas.pixels,
                found.training_pixels,
                strict=True,
            )
        ],
        title="Map",
    )
    ranked = sorted(zip(found.importance, declared.predictors, strict=True), reverse=True)
    output.say(
        output.translated(
            "Predictors by weight: {predictors}.",
            predictors=output.listed(f"{name} {weight:.0%}" for weight, name in ranked),
        )
    )
    without = int((found.index == NO_CLASS).sum())
    if without or found.without_data:
        output.say(
            output.translated(
                "{pixels:,} pixels without a predictor have no class; {training:,} of them are for training.",
                pixels=without,
                training=found.without_data,
            )
        )
    if found.agreement is None:
        output.say(
            output.translated(
                "Too few training polygons to leave some out: how well the classes part is not known."
            )
        )
    else:
        output.say(
            output.translated(
                "Of training pixels whose polygon the forest did not see, {share:.1%} get their class. That "
                "is no accuracy of the map: training places are chosen, not drawn.",
                share=found.agreement.trace() / found.agreement.sum(),
            )
        )
    output.say(
        output.translated(
            "These are mapped areas, with the errors of the map; mrv area estimates the true ones."
        )
    )


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

    from mrv.report.numbers import number_text

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
