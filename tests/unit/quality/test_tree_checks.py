"""Faults put into a sound survey are found, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_survey import sound_trees

from mrv.quality import repeats
from mrv.quality.censuses import CENSUS_CHECKS
from mrv.quality.digits import last_digits, myers_index, whipple_index
from mrv.quality.measuring_units import likely_slip
from mrv.quality.repeats import chance_of_pairs, equal_run, pairs
from mrv.quality.tree_records import TreeRecords, robust_z
from mrv.quality.trees import TREE_CHECKS


@pytest.fixture
def trees() -> pd.DataFrame:
    return sound_trees(1)


def rules(trees: pd.DataFrame) -> set[str]:
    records = TreeRecords("2020-01-01", trees)
    return {suspect.finding.rule for check in TREE_CHECKS for suspect in check(records)}


def suspects(trees: pd.DataFrame, rule: str):
    records = TreeRecords("2020-01-01", trees)
    return [s for check in TREE_CHECKS for s in check(records) if s.finding.rule == rule]


def spoiled(trees: pd.DataFrame, plot: str, **columns: float) -> pd.DataFrame:
    """Trees with columns of one plot multiplied."""
    result = trees.copy()
    own = result["plot_id"].eq(plot)
    for name, factor in columns.items():
        result.loc[own, name] = result.loc[own, name] * factor
    return result


@pytest.mark.parametrize("seed", range(8))
def test_sound_surveys_raise_no_error(seed):
    records = TreeRecords("2020-01-01", sound_trees(seed))
    found = [suspect.finding for check in TREE_CHECKS for suspect in check(records)]
    assert [finding for finding in found if finding.severity == "error"] == []
    assert {finding.rule for finding in found} <= {"height-outlier"}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"dbh_cm": 10.0}, "diameters in millimetres"),
        ({"dbh_cm": np.pi}, "girths in place of diameters"),
        ({"height_m": 1 / 0.3048}, "heights in feet"),
        ({"height_m": 10.0}, "heights in decimetres"),
    ],
)
def test_the_unit_of_a_sheet(trees, columns, words):
    found = suspects(spoiled(trees, "P05", **columns), "unit-of-sheet")
    assert len(found) == 1
    assert found[0].finding.severity == "error"
    assert words in found[0].finding.text()
    assert len(found[0].rows) == 30
    assert found[0].rows[0] == "trees.csv:122"


def test_a_low_stand_is_no_sheet_of_girths(trees):
    assert "unit-of-sheet" not in rules(spoiled(trees, "P05", height_m=0.55))


def test_a_slip_must_explain_diameters_and_heights():
    larger = {"dbh_cm": np.log(np.pi), "height_m": 0.0}
    assert likely_slip(-0.57, larger, 0.5, 0.05) == "girth"
    assert likely_slip(-0.57, {"dbh_cm": 0.0, "height_m": 0.0}, 0.5, 0.05) is None
    assert likely_slip(-0.1, larger, 0.5, 0.05) is None


def test_height_beside_diameter(trees):
    trees.loc[3, "height_m"] = 30 * trees.loc[3, "dbh_cm"] / 10
    assert {"unusual-height-diameter", "height-outlier"} <= rules(trees)
    trees.loc[3, "height_m"] = 1.0
    assert suspects(trees, "height-below-measurement")[0].rows == ("trees.csv:5",)


def test_point_of_measurement_above_the_tree(trees):
    trees.loc[7, ["pom", "pom_m", "height_m"]] = ["above_prop_roots", 4.0, 3.5]
    assert suspects(trees, "height-below-measurement")[0].rows == ("trees.csv:9",)


def test_prop_roots(trees):
    trees.loc[:9, "species"] = "Rhizophora stylosa"
    assert "prop-roots-unsaid" in rules(trees)
    trees.loc[:9, "pom_m"] = 1.3
    assert "prop-roots-unsaid" not in rules(trees)


def test_a_plot_copied(trees):
    columns = ["species", "dbh_cm", "height_m"]
    trees.loc[trees["plot_id"].eq("P09"), columns] = trees.loc[trees["plot_id"].eq("P02"), columns].to_numpy()
    (found,) = suspects(trees, "plot-copied")
    assert "plot 'P09' are those of plot 'P02'" in found.finding.text()
    assert len(found.rows) == 30


def test_part_of_a_plot_copied(trees):
    columns = ["species", "dbh_cm", "height_m"]
    trees.loc[60:71, columns] = trees.loc[5:16, columns].to_numpy()
    (found,) = suspects(trees, "plot-copied")
    assert len(found.rows) == 12


def test_two_plots_of_equal_thin_stems_are_no_copies(trees):
    thin = trees["plot_id"].isin(["P01", "P02"])
    trees.loc[thin, ["dbh_cm", "height_m"]] = [2.0, 2.0]
    assert "plot-copied" not in rules(trees)


def test_rows_entered_twice(trees):
    columns = ["species", "dbh_cm", "height_m"]
    for row in (4, 8, 12, 16, 20, 24):
        trees.loc[row + 1, columns] = trees.loc[row, columns].to_numpy()
    assert {"row-repeated", "stems-repeated"} <= rules(trees)


def test_digits(trees):
    assert "digit-preference" not in rules(trees)
    trees["dbh_cm"] = np.round(trees["dbh_cm"] * 2) / 2
    assert "digit-preference" in rules(trees)


def test_indices_of_digits():
    even = np.full(10, 7)
    assert whipple_index(even) == pytest.approx(100)
    assert myers_index(even) == pytest.approx(0)
    only = last_digits(pd.Series([10.0, 15.0, 7.5, np.nan]))
    assert only.tolist() == [2, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert whipple_index(only) == pytest.approx(500)
    assert myers_index(np.array([9, 0, 0, 0, 0, 0, 0, 0, 0, 0])) == pytest.approx(90)


def test_pairs_and_their_chance():
    assert pairs([1, 2, 3]) == 4
    assert chance_of_pairs(0, 1.0) == 1.0
    assert chance_of_pairs(1, 1.0) == pytest.approx(1 - np.exp(-1))


def _of(*diameters: float) -> list[tuple[str, float]]:
    return [("Rhizophora", diameter) for diameter in diameters]


def test_equal_run():
    assert equal_run(_of(1, 2, 3, 4, 5), _of(9, 2, 3, 4, 8)) == (3, 1, 1)
    assert equal_run([], []) == (0, 0, 0)


def test_a_run_of_thin_stems_hides_no_copy():
    thin = [2.0] * 12
    first = _of(*thin, 9, 3, 4, 5, 6, 7, 8, 10, 11)
    second = _of(14, *thin, 15, 3, 4, 5, 6, 7, 8, 10, 11)
    assert equal_run(first, second) == (8, 13, 14)


def test_copies_among_thousands_of_plots_are_looked_up_not_compared(monkeypatch):
    rng = np.random.default_rng(5)
    plots = [np.round(2 + 3 * rng.random(12), 1) for _ in range(3000)]
    plots[2999] = plots[7]
    compared = []
    copied_length = repeats.copied_length

    def counted(first, second):
        compared.append(1)
        return copied_length(first, second)

    monkeypatch.setattr(repeats, "copied_length", counted)
    rows = pd.DataFrame(
        {
            "plot_id": np.repeat([f"P{number:04d}" for number in range(3000)], 12),
            "species": "Rhizophora apiculata",
            "dbh_cm": np.concatenate(plots),
            "height_m": np.nan,
            "source": [f"trees.csv:{line}" for line in range(2, 36002)],
        }
    )
    found = list(repeats.plots_copied(TreeRecords("2020-01-01", rows)))
    assert [suspect.finding.values["second"] for suspect in found] == ["P2999"]
    assert len(compared) == 1


def test_robust_z():
    assert robust_z(np.array([1.0, 2, 3, 4, 100]))[-1] == pytest.approx(97 / 1.4826)
    assert robust_z(np.array([1.0, 1, 1, 1, 5])).tolist() == [0] * 5


def test_the_order_of_rows_does_not_matter(trees):
    spoilt = spoiled(trees, "P05", dbh_cm=10.0)
    records = [TreeRecords("2020-01-01", t) for t in (spoilt, spoilt.sample(frac=1, random_state=2))]
    texts = [sorted(str(s.finding) for check in TREE_CHECKS for s in check(r)) for r in records]
    assert texts[0] == texts[1]


def grown(trees: pd.DataFrame) -> pd.DataFrame:
    """The same stems ten years later."""
    generator = np.random.default_rng(5)
    later = trees.assign(dbh_cm=np.round(trees["dbh_cm"] + generator.uniform(0.5, 4, len(trees)), 1))
    return later.assign(source=[f"later.csv:{n + 2}" for n in range(len(later))], file="later.csv")


def told(first: pd.DataFrame, second: pd.DataFrame):
    one, other = TreeRecords("2010-01-01", first), TreeRecords("2020-01-01", second)
    return [suspect for check in CENSUS_CHECKS for suspect in check(one, other, 10.0)]


def test_two_sound_censuses(trees):
    assert told(trees, grown(trees)) == []


def test_growth_that_no_stem_has(trees):
    later = grown(trees)
    later.loc[2, "dbh_cm"] = trees.loc[2, "dbh_cm"] + 40.1
    later.loc[3, "dbh_cm"] = trees.loc[3, "dbh_cm"] + 39.9
    (found,) = told(trees, later)
    assert found.finding.rule == "implausible-growth"
    assert found.rows == ("trees.csv:4", "later.csv:4")


def test_a_stem_measured_elsewhere_is_not_compared(trees):
    later = grown(trees)
    later.loc[2, ["dbh_cm", "pom", "pom_m"]] = [90.0, "above_prop_roots", 2.0]
    assert told(trees, later) == []


def test_a_census_copied(trees):
    later = grown(trees)
    own = later["plot_id"].eq("P03")
    later.loc[own, "dbh_cm"] = trees.loc[own, "dbh_cm"]
    (found,) = told(trees, later)
    assert (found.finding.rule, len(found.rows)) == ("census-copied", 30)


@pytest.mark.parametrize(("factor", "words"), [(10.0, "millimetres"), (np.pi, "girths")])
def test_a_unit_changed_between_censuses(trees, factor, words):
    later = spoiled(grown(trees.assign(dbh_cm=trees["dbh_cm"] - 0.4)), "P03", dbh_cm=factor)
    later.loc[later["plot_id"].eq("P03"), "dbh_cm"] = trees.loc[trees["plot_id"].eq("P03"), "dbh_cm"] * factor
    found = [suspect for suspect in told(trees, later) if suspect.finding.rule == "unit-between-censuses"]
    assert len(found) == 1
    assert words in found[0].finding.text()


def test_stems_that_shrank_beyond_the_error_of_measuring(trees):
    later = trees.assign(dbh_cm=trees["dbh_cm"] + 0.5, source=trees["source"].str.replace("trees", "later"))
    error = 0.0062 * trees.loc[7, "dbh_cm"] + 0.0904
    # Just within, and just beyond, what two measurements differ by: the second one alone is told.
    later.loc[6, "dbh_cm"] = (
        trees.loc[6, "dbh_cm"] - 2 * np.sqrt(2) * (0.0062 * trees.loc[6, "dbh_cm"] + 0.0904) + 0.001
    )
    later.loc[7, "dbh_cm"] = trees.loc[7, "dbh_cm"] - 2 * np.sqrt(2) * error - 0.001
    first, second = (TreeRecords(f"20{year}-01-01", rows) for year, rows in ((10, trees), (20, later)))
    found = [s for check in CENSUS_CHECKS for s in check(first, second, 10.0) if s.finding.severity == "note"]
    assert [suspect.finding.rule for suspect in found] == ["stem-shrunk"]
    assert set(found[0].rows) == {"trees.csv:9", "later.csv:9"}
