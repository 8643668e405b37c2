"""``mrv ledger``: what people and programs are told, and the exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from spoiled import mrv

from mrv.evidence.keys import public_pem, write_new_key
from mrv.ledger.book import read_ledger
from mrv.ledger.entries import Entry
from tests.ledger_samples import BUYER, DAY, KEY, OWNER, issuance, ledger_of, rehashed, series

DATE = ("--date", "2021-04-01")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return ledger_of(tmp_path / "ledger.jsonl", [issuance(years=(2015, 2016))])


def told(*arguments: str | Path) -> dict[str, Any]:
    """JSON document of a command that ends well."""
    result = mrv("ledger", *arguments, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def places(file: Path) -> dict[str, str]:
    """Where each block is."""
    return {unit["serial"]: f"{unit['place']} {unit['name']}" for unit in told("show", file)["units"]}


def refused(code: int, *arguments: str | Path) -> str:
    """What a command that ends with a code says, in one line."""
    result = mrv("ledger", *arguments)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return " ".join((result.stderr or result.stdout).split())


def serial(first: int, last: int, year: int = 2015) -> str:
    return f"MRV-SIM-stated-bay-{year}-{first}-{last}"


def test_units_go_from_hand_to_hand_and_out_of_the_market(file: Path) -> None:
    told("transfer", file, "--from", OWNER, "--to", BUYER, "--tonnes", "130", *DATE)
    told(
        "retire",
        file,
        "--from",
        BUYER,
        "--beneficiary",
        "City",
        "--reason",
        "2020",
        "--units",
        serial(1, 40),
        *DATE,
    )
    told("cancel", file, "--from", BUYER, "--reason", "a mistake", "--units", serial(41, 50), *DATE)
    assert places(file) == {
        serial(1, 40): "retired 3",
        serial(41, 50): "cancelled 4",
        serial(51, 100): f"account {BUYER}",
        serial(101, 120): "buffer bay",
        serial(1, 30, 2016): f"account {BUYER}",
        serial(31, 100, 2016): f"account {OWNER}",
        serial(101, 120, 2016): "buffer bay",
    }


def test_tonnes_can_be_of_one_project_and_year(file: Path) -> None:
    document = told(
        *("transfer", file, "--from", OWNER, "--to", BUYER),
        *("--tonnes", "5", "--project", "bay", "--vintage", "2016", *DATE),
    )
    assert document["entries"][0]["act"]["units"] == [{"series": series(vintage=2016), "first": 1, "last": 5}]
    assert document["head"] == read_ledger(file).head


def test_a_loss_takes_the_buffer_and_owes_the_rest(file: Path) -> None:
    told(
        "buffer", "release", file, "--of", "bay", "--to", OWNER, "--document", "D 7", "--tonnes", "15", *DATE
    )
    result = mrv(
        "ledger", "buffer", "reverse", file, "--of", "bay", "--tonnes", "30", "--document", "fire", *DATE
    )
    assert result.exit_code == 0, result.output
    assert "The buffer does not suffice: bay owes 5 t CO₂e." in result.stdout
    shown = told("show", file)
    assert shown["owed_t_co2e"] == {"bay": 5}
    assert [balance["buffer_t_co2e"] for balance in shown["balances"]] == [0, 0]
    again = (
        "buffer",
        "release",
        file,
        "--of",
        "bay",
        "--to",
        OWNER,
        "--document",
        "D 8",
        "--tonnes",
        "1",
        *DATE,
    )
    assert "[units-lacking]" in refused(2, *again)
    told("cancel", file, "--from", OWNER, "--reason", "made good", "--settles", "bay", "--tonnes", "5", *DATE)
    assert told("show", file)["owed_t_co2e"] == {}


def test_balances_and_accounts_are_shown(file: Path) -> None:
    mrv("ledger", "transfer", file, "--from", OWNER, "--to", BUYER, "--tonnes", "130", *DATE)
    result = mrv("ledger", "show", file, "-v", "--history")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    for line in (
        "bay 2015 120 100 0 0 20",
        "bay 2016 120 100 0 0 20",
        "all 240 200 0 0 40",
        "Buyer bay 130",
        "Owner bay 70",
        f"{serial(1, 30, 2016)} 30 account Buyer",
        "2 2021-04-01 transfer 130 –",
        "These units are SIMULATED; no registry knows them.",
        f"Entries: 2, the last of 2021-04-01. Head of the ledger: {read_ledger(file).head}",
    ):
        assert line in lines, result.stdout


def test_it_speaks_chinese(file: Path) -> None:
    result = mrv("ledger", "show", file, "--lang", "zh")
    for words in ("余额", "年份", "已注销", "缓冲账户", "台账链头", "模拟单位"):
        assert words in result.stdout
    result = mrv("ledger", "verify", file, "--lang", "zh")
    assert "台账成立。条目：1 条" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("transfer", "--from", OWNER, "--to", BUYER, "--tonnes", "201"), "units-lacking"),
        (("transfer", "--from", "Nobody", "--to", BUYER, "--tonnes", "1"), "units-lacking"),
        (("transfer", "--from", OWNER, "--to", BUYER, "--units", "MRV-x-1-2"), "serial-unknown"),
        (("transfer", "--from", OWNER, "--to", BUYER, "--units", serial(100, 101)), "units-not-there"),
        (("transfer", "--from", OWNER, "--to", "Buy\u202eer", "--tonnes", "1"), "ledger-text"),
        (("retire", "--from", OWNER, "--beneficiary", "", "--reason", "x", "--tonnes", "1"), "ledger-text"),
        (
            ("cancel", "--from", OWNER, "--reason", "x", "--settles", "bay", "--tonnes", "1"),
            "settles-too-much",
        ),
        (("buffer", "reverse", "--of", "cape", "--tonnes", "1", "--document", "x"), "reversal-above-issued"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    arguments: tuple[str, ...], rule: str, file: Path
) -> None:
    before = file.read_bytes()
    assert f"[{rule}]" in refused(2, *arguments, file, *DATE)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tonnes", "1", "--units", serial(1, 1), *DATE), "either by --units or by --tonnes"),
        (DATE, "either by --units or by --tonnes"),
        (("--tonnes", "1", "--date", "1 May"), "YYYY-MM-DD"),
        (("--tonnes", "1", *DATE, "--key", "none.pem"), "none.pem"),
    ],
)
def test_requests_that_mean_nothing_are_refused(arguments: tuple[str, ...], words: str, file: Path) -> None:
    assert words in refused(2, "transfer", file, "--from", OWNER, "--to", BUYER, *arguments)


def test_days_do_not_run_backwards(file: Path) -> None:
    arguments = ("transfer", file, "--from", OWNER, "--to", BUYER, "--tonnes", "1", "--date", "2021-02-28")
    assert f"2021-02-28 lies before {DAY}" in refused(2, *arguments)


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A ledger with one signed entry, its private and its public key."""
    private, public = tmp_path / "key.pem", tmp_path / "key.pub"
    key = write_new_key(private)
    public.write_bytes(public_pem(key))
    file = tmp_path / "ledger.jsonl"
    from mrv.evidence.keys import read_private_key

    ledger_of(file, [issuance()], read_private_key(private))
    return file, private, public


