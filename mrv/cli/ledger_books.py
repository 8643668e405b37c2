"""``mrv ledger show|verify|export|import``: reading a ledger, checking it, and tables in and out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.ledger_options import writing_options
from mrv.cli.output import Output, finding_record, output_options

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mrv.ledger.accounts import Held
    from mrv.ledger.chain import Keys

ledger_argument = click.argument("ledger_file", metavar="LEDGER", type=click.Path(path_type=Path))


def _keys(files: tuple[Path, ...]) -> Keys:
    """Keys that entries may be signed by; an empty mapping where none was named."""
    from mrv.evidence.keys import read_public_key
    from mrv.ledger.chain import keys_by_fingerprint

    return keys_by_fingerprint([read_public_key(file) for file in files])


@click.command(cls=TranslatedCommand)
@ledger_argument
@click.option("--account", cls=TranslatedOption, metavar="NAME", help="Only units of this account.")
@click.option("--project", cls=TranslatedOption, metavar="ID", help="Only units of this project.")
@click.option("--history", cls=TranslatedOption, is_flag=True, help="Every entry, too.")
@output_options
def show(ledger_file: Path, account: str | None, project: str | None, history: bool, output: Output) -> None:
    """Show balances and accounts of a ledger, its blocks of units with -v."""
    from mrv.cli.ledger_text import say_accounts, say_balances, say_history, say_units
    from mrv.ledger.book import read_entries, sound_ledger

    read = sound_ledger(ledger_file)
    held = [
        one
        for one in read.books.holdings()
        if project in (None, one.facts.project)
        and (account is None or (one.place.kind, one.place.name) == ("account", account))
    ]
    if account is None:
        say_balances(output, read.books, project)
    say_accounts(output, held)
    if output.verbosity > 0:
        say_units(output, held)
    if history:
        say_history(output, read_entries(ledger_file))
    if any(facts.simulated for facts in read.books.facts.values()):
        output.say(output.translated("These units are SIMULATED; no registry knows them."))
    output.say(
        output.translated(
            "Entries: {count}, the last of {day}. Head of the ledger: {head}",
            count=read.books.count,
            day=read.books.last_day or "–",
            head=read.head,
        )
    )
    output.document(
        {
            "ledger": str(ledger_file),
            "entries": read.books.count,
            "head": read.head,
            "balances": [balance._asdict() for balance in read.books.balances()],
            "owed_t_co2e": {name: owed for name, owed in sorted(read.books.owed_t_co2e.items()) if owed},
            "units": [_unit_record(one) for one in held],
        }
    )


def _unit_record(held: Held) -> dict[str, object]:
    return {
        "serial": held.units.serial,
        "first": held.units.first,
        "last": held.units.last,
        "tonnes_t_co2e": held.units.count,
        "project": held.facts.project,
        "methodology": held.facts.methodology,
        "vintage": held.facts.vintage,
        "simulated": held.facts.simulated,
        "place": held.place.kind,
        "name": held.place.name,
    }


@click.command(cls=TranslatedCommand)
@ledger_argument
@click.option(
    "--key",
    "key_files",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Public key that entries must be signed by; may be given several times.",
)
@click.option(
    "--head",
    cls=TranslatedOption,
    metavar="HASH",
    help="Hash that was once the head: without it, nobody can tell that the last lines were cut off.",
)
@click.option(
    "--repair",
    "mend",
    cls=TranslatedOption,
    is_flag=True,
    help="First take away a last line that writing was broken off at.",
)
@output_options
def verify(
    ledger_file: Path, key_files: tuple[Path, ...], head: str | None, mend: bool, output: Output
) -> None:
    """Check every line of a ledger: chain, signatures, and all that an entry must keep to.

    Ends with 3 if anything is wrong, and names every line.
    """
    from mrv.ledger.book import head_findings, read_ledger, repair

    taken_away = None
    if mend:
        taken_away = len(repair(ledger_file))
        output.say(output.translated("The last line was mended: {count} bytes taken away.", count=taken_away))
    keys = _keys(key_files)
    read = read_ledger(ledger_file, keys)
    findings = [*read.findings, *(head_findings(read, head.lower()) if head else [])]
    for finding in findings:
        output.say(output.finding(finding))
    if findings:
        output.say(output.translated("The ledger does not stand. Findings: {count}", count=len(findings)))
    else:
        output.say(
            output.translated(
                "The ledger stands. Entries: {count}, the last of {day}.",
                count=read.books.count,
                day=read.books.last_day or "–",
            ),
            output.translated("Every entry is signed by a key that you named.")
            if keys
            else output.translated(
                "No signature was checked: name a key with --key. Without it, whoever computes the chain "
                "anew can alter everything."
            ),
            output.translated("The head that you kept is in it.")
            if head
            else output.translated(
                "Whether last lines were cut off was not checked: name a head that you kept with --head."
            ),
            output.translated("Head of the ledger: {head}", head=read.head),
        )
    output.document(
        {
            "ledger": str(ledger_file),
            "entries": read.books.count,
            "head": read.head,
            "keys": sorted(keys),
            "kept_head": head,
            "bytes_taken_away": taken_away,
            "findings": [finding_record(finding) for finding in findings],
        }
    )
    if findings:
        raise SystemExit(3)


@click.command(cls=TranslatedCommand)
@ledger_argument
@click.option(
    "-o",
    "--output",
    "target",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    required=True,
    help="CSV file to write.",
)
@click.option(
    "--form",
    cls=TranslatedOption,
    type=click.Choice(("csv", "cadt-1", "cadt-2")),
    default="csv",
    show_default=True,
    help="Columns of our own, or those of the CAD Trust's data model 1 or 2.",
)
@click.option(
    "--link",
    cls=TranslatedOption,
    metavar="URL",
    default="",
    help="Of the CAD Trust: where the ledger can be looked up.",
)
@click.option(
    "--country",
    cls=TranslatedOption,
    metavar="NAME",
    default="",
    help="Of the CAD Trust, data model 1: country of who holds the units.",
)
@output_options
def export(ledger_file: Path, target: Path, form: str, link: str, country: str, output: Output) -> None:
    """Write the units of a ledger to a table, one block a row."""
    from mrv.errors import UsageError
    from mrv.ledger.book import read_entries, sound_ledger
    from mrv.ledger.export import FORMS, RegistryFacts, endings_of, units_table
    from mrv.run.outputs import write_whole

    if form == "cadt-1" and not (link and country):
        raise UsageError("data model 1 of the CAD Trust asks for --link and --country")
    chosen = next(one for one in FORMS if one == form)
    read = sound_ledger(ledger_file)
    endings = endings_of(read_entries(ledger_file))
    write_whole(target, units_table(read.books, endings, chosen, RegistryFacts(link, country)))
    blocks = len(read.books.holdings())
    output.say(
        output.translated("Blocks of units: {count}, written to {file}", count=blocks, file=str(target))
    )
    output.document({"file": str(target), "form": form, "blocks": blocks})


@click.command("import", cls=TranslatedCommand)
@writing_options
@click.option(
    "--registry",
    "registry_name",
    cls=TranslatedOption,
    type=click.Choice(("car", "acr", "gold-standard", "verra")),
    required=True,
    help="Registry that published the tables.",
)
@click.option(
    "--issuances",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="CSV table of issuances; Verra's one table of transactions.",
)
@click.option(
    "--retirements",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="CSV table of retirements.",
)
@click.option(
    "--cancellations",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="CSV table of cancellations.",
)
def import_rows(
    ledger_file: Path,
    registry_name: str,
    issuances: Path,
    retirements: Path | None,
    cancellations: Path | None,
    day: date,
    key: Ed25519PrivateKey | None,
    output: Output,
) -> None:
    """Take rows of another registry's tables over into a ledger; every row that does not close is named."""
    from mrv.cli.ledger_text import say_balances
    from mrv.ledger.book import append
    from mrv.ledger.registry_columns import REGISTRIES
    from mrv.ledger.registry_import import Tables, import_tables

    imported = import_tables(REGISTRIES[registry_name], Tables(issuances, retirements, cancellations))
    appended = append(ledger_file, lambda _: imported.acts, day, key)
    for finding in imported.left_out:
        output.say(output.finding(finding))
    say_balances(output, appended.books)
    output.say(
        output.translated(
            "Rows: {rows}; entries written: {entries}; rows left out, each with its reason: {left_out}",
            rows=imported.rows,
            entries=len(appended.entries),
            left_out=len(imported.left_out),
        ),
        output.translated("Head of the ledger: {head}", head=appended.head),
    )
    output.document(
        {
            "rows": imported.rows,
            "entries": len(appended.entries),
            "left_out": [finding_record(finding) for finding in imported.left_out],
            "balances": [balance._asdict() for balance in appended.books.balances()],
            "head": appended.head,
        }
    )
