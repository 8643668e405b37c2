"""``mrv methodology``: what the installed methodologies say, and whether their examples come out."""

from __future__ import annotations

from pathlib import Path

import click

from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.output import Output, output_options


@click.group(cls=TranslatedGroup)
def methodology() -> None:
    """List, show and test methodologies."""


@methodology.command("list", cls=TranslatedCommand)
@output_options
def list_methodologies(output: Output) -> None:
    """List the installed methodologies."""
    from mrv.methodologies import load_methodology, methodology_ids

    documents = [load_methodology(name) for name in methodology_ids()]
    output.table(
        ("id", "title", "conformance"),
        [
            (document.id, output.bilingual(document.title), output.translated(document.conformance))
            for document in documents
        ],
    )
    output.document(
        [
            {
                "id": document.id,
                "title": document.title.model_dump(),
                "conformance": document.conformance,
            }
            for document in documents
        ]
    )


@methodology.command("show", cls=TranslatedCommand)
@click.argument("methodology_id", metavar="ID")
@click.option(
    "--graph",
    "drawing",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the quantities and what each is computed from, as SVG.",
)
@click.option(
    "--baseline",
    cls=TranslatedOption,
    metavar="SCENARIO",
    help="Baseline scenario to draw (default: the first one of the methodology).",
)
@output_options
def show_methodology(methodology_id: str, drawing: Path | None, baseline: str | None, output: Output) -> None:
    """Show a methodology: its standing, its equations, and every number with clause and source."""
    from mrv.cli.methodology_graph import methodology_graph
    from mrv.cli.methodology_text import methodology_document, show_document
    from mrv.run.outputs import write_whole

    document = methodology_document(methodology_id)
    if drawing is not None:
        write_whole(drawing, methodology_graph(output, document.methodology, baseline).encode())
    show_document(output, document)
    output.document(document.plain())


@methodology.command("test", cls=TranslatedCommand)
@click.argument("methodology_id", metavar="[ID]", required=False)
@click.option(
    "--case",
    "case_file",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A case of your own in the same format, instead of the worked examples.",
)
@output_options
def run_examples(methodology_id: str | None, case_file: Path | None, output: Output) -> None:
    """Compute the worked examples, or a case file, and compare them number by number.

    Every methodology if ID is left out. Exit code 3 if a number does not agree.
    """
    from mrv.accounting.cases import example_paths, run_case
    from mrv.cli.methodology_text import case_plain, show_case
    from mrv.errors import MismatchError, UsageError
    from mrv.methodologies import methodology_ids

    if case_file is not None:
        results = [run_case(case_file)]
        if methodology_id not in (None, results[0].methodology):
            raise UsageError(
                "{file}: is a case of {found}, not of {wanted}",
                file=case_file,
                found=results[0].methodology,
                wanted=methodology_id,
            )
    else:
        names = [methodology_id] if methodology_id else methodology_ids()
        results = [run_case(path) for name in names for path in example_paths(name)]
    for result in results:
        show_case(output, result)
    failed = [result for result in results if not result.passed]
    output.say(
        output.translated(
            "{passed} of {all} cases agree.", passed=len(results) - len(failed), all=len(results)
        )
    )
    output.document([case_plain(result) for result in results])
    if failed:
        raise SystemExit(MismatchError.exit_code)
