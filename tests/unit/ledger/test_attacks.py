"""Attacks on a ledger's file: what is changed is found, and the line is named.

Each attack changes a sound, signed ledger of six entries. Without a key the chain finds what was changed in
place; an attacker who computes the chain anew is found by the signatures, one who cuts off the tail by the
head that somebody kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mrv.errors import LedgerError
from mrv.evidence.keys import fingerprint
from mrv.ledger.book import append, head_findings, read_ledger
from mrv.ledger.chain import Limits, keys_by_fingerprint
from mrv.ledger.entries import NO_LINE, Entry
from tests.ledger_samples import DAY, KEY, OTHER_KEY, documents, issuance, ledger_of, rehashed, transfer

TRUSTED = keys_by_fingerprint([KEY.public_key()])
ACTS = [issuance(), *(transfer(first, first + 4) for first in (1, 11, 21, 31, 41))]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return ledger_of(tmp_path / "ledger.jsonl", ACTS, KEY)


def found(file: Path, **options: Any) -> set[tuple[str, str]]:
    return {(finding.where, finding.rule) for finding in read_ledger(file, **options).findings}


def test_the_ledger_is_sound_at_first(file: Path) -> None:
    assert found(file, keys=TRUSTED) == set()


CHANGES: dict[str, tuple[bytes, bytes]] = {
    "number of units": (b'"last":5,', b'"last":6,'),
    "account": (b'"to_account":"Buyer"', b'"to_account":"Thief"'),
    "kind": (b'"kind":"transfer"', b'"kind":"retirement"'),
    "day": (b'"date":"2021-03-01"', b'"date":"2021-03-02"'),
    "number": (b'"number":2,', b'"number":7,'),
    "series": (b"bay-2015", b"bay-2016"),
    "previous": (b'"previous":"', b'"previous":"f'),
    "schema": (b"mrv-ledger/1", b"mrv-ledger/2"),
    "signer": (b'"signer":"', b'"signer":"0'),
    "signature": (b'"signature":"', b'"signature":"0'),
    "key": (b'"from_account"', b'"from_acount"'),
    "space": (b'{"act"', b'{ "act"'),
    "escape": (b'"Buyer"', b'"\\u0042uyer"'),
    "fraction": (b'"last":5,', b'"last":5.0,'),
    "exponent": (b'"last":5,', b'"last":5e0,'),
    "text for a number": (b'"last":5,', b'"last":"5",'),
    "key twice": (b'"number":2,', b'"number":2,"number":2,'),
    "further key": (b'"number":2,', b'"number":2,"note":"",'),
    "NaN": (b'"last":5,', b'"last":NaN,'),
    "bad UTF-8": (b'"Buyer"', b'"Buy\xff"'),
    "long form of UTF-8": (b'"Buyer"', b'"Buy\xc0\xaf"'),
    "surrogate": (b'"Buyer"', b'"\\ud800"'),
    "NUL": (b'"Buyer"', b'"Bu\x00er"'),
    "byte order mark": (b'{"act"', b'\xef\xbb\xbf{"act"'),
    "carriage return": (b'"}\n', b'"}\r\n'),
    "empty line": (b'"}\n', b'"}\n\n'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_byte_is_found_and_its_line_named(name: str, file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    old, new = CHANGES[name]
    assert old in lines[1]
    lines[1] = lines[1].replace(old, new, 1)
    file.write_bytes(b"".join(lines))
    places = {where for where, _ in found(file)}
    assert places & {"ledger.jsonl:2", "ledger.jsonl:3"}, places
    with pytest.raises(LedgerError):
        append(file, lambda _: [transfer(51, 55)], DAY, KEY)


def test_every_single_byte_of_a_line_counts(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    second = lines[1]
    for position in range(len(second)):
        changed = bytearray(second)
        changed[position] ^= 0x01
        file.write_bytes(b"".join([lines[0], bytes(changed), *lines[2:]]))
        places = {where for where, _ in found(file)}
        assert places & {"ledger.jsonl:2", "ledger.jsonl:3"}, position


def test_a_changed_last_line_is_found_by_signature_or_head(file: Path) -> None:
    head = read_ledger(file).head
    lines = file.read_bytes().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b"Buyer", b"Thief")
    file.write_bytes(b"".join(lines))
    assert found(file, keys=TRUSTED) == {("ledger.jsonl:6", "ledger-signature")}
    assert [finding.rule for finding in head_findings(read_ledger(file), head)] == ["ledger-head"]


def test_lines_in_another_order_are_found(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]
    file.write_bytes(b"".join(lines))
    assert ("ledger.jsonl:3", "ledger-chain") in found(file)
    assert ("ledger.jsonl:3", "ledger-number") in found(file)


def test_a_line_taken_out_is_found(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2] + lines[3:]))
    assert {("ledger.jsonl:3", "ledger-chain"), ("ledger.jsonl:3", "ledger-number")} <= found(file)


def test_a_line_put_in_twice_is_found(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:2], *lines[1:]]))
    rules = {rule for where, rule in found(file) if where == "ledger.jsonl:3"}
    assert {"ledger-chain", "ledger-number", "units-not-there"} <= rules


def test_a_first_line_taken_out_is_found(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[1:]))
    assert ("ledger.jsonl:1", "ledger-chain") in found(file)


def test_a_tail_cut_off_at_a_line_shows_only_against_a_head_that_was_kept(file: Path) -> None:
    head = read_ledger(file).head
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:4]))
    cut = read_ledger(file, TRUSTED)
    assert cut.findings == ()
    assert [str(finding) for finding in head_findings(cut, head)] == [
        f"ledger.jsonl:4: no line has the hash {head}: lines from there on were cut off or written anew "
        "[ledger-head]"
    ]


def test_a_head_that_was_kept_is_found_again_after_more_entries(file: Path) -> None:
    head = read_ledger(file).head
    append(file, lambda _: [transfer(51, 55)], DAY, KEY)
    assert head_findings(read_ledger(file), head) == []


@pytest.mark.parametrize("kept", [1, 20, 200])
def test_a_tail_cut_off_within_a_line_is_found(kept: int, file: Path) -> None:
    content = file.read_bytes()
    last = content.rindex(b"\n", 0, -1) + 1
    file.write_bytes(content[: last + kept])
    assert found(file) == {("ledger.jsonl:6", "ledger-line-torn")}


def forged(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def apply(file: Path) -> None:
        entries = documents(file)
        change(entries[3])
        file.write_bytes(rehashed(entries))

    return apply


def test_a_chain_computed_anew_passes_without_a_key_and_is_found_with_it(file: Path) -> None:
    forged(lambda entry: entry["act"].update(to_account="Thief"))(file)
    assert found(file) == set()
    # The forger had to name new hashes in all later entries, which are signed, too.
    assert found(file, keys=TRUSTED) == {(f"ledger.jsonl:{n}", "ledger-signature") for n in (4, 5, 6)}


def test_a_ledger_signed_anew_by_another_key_is_found(file: Path) -> None:
    other = file.with_name("other.jsonl")
    ledger_of(other, ACTS, OTHER_KEY)
    findings = read_ledger(other, TRUSTED).findings
    assert {finding.where for finding in findings} == {f"other.jsonl:{n}" for n in range(1, 7)}
    assert fingerprint(OTHER_KEY.public_key()) in str(findings[0])


def test_a_signature_by_another_key_under_the_trusted_name_is_found(file: Path) -> None:
    entries = documents(file)
    entry = Entry.model_validate_json(json.dumps({**entries[5], "signature": None}))
    entries[5]["signature"] = OTHER_KEY.sign(entry.signed_bytes).hex()
    file.write_bytes(rehashed(entries))
    assert found(file, keys=TRUSTED) == {("ledger.jsonl:6", "ledger-signature")}


def test_a_signature_of_another_entry_is_found(file: Path) -> None:
    entries = documents(file)
    entries[5]["signature"] = entries[4]["signature"]
    file.write_bytes(rehashed(entries))
    assert found(file, keys=TRUSTED) == {("ledger.jsonl:6", "ledger-signature")}


def test_signatures_that_stop_are_found_even_without_a_key(file: Path) -> None:
    entries = documents(file)
    entries[5] |= {"signature": None, "signer": None}
    file.write_bytes(rehashed(entries))
    assert found(file) == {("ledger.jsonl:6", "ledger-signature")}


def test_an_unsigned_ledger_is_refused_where_a_key_is_asked(tmp_path: Path) -> None:
    file = ledger_of(tmp_path / "ledger.jsonl", ACTS)
    assert found(file) == set()
    assert {rule for _, rule in found(file, keys=TRUSTED)} == {"ledger-signature"}


def test_a_zero_first_hash_is_the_only_one() -> None:
    assert NO_LINE == "0" * 64


HOSTILE: dict[str, bytes] = {
    "deep lists": b"[" * 200_000,
    "deep mappings": b'{"a":' * 200_000,
    "huge number": b'{"number":' + b"9" * 1_000_000 + b"}",
    "huge number among the keys": b'{"act":{},"number":' + b"9" * 5_000 + b',"schema":"mrv-ledger/1"}',
    "long text": b'"' + b"a" * 1_000_000 + b'"',
    "no JSON": b"\x00" * 1000,
    "another document": b'{"schema":"mrv-results/1"}',
    "a number": b"1",
    "nothing": b"",
    "many keys": b"{" + b",".join(b'"k%d":0' % n for n in range(50_000)) + b"}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_lines_are_told_in_few_words(name: str, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(HOSTILE[name] + b"\n")
    findings = read_ledger(file).findings
    assert 1 <= len(findings) <= 5
    assert all(finding.where == "ledger.jsonl:1" for finding in findings)
    assert max(len(str(finding)) for finding in findings) < 400


def test_format_fields_in_a_series_stay_text(tmp_path: Path) -> None:
    entries = [json.loads(Entry(number=1, previous=NO_LINE, date=DAY, act=act).line) for act in ACTS[:1]]
    entries[0]["act"]["vintages"][0]["series"] = "MRV-SIM-{first.__class__}-{first}-{last}"
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(rehashed(entries))
    read = read_ledger(file)
    assert read.books.holdings()[0].units.serial == "MRV-SIM-{first.__class__}-1-100"


def test_a_ledger_beyond_its_bounds_is_read_no_further(file: Path) -> None:
    assert found(file, limits=Limits(entries=3)) == {("ledger.jsonl:4", "ledger-too-large")}
    assert found(file, limits=Limits(entries=6)) == set()
    line = max(map(len, file.read_bytes().splitlines(keepends=True)))
    assert found(file, limits=Limits(line_bytes=line)) == set()
    assert ("ledger.jsonl:1", "ledger-too-large") in found(file, limits=Limits(line_bytes=line - 1))


def test_one_endless_line_is_bounded(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    with file.open("wb") as stream:
        stream.truncate(2**40)  # a sparse file: a terabyte of zeros in one line
    try:
        assert found(file) == {("ledger.jsonl:1", "ledger-too-large")}
    finally:
        file.unlink()  # nobody else may stumble over it


def test_all_faults_are_told_together(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"Buyer", b"Thief")
    lines[3] = b"{}\n"
    lines[5] = lines[5].replace(b'"last":45', b'"last":999')
    file.write_bytes(b"".join(lines))
    assert {where for where, _ in found(file)} >= {f"ledger.jsonl:{n}" for n in (3, 4, 5, 6)}
