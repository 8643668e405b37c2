"""Zambezi Delta, Mozambique: species codes, trees without height, dead trees in a column of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mrv.errors import InputError
from mrv.inputs import read_inputs
from mrv.run.project_run import run_project

from .conftest import (
    EXAMPLES,
    Run,
    assert_page_is_current,
    mean_and_half_width,
    replace_once,
)

NAME = "zambezi-delta"
TREES = "Zambezi_Overstory.csv"
LOCATIONS = "Zambezi_PlotLocations.csv"
LITTER = "Zambezi_WoodyDebris_LitterandLive.csv"
LIVE, DEAD, HEIGHT = "Live Diameter (cm)", "Dead Diameter (cm)", "Height (m)"
EXACT = 1e-9

SPECIES = {
    "1": ("Ceriops tagal", 0.78),
    "2": ("Bruguiera gymnorhiza", 0.71),
    "3": ("Xylocarpus granatum", 0.567),
    "4": ("Sonneratia alba", 0.509),
    "5": ("Avicennia marina", 0.65),
    "6": ("Rhizophora mucronata", 0.821),
    "7": ("Heritiera littoralis", 0.848),
    "8": ("Lumnitzera racemosa", 0.71),
    "88": ("unknown", 0.70),
    "": ("unknown", 0.70),
}
DEAD_FACTOR = {"1": 0.975, "2": 0.85, "3": 0.5, "": 0.5}
AREA_HA = np.pi * 7.0**2 / 10_000


@pytest.fixture(scope="module")
def run(run_example: Callable[[str], Run]) -> Run:
    return run_example(NAME)


@pytest.fixture(scope="module")
def published(run: Run) -> pd.DataFrame:
    """The table as it was published, every cell as text."""
    frame = pd.read_csv(run.project / TREES, encoding="latin-1", dtype=str, keep_default_na=False)
    frame.columns = frame.columns.str.strip()
    return frame.assign(line=frame.index + 2)


def stems(published: pd.DataFrame) -> pd.DataFrame:
    """Stems of the published table and their biomass, computed here without the toolkit."""
    kinds = []
    for status, column in (("live", LIVE), ("dead", DEAD)):
        rows = published[published[column] != ""]
        kinds.append(rows.assign(status=status, dbh=rows[column].astype(float)))
    frame = pd.concat(kinds, ignore_index=True)
    rho = frame["Species Code"].map({code: density for code, (_, density) in SPECIES.items()})
    height = pd.to_numeric(frame[HEIGHT], errors="coerce")
    log_dbh = np.log(frame["dbh"])
    without = rho * np.exp(-1.349 + 1.98 * log_dbh + 0.207 * log_dbh**2 - 0.0281 * log_dbh**3)
    with_height = np.exp(-2.977 + np.log(rho * frame["dbh"] ** 2 * height))
    factor = frame["Dead Code"].map(DEAD_FACTOR).where(frame["status"] == "dead", 1.0)
    return frame.assign(
        height=height,
        species=frame["Species Code"].map({code: name for code, (name, _) in SPECIES.items()}),
        agb=with_height.where(height.notna(), without) * factor,
        bgb=(0.199 * rho**0.899 * frame["dbh"] ** 2.22).where(frame["status"] == "live", 0.0),
        subplot=frame["Plot"] + "/" + frame["Subplot"],
    )


def test_no_row_is_dropped_silently(run: Run, published: pd.DataFrame) -> None:
    """Rows of the file = stems − rows with two diameters + rows with none, and both are told."""
    has_live, has_dead = published[LIVE] != "", published[DEAD] != ""
    assert (len(published), has_live.sum(), has_dead.sum()) == (9060, 8302, 750)
    assert len(run.trees) == 9052
    told = {finding.rule: finding for finding in run.results.findings}
    assert {"rows-read-twice", "rows-unread"} <= set(told)
    assert (has_live & has_dead).sum() == 2
    assert told["rows-read-twice"].message.text.startswith("2 rows")
    assert "row 7077" in told["rows-read-twice"].message.text
    assert (~has_live & ~has_dead).sum() == 10
    assert told["rows-unread"].message.text.startswith("10 rows")
    assert "row 3119" in told["rows-unread"].message.text
    assert len(run.trees) - 2 + 10 == len(published)
    assert [exclusion.rows for exclusion in run.results.exclusions] == [9060 - 8302, 9060 - 750, 8, 1]


def test_trees_without_height_take_the_declared_equation(run: Run, published: pd.DataFrame) -> None:
    taken = run.trees["agb_equation"].value_counts().to_dict()
    assert taken == {"chave_2005_dbh_height": 4771, "chave_2005_dbh": 4281}
    assert sum(taken.values()) == len(run.trees)
    assert set(run.trees.loc[run.trees["height_m"].isna(), "agb_equation"]) == {"chave_2005_dbh"}
    uses = {use.equation_id: use for use in run.results.equations}
    assert uses["chave_2005_dbh_height"].outside_range_stems == 273
    assert uses["chave_2005_dbh"].outside_range_stems == 16
    has_height, has_live, has_dead = (published[column] != "" for column in (HEIGHT, LIVE, DEAD))
    twice, none = (has_height & has_live & has_dead).sum(), (has_height & ~has_live & ~has_dead).sum()
    assert (has_height.sum(), twice, none) == (4772, 2, 3)
    assert taken["chave_2005_dbh_height"] == 4772 + 2 - 3


def test_missing_heights_without_a_policy_stop_the_run(
    project_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    project = replace_once(project_folder(NAME), ", without_height: chave_2005_dbh}", "}")
    with pytest.raises(InputError) as caught:
        run_project(project, tmp_path / "out")
    (finding,) = caught.value.findings
    assert (finding.rule, finding.values["count"]) == ("height-missing", 4281)
    assert not (tmp_path / "out").exists()


def test_biomass_of_every_stem(run: Run, published: pd.DataFrame) -> None:
    both = stems(published).merge(
        run.trees, on=["line", "status"], suffixes=("_published", ""), validate="one_to_one"
    )
    assert len(both) == 9052
    assert (both["species"] == both["species_published"]).all()
    np.testing.assert_allclose(both["agb_kg"], both["agb"], rtol=EXACT, atol=0)
    np.testing.assert_allclose(both["bgb_kg"], both["bgb"], rtol=EXACT, atol=0)


def test_dead_trees_without_a_code_are_unclassified(run: Run) -> None:
    dead = run.trees[run.trees["status"] == "dead"]
    assert len(dead) == 750
    unclassified = dead["decay_class"].isna()
    assert unclassified.sum() == 37
    assert set(dead.loc[unclassified, "dead_factor"]) == {0.5}


def test_biomass_by_plot_and_overall(run: Run, published: pd.DataFrame) -> None:
    frame = stems(published)
    for pool, chosen in (("agb", frame["status"] == "live"), ("dead_wood", frame["status"] == "dead")):
        column = frame["agb"].where(chosen, 0.0)
        per_subplot = (column / 1000 / AREA_HA).groupby(frame["subplot"]).sum()
        assert len(per_subplot) == len(run.plots) == 256
        ours = run.plots.set_index("plot_id")[f"{pool}_t_ha"]
        np.testing.assert_allclose(ours, per_subplot.reindex(ours.index), rtol=EXACT, atol=1e-12)
        of_plot = per_subplot.groupby(per_subplot.index.str.split("/").str[0]).mean().to_numpy()
        mean, half_width = mean_and_half_width(of_plot)
        figure = run.density(pool, "delta")
        assert (figure.units, figure.degrees_of_freedom) == (52, 51)
        assert figure.value == pytest.approx(mean, rel=EXACT)
        assert figure.interval is not None
        assert figure.interval.half_width == pytest.approx(half_width, rel=EXACT)


def test_litter_is_the_published_dry_mass(run: Run) -> None:
    """Column 'Litter Corrected for % MC', in kg/m²: ten times that in t/ha, on 180 subplots of 40 plots."""
    litter = pd.read_csv(run.project / LITTER, encoding="latin-1", dtype=str, keep_default_na=False)
    dry = litter["Litter Corrected for % MC"].astype(float) * 10
    published = dry.set_axis(litter["Plot"] + "/" + litter["Subplot"])
    taken = run.plots[run.plots["litter_t_ha"].notna()].set_index("plot_id")
    assert len(taken) == 189 - 8 - 1
    np.testing.assert_allclose(taken["litter_t_ha"], published.loc[taken.index], rtol=EXACT, atol=1e-15)
    mean, half_width = mean_and_half_width(taken.groupby("cluster_id")["litter_t_ha"].mean().to_numpy())
    figure = run.density("litter", "delta")
    assert figure.units == 40
    assert figure.value == pytest.approx(mean, rel=EXACT)
    assert figure.interval is not None and figure.total_interval is not None
    assert figure.interval.half_width == pytest.approx(half_width, rel=EXACT)
    assert not [f for f in run.results.figures if f.index.get("pool") == "litter" and "sink" in f.quantity]


def test_subplots_lie_where_their_plot_does(run: Run) -> None:
    assert run.plots[["x_m", "y_m"]].notna().all(axis=None)
    by_plot = run.plots.groupby("cluster_id")[["x_m", "y_m"]].nunique()
    assert len(by_plot) == 52
    assert (by_plot == 1).all(axis=None)


def test_plot_written_in_two_ways_is_a_finding_that_names_both(
    project_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    project = replace_once(project_folder(NAME), "cluster_id: {32-B: 32B}", "cluster_id: {}")
    with pytest.raises(InputError) as caught:
        run_project(project, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    in_trees, in_locations = caught.value.findings
    assert in_trees.where.startswith(f"{TREES}:8854:")
    assert in_locations.where == f"{LOCATIONS}:10:Plot"
    assert "'32-B'" in in_trees.text()
    assert "'32B'" in in_trees.text()
    assert "'32B'" in in_locations.text()
    page = (EXAMPLES / NAME / "README.md").read_text(encoding="utf-8")
    for finding in (in_trees, in_locations):
        assert f"{finding.where}: {finding.text()}  [{finding.rule}]" in page


def test_code_that_the_list_lacks_is_a_finding(project_folder: Callable[[str], Path]) -> None:
    project = project_folder(NAME)
    path = project / "mrv.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('            "8": Lumnitzera racemosa\n', ""),
        encoding="utf-8",
    )
    _, findings = read_inputs(project)
    unknown = [finding for finding in findings if finding.rule == "code-unknown"]
    assert [finding.values["found"] for finding in unknown] == ["8", "8"]


def test_unknown_species_need_a_stated_wood_density(
    project_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    project = project_folder(NAME)
    text = (project / "mrv.yaml").read_text(encoding="utf-8")
    start, end = text.index("    unknown:\n"), text.index("parameters:\n")
    replace_once(project, text[start:end], "\n")
    with pytest.raises(InputError) as caught:
        run_project(project, tmp_path / "out")
    (finding,) = caught.value.findings
    assert finding.rule == "wood-density-missing"
    assert finding.values["count"] == 238


def test_page_is_current(project_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert_page_is_current(NAME, project_folder(NAME), monkeypatch)
