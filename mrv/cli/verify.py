"""``mrv verify`` and ``mrv compare``: whether a package stands, and where two runs part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.verification.comparison import Comparison
    from mrv.verification.statement import VerificationStatement

MISMATCH, ONLY_WITHIN_TOLERANCE = 3, 4
"""Exit codes."""

FORMATS = (".json", ".html", ".pdf", ".docx")


@click.command(cls=TranslatedCommand)
@click.argument("package", type=click.Path(path_type=Path))
@click.option(
    "--key",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PUB",
    help="Public key of who must have signed the package.",
)
@click.option(
    "--strict",
    cls=TranslatedOption,
    is_flag=True,
    help="End with exit code 4 where values agree within tolerance only.",
)
@click.option(
    "--report",
    "reports",
    cls=TranslatedOption,
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the verification statement: .json, .html, .pdf or .docx; may be given again.",
)
@click.option(
    "--sign",
    "own_key",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="KEY",
    help="Sign every statement written, with your private key; the signature stands beside it as FILE.sig.",
)
@click.option(
    "--draw-plots",
    "plots_drawn",
    cls=TranslatedOption,
    type=click.IntRange(min=1),
    metavar="N",
    help="List N plots to be measured again, drawn by the hash of the package.",
)
@click.option(
    "--remeasured",
    "trees_again",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Trees of those plots measured again, in a table like that of the last survey.",
)
@click.option(
    "--bare",
    cls=TranslatedOption,
    multiple=True,
    metavar="PLOT",
    help="A drawn plot on which no tree stands; may be given again.",
)
@click.option(
    "--materiality",
    cls=TranslatedOption,
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="Share of the reported carbon from which a difference is material.",
)
@click.option(
    "--outside",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Folder with the files that the package names but does not hold.",
)
@output_options
def verify(
    package: Path,
    key: Path | None,
    strict: bool,
    reports: tuple[Path, ...],
    own_key: Path | None,
    plots_drawn: int | None,
    trees_again: Path | None,
    bare: tuple[str, ...],
    materiality: float,
    outside: Path | None,
    output: Output,
) -> None:
    """Run a sealed package again and say, number by number, whether it stands.

    PACKAGE is an archive that `mrv seal` wrote. Exit code 0: it stands; 3: it does not.
    """
    from mrv.cli.key import private_key_of
    from mrv.cli.verification_text import show_drawn, show_statement
    from mrv.errors import UsageError
    from mrv.run.outputs import write_whole
    from mrv.verification.verify import drawn_plots, verify_package

    for file in reports:
        if file.suffix not in FORMATS:
            raise UsageError("{file}: a report is a .json, .html, .pdf or .docx file", file=file)
    signer = private_key_of(own_key, None, output)
    statement = verify_package(
        package,
        key,
        outside=outside,
        plots_drawn=plots_drawn,
        trees_again=trees_again,
        bare=bare,
        materiality=materiality,
        progress=output.progress,
    )
    for file, content in {file: _content(file.suffix, statement, output) for file in reports}.items():
        write_whole(file, content)
        if signer is not None:
            write_whole(file.with_name(f"{file.name}.sig"), signer.sign(content))
    show_statement(output, statement)
    drawn = drawn_plots(package, key, plots_drawn, outside=outside) if plots_drawn else []
    show_drawn(output, drawn)
    for file in reports:
        output.say(output.translated("Written: {file}", file=file))
    output.document(
        {
            **statement.model_dump(mode="json", by_alias=True),
            **({"plots_drawn": [plot.__dict__ for plot in drawn]} if drawn else {}),
        }
    )
    if not statement.passed:
        raise SystemExit(MISMATCH)
    if strict and statement.verdict != "identical":
        raise SystemExit(ONLY_WITHIN_TOLERANCE)


def _content(suffix: str, statement: VerificationStatement, output: Output) -> bytes:
    """A statement in the format of a suffix."""
    import json

    from mrv.cli.report import report_bytes
    from mrv.report.verification import statement_report

    if suffix == ".json":
        document = statement.model_dump(mode="json", by_alias=True)
        return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
    return report_bytes(statement_report(statement, output.words), suffix)


@click.command(cls=TranslatedCommand)
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@output_options
def compare(first: Path, second: Path, output: Output) -> None:
    """Compare two runs value by value, and name the step at which they part.

    FIRST and SECOND are folders of results or sealed packages. Exit code 0: no value differs beyond
    tolerance; 3: one does.
    """
    from mrv.cli.verification_text import show_comparison
    from mrv.verification.runs import compare_runs

    comparison = compare_runs(first, second)
    show_comparison(output, comparison)
    output.document(_comparison_document(comparison))
    if comparison.grade == "different":
        raise SystemExit(MISMATCH)


def _comparison_document(comparison: Comparison) -> Mapping[str, object]:
    from dataclasses import asdict

    return {"grade": comparison.grade, **asdict(comparison)}
