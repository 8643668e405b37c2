"""``mrv report``: documents for people, from a folder of results alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from mrv.report.blocks import Report
    from mrv.verification.runs import Run

FORMATS = (".html", ".pdf", ".docx", ".xlsx")


@click.command(cls=TranslatedCommand)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "files",
    cls=TranslatedOption,
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Report to write: .html, .pdf, .docx or .xlsx; may be given again.",
)
@click.option(
    "--format",
    "formats",
    cls=TranslatedOption,
    multiple=True,
    type=click.Choice([suffix.removeprefix(".") for suffix in FORMATS]),
    help="Write report.html, report.pdf and so on into the current folder; may be given again.",
)
@click.option(
    "--finance",
    "terms",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the finance of the project instead, by the terms of a file such as finance.yaml.",
)
@output_options
def report(
    out: Path, files: tuple[Path, ...], formats: tuple[str, ...], terms: Path | None, output: Output
) -> None:
    """Write the monitoring report of a run, or the finance of its project, in the language of --lang.

    OUT is a folder of results, or a package that holds one. `mrv verify --report` writes the statement of a
    verification, `mrv auction prepare` the dossier of an auction.
    """
    from mrv.errors import UsageError
    from mrv.run.outputs import write_whole
    from mrv.verification.runs import opened_run

    name = "report" if terms is None else "finance"
    files = (*files, *(Path(f"{name}.{ending}") for ending in formats))
    if not files:
        raise UsageError("name a report with -o, or its format with --format")
    for file in files:
        if file.suffix not in FORMATS:
            raise UsageError("{file}: a report is a .html, .pdf, .docx or .xlsx file", file=file)
    with opened_run(out) as run:
        write = _monitoring(run, output) if terms is None else _finance(run, terms, output)
        contents = {file: write(file.suffix) for file in files}
    for file, content in contents.items():
        write_whole(file, content)
        output.say(output.translated("Written: {file}", file=file))
    output.document({"written": [str(file) for file in files]})


def _monitoring(run: Run, output: Output) -> Callable[[str], bytes]:
    """Writer of the monitoring report in the format of a suffix."""
    from mrv.report.monitoring import monitoring_report

    @cache
    def typeset() -> Report:
        return monitoring_report(run.results, output.words, run.package_sha256)

    def write(suffix: str) -> bytes:
        if suffix == ".html":
            from mrv.cli.language import words_by_language
            from mrv.report.interactive import interactive_page

            words = words_by_language()
            return interactive_page(run.results, words, output.language, run.package_sha256).encode()
        if suffix == ".xlsx":
            from mrv.report.workbook import workbook
            from mrv.run.results import read_results

            return workbook(read_results(run.results), output.words, run.package_sha256)
        return report_bytes(typeset(), suffix)

    return write


def _finance(run: Run, file: Path, output: Output) -> Callable[[str], bytes]:
    """Writer of the finance of a project in the format of a suffix."""
    from mrv.finance.cash_flow import cash_flow
    from mrv.finance.sheet import finance_sheet
    from mrv.finance.terms import read_terms, scenarios
    from mrv.finance.workbook import finance_workbook
    from mrv.run.results import read_results

    terms = read_terms(file)
    results = read_results(run.results)
    flow = cash_flow(results, terms, scenarios(terms))

    def write(suffix: str) -> bytes:
        parts = (results, terms, flow, output.words, run.package_sha256)
        if suffix == ".xlsx":
            return finance_workbook(*parts)
        return report_bytes(finance_sheet(*parts), suffix)

    return write


def report_bytes(written: Report, suffix: str) -> bytes:
    """A report in the format of a suffix."""
    if suffix == ".pdf":
        from mrv.report.pdf import pdf

        return pdf(written)
    if suffix == ".docx":
        from mrv.report.word import word

        return word(written)
    from mrv.report.page import page

    return page(written).encode()
