"""``mrv methodology``: what methodologies say, how they differ, and whether their examples come out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.arguments import methodology_option
from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.accounting.edition import Edition


@click.group(cls=TranslatedGroup)
def methodology() -> None:
    """List, show, compare and test methodologies."""


def _edition(methodology_id: str | None, folder: Path | None) -> Edition:
    """Methodology that an id, or a folder, or both name."""
    from mrv.accounting.edition import edition_in, open_edition
    from mrv.errors import UsageError

    if methodology_id is not None:
        return open_edition(methodology_id, folder)
    if folder is None:
        raise UsageError("name a methodology, or the folder of one with --methodology-dir")
    return edition_in(folder)


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
@click.argument("methodology_id", metavar="[ID]", required=False)
@methodology_option
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
def show_methodology(
    methodology_id: str | None,
    methodology_folder: Path | None,
    drawing: Path | None,
    baseline: str | None,
    output: Output,
) -> None:
    """Show a methodology: its standing, its equations, and every number with clause and source.

    ID may be left out with --methodology-dir.
    """
    from mrv.cli.methodology_text import methodology_document, show_document

    edition = _edition(methodology_id, methodology_folder)
    document = methodology_document(edition)
    if drawing is not None:
        from mrv.cli.methodology_graph import methodology_graph
        from mrv.run.outputs import write_whole

        write_whole(drawing, methodology_graph(output, edition, baseline).encode())
    show_document(output, document)
    output.document(document.plain())


@methodology.command("copy", cls=TranslatedCommand)
@click.argument("methodology_id", metavar="ID")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@output_options
def copy_methodology(methodology_id: str, folder: Path, output: Output) -> None:
    """Copy the documents of a methodology to edit them as an edition of your own.

    The name of FOLDER becomes its id; --methodology-dir of the other commands reads it.
    """
    from mrv.accounting.edition import copy_edition, open_edition

    written = copy_edition(open_edition(methodology_id), folder)
    for path in written:
        output.say(str(path))
    output.document({"written": [str(path) for path in written]})


@methodology.command("diff", cls=TranslatedCommand)
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@output_options
def compare(one: str, other: str, output: Output) -> None:
    """Show what two methodologies, or two editions of one, say differently.

    A and B are ids of installed methodologies, or folders. -v shows the lines of their statements, too.
    """
    from mrv.accounting.difference import differences, statement_lines
    from mrv.cli.methodology_text import difference_rows

    one_edition, other_edition = (
        _edition(None, Path(name)) if Path(name).is_dir() else _edition(name, None) for name in (one, other)
    )
    found = differences(one_edition, other_edition)
    lines = statement_lines(one_edition, other_edition)
    if found:
        output.table(("place", one, other), difference_rows(output, found))
    output.say(
        output.translated(
            "Differences: {count}; lines of the statement: {lines}", count=len(found), lines=len(lines)
        )
        if found or lines
        else output.translated("No difference.")
    )
    output.detail(*lines)
    output.document(
        {
            "differences": [
                {"place": entry.place, "one": entry.one, "other": entry.other} for entry in found
            ],
            "statement": list(lines),
        }
    )


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
@methodology_option
@output_options
def run_examples(
    methodology_id: str | None, case_file: Path | None, methodology_folder: Path | None, output: Output
) -> None:
    """Compute the worked examples, or a case file, and compare them number by number.

    Every methodology if ID is left out. Exit code 3 if a number does not agree.
    """
    from mrv.accounting.cases import example_paths, run_case
    from mrv.cli.methodology_text import case_plain, show_case
    from mrv.errors import MismatchError, UsageError
    from mrv.methodologies import load_methodology, methodology_ids

    if case_file is not None:
        results = [run_case(case_file, methodology_folder)]
        if methodology_id not in (None, results[0].methodology):
            raise UsageError(
                "{file}: is a case of {found}, not of {wanted}",
                file=case_file,
                found=results[0].methodology,
                wanted=methodology_id,
            )
    else:
        documents = (
            [_edition(methodology_id, methodology_folder).document]
            if methodology_id or methodology_folder
            else [load_methodology(name) for name in methodology_ids()]
        )
        results = [
            run_case(path, methodology_folder) for document in documents for path in example_paths(document)
        ]
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
