"""A map by processes of this machine or a cluster, interrupted and resumed: the bytes of one process."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from spoiled import bytes_of, mrv

from mrv.mapping.applicability import applicability
from mrv.mapping.forms import BackTransform, Linear
from mrv.mapping.model import BiomassModel, ResidualSpread
from mrv.mapping.model_store import write_model

DATE = "2020-01-01"
PATIENCE_S = 120


def until(there, what: str) -> None:
    """Wait for something that processes bring about."""
    end = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def project(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with pixels of 1 m, of which eleven blocks lie in strata, and a model made by hand."""
    folder = tmp_path_factory.mktemp("fine")
    shutil.copytree(sound, folder / "project")
    file = folder / "project" / "mrv.yaml"
    text = file.read_text(encoding="utf-8")
    assert "resolution_m: 10" in text
    file.write_text(text.replace("resolution_m: 10", "resolution_m: 1"), encoding="utf-8")
    draw = np.random.default_rng(1)
    plots = np.column_stack([draw.uniform(3, 12, 30), draw.uniform(0.3, 0.9, 30)])
    strata = ("fringe", "landward", "middle")
    model = BiomassModel(
        "ridge",
        {},
        ("height", "ndvi"),
        strata,
        strata,
        Linear(np.array([5.0, 10.0, 15.0]), np.array([9.0, 40.0]), BackTransform("identity")),
        applicability(plots, np.array([20.0, 5.0]), np.arange(30) % 5),
        ResidualSpread(100.0, 0.0, 1.0),
    )
    (folder / "model").mkdir()
    write_model(folder / "model", model)
    return folder


def command(project: Path, out: Path, *options: str) -> list[str]:
    program = Path(sys.executable).with_name("mrv")
    words = (program, "map", project / "project", "--model", project / "model", "--date", DATE, "-o", out)
    return [*map(str, words), *options]


def began(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kept(out: Path) -> list[Path]:
    return sorted(out.parent.glob(f".{out.name}.blocks-*/*.npz"))


@pytest.fixture(scope="module")
def plain(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Bytes of the map by threads of one process."""
    out = tmp_path_factory.mktemp("plain") / "out"
    done = subprocess.run(command(project, out, "-q"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    return bytes_of(out)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Address of a scheduler, and its two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    known = folder / "scheduler.json"
    dask = (sys.executable, "-m", "dask")
    place = ("--host", "127.0.0.1", "--scheduler-file", str(known), "--dashboard-address", "127.0.0.1:0")
    place_of_worker = ("--scheduler-file", str(known), "--nthreads", "1", "--no-nanny", "--no-dashboard")
    with (folder / "log").open("w") as log:
        parts = [subprocess.Popen([*dask, "scheduler", "--port", "0", *place], stdout=log, stderr=log)]
        try:
            until(lambda: known.exists() and known.stat().st_size > 0, "no scheduler")
            for number in range(2):
                own = (*dask, "worker", *place_of_worker, "--local-directory", str(folder / str(number)))
                parts.append(subprocess.Popen(own, stdout=log, stderr=log))
            yield json.loads(known.read_text())["address"], parts[1:]
        finally:
            for part in parts:
                part.kill()
                part.wait()


def test_a_worker_killed_in_the_middle_costs_no_bit(project, plain, cluster, tmp_path):
    address, workers = cluster
    out = tmp_path / "out"
    running = began(*command(project, out, "--scheduler", address, "-q"))
    until(lambda: len(kept(out)) > 2 or running.poll() is not None, "no block was done")
    workers[0].kill()
    _, told = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0, told
    assert bytes_of(out) == plain
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_reads_the_same_area_by_a_cluster(project, cluster):
    from mrv.inputs import read_inputs
    from mrv.run.imagery_predictors import area_of, population_of
    from mrv.workers import scheduler, threads

    inputs, findings = read_inputs(project / "project")
    assert not [finding for finding in findings if finding.severity == "error"]
    assert inputs.imagery is not None
    area = area_of(inputs.imagery, DATE, ("height",), inputs.strata.geometry)
    areas_ha = {"fringe": 29.8, "landward": 37.6, "middle": 51.6}
    found = []
    for workers in (scheduler(cluster[0]), threads(3)):
        with workers as own:
            found.append(population_of(area, areas_ha, own))
    (first, grid), (second, other) = found
    assert len(first) > 1_000_000
    assert (np.diff(grid.pixel) > 0).all()
    for mine, others in (
        (first.rows.predictors, second.rows.predictors),
        (first.rows.stratum, second.rows.stratum),
        (first.rows.coordinates_m, second.rows.coordinates_m),
        (first.area_ha, second.area_ha),
        (grid.pixel, other.pixel),
        (grid.looks, other.looks),
    ):
        assert mine.tobytes() == others.tobytes()
    assert grid.ground == other.ground


def test_an_interrupted_map_goes_on_from_its_blocks(project, plain, tmp_path):
    out = tmp_path / "out"
    running = began(*command(project, out))
    until(lambda: len(kept(out)) > 2 or running.poll() is not None, "no block was done")
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=PATIENCE_S)
    count = len(kept(out))
    assert running.returncode == 130, told
    assert f"interrupted: {count} blocks with mangrove are kept, of 11 in all; the same command with" in told
    assert [path.name for path in tmp_path.iterdir()] == [kept(out)[0].parent.name]
    # A block that is damaged is computed again; those that are whole are not touched.
    damaged, *whole = kept(out)
    damaged.write_bytes(damaged.read_bytes()[:-50])
    folder = damaged.parent
    made = {path.name: path.stat().st_mtime_ns for path in whole}
    seen: dict[str, int] = {}
    again = began(*command(project, out, "--resume", "-q"))
    while again.poll() is None:
        with suppress(FileNotFoundError):
            seen |= {path.name: path.stat().st_mtime_ns for path in folder.glob("*.npz")}
        time.sleep(0.01)
    _, told = again.communicate()
    assert again.returncode == 0, told
    assert {name: seen[name] for name in made} == made
    assert bytes_of(out) == plain
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_kept_blocks_of_other_inputs_are_not_used(project, plain, tmp_path):
    out = tmp_path / "out"
    other = tmp_path / ".out.blocks-0123456789abcdef"
    other.mkdir()
    (other / "0_0.npz").write_bytes(b"of another model")
    result = mrv(*command(project, out, "--resume", "-q")[1:])
    assert result.exit_code == 0, result.output
    assert bytes_of(out) == plain
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_interrupted_processes_leave_nobody_behind(project, tmp_path):
    out = tmp_path / "out"
    running = began(*command(project, out, "--workers", "2"))
    until(lambda: len(kept(out)) > 0 or running.poll() is not None, "no block was done")
    children = psutil.Process(running.pid).children(recursive=True)
    assert len(children) >= 2
    for process in (*children, running):
        process.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130, told
    assert "blocks with mangrove are kept" in told
    assert "Traceback" not in told
    assert "Warning" not in told
    _, alive = psutil.wait_procs(children, timeout=PATIENCE_S)
    assert alive == []
    assert not out.exists()
