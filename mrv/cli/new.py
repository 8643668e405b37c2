"""``mrv new``: a project to start from."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import click

from mrv.cli.language import LANGUAGES, Language, TranslatedCommand, TranslatedOption, translate
from mrv.cli.output import Output, output_options


@click.command(cls=TranslatedCommand)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--tables",
    cls=TranslatedOption,
    type=click.Choice(["csv", "xlsx"]),
    default="csv",
    help="One CSV file for each table (default), or one workbook.",
)
@click.option(
    "--headers",
    cls=TranslatedOption,
    type=click.Choice(LANGUAGES),
    help="Language of headers and words in the tables; left out, that of the command line.",
)
@output_options
def new(directory: Path, tables: Literal["csv", "xlsx"], headers: Language | None, output: Output) -> None:
    """Make a project folder with a commented mrv.yaml and small example tables."""
    from mrv.run.template import make_project

    language = headers or output.language
    written = make_project(directory, tables, language, partial(translate, language=language))
    for path in written:
        output.say(str(path))
    output.say(
        output.translated(
            "Put your own tables in place of the examples, then: mrv check {folder}", folder=str(directory)
        )
    )
    output.document({"written": [str(path) for path in written]})
