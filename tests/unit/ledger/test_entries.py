"""An entry is written in one way only, with standard tools able to follow the chain."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest
from pydantic import ValidationError

from mrv.ledger.book import read_ledger
from mrv.ledger.entries import NO_LINE, Entry, Transfer, canonical
from mrv.ledger.places import block
from tests.ledger_samples import DAY, KEY, SOUND_LEDGER, chained, issuance, ledger_of, series, transfer


def test_a_line_is_canonical_json() -> None:
    entry = Entry(number=1, previous=NO_LINE, date=date(2021, 3, 1), act=transfer(1, 5, "业主", "Käufer"))
    assert entry.line.decode() == (
        '{"act":{"from_account":"业主","kind":"transfer","to_account":"Käufer","units":[{"first":1,"last":5,'
        '"series":"MRV-SIM-stated-bay-2015-{first}-{last}"}]},"date":"2021-03-01","number":1,"previous":"'
        + NO_LINE
        + '","schema":"mrv-ledger/1","signature":null,"signer":null}\n'
    )


def test_a_line_reads_back_as_its_entry() -> None:
    for entry in chained([issuance(), transfer(1, 5)]):
        assert Entry.model_validate_json(entry.line) == entry


def test_a_ledger_that_was_written_once_is_written_alike_and_stands(tmp_path) -> None:
    acts = [issuance(), *(transfer(first, first + 4) for first in (1, 11, 21, 31, 41))]
    assert ledger_of(tmp_path / "ledger.jsonl", acts).read_bytes() == SOUND_LEDGER.read_bytes()
    assert read_ledger(SOUND_LEDGER).findings == ()


def test_keys_are_in_order_and_characters_escaped_as_rfc_8785_does() -> None:
    # RFC 8785, 3.2.2.2: what has a short escape gets it, other controls \u00xx, everything else stays.
    assert canonical({"b": 1, "a": '€"\\/\n\x0f'}) == '{"a":"€\\"\\\\/\\n\\u000f","b":1}\n'.encode()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Cafe\u0301", "normal form C"),
        ("Own\u202eer", "cannot be seen"),
        ("a\nb", "cannot be seen"),
        ("zero\u200bwidth", "cannot be seen"),
        (" Owner", "begins or ends"),
        ("", "at least 1"),
        ("x" * 501, "at most 500"),
    ],
)
def test_names_that_deceive_are_refused(name: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        transfer(1, 5, taker=name)


@pytest.mark.parametrize(
    ("first", "last"), [(0, 5), (-1, 5), (5, 4), (1, 10**12), (1.0, 2), ("1", 2), (True, 2)]
)
def test_only_whole_numbers_in_order_name_units(first: object, last: object) -> None:
    with pytest.raises(ValidationError):
        block(series(), first, last)  # type: ignore[arg-type]


def test_an_act_without_units_is_none() -> None:
    with pytest.raises(ValidationError):
        Transfer(units=(), from_account="a", to_account="b")


def test_the_chain_can_be_followed_with_sha256sum(tmp_path) -> None:
    file = ledger_of(tmp_path / "ledger.jsonl", [issuance(), transfer(1, 5), transfer(6, 9)])
    command = f"sed -n 2p {file} | sha256sum"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    third = Entry.model_validate_json(file.read_bytes().splitlines()[2])
    assert done.stdout.split()[0] == third.previous


def test_a_signature_can_be_checked_with_openssl(tmp_path) -> None:
    from mrv.evidence.keys import public_pem

    file = ledger_of(tmp_path / "ledger.jsonl", [issuance()], KEY)
    entry = Entry.model_validate_json(file.read_bytes())
    (tmp_path / "key.pem").write_bytes(public_pem(KEY.public_key()))
    (tmp_path / "message").write_bytes(entry.signed_bytes)
    (tmp_path / "signature").write_bytes(bytes.fromhex(str(entry.signature)))
    done = subprocess.run(
        [
            "openssl",
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            "key.pem",
            "-rawin",
            "-in",
            "message",
            "-sigfile",
            "signature",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
    assert entry.date == DAY
