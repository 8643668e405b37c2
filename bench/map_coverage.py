"""How often a 90 % interval from a map holds the truth: a forest fitted to sixty plots, many times over.

``python -m bench.map_coverage`` writes docs/explanation/map-coverage.md.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from mrv.inference.model_assisted import OutOfSample, difference_of_simple_random
from mrv.inference.skewed import bootstrap_t_interval, log_scale_interval, skewness
from mrv.provenance import environment
from mrv.stock.estimators import Estimate, simple_random
from mrv.streams import Streams, key_words, philox

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "map-coverage.md"

SEED = 20261125
LEVEL = 0.90
REPLICATES = 400
POPULATION = 8000
PLOTS = 60
FOLDS = 10
TREES = 50
SMALLEST_LEAF = 3

PLOTS_ONLY = "plots alone"
PIXELS = "map mean ± spread of the pixels / √N (wrong)"
TRAINING = "map mean ± training RMSE / √n (wrong)"
IN_SAMPLE = "difference estimator, residuals of plots the model had seen (wrong)"
CROSS_FITTED = "difference estimator, cross-fitted residuals"
BOOTSTRAP_T = "the same, bootstrap-t interval"
LOG_SCALE = "the same, interval on a log scale"


@dataclass(frozen=True)
class Forest:
    """A forest of pixels: biomass, and what a satellite sees of it."""

    agb_t_ha: np.ndarray
    predictors: np.ndarray


def forest(seed: int = SEED) -> Forest:
    """Skewed biomass; height with error, two indices that saturate, and a band that knows nothing."""
    draws = np.random.Generator(philox(seed, key_words("map coverage|population")))
    height = draws.gamma(3.2, 2.6, POPULATION) + 1
    agb = 2.87 * height**1.5 * draws.gamma(1 / 0.3**2, 0.3**2, POPULATION)
    seen = height * (1 + 0.22 * draws.standard_normal(POPULATION))
    greenness = 0.85 * (1 - np.exp(-height / 4)) + 0.06 * draws.standard_normal(POPULATION)
    radar = -16 + 6 * (1 - np.exp(-agb / 112)) + 1.2 * draws.standard_normal(POPULATION)
    return Forest(agb, np.column_stack([seen, greenness, radar, draws.standard_normal(POPULATION)]))


def _fitted(x: np.ndarray, y: np.ndarray, state: int, trees: int) -> RandomForestRegressor:
    model = RandomForestRegressor(trees, min_samples_leaf=SMALLEST_LEAF, random_state=state, n_jobs=1)
    return model.fit(x, y)


Interval = tuple[float, float]


@dataclass(frozen=True)
class Replicate:
    """One survey: estimates, and intervals that are not those of Student's t."""

    estimates: Mapping[str, Estimate]
    intervals: Mapping[str, Interval]
    skewness: float


def survey(population: Forest, number: int, seed: int = SEED, trees: int = TREES) -> Replicate:
    """One sample of plots, one forest fitted to it, and every estimator."""
    draws = np.random.Generator(philox(seed, key_words(f"map coverage|replicate={number}")))
    chosen = draws.choice(POPULATION, PLOTS, replace=False)
    states = [int(state) for state in draws.integers(0, 2**31 - 1, FOLDS + 1)]
    x, y = population.predictors[chosen], population.agb_t_ha[chosen]
    folds = draws.permutation(np.arange(PLOTS) % FOLDS)
    model = _fitted(x, y, states[FOLDS], trees)
    pixels = model.predict(population.predictors)
    seen = model.predict(x)
    unseen = np.empty(PLOTS)
    for fold in range(FOLDS):
        held = folds == fold
        unseen[held] = _fitted(x[~held], y[~held], states[fold], trees).predict(x[held])
    map_mean = float(pixels.mean())
    rmse = float(np.sqrt(np.mean((y - seen) ** 2)))
    cross_fitted = OutOfSample.cross_fitted(unseen, folds)
    best = difference_of_simple_random(y, cross_fitted, map_mean, POPULATION)
    estimates = {
        PLOTS_ONLY: simple_random(y, POPULATION),
        PIXELS: Estimate(map_mean, float(pixels.std(ddof=1)) / POPULATION**0.5, PLOTS - 1, PLOTS, ""),
        TRAINING: Estimate(map_mean, rmse / PLOTS**0.5, PLOTS - 1, PLOTS, ""),
        IN_SAMPLE: difference_of_simple_random(y, OutOfSample.foreign(seen), map_mean, POPULATION),
        CROSS_FITTED: best,
    }
    one = np.ones(1)
    tried = {
        BOOTSTRAP_T: bootstrap_t_interval(
            best, [cross_fitted.residuals(y)], one, LEVEL, Streams(seed, "map coverage"), f"t|{number}"
        ),
        LOG_SCALE: log_scale_interval(best, LEVEL),
    }
    intervals = {name: (interval.low, interval.high) for name, interval in tried.items() if interval}
    return Replicate(estimates, intervals, skewness(y))


