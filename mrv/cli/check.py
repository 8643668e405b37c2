"""``mrv check``: read everything, compute everything, write nothing."""

from __future__ import annotations

from pathlib import Path

import click

from mrv.cli.arguments import project_argument
from mrv.cli.language import TranslatedCommand
from mrv.cli.output import Output, finding_record, output_options


@click.command(cls=TranslatedCommand)
@project_argument
@output_options
def check(project: Path, output: Output) -> None:
    """Check a project and list every finding, writing nothing.

    PROJECT is a project file or a folder that holds mrv.yaml; the current folder if left out.
    """
    from mrv.run.project_run import check_project

    output.progress("Reading and checking")
    prepared, estimated = check_project(project)
    for finding in estimated.findings:
        output.say(output.finding(finding))
    inputs = prepared.inputs
    output.say(
        output.translated(
            "{name}: no errors. {surveys} surveys, {plots} plots, {trees} stems; {notes} notes.",
            name=inputs.project.project.id,
            surveys=len(inputs.surveys),
            plots=sum(len(survey.plots) for survey in inputs.surveys),
            trees=sum(len(survey.trees) for survey in inputs.surveys),
            notes=len(estimated.findings),
        )
    )
    output.document(
        {
            "project": inputs.project.project.id,
            "findings": [finding_record(finding) for finding in estimated.findings],
        }
    )
