"""``mrv run``: the main job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.arguments import methodology_option, project_argument
from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options
from mrv.cli.work import work_options

if TYPE_CHECKING:
    from mrv.findings import Finding
    from mrv.run.work import Work


def _parse_assumed(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> Mapping[str, object]:
    assumed: dict[str, object] = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name or not text:
            raise click.BadParameter(f"{value!r} is not of the form NAME=VALUE")
        assumed[name] = text
    return assumed


def _show_what_if(
    project: Path, assumed: Mapping[str, object], methodology_folder: Path | None, output: Output
) -> None:
    from mrv.cli.what_if_text import show_what_if, what_if_plain
    from mrv.run.what_if import what_if
    from mrv.yaml_text import plain_value

    output.progress("Running twice")
    values = {name: plain_value(str(text)) for name, text in assumed.items()}
    found = what_if(project, values, methodology_folder)
    show_what_if(output, found)
    output.document(what_if_plain(found))


@click.command(cls=TranslatedCommand)
@project_argument
@click.option(
    "-o",
    "--output",
    "out",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Folder for the results; older results in it are replaced.",
)
@click.option(
    "--what-if",
    "assumed",
    cls=TranslatedOption,
    multiple=True,
    callback=_parse_assumed,
    metavar="NAME=VALUE",
    help="Show what moves if a number or a key of the project file were this; nothing is written.",
)
@methodology_option
@output_options
@work_options
def run(
    project: Path,
    out: Path | None,
    assumed: Mapping[str, object],
    methodology_folder: Path | None,
    output: Output,
    work: Work,
) -> None:
    """Compute stocks and sinks of a project and write them to a folder.

    PROJECT is a project file or a folder that holds mrv.yaml; the current folder if left out.
    """
    from mrv.errors import UsageError

    if assumed:
        if out is not None:
            raise UsageError("--what-if writes nothing: leave out -o")
        _show_what_if(project, assumed, methodology_folder, output)
        return
    if out is None:
        raise UsageError("-o OUT is missing: the results need a folder")
    from mrv.cli.summary import show_results
    from mrv.run.project_run import run_project

    findings: list[Finding] = []
    results = run_project(project, out, work, findings.append, methodology_folder)
    show_results(output, results, out, findings)
    output.document(results.model_dump(mode="json", by_alias=True))
