"""``mrv auction``: lots from the free units of a ledger, their documents, and what follows the hammer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.ledger_options import writing_options
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mrv.auction.dossier import Ground
    from mrv.auction.lots import Dealt
    from mrv.ledger.accounts import Books
    from mrv.ledger.entries import Transfer


@click.group(cls=TranslatedGroup)
def auction() -> None:
    """Prepare an auction of units of a ledger, and settle its lots."""


@auction.command(cls=TranslatedCommand)
@click.argument("lots", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("ledger_file", metavar="LEDGER", type=click.Path(path_type=Path))
@click.option(
    "--package",
    "packages",
    cls=TranslatedOption,
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PACKAGE",
    help="Sealed package that the units rest on; one for each.",
)
@click.option(
    "-o",
    "--output",
    "out",
    cls=TranslatedOption,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="New folder for the documents.",
)
@output_options
def prepare(lots: Path, ledger_file: Path, packages: tuple[Path, ...], out: Path, output: Output) -> None:
    """Fill lots from the seller's account and write the documents of the auction.

    LOTS is a file such as lots.yaml. The documents are written in Chinese and in English.
    """
    from mrv.auction.files import auction_files
    from mrv.auction.lots import deal, read_auction
    from mrv.cli.language import words_by_language
    from mrv.folders import write_new_folder
    from mrv.ledger.book import sound_ledger

    declared, positions = read_auction(lots)
    ledger = sound_ledger(ledger_file)
    dealt = deal(declared, positions, ledger)
    grounds = _grounds(dealt, packages)
    written = auction_files(dealt, grounds, ledger.head, words_by_language())
    write_new_folder(out, {out / name: content for name, content in written.items()})
    _show(output, dealt)
    output.say(output.translated("Written: {file}", file=out))
    output.document({"lots": [lot.lot.id for lot in dealt.lots], "files": sorted(map(str, written))})


def _grounds(dealt: Dealt, packages: Sequence[Path]) -> list[Ground]:
    """Results of every package that the units rest on."""
    from mrv.auction.dossier import Ground
    from mrv.errors import UsageError
    from mrv.evidence.package import open_package
    from mrv.run.results import RESULTS_FILE, read_results

    found = {}
    for path in packages:
        with open_package(path) as package:
            found[package.package_sha256] = Ground(
                package.package_sha256,
                read_results(package.results),
                (package.results / RESULTS_FILE).read_bytes(),
            )
    missing = [digest for digest in dealt.packages if digest not in found]
    if missing:
        raise UsageError(
            "--package: the units rest on a package that is not given: {packages}",
            packages=", ".join(missing),
        )
    return [found[digest] for digest in dealt.packages]


def _show(output: Output, dealt: Dealt) -> None:
    from mrv.auction.dossier import lot_table

    table = lot_table(dealt.lots, output.words)
    columns = tuple(table.columns)
    output.table(columns, [tuple(row) for row in table.rows])
    output.say(output.translated("{tonnes} t of the account are in no lot.", tonnes=f"{dealt.free_tonnes:,}"))


def _price(_ctx: click.Context, _param: click.Parameter, value: str) -> Decimal:
    from decimal import Decimal, InvalidOperation

    try:
        price = Decimal(value)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite():
        raise click.BadParameter(f"{value!r} is not a price in CNY/t")
    return price


@auction.command(cls=TranslatedCommand)
@click.argument("prepared", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option("--lot", "lot_id", cls=TranslatedOption, required=True, metavar="ID", help="Lot that was sold.")
@click.option(
    "--price",
    cls=TranslatedOption,
    required=True,
    callback=_price,
    metavar="CNY_T",
    help="Hammer price of a tonne, in CNY.",
)
@click.option("--buyer", cls=TranslatedOption, required=True, metavar="ACCOUNT", help="Account of the buyer.")
@click.option(
    "--certificate",
    "certificates",
    cls=TranslatedOption,
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Certificate to write: .pdf, .html or .docx, in the language of --lang; may be given again.",
)
@writing_options
def settle(
    prepared: Path,
    lot_id: str,
    price: Decimal,
    buyer: str,
    certificates: tuple[Path, ...],
    ledger_file: Path,
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Hand the units of a lot over to its buyer, and write the certificate.

    FOLDER is a prepared auction, LEDGER the ledger that its lots were filled from.
    """
    from mrv.auction.dossier import Hammer, certificate
    from mrv.auction.money import total
    from mrv.auction.prepared import read_prepared, settled
    from mrv.cli.report import report_bytes
    from mrv.errors import UsageError
    from mrv.ledger.book import append
    from mrv.ledger.entries import NO_LINE
    from mrv.run.outputs import write_whole

    for file in certificates:
        if file.suffix not in (".pdf", ".html", ".docx"):
            raise UsageError("{file}: a certificate is a .pdf, .html or .docx file", file=file)
        if not file.resolve().parent.is_dir():
            raise UsageError("{folder}: the folder {parent} does not exist", folder=file, parent=file.parent)
    ready = read_prepared(prepared)

    def certified(number: int, sha256: str) -> dict[Path, bytes]:
        hammer = Hammer(ready.lot(lot_id), price, buyer, day, number, sha256)
        written = certificate(ready.auction, hammer, ready.packages, ready.simulated, output.words)
        return {file: report_bytes(written, file.suffix) for file in certificates}

    def propose(books: Books) -> list[Transfer]:
        return [settled(ready, lot_id, price, buyer, books)]

    # What would keep a certificate from being written must be known before the units change hands.
    certified(0, NO_LINE)
    (entry,) = append(ledger_file, propose, day, key).entries
    for file, content in certified(entry.number, entry.sha256).items():
        write_whole(file, content)
    hammer = Hammer(ready.lot(lot_id), price, buyer, day, entry.number, entry.sha256)
    output.say(
        output.translated(
            "Lot {lot}: {tonnes} t at {price} CNY/t, {total}, to {buyer}; entry {number} of the ledger",
            lot=lot_id,
            tonnes=f"{hammer.lot.tonnes:,}",
            price=price,
            total=total(output.words, hammer.total_cny),
            buyer=buyer,
            number=entry.number,
        )
    )
    for file in certificates:
        output.say(output.translated("Written: {file}", file=file))
    output.document(
        {
            "lot": lot_id,
            "tonnes_t_co2e": hammer.lot.tonnes,
            "price_cny_t": str(price),
            "total_cny": str(hammer.total_cny),
            "buyer": buyer,
            "entry": entry.number,
            "entry_sha256": entry.sha256,
        }
    )
