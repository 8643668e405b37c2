"""A 90 % interval holds the truth nine times in ten, as far as 200 simulated surveys can tell."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from scipy import stats

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "coverage.py"
REPLICATES = 200
SEED = 5

KNOWN = {
    "as if plots were drawn singly (wrong)",
    "as if independent (wrong)",
    "variance as if random",
    "successive differences",
    "neighbour differences",
}
"""Estimators whose coverage is far from nominal by their nature, as the page says."""


@pytest.fixture(scope="module")
def coverage():
    spec = importlib.util.spec_from_file_location("coverage_simulation", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_intervals_hold_the_truth_within_binomial_limits(coverage):
    lowest, highest = stats.binom.interval(0.999, REPLICATES, coverage.LEVEL)
    for design in coverage.SURVEYS:
        for result in coverage.cover(design, 60, REPLICATES, SEED):
            if result.estimator not in KNOWN:
                assert lowest <= result.held <= highest, result


def test_wrong_variances_are_seen(coverage):
    results = {
        result.estimator: result
        for design in ("clusters of five", "permanent plots", "systematic, a line")
        for result in coverage.cover(design, 60, REPLICATES, SEED)
    }
    assert results["as if plots were drawn singly (wrong)"].share < 0.75
    assert results["as if independent (wrong)"].share == 1
    assert results["as if independent (wrong)"].error_ratio > 4
    ways = ("variance as if random", "successive differences", "correlated grid")
    random, neighbours, grid = (results[name] for name in ways)
    assert random.error_ratio > neighbours.error_ratio > 1.5
    assert grid.error_ratio == pytest.approx(1, abs=0.15)


def test_a_simulation_is_the_same_for_the_same_seed(coverage):
    assert coverage.cover("stratified", 30, 20, SEED) == coverage.cover("stratified", 30, 20, SEED)
    assert coverage.cover("stratified", 30, 20, SEED) != coverage.cover("stratified", 30, 20, SEED + 1)
