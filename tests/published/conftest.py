"""Published inventories, run with the project files of the worked examples and nothing edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mrv.run.project_run import run_project
from mrv.run.results import Figure, Results
from scripts.write_worked_examples import BLOCK, EXAMPLES, lines_of, make_project, printed


@dataclass(frozen=True)
class Run:
    """A finished run of a worked example; without trees, ``trees`` and ``plots`` have no rows."""

    project: Path
    results: Results
    trees: pd.DataFrame
    plots: pd.DataFrame

    def density(self, pool: str, stratum: str) -> Figure:
        """Dry biomass of a pool and stratum; these inventories have one date each. [t_dm/ha]"""
        (figure,) = (
            figure
            for figure in self.results.figures
            if figure.quantity == "biomass_density"
            and (figure.index["pool"], figure.index.get("stratum")) == (pool, stratum)
        )
        return figure


def replace_once(project: Path, old: str, new: str) -> Path:
    """Change one passage of a project file; the passage must stand there exactly once."""
    path = project / "mrv.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return project


def run_in(project: Path) -> Run:
    """Run a project folder and read back its tables."""
    out = project / "out"
    results = run_project(project, out)
    trees, plots = (_table(out / "tables" / f"{name}.csv") for name in ("trees", "plots"))
    if len(trees):
        trees = trees.assign(line=trees["source"].str.rsplit(":").str[-1].astype(int))
    return Run(project, results, trees, plots)


def _table(path: Path) -> pd.DataFrame:
    """A table of results; without rows where the inventory has no trees."""
    if not path.is_file():
        return pd.DataFrame()
    return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"plot_id": str})


def mean_and_half_width(values: np.ndarray) -> tuple[float, float]:
    """Mean of sample units and half-width of its two-sided 90 % interval by Student's t."""
    n = len(values)
    return float(values.mean()), float(stats.t.ppf(0.95, n - 1) * values.std(ddof=1) / np.sqrt(n))


def assert_page_is_current(name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every command of a page in the project's folder; each must print what the page says."""
    monkeypatch.chdir(project)
    monkeypatch.delenv("MRV_LANG", raising=False)
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    blocks = [(found["command"], found["output"]) for found in BLOCK.finditer(text)]
    assert blocks
    for command, output in blocks:
        assert lines_of(printed(command)) == lines_of(output)


@pytest.fixture
def project_folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a folder as a user has it: the example's project file and the published files beside it."""
    return _maker(shared, tmp_path_factory)


@pytest.fixture
def our_project_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a folder of an example on tables of ours; it needs nothing published."""
    return _maker(Path(), tmp_path_factory)


@pytest.fixture(scope="module")
def run_example(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Run an example in a folder of its own."""
    make = _maker(shared, tmp_path_factory)
    return lambda name: run_in(make(name))


def _maker(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        make_project(name, shared / "data", folder)
        return folder

    return make
