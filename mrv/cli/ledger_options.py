"""What the commands that write to a ledger have in common: its file, the day, the key, the units."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mrv.cli.key import passphrase_option, private_key_of
from mrv.cli.language import TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mrv.ledger.accounts import Books
    from mrv.ledger.acts import Wanted
    from mrv.ledger.book import Appended
    from mrv.ledger.entries import Act


def writing_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the ledger, the day of its entries, and the key that signs them."""

    @click.argument("ledger_file", metavar="LEDGER", type=click.Path(path_type=Path))
    @click.option(
        "--date",
        "day",
        cls=TranslatedOption,
        metavar="YYYY-MM-DD",
        required=True,
        help="Day of the entry; days never run backwards.",
    )
    @click.option(
        "--key",
        "key_file",
        cls=TranslatedOption,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Private key to sign the entry with (mrv key new).",
    )
    @passphrase_option
    @output_options
    @functools.wraps(command)
    def with_writing(
        *args: Any,
        day: str,
        key_file: Path | None,
        passphrase_file: Path | None,
        output: Output,
        **options: Any,
    ) -> None:
        key = private_key_of(key_file, passphrase_file, output)
        command(*args, day=day_of(day), key=key, output=output, **options)

    return with_writing


def day_of(text: str) -> date:
    """Day that a person typed.

    Raises
    ------
    UsageError
        If it is none.
    """
    from mrv.errors import UsageError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("--date {found}: a day written YYYY-MM-DD was expected", found=text) from None


def units_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ways to name units: by serial, or so many tonnes."""

    @click.option(
        "--units",
        "serials",
        cls=TranslatedOption,
        multiple=True,
        metavar="SERIAL",
        help="Serial of a block, or of a part of one; may be given several times.",
    )
    @click.option(
        "--tonnes",
        cls=TranslatedOption,
        type=click.IntRange(min=1),
        metavar="N",
        help="So many tonnes instead, the oldest vintage and lowest numbers first.",
    )
    @click.option("--project", cls=TranslatedOption, metavar="ID", help="Of --tonnes: only of this project.")
    @click.option(
        "--vintage", cls=TranslatedOption, type=int, metavar="YEAR", help="Of --tonnes: only of this year."
    )
    @functools.wraps(command)
    def with_units(
        *args: Any,
        serials: tuple[str, ...],
        tonnes: int | None,
        project: str | None,
        vintage: int | None,
        **options: Any,
    ) -> None:
        command(*args, wanted=_wanted(serials, tonnes, project, vintage), **options)

    return with_units


def _wanted(serials: tuple[str, ...], tonnes: int | None, project: str | None, vintage: int | None) -> Wanted:
    from mrv.errors import UsageError
    from mrv.ledger.acts import Wanted

    if bool(serials) == (tonnes is not None):
        raise UsageError("name units either by --units or by --tonnes")
    return Wanted(serials, tonnes, project, vintage)


def add(
    file: Path,
    propose: Callable[[Books], Act],
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Add an act to a ledger, and tell what was added."""
    from mrv.ledger.book import append

    _tell(append(file, lambda books: [_stated(propose, books)], day, key), output)


def _stated(propose: Callable[[Books], Act], books: Books) -> Act:
    """An act by what a person typed; a text that no entry may hold is told."""
    from pydantic import ValidationError

    from mrv.errors import InputError
    from mrv.findings import Finding

    try:
        return propose(books)
    except ValidationError as error:
        raise InputError(
            [
                Finding(
                    ".".join(map(str, problem["loc"])),
                    "ledger-text",
                    "{problem}",
                    {"problem": problem["msg"].removeprefix("Value error, ")},
                )
                for problem in error.errors(include_url=False)
            ]
        ) from None


def _tell(appended: Appended, output: Output) -> None:
    from mrv.cli.ledger_text import say_entries

    say_entries(output, appended.entries)
    output.say(output.translated("Head of the ledger: {head}", head=appended.head))
    output.document(
        {
            "entries": [entry.model_dump(mode="json", by_alias=True) for entry in appended.entries],
            "head": appended.head,
        }
    )
