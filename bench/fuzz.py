"""Feed broken documents to every reader: by coverage where atheris is installed, else at random.

    python -m bench.fuzz SECONDS

Each reader gets so many seconds, in a process of its own. A document that makes one fall over is
written to the folder ``fuzz-findings``, and the exit code tells.
"""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data" / "demo"
FINDINGS = ROOT / "fuzz-findings"
LARGEST = 65_536
SEEDS = {
    "project file": [DEMO / "mrv.yaml"],
    "table": [DEMO / "plots.csv"],
    "raster": [DEMO / "canopy_height_2020.tif"],
    "json": [DEMO / "truth.json"],
    "ledger": [ROOT / "tests" / "unit" / "ledger" / "sound.jsonl"],
}
"""Sound documents to begin with."""

SCRATCH = b'{"a": [1, "b"]}\na,b\n1,2\n<VRTDataset/>PK\x05\x06' + bytes(18)


def spoiled(content: bytes, draw: random.Random) -> bytes:
    """A document with a few bytes changed, left out or doubled."""
    changed = bytearray(content or b"0")
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(changed) + 1)
        part = bytes(changed[at : at + draw.randint(1, 50)])
        if draw.random() < 0.5:
            changed[at : at + draw.randint(0, 20)] = draw.randbytes(draw.randint(0, 5)) + part
        else:
            del changed[at : at + len(part)]
            changed = changed or bytearray(b"0")
    return bytes(changed)


def at_random(reader: str, seconds: float) -> int:
    """Documents read at random; stops at the first that a reader falls over."""
    from tests.fuzzing import READERS, read

    draw = random.Random(reader)
    sound = [path.read_bytes() for path in SEEDS.get(reader, [])] or [SCRATCH]
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        content = spoiled(draw.choice(sound), draw)
        try:
            read(READERS[reader], content)
        except BaseException:
            FINDINGS.mkdir(exist_ok=True)
            (FINDINGS / f"{reader.replace(' ', '-')}.bin").write_bytes(content)
            raise
        count += 1
    return count


def by_coverage(reader: str, seconds: float) -> None:
    """Documents that lead to lines not seen before, by atheris; never returns."""
    import atheris

    with atheris.instrument_imports(include=["mrv", "ruamel", "zipfile", "csv", "json"]):
        from tests.fuzzing import READERS, WORK, read

    corpus = WORK / "corpus"
    corpus.mkdir()
    for path in SEEDS.get(reader, []):
        (corpus / path.name).write_bytes(path.read_bytes()[:LARGEST])
    (corpus / "scratch").write_bytes(SCRATCH)
    FINDINGS.mkdir(exist_ok=True)
    prefix = FINDINGS / f"{reader.replace(' ', '-')}-"
    options = [
        f"-max_total_time={seconds:.0f}",
        f"-max_len={LARGEST}",
        f"-artifact_prefix={prefix}",
        "-seed=7",
    ]
    atheris.Setup(
        [sys.argv[0], str(corpus), *options, "-print_final_stats=1"], lambda data: read(READERS[reader], data)
    )
    atheris.Fuzz()


def results(seconds: float) -> Iterator[tuple[str, int, str]]:
    """Reader, exit code and what was said of it."""
    from tests.fuzzing import READERS

    for reader in READERS:
        command = [sys.executable, "-m", "bench.fuzz", str(seconds), reader]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        units = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        said = units[-1].split()[-1] + " documents" if units else (done.stdout.strip() or done.stderr[-2000:])
        yield reader, done.returncode, said


def main() -> None:
    """Fuzz one reader, or each in a process of its own."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120
    if len(sys.argv) > 2:
        if importlib.util.find_spec("atheris"):
            by_coverage(sys.argv[2], seconds)
        print(at_random(sys.argv[2], seconds), "documents, at random")
        return
    broken = False
    for reader, code, said in results(seconds):
        print(f"{reader}: {'fell over' if code else 'stood'}, {said}", flush=True)
        broken |= code != 0
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
