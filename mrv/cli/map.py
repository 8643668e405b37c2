"""``mrv map``: the map of any date of the imagery by a model that an earlier run stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.arguments import project_argument
from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options
from mrv.cli.work import work_options
from mrv.report.numbers import number_text

if TYPE_CHECKING:
    from mrv.run.work import Work


@click.command(cls=TranslatedCommand, name="map")
@project_argument
@click.option(
    "--model",
    "model_folder",
    cls=TranslatedOption,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder with model.json and model.npz, such as the folder model of the results of a run.",
)
@click.option(
    "--date",
    cls=TranslatedOption,
    required=True,
    metavar="YYYY-MM-DD",
    help="Date of the imagery to predict.",
)
@click.option(
    "-o",
    "--output",
    "out",
    cls=TranslatedOption,
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Folder for the maps; older maps in it are replaced.",
)
@click.option(
    "--resume",
    cls=TranslatedOption,
    is_flag=True,
    help="Go on from the blocks that an interrupted command kept of the same inputs.",
)
@output_options
@work_options
def map_command(
    project: Path, model_folder: Path, date: str, out: Path, output: Output, work: Work, resume: bool
) -> None:
    """Map above-ground biomass by a stored model, fitting nothing.

    PROJECT is a project file or a folder that holds mrv.yaml, with imagery; the current folder if left out.

    For the date of the model's own run, the maps have the same bytes as those of the run.
    """
    from mrv.run.stored_map import map_by_stored_model

    stored = map_by_stored_model(model_folder, project, date, out, work, resume=resume)
    label = "  [" + output.translated("SIMULATED DATA") + "]" if stored.simulated else ""
    candidate = output.translated(stored.candidate)
    output.say(output.translated("{model}, {date}", model=candidate, date=stored.date) + label)
    # A stratum where the model applies nowhere has no mean.
    numbers = stored.strata.astype(object).where(stored.strata.notna(), None).to_dict("records")
    output.table(
        ("stratum", "places", "area, ha", "map AGB, t/ha", "outside, ha", "no data, ha"),
        [
            (
                str(own["stratum_id"]),
                number_text(own["pixels"], 0),
                number_text(own["area_ha"], 1),
                "–" if own["predicted_mean_t_ha"] is None else number_text(own["predicted_mean_t_ha"], 1),
                number_text(own["area_outside_ha"], 1),
                number_text(own["area_no_data_ha"], 1),
            )
            for own in numbers
        ],
        title="Map of above-ground biomass",
    )
    output.say(
        output.translated(
            "Mean over the places where the model applies; a mean of a map is no estimate of a stock. "
            "Nothing of the map is credited."
        ),
        "",
        output.translated("Written to {folder}:", folder=str(out)),
    )
    for path in sorted(out.iterdir()):
        output.say(f"  {path}")
    output.document({"model": stored.candidate, "date": stored.date, "strata": numbers})
