"""What is said to be known beside the plots must fit them; everything that does not is told at once."""

from __future__ import annotations

import copy

import pandas as pd
import pytest
from one_stem_plots import OneSurvey, write_project

from mrv.errors import InputError
from mrv.run.prepare import prepare


def plots(**columns):
    frame = pd.DataFrame(
        {
            "plot_id": list("abcdefgh"),
            "stratum_id": ["s"] * 4 + ["t"] * 4,
            "agb_t_ha": [50.0, 61.0, 72.0, 83.0, 94.0, 105.0, 116.0, 127.0],
            "auxiliary": [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0],
            "post_stratum": list("uuvv") * 2,
        }
    )
    return frame.assign(**columns)


def rules_of(folder, survey, areas_ha=None):
    """Rules of the findings, and all that is said."""
    project = write_project(folder, [survey], areas_ha or {"s": 10.0, "t": 20.0})
    try:
        prepare(project)
    except InputError as error:
        return {finding.rule for finding in error.findings}, " ".join(map(str, error.findings))
    return set(), ""


STRATIFIED = {"kind": "stratified"}
SOURCE = {"source": "a map"}


def mean(kind="regression", **numbers):
    return {"kind": kind, "population_mean": {"s": 6.5, "t": 10.5, **numbers}, **SOURCE}


def classes(**areas):
    both = {"s": {"u": 4.0, "v": 6.0}, "t": {"u": 12.0, "v": 8.0}}
    return {"kind": "post_stratified", "class_areas_ha": {**both, **areas}, **SOURCE}


@pytest.mark.parametrize("estimator", [mean("ratio"), mean("regression"), classes()])
def test_what_fits_is_taken(tmp_path, estimator):
    assert rules_of(tmp_path, OneSurvey(plots(), STRATIFIED, estimator)) == (set(), "")


@pytest.mark.parametrize(
    ("estimator", "columns", "rule", "said"),
    [
        (mean(), {"auxiliary": None}, "estimator-column", "require the column auxiliary"),
        (mean(), {"auxiliary": [None, *range(7)]}, "estimator-column", "plot 'a' has no auxiliary"),
        (mean(t=99.0), {}, "auxiliary-outside", "99 is outside 9–12"),
        (mean("ratio"), {"auxiliary": [-1.0, *range(7)]}, "auxiliary-negative", "-1–2"),
        (mean(), {"auxiliary": 6.5}, "auxiliary-constant", "a line needs 4"),
        (mean(u=1.0), {}, "stratum-unknown", "no plot names stratum 'u'"),
        (
            {"kind": "ratio", "population_mean": {"s": 6.5}, **SOURCE},
            {},
            "estimator-strata",
            "nothing is stated for t",
        ),
        ({"kind": "ratio", **SOURCE}, {}, "estimator-mean", "exactly one of"),
        (classes(), {"post_stratum": list("uuwvuuvv")}, "post-stratum-unknown", "class 'w' has no area"),
        (
            classes(),
            {"post_stratum": list("uuuvuuvv")},
            "post-stratum-lonely",
            "class 'v' has too few plots: 1",
        ),
        (classes(s={"u": 4.0, "v": 7.0}), {}, "post-stratum-area", "sum to 11 ha; stratum 's' has 10 ha"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, estimator, columns, rule, said):
    rules, text = rules_of(tmp_path, OneSurvey(plots(**columns), STRATIFIED, estimator))
    assert rule in rules
    assert said in text


def test_an_estimator_goes_with_designs_whose_variance_it_knows(tmp_path):
    rules, text = rules_of(tmp_path, OneSurvey(plots(), {"kind": "purposive"}, mean()))
    assert rules == {"estimator-design"}
    assert "allowed are simple_random, stratified, systematic" in text


def test_an_expanded_total_needs_sizes_and_numbers_of_clusters(tmp_path):
    known = {"kind": "cluster_total", "plots_in_stratum": {"s": 100, "t": 100}, **SOURCE}
    survey = OneSurvey(plots(cluster_id=list("jjkkmmnn")), {"kind": "cluster"}, known)
    rules, text = rules_of(tmp_path, survey)
    assert rules == {"estimator-strata", "estimator-column"}
    assert "clusters_in_stratum does not name s, t" in text


DRAWN = {"draw_probability": 0.01, "unit_area_ha": 0.15}


def test_draws_must_stand_for_the_area_of_the_stratum(tmp_path):
    unequal = {"kind": "unequal_probability"}
    rules, text = rules_of(tmp_path, OneSurvey(plots(**DRAWN), unequal), {"s": 15.0, "t": 30.0})
    assert rules == {"draw-probability-area"}
    assert "stand for 15 ha" in text
    assert "stratum 't' has 30 ha" in text
    assert rules_of(tmp_path, OneSurvey(plots(**DRAWN), unequal), {"s": 15.0, "t": 15.0})[0] == set()


def test_chances_of_draws_are_not_overlooked_in_another_design(tmp_path):
    rules, text = rules_of(tmp_path, OneSurvey(plots(**DRAWN), STRATIFIED))
    assert rules == {"estimator-design"}
    assert "unequal_probability" in text


def test_a_lonely_stratum_is_refused_unless_a_group_was_declared(tmp_path):
    lonely = plots(stratum_id=["s", *["t"] * 7])
    assert rules_of(tmp_path / "1", OneSurvey(lonely, STRATIFIED))[0] == {"stratum-lonely"}
    group = {"strata": ["s", "t"], "reason": "alike; decided before measuring"}
    together = {"kind": "stratified", "collapse": [group]}
    assert rules_of(tmp_path / "2", OneSurvey(lonely, together))[0] == set()
    twice = {"kind": "stratified", "collapse": [group, copy.deepcopy(group)]}
    assert rules_of(tmp_path / "3", OneSurvey(lonely, twice))[0] == {"stratum-duplicate"}
    other = {"kind": "stratified", "collapse": [{**group, "strata": ["s", "x"]}]}
    assert {"stratum-unknown", "stratum-lonely"} <= rules_of(tmp_path / "4", OneSurvey(lonely, other))[0]
    with_more = OneSurvey(lonely, together, mean())
    assert "estimator-design" in rules_of(tmp_path / "5", with_more)[0]
