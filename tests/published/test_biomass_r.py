"""Agreement with the R package BIOMASS: its equation on a grid, its tree chain, its simulated total.

Its numbers are read to be compared with, never copied. It draws wood density for each tree on its own;
so does this test, to compare like with like, and the toolkit does not.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from mrv.biomass.allometry import tree_biomass
from mrv.error_reference import diameter_standard_error, measurement_error
from mrv.reference import Equation
from mrv.streams import Streams
from mrv.uncertainty.shared import covariance_root
from mrv.units import KG_PER_T

CHAVE_2014 = Equation(
    equation_id="chave_2014_4",
    component="agb",
    species="*",
    form="wood_density_d2h",
    a=math.log(0.0673),
    b=0.976,
    c=math.nan,
    d=math.nan,
    points_of_measurement=frozenset({"breast_height"}),
    stems="per_stem",
    dbh_min_cm=5,
    dbh_max_cm=212,
    height_min_m=math.nan,
    height_max_m=math.nan,
    sample_trees=4004,
    region="pan-tropical, terra firme: not for mangroves",
    log_bias="contained",
    source_id="chave_2014",
    evidence="corroborated",
    range_evidence="recalled",
    status="quarantined",
    note="Chave et al. (2014), Global Change Biology 20, 3177-3190, equation 4",
)
"""A row of this test and of no table: the equation was not fitted for mangroves."""


@pytest.fixture(scope="module")
def reference(shared):
    return lambda name: pd.read_csv(shared / "reference/biomass_r" / f"{name}.csv")


def biomass_t(frame, dbh, density, height):
    columns = (frame[name].to_numpy(dtype=float) for name in (dbh, density, height))
    return tree_biomass(CHAVE_2014, *columns) / KG_PER_T


def test_equation_on_the_grid(reference):
    grid = reference("expected_computeAGB_chave2014_eq4_grid")
    assert len(grid) > 10
    np.testing.assert_allclose(biomass_t(grid, "D", "WD", "H"), grid["AGB_Mg"], rtol=1e-9)


def test_tree_chain_and_plot_totals(reference):
    trees = reference("expected_tree_chain_NouraguesTrees")
    found = biomass_t(trees, "D", "meanWD", "H_log2")
    np.testing.assert_allclose(found, trees["AGB_Mg"], rtol=1e-9)
    totals = pd.Series(found).groupby(trees["Plot"]).sum()
    for row in reference("expected_plot_AGB_NouraguesTrees").itertuples():
        if row.Plot in totals.index:
            assert totals[row.Plot] == pytest.approx(row.AGB_Mg, rel=1e-9)


HEIGHT_LOG_ERROR = 0.2
"""Spread of the log height of a tree around its model; the package fits it on data that are not at hand, and
the total of two thousand trees hardly feels it."""


def simulated_totals(trees, posterior, blocks=2):
    """Totals [t] by the package's recipe: coefficients shared, everything else by tree."""
    streams = Streams(20260923, "nouragues")
    dbh, density, spread, height = (
        trees[name].to_numpy(dtype=float) for name in ("D", "meanWD", "sdWD", "H_log2")
    )
    coefficients = posterior[["intercept", "logagbt"]].to_numpy()
    root = covariance_root(np.cov(coefficients.T))
    centre, residual = coefficients.mean(axis=0), posterior["sd"].mean()
    careful, n = diameter_standard_error(dbh), len(trees)
    gross, share = (measurement_error(f"diameter_gross_{name}") for name in ("error", "share"))
    totals = []
    for block in range(blocks):
        a, b = (centre[:, None] + root @ streams.normals("coefficients", block, columns=2).T)[:, :, None]
        for start in range(0, 1000, 250):
            rows = slice(start, start + 250)
            z = {
                name: ndtri(streams.uniforms(f"{name}{start}", block, columns=n)[rows])
                for name in ("dbh", "density", "height", "residual")
            }
            wrong = streams.uniforms(f"wrong{start}", block, columns=n)[rows] < share
            d = np.maximum(dbh + np.where(wrong, gross, careful) * z["dbh"], 0.1)
            rho = np.clip(density + spread * z["density"], 0.08, 1.39)
            h = height * np.exp(HEIGHT_LOG_ERROR * z["height"] - HEIGHT_LOG_ERROR**2 / 2)
            log_biomass = a[rows] + b[rows] * np.log(rho * d**2 * h) + residual * z["residual"]
            totals.append(np.exp(log_biomass).sum(axis=1) / KG_PER_T)
    return np.concatenate(totals)


def test_simulated_total_lies_in_the_band_of_twenty_seeds(reference):
    published = reference("expected_AGBmonteCarlo_chave2004_20seeds").query("plot == 'ALL'")
    totals = simulated_totals(reference("expected_tree_chain_NouraguesTrees"), reference("param_4"))
    error = totals.std() / math.sqrt(len(totals))
    assert len(published) == 20
    assert published["mean"].min() - 2 * error < totals.mean() < published["mean"].max() + 2 * error
    assert totals.std() == pytest.approx(published["sd"].mean(), rel=0.10)
    for end, p in (("lo", 0.025), ("hi", 0.975)):
        assert np.quantile(totals, p) == pytest.approx(published[end].mean(), rel=0.01)
