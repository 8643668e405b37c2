"""``mrv design``: how many plots, and where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mrv.cli.arguments import project_argument
from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.run.design import Design

PER_STRATUM = "STRATUM=NUMBER"


def _by_stratum(option: str, given: Sequence[str]) -> dict[str, float]:
    """Numbers by stratum, as written on the command line."""
    from mrv.errors import UsageError

    values: dict[str, float] = {}
    for text in given:
        name, sign, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not sign or not value > 0:
            raise UsageError(
                "{option} {found}: write STRATUM=NUMBER, the number above 0", option=option, found=text
            )
        values[name] = value
    return values


@click.command(cls=TranslatedCommand)
@project_argument
@click.option(
    "-o",
    "--output",
    "out",
    cls=TranslatedOption,
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Folder for the plots and the field sheet; new or empty.",
)
@click.option(
    "--error",
    "relative_error",
    cls=TranslatedOption,
    required=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Wanted half-width of the interval over the mean, such as 0.1.",
)
@click.option(
    "--for",
    "of",
    cls=TranslatedOption,
    type=click.Choice(["change", "stock"]),
    default="change",
    help="What the error is of; the sink is a change (default).",
)
@click.option(
    "--pilot",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="RESULTS",
    help="Results of an earlier run, whose plots say how variable the strata are.",
)
@click.option(
    "--cv",
    cls=TranslatedOption,
    multiple=True,
    metavar=PER_STRATUM,
    help="Instead: coefficient of variation between plots, once for each stratum.",
)
@click.option(
    "--mean",
    "means",
    cls=TranslatedOption,
    multiple=True,
    metavar=PER_STRATUM,
    help="Mean of each stratum beside --cv; if left out, all are alike.",
)
@click.option(
    "--level",
    cls=TranslatedOption,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Confidence level; that of the project file if left out.",
)
@click.option(
    "--allocation",
    cls=TranslatedOption,
    type=click.Choice(["neyman", "proportional"]),
    default="neyman",
    help="Plots by area times deviation (default), or by area.",
)
@click.option(
    "--draw",
    cls=TranslatedOption,
    type=click.Choice(["balanced", "systematic"]),
    default="balanced",
    help="Spread over the stratum at random (default), or a grid with a random start.",
)
@click.option(
    "--edge",
    cls=TranslatedOption,
    type=click.Choice(["centre", "inside"]),
    default="centre",
    help="Centres anywhere in the stratum (default), or plots wholly in it, which misses its edge.",
)
@click.option(
    "--radius",
    "radius_m",
    cls=TranslatedOption,
    type=click.FloatRange(0, min_open=True),
    metavar="METRES",
    help="Radius of a plot; that of the last survey's largest subplot if left out.",
)
@output_options
def design(
    project: Path, out: Path, output: Output, cv: Sequence[str], means: Sequence[str], **wanted: Any
) -> None:
    """Work out how many plots a wanted error takes, and draw their places.

    PROJECT is a project file or a folder that holds mrv.yaml, with strata as polygons; the current folder
    if left out. The tables of its surveys need not exist yet.

    Written are plots.gpkg, plots.gpx, a field sheet that mrv reads back, and design.json.
    """
    from mrv.run.design import DesignRequest, design_survey
    from mrv.run.design_files import design_record, project_file_lines, write_design

    request = DesignRequest(**wanted, cv=_by_stratum("--cv", cv), means=_by_stratum("--mean", means))
    output.progress("Drawing plots")
    designed = design_survey(project, request)
    write_design(designed, out)
    _show(output, designed)
    output.say("", output.translated("Written to {folder}:", folder=str(out)))
    for path in sorted(out.iterdir()):
        output.say(f"  {path}")
    output.say("", output.translated("When the sheet is filled in, write into mrv.yaml:"))
    output.say(*project_file_lines(designed, out.name))
    output.document(design_record(designed))


def _show_edge(output: Output, designed: Design) -> None:
    """Say what the rule for the edge means: work for the crew, or ground without a chance."""
    strata = designed.strata
    name = "edge_share" if designed.request.edge == "centre" else "area_left_out_share"
    share = float((strata[name] * strata["area_ha"]).sum() / strata["area_ha"].sum())
    output.say(
        output.translated(
            "Edge: {share:.1%} of the area lies so near an edge that a plot there reaches beyond it; of such "
            "a plot the crew measures the part inside and its area, or folds it back (mirage).",
            share=share,
        )
        if designed.request.edge == "centre"
        else output.translated(
            "Edge: no centre can lie in {share:.1%} of the area, so that its outermost metres are "
            "under-sampled and estimates are biased where edges differ; --edge centre gives every place its "
            "chance.",
            share=share,
        )
    )


def _show(output: Output, designed: Design) -> None:
    from mrv.report.numbers import number_text
    from mrv.stock.sample_size import RECOMMENDED_STRATUM

    strata = designed.strata
    output.table(
        ["stratum", "area, ha", "assumed mean", "assumed CV", "plots", "left out at the edge"],
        list(
            zip(
                strata["stratum_id"],
                [number_text(area, 1) for area in strata["area_ha"]],
                [number_text(mean, 2) for mean in strata["assumed_mean"]],
                [f"{cv:.0%}" for cv in strata["assumed_deviation"] / strata["assumed_mean"].abs()],
                strata["plots_drawn"].astype(str),
                [f"{share:.1%}" for share in strata["area_left_out_share"]],
                strict=True,
            )
        ),
        title="Plots",
    )
    output.say(
        output.translated(
            "{plots} plots; wanted error ± {wanted:.1%}, expected ± {expected:.1%} at {level:.0%} "
            "(t with {df} degrees of freedom).",
            plots=len(designed.plots),
            wanted=designed.request.relative_error,
            expected=designed.expected_relative_error,
            level=designed.level,
            df=designed.expected.degrees_of_freedom,
        ),
        output.translated(
            "This is the chance of plots alone: tree equations, wood density and carbon fraction are taken "
            "as exact, so that the uncertainty in all will be larger."
        ),
    )
    if designed.request.of == "stock":
        output.say(
            output.translated(
                "Sized for the stock. A sink is a change: size for it with --for change, on permanent plots."
            )
        )
    few = strata[strata["plots_drawn"] < RECOMMENDED_STRATUM]["stratum_id"]
    if len(few):
        output.say(
            output.translated(
                "Fewer than {count} plots: {strata}; one lost plot then costs much of the precision.",
                count=RECOMMENDED_STRATUM,
                strata=output.listed(few),
            )
        )
    _show_edge(output, designed)
    if designed.closest_m < 2 * designed.radius_m:
        output.say(
            output.translated(
                "Some plots overlap: the nearest two centres are {distance:.1f} m apart.",
                distance=designed.closest_m,
            )
        )
