"""A sound survey that each test spoils in one place."""

from __future__ import annotations

import numpy as np
import pandas as pd


def sound_trees(seed: int, plots: int = 12, stems: int = 30) -> pd.DataFrame:
    """Trees of a made survey: diameters and heights to a millimetre and a decimetre."""
    generator = np.random.default_rng(seed)
    count = plots * stems
    dbh = np.round(np.exp(generator.normal(2.2, 0.4, count)), 1)
    height = np.round(2.2 * dbh**0.5 * np.exp(generator.normal(0, 0.12, count)), 1)
    plot = np.repeat([f"P{number + 1:02}" for number in range(plots)], stems)
    return pd.DataFrame(
        {
            "plot_id": plot,
            "stratum_id": "one",
            "tree_id": [str(number % stems + 1) for number in range(count)],
            "stem_id": pd.Series([None] * count, dtype="str"),
            "subplot_id": "main",
            "species": "Kandelia obovata",
            "dbh_cm": dbh,
            "height_m": height,
            "status": "live",
            "pom": "breast_height",
            "pom_m": np.nan,
            "source": [f"trees.csv:{number + 2}" for number in range(count)],
            "file": "trees.csv",
        }
    )