@dataclass(frozen=True)
class Row:
    """How an estimator did over all replicates."""

    estimator: str
    bias: float
    spread: float
    standard_error: float
    coverage: float


def rows(population: Forest, surveys: list[Replicate]) -> list[Row]:
    """One row for each estimator, then the other intervals of the last one."""
    truth = float(population.agb_t_ha.mean())
    found = []
    for name in surveys[0].estimates:
        own = [replicate.estimates[name] for replicate in surveys]
        values = np.array([estimate.value for estimate in own])
        held = [low <= truth <= high for low, high, _ in (estimate.interval(LEVEL) for estimate in own)]
        errors = np.array([estimate.standard_error for estimate in own])
        found.append(
            Row(name, values.mean() / truth - 1, values.std(ddof=1), errors.mean(), float(np.mean(held)))
        )
    last = found[-1]
    for name in surveys[0].intervals:
        ends = [replicate.intervals[name] for replicate in surveys if name in replicate.intervals]
        held = [low <= truth <= high for low, high in ends]
        found.append(Row(name, last.bias, last.spread, last.standard_error, float(np.mean(held))))
    return found


def table(found: list[Row]) -> str:
    lines = [
        "| estimator | bias | SD of the estimates | mean SE reported | coverage |",
        "|---|---|---|---|---|",
    ]
    for row in found:
        bias = f"{row.bias:+.1%}".replace("-", "−")
        numbers = f"{bias} | {row.spread:.2f} | {row.standard_error:.2f} | {row.coverage:.1%}"
        lines.append(f"| {row.estimator} | {numbers} |")
    return "\n".join(lines)


def page(population: Forest, surveys: list[Replicate]) -> str:
    found = rows(population, surveys)
    by_name = {row.estimator: row for row in found}
    margin = 1.96 * np.sqrt(LEVEL * (1 - LEVEL) / len(surveys))
    worth = (by_name[PLOTS_ONLY].spread / by_name[CROSS_FITTED].spread) ** 2
    versions = ", ".join(f"{name} {version}" for name, version in environment().items())
    skewed = np.mean([replicate.skewness for replicate in surveys])
    return f"""\
# Which error of a map total holds the truth?

Written by `make coverage`. A population of {POPULATION:,} pixels is known throughout: its mean is
{population.agb_t_ha.mean():.1f} t/ha, its standard deviation {population.agb_t_ha.std():.1f} t/ha.
{len(surveys)} times over, {PLOTS} plots were drawn from it by chance, a random forest was fitted to them
({TREES} trees, {SMALLEST_LEAF} plots in a leaf at least) and predicted every pixel, and each estimator
gave an interval that should hold the true mean nine times in ten. The chance of the simulation itself is
± {margin:.1%}.

{table(found)}

- **A map mean with the spread of its pixels over √N** has hardly an error at all, as if every pixel were a
  plot of its own. All of them are predicted by one model from the same few plots.
- **The training error over √n** is too small because the forest has learnt its plots: it is better there
  than anywhere else. The difference estimator with the same residuals is as wrong, though its formula is
  right.
- **Cross-fitted residuals** are those of plots that the forest had not seen. Their interval is honest, and
  the map is still worth {worth:.1f} times the plots.
- The plots are skewed ({skewed:.1f} on average), which can cost a t interval of {PLOTS} plots two or three
  points; other intervals are given beside where the skewness of the plots is above one.

`mrv run` takes residuals of no other kind: the type of the argument demands predictions by a model that
had not seen the plot. How a total comes about: [totals from a map](map-totals.md).

Seed {SEED}. Versions: {versions}.
"""


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATES
    whole = forest()
    done = [survey(whole, number) for number in range(wanted)]
    PAGE.write_text(page(whole, done), encoding="utf-8")
    print(table(rows(whole, done)))
