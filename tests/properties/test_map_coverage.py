"""Which errors of a map total are honest, as far as a dozen forests can tell; the page has hundreds."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "map_coverage.py"


@pytest.fixture(scope="module")
def simulation():
    spec = importlib.util.spec_from_file_location("map_coverage", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows(simulation):
    population = simulation.forest()
    surveys = [simulation.survey(population, number, trees=10) for number in range(12)]
    return {row.estimator: row for row in simulation.rows(population, surveys)}


def test_only_the_cross_fitted_error_is_of_the_size_of_the_misses(simulation, rows):
    spread = rows[simulation.CROSS_FITTED].spread
    assert rows[simulation.PIXELS].standard_error < 0.2 * spread
    assert rows[simulation.TRAINING].standard_error < 0.8 * rows[simulation.CROSS_FITTED].standard_error
    assert rows[simulation.IN_SAMPLE].standard_error < 0.8 * rows[simulation.CROSS_FITTED].standard_error
    assert rows[simulation.PIXELS].coverage < 0.5 < rows[simulation.CROSS_FITTED].coverage


def test_a_simulation_is_the_same_for_the_same_seed(simulation):
    population = simulation.forest()
    assert np.array_equal(population.agb_t_ha, simulation.forest().agb_t_ha)
    one, other = (simulation.survey(population, 3, trees=3).estimates for _ in range(2))
    assert one == other
    assert one != simulation.survey(population, 4, trees=3).estimates
