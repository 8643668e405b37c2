"""How every command speaks: tables and words for people, one JSON document for programs.

With ``--json`` standard output carries exactly one document; what people read goes to standard
error. A foreseen failure is told in the same way and ends with its exit code.
"""

from __future__ import annotations

import functools
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mrv.cli.language import Language, TranslatedOption, language_option, translate

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from mrv.cli.progress import ShownProgress
    from mrv.errors import InterruptedWorkError, MrvError
    from mrv.findings import Finding
    from mrv.report.words import Words

PLAIN_WIDTH = 120
"""Columns of text that no terminal reads."""

ONE_WORD = 32
"""Characters up to which a cell without spaces is not broken, such as a date or an identifier."""


@dataclass(frozen=True)
class Output:
    """What a command prints, and where."""

    as_json: bool
    language: Language
    verbosity: int

    def translated(self, text: str, **values: object) -> str:
        """Text in the language, with its placeholders filled in."""
        template = translate(text, self.language)
        return template.format(**values) if values else template

    @property
    def words(self) -> Words:
        """Words of reports in the language."""
        from mrv.report.words import Words

        return Words(self.language, self._translate)

    def phrase(self, text: str) -> str:
        """Text in the language, also where it is a phrase with values of its own."""
        from mrv.findings import Phrase

        return text.text(self._translate) if isinstance(text, Phrase) else self._translate(text)

    def listed(self, parts: Iterable[str]) -> str:
        """Parts of a list, set apart as the language does it."""
        return self.translated(", ").join(parts)

    def _translate(self, text: str) -> str:
        return translate(text, self.language)

    def bilingual(self, text: Mapping[str, str] | Any) -> str:
        """The language's half of a text that is stored in both."""
        value: str = getattr(text, self.language)
        return value

    @property
    def console(self) -> Console:
        """Where people read: standard output, or standard error beside a JSON document."""
        from rich.console import Console

        stream = sys.stderr if self.as_json else sys.stdout
        width = None if stream.isatty() else PLAIN_WIDTH
        return Console(file=stream, width=width, highlight=False, soft_wrap=False)

    def say(self, *parts: RenderableType) -> None:
        """Print for people, unless they asked for quiet."""
        if self.verbosity < 0:
            return
        console = self.console
        for part in parts:
            text = self._in_lines(part, console.width) if isinstance(part, str) else part
            console.print(text, markup=False)

    def _in_lines(self, text: str, width: int) -> str:
        """Text broken into lines here where the language does not part its words by spaces."""
        if self.language == "en":
            return text
        from mrv.cli.wide_text import lines

        return "\n".join(line for part in text.split("\n") for line in lines(part, width))

    def detail(self, *parts: RenderableType) -> None:
        """Print what only ``--verbose`` shows."""
        if self.verbosity > 0:
            self.say(*parts)

    def document(self, document: object) -> None:
        """Print the one JSON document, where it was asked for."""
        if self.as_json:
            text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
            click.echo(text.encode())  # UTF-8, whatever the terminal is set to

    @property
    def progress(self) -> ShownProgress:
        """Tells on standard error what is being done, and how far it is."""
        from mrv.cli.progress import ShownProgress

        return ShownProgress(self)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> None:
        """Print a table for people: numbers to the right and never broken; headers may break."""
        from rich import box
        from rich.cells import cell_len
        from rich.table import Table

        table = Table(
            title=self.translated(title) if title else None,
            box=box.SIMPLE_HEAD,
            title_justify="left",
            title_style="bold",
            pad_edge=False,
        )
        body = list(rows)
        for position, column in enumerate(columns):
            cells = [row[position] for row in body]
            numeric = all(_is_number(cell) for cell in cells)
            one_word = all(" " not in cell and len(cell) <= ONE_WORD for cell in cells)
            table.add_column(
                self.translated(column),
                justify="right" if numeric else "left",
                min_width=max(map(cell_len, cells)) if cells and (numeric or one_word) else None,
                overflow="fold",
            )
        for row in body:
            table.add_row(*row)
        self.say(table)

    def finding(self, finding: Finding) -> str:
        """One line for a finding."""
        return f"{finding.where}: {finding.text(self._translate)}  [{finding.rule}]"

    def fail(self, error: MrvError) -> None:
        """Tell a foreseen failure: every finding on a line of its own."""
        from mrv.errors import FindingsError
        from mrv.findings import in_order

        if isinstance(error, FindingsError):
            findings = in_order(error.findings)
            lines = [self.finding(finding) for finding in findings]
            count = len(lines)
            lines.append(
                self.translated("1 finding; nothing was written.")
                if count == 1
                else self.translated("{count} findings; nothing was written.", count=count)
            )
        else:
            findings = []
            lines = [self.translated(error.message, **error.values)]
        click.echo("\n".join(lines), err=True)
        self.document(
            {
                "error": type(error).__name__,
                "exit_code": error.exit_code,
                "message": None if findings else str(error),
                "findings": [finding_record(finding) for finding in findings],
            }
        )


def _is_number(text: str) -> bool:
    """Whether a cell is a number, a dash for a missing one, or empty."""
    return not text or text.lstrip("-−")[:1].isdecimal() or text == "–"


def finding_record(finding: Finding) -> dict[str, str]:
    """Finding as plain data; the message in English, as programs and archives read it."""
    return {
        "where": finding.where,
        "rule": finding.rule,
        "message": finding.text(),
        "severity": finding.severity,
    }


def _replace_what_cannot_be_shown() -> None:
    """Have characters that a terminal's encoding lacks shown as ``?``, instead of failing over them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _end_at_once(output: Output, error: InterruptedWorkError) -> NoReturn:
    """Tell that the work was interrupted and end, without waiting for threads that are still at it."""
    output.fail(error)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(error.exit_code)


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--json``, ``--lang``, ``-v`` and ``-q``, and an :class:`Output` to speak through."""

    @click.option(
        "--json", "as_json", cls=TranslatedOption, is_flag=True, help="One JSON document on stdout."
    )
    @language_option
    @click.option("-v", "--verbose", cls=TranslatedOption, is_flag=True, help="Show more.")
    @click.option("-q", "--quiet", cls=TranslatedOption, is_flag=True, help="Show errors only.")
    @functools.wraps(command)
    def with_output(
        *args: Any, as_json: bool, language: Language, verbose: bool, quiet: bool, **options: Any
    ) -> None:
        from mrv.errors import InterruptedWorkError, MrvError

        _replace_what_cannot_be_shown()
        output = Output(as_json, language, int(verbose) - int(quiet))
        try:
            command(*args, output=output, **options)
        except KeyboardInterrupt:
            _end_at_once(output, InterruptedWorkError("interrupted; nothing was written"))
        except InterruptedWorkError as error:
            _end_at_once(output, error)
        except MrvError as error:
            output.fail(error)
            raise SystemExit(error.exit_code) from None

    return with_output
