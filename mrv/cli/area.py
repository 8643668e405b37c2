"""``mrv area``: how much ground each class of a map truly covers, and the sample that tells it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.area.accuracy import Share
    from mrv.run.area_design import ReferenceDesign
    from mrv.run.area_estimate import AreaEstimates, Change

declaration_argument = click.argument(
    "declaration", type=click.Path(path_type=Path), default=Path(), metavar="[DECLARATION]"
)
"""A declaration, or a folder that holds ``area.yaml``; the current folder if left out."""


@click.group(cls=TranslatedGroup)
def area() -> None:
    """Estimate areas from a map and a reference sample, and draw such a sample."""


@area.command(cls=TranslatedCommand)
@declaration_argument
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
def estimate(declaration: Path, out: Path, output: Output) -> None:
    """Estimate the true area of each class, with its error, from a map and a labelled reference sample.

    DECLARATION is a file of the form mrv-area/1 or a folder that holds area.yaml; the current folder if
    left out.

    Written are area.json, tables, and project-keys.yaml with the areas and their covariance as the project
    file takes them.
    """
    from mrv.errors import UsageError
    from mrv.run.area_estimate import estimate_areas
    from mrv.run.area_files import area_record, project_keys, write_area
    from mrv.run.area_inputs import read_area

    output.progress("Reading and checking")
    inputs = read_area(declaration)
    if inputs.sample is None:
        raise UsageError("{file}: has no reference sample; see the key reference", file=inputs.file)
    estimates = estimate_areas(inputs)
    write_area(estimates, out)
    _show(output, estimates)
    output.say("", output.translated("Written to {folder}:", folder=str(out)))
    for path in sorted(out.iterdir()):
        output.say(f"  {path}")
    if estimates.accuracy is not None:
        output.say("", output.translated("To use these areas, write into mrv.yaml:"))
        output.say(*project_keys(estimates, out.name))
    output.document(area_record(estimates))


@area.command(cls=TranslatedCommand)
@declaration_argument
@click.option(
    "-o",
    "--output",
    "out",
    cls=TranslatedOption,
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Folder for the reference points and the sheet to fill in; new or empty.",
)
@output_options
def design(declaration: Path, out: Path, output: Output) -> None:
    """Share reference units among the strata of a map and draw their places.

    DECLARATION is a file of the form mrv-area/1 or a folder that holds area.yaml; the current folder if
    left out.

    Written are the strata, the points, a sheet for the interpreter that does not tell what the map says,
    and design.json.
    """
    from mrv.run.area_design import design_reference
    from mrv.run.area_design_files import declaration_lines, reference_record, write_reference
    from mrv.run.area_inputs import read_area

    output.progress("Reading and checking")
    inputs = read_area(declaration)
    output.progress("Drawing reference points")
    designed = design_reference(inputs)
    write_reference(designed, out)
    _show_design(output, designed)
    output.say("", output.translated("Written to {folder}:", folder=str(out)))
    for path in sorted(out.iterdir()):
        output.say(f"  {path}")
    output.say(
        "", output.translated("When the sheet is filled in, put into the declaration, in place of map:")
    )
    output.say(*declaration_lines(out.name))
    output.document(reference_record(designed))


def _show_design(output: Output, designed: ReferenceDesign) -> None:
    from mrv.report.numbers import number_text

    strata = designed.strata
    output.table(
        ["stratum", "map class", "mapped, ha", "reference units"],
        [
            [
                str(row["stratum_id"]),
                str(row["map_class"]),
                number_text(row["area_ha"], 1),
                f"{row['units']:,}",
            ]
            for row in strata.to_dict("records")
        ],
        title="Reference sample",
    )
    if designed.needed is not None:
        output.say(
            output.translated(
                "The best allocation would take {needed:,.0f} units for the wanted standard error.",
                needed=designed.needed,
            )
        )
    if designed.expected_standard_error is not None:
        output.say(
            output.translated(
                "{units:,} units; expected standard error of the overall accuracy {error:.2%}.",
                units=len(designed.points),
                error=designed.expected_standard_error,
            )
        )


def _percent(value: float, half_width: float | None = None) -> str:
    import math

    if not math.isfinite(value):
        return "–"
    known = half_width is not None and math.isfinite(half_width)
    return f"{value:.1%} ± {half_width:.1%}" if known else f"{value:.1%}"


def _show(output: Output, estimates: AreaEstimates) -> None:
    from mrv.run.area_files import PURPOSIVE, perfect_strata

    declared = estimates.inputs.declared
    classes = declared.classes
    if declared.simulated:
        output.say(output.translated("[SIMULATED DATA]"))
    output.table(
        ["map class ↓  reference class →", *classes],
        [
            [name, *(f"{count:,}" for count in row)]
            for name, row in zip(classes, estimates.units, strict=True)
        ],
        title="Reference units",
    )
    accuracy = estimates.accuracy
    if accuracy is None:
        agree, count = int(estimates.units.trace()), int(estimates.units.sum())
        output.say(
            output.translated(
                "{agree:,} of these {count:,} units agree: {share:.3%}.",
                agree=agree,
                count=count,
                share=agree / count,
            ),
            output.translated(PURPOSIVE),
        )
    else:

        def shown(share: Share) -> str:
            return _percent(share.value, estimates.half_width(share))

        _show_areas(output, estimates)
        output.say(
            output.translated(
                "Overall accuracy {accuracy}, weighted by area.", accuracy=shown(accuracy.overall)
            ),
            output.translated(
                "± is half the {level:.0%} interval ({quantile}). Pixel counts are no areas: quote the area, "
                "not the mapped one.",
                level=declared.confidence_level,
                quantile=output.translated("normal quantile" if declared.interval == "z" else "Student's t"),
            ),
        )
        for name, units, limit in perfect_strata(estimates):
            output.say(
                output.translated(
                    "{stratum}: none of its {units} units shows an error, so that it adds nothing to ±; up "
                    "to {limit:.1%} of it may be wrong all the same.",
                    stratum=name,
                    units=units,
                    limit=limit,
                )
            )
    if estimates.disagreement is not None:
        output.say(
            output.translated(
                "The two interpreters differ on {share:.1%} of the units labelled twice.",
                share=estimates.disagreement,
            )
        )
    if estimates.change is not None:
        _show_change(output, estimates, estimates.change)


def _show_areas(output: Output, estimates: AreaEstimates) -> None:
    from mrv.cli.text import plus_minus
    from mrv.report.numbers import number_text

    accuracy, mapped, total = estimates.accuracy, estimates.mapped_ha, estimates.total_ha
    assert accuracy is not None
    assert mapped is not None
    rows = []
    for number, name in enumerate(accuracy.classes):
        share = accuracy.shares[number]
        users, producers = accuracy.users[number], accuracy.producers[number]
        rows.append(
            [
                name,
                number_text(mapped[number], 1),
                plus_minus(share.value * total, estimates.half_width(share) * total, 1),
                _percent(users.value, estimates.half_width(users)),
                _percent(producers.value, estimates.half_width(producers)),
            ]
        )
    output.table(
        ["class", "mapped, ha", "area, ha", "user's accuracy", "producer's accuracy"], rows, title="Areas"
    )


def _show_change(output: Output, estimates: AreaEstimates, change: Change) -> None:
    from mrv.cli.text import plus_minus
    from mrv.report.numbers import number_text

    start, end = change.dates
    total = estimates.total_ha
    output.say(
        "",
        output.translated(
            "Mangrove {start}: {first} ha; {end}: {last} ha; lost {lost} ha, gained {gained} ha.",
            start=start,
            end=end,
            first=number_text(float(change.area_ha[0]), 1),
            last=number_text(float(change.area_ha[1]), 1),
            lost=plus_minus(change.lost.value * total, estimates.half_width(change.lost) * total),
            gained=plus_minus(change.gained.value * total, estimates.half_width(change.gained) * total),
        ),
    )
    names = {
        "continuous": "continuous, r = ln(A₂/A₁)/t",
        "compound": "compound, q = (A₂/A₁)^(1/t) − 1",
        "linear": "linear, (A₂ − A₁)/(A₁ t)",
    }
    rates = {
        "continuous": change.net.continuous,
        "compound": change.net.compound,
        "linear": change.net.linear,
    }
    output.table(
        ["yearly rate of net change", "% per year", "standard error", "from", "to"],
        [
            [
                output.translated(names[name]),
                *(f"{100 * value:.4f}" for value in (rate.value, rate.standard_error, rate.low, rate.high)),
            ]
            for name, rate in rates.items()
        ],
    )
    output.say(
        output.translated(
            "Errors by the delta method on ln(A₂/A₁); {years:.2f} years. Losses are negative.",
            years=change.years,
        )
    )
