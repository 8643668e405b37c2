"""Adding to a ledger: whole lines or none, in order, whoever else writes, wherever it breaks off."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from mrv.errors import InputError, LedgerError, UsageError
from mrv.ledger.book import append, free_units, read_entries, read_ledger, repair, sound_ledger
from tests.ledger_samples import BUYER, DAY, KEY, OWNER, REPOSITORY, issuance, ledger_of, transfer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return ledger_of(tmp_path / "ledger.jsonl", [issuance(credits=1000, buffer=0)])


def test_what_is_added_is_what_is_read(file: Path) -> None:
    appended = append(file, lambda _: [transfer(1, 5), transfer(6, 9)], DAY)
    read = sound_ledger(file)
    assert [entry.number for entry in appended.entries] == [2, 3]
    assert tuple(read_entries(file))[1:] == appended.entries
    assert read.head == appended.head
    assert read.books.holdings() == appended.books.holdings()


def test_free_units_are_those_in_accounts(file: Path) -> None:
    append(file, lambda _: [transfer(1, 5)], DAY)
    free = [(held.units.first, held.units.last, held.place.name) for held in free_units(sound_ledger(file))]
    assert free == [(1, 5, BUYER), (6, 1000, OWNER)]


def test_several_acts_are_added_all_or_none(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(InputError) as refused:
        append(file, lambda _: [transfer(1, 5), transfer(5, 6), transfer(1001, 1002)], DAY)
    assert [finding.where for finding in refused.value.findings] == ["ledger.jsonl:3", "ledger.jsonl:4"]
    assert file.read_bytes() == before


def test_a_refused_first_act_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        append(tmp_path / "new.jsonl", lambda _: [transfer(1, 5)], DAY)
    assert list(tmp_path.iterdir()) == []


def test_an_entry_too_large_to_be_read_again_is_not_written(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(InputError, match="16777216 bytes; this one has more"):
        append(file, lambda _: [issuance("cape", west=115.0, waivers=("x" * 499,) * 34_000)], DAY)
    assert file.read_bytes() == before


def test_a_signed_ledger_takes_no_unsigned_entry(tmp_path: Path) -> None:
    file = ledger_of(tmp_path / "ledger.jsonl", [issuance()], KEY)
    with pytest.raises(UsageError, match="name the key with --key"):
        append(file, lambda _: [transfer(1, 5)], DAY)


ADD_MANY = """
import sys
from pathlib import Path
from mrv.ledger.book import append
from tests.ledger_samples import DAY, transfer
file, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for number in range(first, last + 1):
    append(file, lambda _: [transfer(number, number)], DAY)
"""


def other_process(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE)


def test_two_processes_lose_and_double_nothing(file: Path) -> None:
    writers = [other_process(ADD_MANY, file, *span) for span in ((1, 100), (101, 200))]
    for writer in writers:
        _, stderr = writer.communicate()
        assert writer.returncode == 0, stderr
    read = sound_ledger(file)
    moved = [entry.act.units[0].first for entry in list(read_entries(file))[1:]]
    assert sorted(moved) == list(range(1, 201))
    assert read.books.balances()[0].closes


ADD_ONE_OF_ONE = """
import sys
from pathlib import Path
from mrv.errors import InputError
from mrv.ledger.book import append
from tests.ledger_samples import DAY, transfer
try:
    append(Path(sys.argv[1]), lambda _: [transfer(7, 7)], DAY)
except InputError:
    sys.exit(9)
"""


def test_two_processes_cannot_give_away_the_same_unit(file: Path) -> None:
    writers = [other_process(ADD_ONE_OF_ONE, file) for _ in range(2)]
    assert sorted(writer.wait() for writer in writers) == [0, 9]
    for writer in writers:
        writer.communicate()
    assert read_ledger(file).books.count == 2


WRITE_SLOWLY = """
import fcntl, sys, time
with open(sys.argv[1], "ab", buffering=0) as stream:
    fcntl.flock(stream, fcntl.LOCK_EX)
    line = bytes.fromhex(sys.argv[2])
    stream.write(line[:50])
    print("half of it", flush=True)
    time.sleep(0.5)
    stream.write(line[50:])