def test_entries_are_signed_and_the_signatures_checked(signed: tuple[Path, Path, Path]) -> None:
    file, private, public = signed
    arguments = ("transfer", file, "--from", OWNER, "--to", BUYER, "--tonnes", "1", *DATE)
    assert "name the key with --key" in refused(2, *arguments)
    told(*arguments, "--key", private)
    verified = mrv("ledger", "verify", file, "--key", public)
    assert verified.exit_code == 0
    assert "Every entry is signed by a key that you named." in verified.stdout
    unchecked = mrv("ledger", "verify", file)
    assert "No signature was checked" in unchecked.stdout


def test_a_forged_chain_is_found_by_key_or_head(signed: tuple[Path, Path, Path], tmp_path: Path) -> None:
    file, private, public = signed
    told("transfer", file, "--from", OWNER, "--to", BUYER, "--tonnes", "9", *DATE, "--key", private)
    head = read_ledger(file).head
    documents = [json.loads(line) for line in file.read_bytes().splitlines()]
    documents[1]["act"]["to_account"] = "Thief"
    file.write_bytes(rehashed(documents))
    assert mrv("ledger", "verify", file).exit_code == 0
    assert "ledger.jsonl:2: the signature is not one of" in refused(3, "verify", file, "--key", public)
    assert "ledger.jsonl:2: no line has the hash" in refused(3, "verify", file, "--head", head)
    other = tmp_path / "other.pub"
    other.write_bytes(public_pem(KEY.public_key()))
    assert "none of the trusted keys" in refused(3, "verify", file, "--key", other)


def test_a_broken_ledger_is_told_line_by_line_and_takes_nothing(file: Path) -> None:
    told("transfer", file, "--from", OWNER, "--to", BUYER, "--tonnes", "9", *DATE)
    file.write_bytes(file.read_bytes().replace(b'"Owner","area"', b'"Thief","area"'))
    result = mrv("ledger", "verify", file, "--json")
    assert result.exit_code == 3
    findings = json.loads(result.stdout)["findings"]
    assert {(finding["where"], finding["rule"]) for finding in findings} == {
        ("ledger.jsonl:2", "ledger-chain"),
        ("ledger.jsonl:2", "units-not-there"),
    }
    before = file.read_bytes()
    transfer = ("transfer", file, "--from", "Thief", "--to", BUYER, "--tonnes", "1", *DATE)
    assert "[ledger-chain]" in refused(3, *transfer)
    assert "[ledger-chain]" in refused(3, "show", file)
    assert file.read_bytes() == before


