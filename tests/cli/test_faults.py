"""A run or a seal that is killed, or finds no room, leaves what was there before, whole."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from spoiled import bytes_of, mrv

from mrv.run.outputs import whole_folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")

COMMAND = "import sys; from mrv.cli import main; main(sys.argv[1:])"
LIMITED = (
    "import resource, sys; from mrv.cli import main; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); main(sys.argv[2:])"
)


def started(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("moment", ["begun", "writing"])
def test_a_killed_seal_leaves_the_older_package(sealed, sound, older, tmp_path, moment):
    package = tmp_path / "package.zip"
    package.write_bytes(b"older")
    child = started("seal", older, "-o", package, "--project", sound)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and child.poll() is None:
            if moment == "begun" or any(tmp_path.glob(".package.zip.partial-*")):
                break
            time.sleep(0.0005)
        child.send_signal(signal.SIGKILL)
    finally:
        child.wait()
    assert package.read_bytes() in (b"older", unsigned(sound, older, tmp_path))


def unsigned(sound: Path, older: Path, folder: Path) -> bytes:
    target = folder / "whole.zip"
    assert mrv("seal", older, "-o", target, "--project", sound).exit_code == 0
    return target.read_bytes()


def test_a_disk_without_room_is_told_and_the_older_package_kept(sound, older, tmp_path):
    package = tmp_path / "package.zip"
    package.write_bytes(b"older")
    limit = str(package.stat().st_size + 100_000)
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            LIMITED,
            limit,
            "seal",
            str(older),
            "-o",
            str(package),
            "--project",
            str(sound),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2, result.stderr
    assert "cannot be written, and was left as it was: File too large" in result.stderr
    assert "Traceback" not in result.stderr
    assert package.read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["package.zip"]


@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_told(sound, older, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "package.zip").write_bytes(b"older")
    folder.chmod(0o555)
    try:
        result = mrv("seal", older, "-o", folder / "package.zip", "--project", sound)
    finally:
        folder.chmod(0o755)
    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)
    assert bytes_of(folder).keys() == {"package.zip"}


def test_a_folder_that_cannot_be_written_is_told(sound, older, tmp_path, monkeypatch):
    package = tmp_path / "package.zip"
    package.write_bytes(b"older")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    result = mrv("seal", older, "-o", package, "--project", sound)
    assert (result.exit_code, "left as it was: Permission denied" in result.stderr) == (2, True)
    assert package.read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["package.zip"]


def test_results_that_a_killed_run_had_moved_aside_come_back(older, tmp_path):
    out, aside = tmp_path / "out[1]", tmp_path / ".out[1].older-12345"
    aside.mkdir()
    (aside / "run.json").write_bytes((older / "run.json").read_bytes())
    before = bytes_of(aside)
    with pytest.raises(KeyboardInterrupt), whole_folder(out):
        raise KeyboardInterrupt
    assert bytes_of(out) == before
    assert not aside.exists()


def test_a_library_that_finds_no_room_is_told_apart_from_a_fault_of_ours(tmp_path, monkeypatch):
    from pyogrio.errors import DataSourceError

    from mrv.errors import UsageError
    from mrv.run import outputs

    with pytest.raises(DataSourceError), whole_folder(tmp_path / "out"):
        raise DataSourceError("broken")
    monkeypatch.setattr(outputs, "_no_room", lambda folder: "No space left on device")
    with pytest.raises(UsageError, match="left as it was: No space left"), whole_folder(tmp_path / "out"):
        raise DataSourceError("full")
    assert list(tmp_path.iterdir()) == []
