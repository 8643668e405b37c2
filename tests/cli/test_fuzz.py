"""Seconds of what ``make fuzz`` does for minutes: no document makes a reader fall over."""

import itertools
import random
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import READERS, read
from tests.ledger_samples import SOUND_LEDGER


@pytest.mark.parametrize("name", READERS)
def test_bytes_of_any_kind_are_taken_or_refused(name):
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode(errors="ignore")))
    def taken_or_refused(content: bytes) -> None:
        read(READERS[name], content)

    taken_or_refused()


def spoiled(content: bytes, draw: random.Random) -> bytes:
    """A document with a few bytes changed, left out or doubled."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(changed))
        match draw.randrange(4):
            case 0:
                changed[at] = draw.randrange(256)
            case 1:
                del changed[at : at + draw.randint(1, 50)]
            case 2:
                changed[at:at] = changed[at : at + draw.randint(1, 50)]
            case 3:
                changed[at:at] = draw.choice(
                    (b"[", b"{", b"9" * 5000, b"\xff", b"\0", b": ", b"&a ", b"1e999")
                )
    return bytes(changed)


@pytest.mark.parametrize(
    ("name", "file", "count"),
    [("project file", "mrv.yaml", 25), ("table", "plots.csv", 60), ("raster", "canopy_height_2020.tif", 60)],
)
def test_spoiled_documents_are_taken_or_refused(sound, name, file, count):
    content = (sound / file).read_bytes()
    draw = random.Random(f"{name} 7")
    for _ in range(count):
        read(READERS[name], spoiled(content, draw))


def test_spoiled_ledgers_are_refused():
    content = SOUND_LEDGER.read_bytes()
    draw = random.Random(9)
    assert read(READERS["ledger"], content)
    whole = set(itertools.accumulate([b"", *content.splitlines(keepends=True)]))  # a tail cut off at a line
    for _ in range(150):
        broken = spoiled(content, draw)
        assert not read(READERS["ledger"], broken) or broken in whole


def test_spoiled_packages_are_refused(sealed, tmp_path):
    content = sealed.package.read_bytes()
    draw = random.Random(7)
    assert read(READERS["package"], content)
    refused = 0
    for _ in range(30):
        broken = spoiled(content, draw)
        refused += broken != content and not read(READERS["package"], broken)
    assert refused == 30


def test_spoiled_records_of_a_run_are_taken_or_refused(sealed):
    from mrv.evidence.archive import TOP

    with zipfile.ZipFile(sealed.package) as archive:
        record = archive.read(TOP + "data/results/run.json")
    draw = random.Random(8)
    for _ in range(60):
        read(READERS["json"], spoiled(record, draw))
