"""Rows that registries published: each comes into a ledger and closes, or is left out with the reason."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from mrv.errors import InputError, UsageError
from mrv.ledger.accounts import Balance, Books
from mrv.ledger.book import append, sound_ledger
from mrv.ledger.registry_columns import REGISTRIES
from mrv.ledger.registry_import import Imported, Tables, import_tables

DAY = date(2026, 5, 1)


@pytest.fixture(scope="module")
def samples(shared: Path) -> Path:
    """Tables of registries as OffsetsDB collects them."""
    return shared / "data/registry/offsets_db_samples"


def tables_of(samples: Path, folder: str) -> Tables:
    own = samples / folder
    if folder == "verra":
        return Tables(own / "transactions.csv")
    cancelled = own / "cancellations.csv"
    return Tables(own / "issuances.csv", own / "retirements.csv", cancelled if cancelled.exists() else None)


FOLDERS = {
    "car": "climate-action-reserve",
    "acr": "american-carbon-registry",
    "gold-standard": "gold-standard",
    "verra": "verra",
}


def imported(name: str, samples: Path, file: Path) -> tuple[Imported, Books]:
    found = import_tables(REGISTRIES[name], tables_of(samples, FOLDERS[name]))
    append(file, lambda _: found.acts, DAY)
    read = sound_ledger(file)
    return found, read.books


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_san_crisanto_closes(samples: Path, tmp_path: Path) -> None:
    """CAR1428, 2025: 3,713 issued less 1,082 in the buffer are the 2,631 that were retired."""
    found, books = imported("car", samples, tmp_path / "ledger.jsonl")
    balances = [balance for balance in books.balances() if balance.project == "CAR1428"]
    assert balances == [Balance("CAR1428", 2025, 3713, 0, 2631, 0, 1082)]
    assert 3713 - 1082 == 2631
    retired = [
        held.units.serial for held in books.holdings(kind="retired") if held.facts.project == "CAR1428"
    ]
    assert retired == ["CAR-1-MX-1428-42-993-YC-2025-10041-1 to 2631"]
    left_out = [str(finding) for finding in found.left_out if "CAR1428" in str(finding)]
    assert left_out == [
        f"retirements.csv:{row}: no row of the issuances has project CAR1428 and vintage 2024 [registry-row]"
        for row in (66, 67)
    ]


@pytest.mark.parametrize("name", FOLDERS)
def test_every_row_comes_in_and_closes_or_is_told(name: str, samples: Path, tmp_path: Path) -> None:
    found, books = imported(name, samples, tmp_path / "ledger.jsonl")
    tables = tables_of(samples, FOLDERS[name])
    files = [file for file in (tables.issuances, tables.retirements, tables.cancellations) if file]
    counts = {file.name: len(rows(file)) for file in files}
    assert found.rows == sum(counts.values())
    taken = {(act.origin.file, act.origin.row) for act in found.acts}  # type: ignore[union-attr]
    told = {tuple(finding.where.split(":")) for finding in found.left_out}
    told_rows = {(file, int(row)) for file, row in told}
    assert taken | told_rows == {(file, n) for file, count in counts.items() for n in range(2, count + 2)}
    assert taken & told_rows == set()
    assert all(balance.closes for balance in books.balances())


def test_verra_s_rows_all_come_in_with_their_serials(samples: Path, tmp_path: Path) -> None:
    found, books = imported("verra", samples, tmp_path / "ledger.jsonl")
    assert (found.rows, found.left_out) == (200, ())
    published = rows(samples / "verra/transactions.csv")
    issued = [act.credits.serial for act in found.acts if act.kind == "registry_issuance" and act.credits]
    assert Counter(issued) == Counter(row["Serial Number"] for row in published)
    tonnes = sum(int(row["Quantity Issued"].replace(",", "")) for row in published)
    retired = sum(
        int(row["Quantity Issued"].replace(",", ""))
        for row in published
        if row["Retirement/Cancellation Date"]
    )
    assert sum(balance.issued_t_co2e for balance in books.balances()) == tonnes == 4_029_227
    assert sum(balance.retired_t_co2e for balance in books.balances()) == retired


def test_totals_of_the_reserve_are_those_of_its_tables(samples: Path, tmp_path: Path) -> None:
    _, books = imported("car", samples, tmp_path / "ledger.jsonl")
    published = rows(samples / "climate-action-reserve/issuances.csv")
    issued = sum(int(row["Total Offset Credits Issued"]) for row in published)
    buffer = sum(float(row["Offset Credits Currently in Reserve Buffer Pool"] or 0) for row in published)
    assert sum(balance.issued_t_co2e for balance in books.balances()) == issued
    assert sum(balance.buffer_t_co2e for balance in books.balances()) == buffer


def test_rows_cannot_come_in_twice(samples: Path, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    found, _ = imported("verra", samples, file)
    before = file.read_bytes()
    with pytest.raises(InputError) as refused:
        append(file, lambda _: found.acts, DAY)
    assert {finding.rule for finding in refused.value.findings} >= {"units-issued-twice"}
    assert file.read_bytes() == before


def changed(samples: Path, folder: Path, table: str, old: str, new: str) -> Tables:
    """Tables of the reserve, one of them changed."""
    source = samples / "climate-action-reserve"
    for name in ("issuances.csv", "retirements.csv"):
        text = (source / name).read_text(encoding="utf-8-sig")
        if name == table:
            assert re.search(old, text)
            text = re.sub(old, new, text, count=1)
        (folder / name).write_text(text, encoding="utf-8")
    return Tables(folder / "issuances.csv", folder / "retirements.csv")


CHANGES = {
    "one unit too many": (
        "retirements.csv",
        r"10041-1 to 2631,2631,",
        "10041-1 to 2632,2632,",
        "in no issuance",
    ),
    "another count": (
        "retirements.csv",
        r"10041-1 to 2631,2631,",
        "10041-1 to 2631,2630,",
        "holds 2631 units",
    ),
    "no serial": ("retirements.csv", r"CAR-1-MX-1428-42-993-YC-2025-10041-1 to 2631", "sold", "no serial"),
    "no count": ("retirements.csv", r"10041-1 to 2631,2631,", "10041-1 to 2631,many,", "whole number"),
    "half a unit": ("retirements.csv", r"10041-1 to 2631,2631,", "10041-1 to 2631,2631.5,", "whole number"),
    "more buffer than units": ("issuances.csv", r"2025,3713,,1082\.0", "2025,3713,,3714.0", "3714 of them"),
    "no day": ("issuances.csv", r"03/25/2026,CAR1428", "soon,CAR1428", "is not a day"),
    "no year": ("issuances.csv", r"Initial,2025,3713", "Initial,last,3713", "is not a year"),
    "hidden sign": (
        "retirements.csv",
        r"ClimateSeed,On Behalf",
        "Climate\u202eSeed,On Behalf",
        "cannot be seen",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_row_that_does_not_close_is_told(name: str, samples: Path, tmp_path: Path) -> None:
    table, old, new, reason = CHANGES[name]
    found = import_tables(REGISTRIES["car"], changed(samples, tmp_path, table, old, new))
    assert any(finding.where.startswith(table) and reason in str(finding) for finding in found.left_out), (
        found.left_out
    )
    assert all(finding.rule == "registry-row" for finding in found.left_out)


def test_another_table_is_refused(samples: Path) -> None:
    with pytest.raises(UsageError, match="no table of Verra: it has no column"):
        import_tables(REGISTRIES["verra"], Tables(samples / "climate-action-reserve/issuances.csv"))