"""


def test_readers_wait_for_a_line_that_is_being_written(file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    again.write_bytes(file.read_bytes())
    line = append(again, lambda _: [transfer(1, 5)], DAY).entries[0].line
    command = [sys.executable, "-c", WRITE_SLOWLY, str(file), line.hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        assert read_ledger(file).findings == ()
    assert read_ledger(file).books.count == 2


def test_a_file_that_is_replaced_while_it_is_waited_for_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock

    def replaced(descriptor: int, operation: int) -> None:
        flock(descriptor, operation)
        if operation == fcntl.LOCK_EX:
            copy = file.with_name("copy.jsonl")
            copy.write_bytes(file.read_bytes())
            copy.replace(file)

    before = file.read_bytes()
    monkeypatch.setattr(fcntl, "flock", replaced)
    with pytest.raises(UsageError, match="was replaced"):
        append(file, lambda _: [transfer(1, 5)], DAY)
    assert file.read_bytes() == before


@pytest.mark.parametrize("room", [0, 1, 100])
def test_a_full_disk_leaves_the_ledger_as_it_was(room: int, file: Path) -> None:
    """A limit of the system on the file's size: the write is cut short in the middle of the line."""
    before = file.read_bytes()

    def add_beyond_the_limit(queue: multiprocessing.Queue[str]) -> None:
        limit = len(before) + room
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            append(file, lambda _: [transfer(1, 5)], DAY)
        except UsageError as error:
            queue.put(str(error))

    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[str] = context.Queue()
    process = context.Process(target=add_beyond_the_limit, args=(queue,))
    process.start()
    process.join()
    assert queue.get(timeout=5) == f"{file}: cannot be written: File too large"
    assert file.read_bytes() == before


@pytest.mark.parametrize("place", ["/sys/ledger.jsonl", "/proc/ledger.jsonl", "no/such/folder/ledger.jsonl"])
def test_a_folder_that_cannot_be_written_is_told(place: str, tmp_path: Path) -> None:
    file = Path(place) if place.startswith("/") else tmp_path / place
    with pytest.raises(UsageError, match="cannot be written"):
        append(file, lambda _: [issuance()], DAY)
    assert not file.exists()


@pytest.mark.parametrize("kept", [1, 40, -2])
def test_a_torn_line_is_told_refused_and_mended_on_request(kept: int, file: Path) -> None:
    whole = file.read_bytes()
    append(file, lambda _: [transfer(1, 5)], DAY)
    torn = file.read_bytes()[len(whole) :][:kept]
    file.write_bytes(whole + torn)
    with pytest.raises(LedgerError, match="writing it was broken off"):
        append(file, lambda _: [transfer(6, 7)], DAY)
    assert file.read_bytes() == whole + torn
    assert repair(file) == torn
    assert file.read_bytes() == whole
    append(file, lambda _: [transfer(6, 7)], DAY)
    assert sound_ledger(file).books.count == 2


def test_a_line_that_lacks_only_its_end_is_kept(file: Path) -> None:
    append(file, lambda _: [transfer(1, 5)], DAY)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert repair(file) == b""
    assert file.read_bytes() == whole


def test_a_whole_ledger_is_not_mended(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(UsageError, match="nothing to mend"):
        repair(file)
    assert file.read_bytes() == before


def test_an_empty_file_is_an_empty_ledger(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    file.touch()
    assert sound_ledger(file).books.count == 0
    append(file, lambda _: [issuance()], DAY)
    assert sound_ledger(file).books.count == 1


def test_reading_asks_for_a_file(tmp_path: Path) -> None:
    for wrong in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(UsageError, match="there is no such ledger"):
            read_ledger(wrong)


def test_a_line_reaches_the_disk_before_it_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def seen(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    append(file, lambda _: [transfer(1, 5)], DAY)
    assert synced == [file.stat().st_size]
