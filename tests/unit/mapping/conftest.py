from __future__ import annotations

import numpy as np
import pytest

from mrv.mapping.model import Fitting, Plan, fit_model
from mrv.mapping.rows import Rows, Training
from mrv.streams import Streams

STREAMS = Streams(7, "mapping-tests")
STRATA = ("fringe", "basin")


def simulated(n: int = 60, seed: int = 1, extent_m: float = 4000.0) -> Training:
    """Plots whose biomass is 3 H^1.4 with noise; a second predictor says nothing."""
    draw = np.random.default_rng(seed)
    places = draw.uniform(0, extent_m, (n, 2))
    height = draw.uniform(2, 20, n)
    agb = 3 * height**1.4 * np.exp(draw.normal(0, 0.25, n) - 0.25**2 / 2)
    names = tuple(f"p{number:03}" for number in range(n))
    rows = Rows(
        np.column_stack([height, draw.normal(size=n)]),
        (places[:, 0] > extent_m / 2).astype(np.int64),
        places,
    )
    return Training(rows, agb, np.ones(n), names, names, ("height", "noise"), STRATA, 0)


@pytest.fixture(scope="session")
def training() -> Training:
    return simulated()


@pytest.fixture(scope="session")
def area_m() -> np.ndarray:
    return np.random.default_rng(5).uniform(0, 4000, (400, 2))


@pytest.fixture(scope="session")
def ridge(training: Training, area_m: np.ndarray) -> Fitting:
    return fit_model(training, area_m, Plan(("ridge",), 5, None, STREAMS, workers=2))