def test_a_torn_line_is_mended_on_request(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"act":')
    assert "ledger.jsonl:2: the line has no end" in refused(3, "verify", file)
    result = mrv("ledger", "verify", file, "--repair")
    assert result.exit_code == 0
    assert "The last line was mended: 7 bytes taken away." in result.stdout
    assert file.read_bytes() == whole
    assert "nothing to mend" in refused(2, "verify", file, "--repair")


def exported(file: Path, *arguments: str) -> list[dict[str, str]]:
    target = file.with_name("units.csv")
    result = mrv("ledger", "export", file, "-o", target, *arguments)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))


def test_units_are_exported(file: Path) -> None:
    told(
        "retire",
        file,
        "--from",
        OWNER,
        "--beneficiary",
        "=1+1",
        "--reason",
        "@SUM(1)",
        "--tonnes",
        "40",
        *DATE,
    )
    rows = exported(file)
    assert [(row["serial"], row["status"], row["tonnes_t_co2e"]) for row in rows[:3]] == [
        (serial(1, 40), "retired", "40"),
        (serial(41, 100), "account", "60"),
        (serial(101, 120), "buffer", "20"),
    ]
    assert rows[0]["beneficiary"] == "'=1+1"  # no spreadsheet takes it for a formula
    assert rows[0]["reason"] == "'@SUM(1)"
    assert rows[0]["date"] == "2021-04-01"
    assert {row["simulated"] for row in rows} == {"true"}
    assert sum(int(row["tonnes_t_co2e"]) for row in rows) == 240


def test_units_are_exported_in_the_words_of_the_cad_trust(file: Path) -> None:
    told(
        "retire", file, "--from", OWNER, "--beneficiary", "City", "--reason", "2020", "--tonnes", "40", *DATE
    )
    assert "--link and --country" in refused(
        2, "export", file, "-o", file.with_name("x.csv"), "--form", "cadt-1"
    )
    link = "https://example.org/ledger"
    one = exported(file, "--form", "cadt-1", "--link", link, "--country", "China")[0]
    assert one == {
        "unitOwner": "",
        "countryJurisdictionOfOwner": "China",
        "unitBlockStart": "1",
        "unitBlockEnd": "40",
        "unitCount": "40",
        "vintageYear": "2015",
        "unitType": "Removal - nature",
        "unitTags": "simulated",
        "unitStatus": "Retired",
        "unitStatusReason": "2020",
        "unitRegistryLink": link,
        "correspondingAdjustmentDeclaration": "Unknown",
        "correspondingAdjustmentStatus": "Not Started",
    }
    two = exported(file, "--form", "cadt-2")[1]
    assert (two["unitSerialId"], two["unitStartBlock"], two["unitEndBlock"]) == (serial(41, 100), "41", "100")
    assert (two["unitStatus"], two["unitCurrentOwner"]) == ("Held", OWNER)


ISSUED = """\
Issuance Date,Vintage Start,ID,Methodology,Quantity Issued,Serial Number,Retirement/Cancellation Date,\
Retirement Beneficiary,Retirement Reason
2026-04-03,2020-01-01,1340,VM0015,"1,000",19385-1001-2000-VCS-VCU-1507-0,2026-04-10,City,Offset
2026-04-03,2020-01-01,1340,VM0015,999,19385-2001-3000-VCS-VCU-1507-0,,,
"""


def test_rows_of_another_registry_are_taken_over(tmp_path: Path) -> None:
    table, file = tmp_path / "transactions.csv", tmp_path / "ledger.jsonl"
    table.write_text(ISSUED, encoding="utf-8")
    result = mrv("ledger", "import", file, "--registry", "verra", "--issuances", table, *DATE)
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "1340 2020 1,000 0 1,000 0 0" in lines
    assert (
        "transactions.csv:3: Serial Number: 19385-2001-3000-VCS-VCU-1507-0 holds 1000 units, the row says "
        "999 [registry-row]" in lines
    )
    assert "Rows: 2; entries written: 2; rows left out, each with its reason: 1" in lines
    entry = Entry.model_validate_json(file.read_bytes().splitlines()[1])
    assert entry.act.origin is not None  # type: ignore[union-attr]
    assert exported(file)[0]["date"] == "2026-04-10"
