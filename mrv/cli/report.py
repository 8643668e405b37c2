"""``mrv report``: documents for people, from a folder of results alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
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
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Report to write: .html, .pdf, .docx or .xlsx; may be given again.",
)
@output_options
def report(out: Path, files: tuple[Path, ...], output: Output) -> None:
    """Write the monitoring report of a run, in the language of --lang.

    OUT is a folder of results, or a package that holds one.
    """
    from mrv.errors import UsageError
    from mrv.run.outputs import write_whole
    from mrv.verification.runs import opened_run

    for file in files:
        if file.suffix not in FORMATS:
            raise UsageError("{file}: a report is a .html, .pdf, .docx or .xlsx file", file=file)
    with opened_run(out) as run:
        contents = {file: _content(run, file.suffix, output) for file in files}
    for file, content in contents.items():
        write_whole(file, content)
        output.say(output.translated("Written: {file}", file=file))
    output.document({"written": [str(file) for file in files]})


def _content(run: Run, suffix: str, output: Output) -> bytes:
    """The report of a run in the format of a suffix."""
    from mrv.report.monitoring import monitoring_report

    if suffix == ".html":
        from mrv.cli.language import words_by_language
        from mrv.report.interactive import interactive_page

        words = words_by_language()
        return interactive_page(run.results, words, output.language, run.package_sha256).encode()
    if suffix == ".xlsx":
        from mrv.report.workbook import workbook
        from mrv.run.results import read_results

        return workbook(read_results(run.results), output.words, run.package_sha256)
    return report_bytes(monitoring_report(run.results, output.words, run.package_sha256), suffix)


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
