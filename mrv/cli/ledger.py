"""``mrv ledger``: issued units, from whom to whom they went, and whether all of it stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.ledger_books import export, import_rows, show, verify
from mrv.cli.ledger_issue import issue
from mrv.cli.ledger_options import add, units_options, writing_options
from mrv.cli.output import Output

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mrv.ledger.acts import Wanted


@click.group(cls=TranslatedGroup)
def ledger() -> None:
    """Issue units by a verified package, hand them on, retire them, and check the ledger of it all."""


@ledger.group(cls=TranslatedGroup)
def buffer() -> None:
    """Release units of a project's buffer, or cancel them after a loss."""


@ledger.command(cls=TranslatedCommand)
@click.option(
    "--from", "giver", cls=TranslatedOption, metavar="NAME", required=True, help="Account that gives."
)
@click.option("--to", "taker", cls=TranslatedOption, metavar="NAME", required=True, help="Account that gets.")
@writing_options
@units_options
def transfer(
    ledger_file: Path,
    giver: str,
    taker: str,
    wanted: Wanted,
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Move units from one account to another."""
    from mrv.ledger import acts

    add(ledger_file, lambda books: acts.transfer(books, wanted, giver, taker), day, key, output)


@ledger.command(cls=TranslatedCommand)
@click.option(
    "--from", "holder", cls=TranslatedOption, metavar="NAME", required=True, help="Account that gives."
)
@click.option(
    "--beneficiary",
    cls=TranslatedOption,
    metavar="NAME",
    required=True,
    help="For whom the units are used up.",
)
@click.option("--reason", cls=TranslatedOption, metavar="TEXT", required=True, help="Why, in words.")
@writing_options
@units_options
def retire(
    ledger_file: Path,
    holder: str,
    beneficiary: str,
    reason: str,
    wanted: Wanted,
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Retire units: they are used up for a beneficiary, for good."""
    from mrv.ledger import acts

    add(
        ledger_file,
        lambda books: acts.retirement(books, wanted, holder, beneficiary, reason),
        day,
        key,
        output,
    )


@ledger.command(cls=TranslatedCommand)
@click.option(
    "--from", "holder", cls=TranslatedOption, metavar="NAME", required=True, help="Account that gives."
)
@click.option("--reason", cls=TranslatedOption, metavar="TEXT", required=True, help="Why, in words.")
@click.option(
    "--settles",
    cls=TranslatedOption,
    metavar="ID",
    help="Project whose owed tonnes of a reversal the units make good.",
)
@writing_options
@units_options
def cancel(
    ledger_file: Path,
    holder: str,
    reason: str,
    settles: str | None,
    wanted: Wanted,
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Cancel units: they leave the market, for good and for no beneficiary."""
    from mrv.ledger import acts

    add(
        ledger_file, lambda books: acts.cancellation(books, wanted, holder, reason, settles), day, key, output
    )


@buffer.command(cls=TranslatedCommand)
@click.option("--of", "owner", cls=TranslatedOption, metavar="ID", required=True, help="Project.")
@click.option("--to", "taker", cls=TranslatedOption, metavar="NAME", required=True, help="Account that gets.")
@click.option(
    "--document", cls=TranslatedOption, metavar="TEXT", required=True, help="Document that decides it."
)
@writing_options
@units_options
def release(
    ledger_file: Path,
    owner: str,
    taker: str,
    document: str,
    wanted: Wanted,
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Release units of a project's buffer to an account."""
    from mrv.ledger import acts

    add(ledger_file, lambda books: acts.release(books, wanted, owner, taker, document), day, key, output)


@buffer.command(cls=TranslatedCommand)
@click.option("--of", "owner", cls=TranslatedOption, metavar="ID", required=True, help="Project.")
@click.option(
    "--tonnes",
    "loss_t_co2e",
    cls=TranslatedOption,
    type=click.IntRange(min=1),
    metavar="N",
    required=True,
    help="Carbon lost after it was issued, in whole t CO₂e.",
)
@click.option(
    "--document", cls=TranslatedOption, metavar="TEXT", required=True, help="Document that shows the loss."
)
@writing_options
def reverse(
    ledger_file: Path,
    owner: str,
    loss_t_co2e: int,
    document: str,
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Cancel buffer units after a loss; what the buffer does not cover is owed."""
    from mrv.ledger import acts

    add(ledger_file, lambda books: acts.reversal(books, loss_t_co2e, owner, document), day, key, output)


for command in (issue, show, verify, export, import_rows):
    ledger.add_command(command)
