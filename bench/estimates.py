"""Errors of totals and means of parcels: draws, pixels that are alike, polygons over a map."""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from odc.geo.geobox import GeoBox

from bench.pairs import Absent, Row, in_turns
from mrv.biomass.trees import biomass_by
from mrv.error_reference import diameter_standard_error, equation_errors, measurement_error
from mrv.inference.pixel_errors import exponential, variance_of_mean
from mrv.inputs.biomass_raster import Grid, mean_over
from mrv.reference import equations, wood_densities
from mrv.stock.linear import random_mean
from mrv.streams import Streams
from mrv.uncertainty.sampling import replicates_of, sampled_stratum
from mrv.uncertainty.shared import Normal, SharedDraws, SharedErrors
from mrv.uncertainty.simulation import Drawn, StandModel, StratumModel, simulate
from mrv.uncertainty.stand import stand_terms
from mrv.uncertainty.tree_noise import SMALLEST_DIAMETER_CM, noise_variance, tree_moments

Floats = np.ndarray[Any, np.dtype[np.float64]]

PLOTS, TREES, DRAWS = 200, 40, 10_000
SPECIES = ("Avicennia marina", "Kandelia obovata")
EQUATION = "chave_2005_power"
SLOPE = equations()[EQUATION].c
RESIDUAL = equation_errors()[EQUATION].residual_standard_deviation
FACTOR_PER_HA = 25.0
DENSITY_ERROR = 0.08
"""Of the wood density of a species, as a share of it. [1]"""

WITHOUT_PACKAGE = 3
"""How agb_monte_carlo.R ends where R lacks the package."""

RANGE_M, PIXEL_M = 150.0, 10.0
SIDE = 3_163
PAIRS = 4_000_000

PARCELS = 5_000


def rows() -> list[Row | Absent]:
    """Rows of this module."""
    return [*_draws(), *_pixels(), _parcels()]


def _trees() -> pd.DataFrame:
    """Stems of two species on plots of one size."""
    random = np.random.default_rng(3)
    count = PLOTS * TREES
    density = {name: wood_densities()[name].wood_density_g_cm3 for name in SPECIES}
    species = np.array(SPECIES)[np.arange(count) % 2]
    trees = pd.DataFrame(
        {
            "plot_id": [f"p{number // TREES:03d}" for number in range(count)],
            "tree_id": [str(number) for number in range(count)],
            "stem_id": "1",
            "species": species,
            "wood_density_g_cm3": [density[name] for name in species],
            "dbh_cm": 5 + 25 * random.random(count),
            "height_m": 8.0,
            "status": "live",
            "pom": "breast_height",
            "source": "bench",
            "expansion_factor_per_ha": FACTOR_PER_HA,
            "agb_equation": EQUATION,
            "bgb_equation": "",
            "dead_class": "",
            "bole": False,
            "dead_factor": 1.0,
            "bgb_kg": 0.0,
        }
    )
    return trees.assign(agb_kg=biomass_by(equations()[EQUATION], trees)[0])


def _stand(trees: pd.DataFrame) -> StandModel:
    """The stand with wood densities and coefficients of its equation that all trees share."""
    errors = SharedErrors(
        wood_density={
            name: Normal(found.wood_density_g_cm3, DENSITY_ERROR * found.wood_density_g_cm3)
            for name, found in wood_densities().items()
            if name in SPECIES
        },
        wood_density_limits=(0.2, 1.2),
        equation_covariance={EQUATION: equation_errors()[EQUATION].covariance},
    )
    names = [f"p{number:03d}" for number in range(PLOTS)]
    terms = stand_terms([trees], [names], equations(), {EQUATION}, {EQUATION: ()})
    estimator = random_mean(PLOTS, units=names)
    replicates = replicates_of([estimator])
    sample = sampled_stratum(np.arange(PLOTS), estimator, replicates)
    stratum = StratumModel("whole", len(replicates), (sample,), (PLOTS - 1,), None)
    return StandModel(terms, [stratum], errors, Streams(1, "bench"))


def _loop(trees: pd.DataFrame, shared: SharedDraws) -> Floats:
    """Mean over the plots in each draw, one after the other, with the chance of every tree drawn. [t/ha]"""
    random = np.random.default_rng(13)
    dbh, plot = trees["dbh_cm"].to_numpy(), np.repeat(np.arange(PLOTS), TREES)
    # Mass without the coefficients' part: the draws move ln y = a + b ln D about the published a and b.
    per_power = trees["agb_kg"].to_numpy() * FACTOR_PER_HA / 1000 / dbh**SLOPE
    is_first = (trees["species"] == SPECIES[0]).to_numpy()
    densities = [shared.wood_density[name] for name in SPECIES]
    careful, gross = diameter_standard_error(dbh), measurement_error("diameter_gross_error")
    share, residual = measurement_error("diameter_gross_share"), RESIDUAL
    means = np.empty(DRAWS)
    for draw in range(DRAWS):
        a, b = shared.coefficients[EQUATION][draw]
        spread = np.where(random.random(len(dbh)) < share, gross, careful)
        read = np.maximum(dbh + spread * random.standard_normal(len(dbh)), SMALLEST_DIAMETER_CM)
        log_dbh = np.log(read)
        noise = residual * random.standard_normal(len(dbh)) - residual**2 / 2
        density = np.where(is_first, densities[0][draw], densities[1][draw])
        mass = per_power * density * np.exp(SLOPE * log_dbh + a + b * log_dbh + noise)
        means[draw] = np.bincount(plot, mass).mean()
    return means


