"""``mrv extent carbon``: what two maps of classes hold in carbon, and what a change of class releases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.run.class_carbon import CarbonMap


@click.command(cls=TranslatedCommand)
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
def carbon(declaration: Path, out: Path, output: Output) -> None:
    """Map carbon and its change from two maps of classes, by ipcc_2013_tier1.

    DECLARATION is a file of the form mrv-carbon/1 or a folder that holds carbon.yaml; the current folder
    if left out.
    """
    from mrv.inputs.carbon_reader import read_carbon
    from mrv.run.class_carbon import map_carbon
    from mrv.run.class_carbon_files import carbon_record, write_carbon
    from mrv.run.outputs import refuse_foreign_folder

    refuse_foreign_folder(out, "extent carbon")
    output.progress("Reading and checking")
    found = map_carbon(read_carbon(declaration))
    output.progress("Writing")
    write_carbon(found, out)
    _show(output, found)
    output.say("", output.translated("Written to {folder}:", folder=str(out)))
    for path in sorted(out.iterdir()):
        output.say(f"  {path}")
    output.document(carbon_record(found))


def _show(output: Output, found: CarbonMap) -> None:
    from mrv.report.numbers import number_text

    declared = found.inputs.declared
    if declared.simulated:
        output.say(output.translated("[SIMULATED DATA]"))
    standing = output.translated(found.edition.document.conformance)
    output.say(
        output.translated(
            "{methodology} ({standing}): no plots, no standard error, no credits.",
            methodology=found.edition.document.id,
            standing=standing,
        )
    )
    rows = zip(
        found.inputs.present,
        *(
            found.by_transition(name)
            for name in (
                "initial_carbon",
                "final_carbon",
                "released_carbon",
                "removals_until_change",
                "removals_after_change",
            )
        ),
        strict=True,
    )
    output.table(
        (
            "class before",
            "class after",
            "area, ha",
            "first, t C/ha",
            "last, t C/ha",
            "released, t C/ha",
            "removals between the maps, t CO₂e",
            "removals after, t CO₂e",
        ),
        [
            (
                pair[0],
                pair[1],
                number_text(float(found.areas.area_ha[found.inputs.number(pair)]), 2),
                *(number_text(value, 1) for value in values),
            )
            for pair, *values in rows
        ],
        title=output.translated(
            "Carbon by the classes of {before} and {after}, followed until {until}",
            before=declared.before.date,
            after=declared.after.date,
            until=declared.until,
        ),
    )
    removals = found.quantities["interval_removals"].value
    output.say(
        output.translated(
            "Net removals {first} to {last}: {amount:,.1f} t CO₂e; below zero more is released than gained.",
            first=declared.after.date,
            last=declared.until,
            amount=float(removals.sum(skipna=False)),
        )
    )
    for own in declared.waivers:
        output.say(output.translated("Waived: {rule}: {reason}", rule=own.rule, reason=own.reason))
