"""``mrv new``: a project to start from."""

from __future__ import annotations

from pathlib import Path

import click

from mrv.cli.language import TranslatedCommand
from mrv.cli.output import Output, output_options


@click.command(cls=TranslatedCommand)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@output_options
def new(directory: Path, output: Output) -> None:
    """Make a project folder with a commented mrv.yaml and small example tables."""
    from mrv.run.template import make_project

    written = make_project(directory)
    for path in written:
        output.say(str(path))
    output.say(
        output.translated(
            "Put your own tables in place of the examples, then: mrv check {folder}", folder=str(directory)
        )
    )
    output.document({"written": [str(path) for path in written]})
