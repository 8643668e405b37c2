"""``mrv run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.arguments import project_argument
from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.findings import Finding


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
    help="Folder for the results; older results in it are replaced.",
)
@output_options
def run(project: Path, out: Path, output: Output) -> None:
    """Compute stocks and sinks of a project and write them to a folder.

    PROJECT is a project file or a folder that holds mrv.yaml; the current folder if left out.
    """
    from mrv.cli.summary import show_results
    from mrv.run.project_run import run_project

    findings: list[Finding] = []
    results = run_project(project, out, output.progress, findings.append)
    show_results(output, results, out, findings)
    output.document(results.model_dump(mode="json", by_alias=True))
