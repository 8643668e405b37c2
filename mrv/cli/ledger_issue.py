"""``mrv ledger issue``: units of a sealed package whose verification passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.ledger_options import add, writing_options
from mrv.cli.output import Output

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mrv.ledger.accounts import Books
    from mrv.ledger.entries import Issuance


@click.command(cls=TranslatedCommand)
@writing_options
@click.argument("package", metavar="PACKAGE", type=click.Path(path_type=Path))
@click.option(
    "--account", cls=TranslatedOption, metavar="NAME", required=True, help="Account that gets the credits."
)
@click.option(
    "--signer",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Public key that must have signed the package.",
)
@click.option(
    "--statement",
    "statement_file",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Statement of a verifier, with its signature in FILE.sig, instead of verifying here.",
)
@click.option(
    "--verifier",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Public key of the verifier who signed the statement.",
)
@click.option(
    "--outside",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Folder with the files that the package names but does not hold.",
)
@click.option(
    "--others",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="GeoPackage of areas that other registries issued for; none of them may overlap.",
)
@click.option(
    "--others-columns",
    cls=TranslatedOption,
    metavar="START,END",
    default="start,end",
    show_default=True,
    help="Columns of --others: first day, and the day after the last.",
)
@click.option(
    "--simulated",
    cls=TranslatedOption,
    is_flag=True,
    help="Issue units of a simulated project, marked so, in a ledger of such units.",
)
def issue(
    ledger_file: Path,
    package: Path,
    account: str,
    signer: Path | None,
    statement_file: Path | None,
    verifier: Path | None,
    outside: Path | None,
    others: Sequence[Path],
    others_columns: str,
    simulated: bool,
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Issue the units of a sealed package whose verification passes.

    The package is run again from its raw inputs, unless a verifier's signed statement is given. All that the
    package lacks is told at once; if it lacks nothing, all that earlier issuances, here and elsewhere, speak
    against it. Nothing is written then.
    """
    from mrv.errors import UsageError
    from mrv.evidence.package import open_package
    from mrv.findings import raise_errors
    from mrv.ledger.book import sound_ledger
    from mrv.ledger.checks import entry_findings
    from mrv.ledger.entries import NO_LINE, Entry
    from mrv.ledger.issuance import issuance_of, refusals
    from mrv.ledger.other_areas import others_findings, read_other_areas
    from mrv.ledger.package_claim import claim_of, read_signed_statement, statement_bytes, verified_by
    from mrv.verification.verify import verify_package

    if (statement_file is None) != (verifier is None):
        raise UsageError("--statement and --verifier belong together")
    start, comma, end = others_columns.partition(",")
    if not (start and comma and end):
        raise UsageError(
            "--others-columns {found}: two columns were expected, such as start,end", found=others_columns
        )
    if ledger_file.exists():
        sound_ledger(ledger_file)  # nothing is verified for a ledger that takes no entry
    areas = [area for file in others for area in read_other_areas(file, start, end)]
    fingerprint = None
    if statement_file is not None and verifier is not None:
        statement, content, fingerprint = read_signed_statement(statement_file, verifier)
    else:
        statement = verify_package(package, signer, outside=outside, progress=output.progress)
        content = statement_bytes(statement)
    with open_package(package, signer, outside=outside) as opened:
        claim = claim_of(
            opened, statement, verified_by(statement, content, fingerprint), simulated_allowed=simulated
        )

    def propose(books: Books) -> Issuance:
        raise_errors(refusals(claim))
        issuance = issuance_of(claim, books, account)
        entry = Entry(number=books.count + 1, previous=NO_LINE, date=day, act=issuance)
        where = f"{ledger_file.name}:{entry.number}"
        raise_errors([*others_findings(issuance, areas), *entry_findings(where, entry, books)])
        return issuance

    add(ledger_file, propose, day, key, output)
