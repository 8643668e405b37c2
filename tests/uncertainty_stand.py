"""A small stand with two species, two dates, and everything that is shared drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mrv.biomass.trees import biomass_by
from mrv.error_reference import equation_errors
from mrv.reference import equations
from mrv.stock.linear import random_mean
from mrv.streams import Streams
from mrv.uncertainty.sampling import replicates_of, sampled_stratum
from mrv.uncertainty.shared import Normal, SharedErrors
from mrv.uncertainty.simulation import StandModel, StratumModel
from mrv.uncertainty.stand import stand_terms

SPECIES = {"Avicennia marina": 0.65, "Kandelia obovata": 0.525}
ALTERNATIVES = {"komiyama_2005_agb": ("chave_2005_dbh", "chave_2005_power")}
ERRORS = SharedErrors(
    wood_density={name: Normal(density, 0.08 * density) for name, density in SPECIES.items()},
    wood_density_limits=(0.2, 1.2),
    equation_covariance={
        name: equation_errors()[name].covariance for name in ("chave_2005_dbh", "chave_2005_power")
    },
    equation_choice=True,
    carbon_fraction={"agb": Normal(0.451, 0.01), "bgb": Normal(0.39, 0.02)},
)


def trees_of(plots, seed, growth):
    """Trees of the plots at one date."""
    random = np.random.default_rng(seed)
    rows = []
    for plot in plots["plot_id"]:
        for number in range(random.integers(3, 12)):
            species = list(SPECIES)[number % 2]
            rows.append((plot, f"{number}", species, SPECIES[species], 5 + growth + 20 * random.random()))
    trees = pd.DataFrame(rows, columns=["plot_id", "tree_id", "species", "wood_density_g_cm3", "dbh_cm"])
    trees = trees.assign(
        stem_id="1",
        height_m=8.0,
        status=["dead" if number % 17 == 0 else "live" for number in range(len(trees))],
        pom="breast_height",
        source=[f"trees.csv:{number}" for number in range(len(trees))],
        expansion_factor_per_ha=65.0,
        agb_equation="komiyama_2005_agb",
        bgb_equation="komiyama_2005_bgb",
    )
    trees["dead_class"] = trees["status"].map({"live": "", "dead": "1"})
    trees["bole"] = False
    trees["dead_factor"] = trees["status"].map({"live": 1.0, "dead": 0.9})
    trees["agb_kg"] = biomass_by(equations()["komiyama_2005_agb"], trees)[0] * trees["dead_factor"]
    trees["bgb_kg"] = biomass_by(equations()["komiyama_2005_bgb"], trees)[0]
    dead = trees["status"] == "dead"
    trees.loc[dead, "bgb_kg"] = 0.0
    trees.loc[dead, "bgb_equation"] = "excluded (dead)"
    return trees


def plots_of(strata):
    """Six plots in each stratum."""
    return pd.DataFrame(
        [(f"{stratum}{n}", stratum, pd.NA, np.nan) for stratum in strata for n in range(6)],
        columns=["plot_id", "stratum_id", "cluster_id", "plots_in_cluster"],
    )


def stand_of(strata=("a", "b"), errors=ERRORS, seed=1, shuffle=False):
    """Model of the stand, and its trees by date."""
    plots = plots_of(strata)
    surveys = [
        pd.concat(
            [trees_of(plots[plots["stratum_id"] == s], seed + ord(s), growth) for s in strata],
            ignore_index=True,
        )
        for growth in (0.0, 3.0)
    ]
    given = [trees.sample(frac=1, random_state=7) if shuffle else trees for trees in surveys]
    terms = stand_terms(
        given, [list(plots["plot_id"])] * 2, equations(), set(errors.equation_covariance), ALTERNATIVES
    )
    models = []
    for stratum in strata:
        own = plots[plots["stratum_id"] == stratum]
        estimator = random_mean(len(own), units=list(own["plot_id"]))
        replicates = replicates_of([estimator])
        sample = sampled_stratum(own.index.to_numpy(), estimator, replicates)
        df = len(own) - 1
        models.append(StratumModel(stratum, len(replicates), (sample, sample), (df, df), df))
    return StandModel(terms, models, errors, Streams(5, "test")), surveys, plots