def _draws() -> list[Row | Absent]:
    trees = _trees()
    weight = np.full(len(trees), 1 / PLOTS)

    def ours() -> tuple[Drawn, Drawn, float]:
        """All draws, those without sampling errors besides, and what the chance of trees adds."""
        drawn = simulate(_stand(trees), DRAWS, ["sampling"])
        moments = tree_moments(trees, equations(), {"agb": 1.0}, weight)
        return drawn[None], drawn["sampling"], noise_variance([moments])

    _, held, noise = ours()
    own_sd = math.sqrt(held.stock[0, 0, 0, 0].var() + noise)
    assert math.isclose(_loop(trees, held.shared).std(), own_sd, rel_tol=0.03)
    work = f"{DRAWS:,} draws × {PLOTS} plots × {TREES} trees, the chance of trees by its moments"
    return [
        in_turns(
            work,
            ours,
            "a NumPy loop over the draws (same standard error to 3 %)",
            lambda: _loop(trees, held.shared),
            goal="≥ 10",
            turns=3,
        ),
        _against_r(work, ours, trees),
    ]


def _against_r(work: str, ours: Callable[[], object], trees: pd.DataFrame) -> Row | Absent:
    """As many draws by R BIOMASS, which takes heights too; its seconds are those of the draws alone."""
    against = "`AGBmonteCarlo` of R BIOMASS, with heights"
    absent = Absent(work, against, "R with its package BIOMASS is not installed")
    program = shutil.which("Rscript")
    if program is None:
        return absent
    turns = []
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "trees.csv"
        density = trees["wood_density_g_cm3"]
        trees.assign(wood_density_error_g_cm3=DENSITY_ERROR * density).to_csv(table, index=False)
        script = Path(__file__).with_name("agb_monte_carlo.R")
        words = (program, str(script), str(table), str(DRAWS // 1000))
        for _ in range(3):
            start = time.perf_counter()
            ours()
            seconds = time.perf_counter() - start
            drawn = subprocess.run(words, capture_output=True, text=True, check=False)
            if drawn.returncode == WITHOUT_PACKAGE:
                return absent
            drawn.check_returncode()
            turns.append((seconds, float(drawn.stdout)))
    return Row(work, against, *zip(*turns, strict=True), "≥ 10")


def _pair_sum(sigma: np.ndarray[Any, Any]) -> float:
    """Variance of the mean by the sum over all pairs of pixels."""
    y, x = np.indices(sigma.shape) * PIXEL_M
    places, own = np.column_stack([y.ravel(), x.ravel()]), sigma.ravel()
    correlation = exponential(RANGE_M)
    sums = [
        math.fsum(own[row] * own * correlation(np.hypot(*(places - places[row]).T)))
        for row in range(len(own))
    ]
    return math.fsum(sums) / len(own) ** 2


def _sampled_pairs(sigma: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Variance of the mean from pairs drawn at random, and its standard error."""
    random = np.random.default_rng(11)
    one, other = (random.integers(0, sigma.size, PAIRS) for _ in range(2))
    y, x = (np.abs(a - b) for a, b in zip(np.divmod(one, SIDE), np.divmod(other, SIDE), strict=True))
    products = sigma.ravel()[one] * sigma.ravel()[other] * exponential(RANGE_M)(PIXEL_M * np.hypot(y, x))
    return float(products.mean()), float(products.std() / math.sqrt(PAIRS))


def _pixels() -> list[Row]:
    random = np.random.default_rng(7)
    small, large = random.uniform(10, 40, (100, 100)), random.uniform(10, 40, (SIDE, SIDE))
    ours: Callable[[np.ndarray[Any, Any]], float] = lambda sigma: variance_of_mean(  # noqa: E731
        sigma, (PIXEL_M, PIXEL_M), exponential(RANGE_M)
    )
    assert math.isclose(ours(small), _pair_sum(small), rel_tol=1e-9)
    sampled, error = _sampled_pairs(large)
    assert abs(ours(large) - sampled) < 4 * error
    return [
        in_turns(
            "error of a mean of 10⁴ alike pixels",
            lambda: ours(small),
            "sum over all pairs (equal to 1e-9)",
            lambda: _pair_sum(small),
            turns=3,
        ),
        in_turns(
            "error of a mean of 10⁷ alike pixels",
            lambda: ours(large),
            f"{PAIRS:,} sampled pairs (within 4 of their standard errors)",
            lambda: _sampled_pairs(large),
            turns=3,
        ),
    ]


def _parcels() -> Row:
    random = np.random.default_rng(5)
    side = 2_000
    grid = Grid(
        random.uniform(0, 300, (side, side)),
        GeoBox.from_bbox((500_000, 2_480_000, 520_000, 2_500_000), "EPSG:4547", shape=(side, side)),
    )
    centres = random.uniform(200, 19_800, (PARCELS, 2)) + np.array([500_000, 2_480_000])
    parcels = gpd.GeoDataFrame(geometry=shapely.buffer(shapely.points(centres), 60), crs="EPSG:4547")
    source = NumPyRasterSource(
        grid.values, 500_000, 2_480_000, 520_000, 2_500_000, nodata=np.nan, srs_wkt=grid.system
    )

    def own_call() -> pd.DataFrame:
        found: pd.DataFrame = exact_extract(source, parcels, ["mean", "count"], output="pandas")
        return found

    np.testing.assert_allclose(mean_over(grid, parcels).mean, own_call()["mean"], rtol=1e-3)
    return in_turns(
        f"means of a map over {PARCELS:,} parcels",
        lambda: mean_over(grid, parcels),
        "exactextract's own call",
        own_call,
        goal="≤ 1.2",
    )
