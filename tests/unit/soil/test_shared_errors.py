"""What a step of a shared error does to cores, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mrv.inputs.soil_declaration import SoilDeclaration
from mrv.inputs.soil_tables import Soil
from mrv.soil.cores import core_table, cores_of
from mrv.soil.shared_errors import Step

DATE = "2020-01-01"
ROWS = {
    "top_cm": [0.0, 10.0, 20.0],
    "bottom_cm": [10.0, 20.0, 40.0],
    "bulk_density_g_cm3": [0.5, 0.8, 1.0],
    "organic_carbon_fraction": [0.04, np.nan, np.nan],
    "inorganic_carbon_fraction": [np.nan] * 3,
    "loi_fraction": [np.nan, 0.10, 0.06],
    "coarse_volume_fraction": [np.nan] * 3,
    "batch_id": ["x", None, None],
}
STOCK = 0.5 * 0.04 * 1000 + 0.8 * 0.042 * 1000 + 1.0 * 0.026 * 2000
"""To 40 cm: carbon by the line is 0.4 × loss + 0.2 %. [t C/ha]"""


def stock(*steps, compaction=np.nan, depth=40.0):
    declaration = SoilDeclaration.model_validate(
        {
            "sections": [{"file": "cores.csv"}],
            "measured_carbon": {"method": "elemental_analysis", "carbonate": "absent", "source": "made"},
            "loss_on_ignition": {"slope": 0.4, "intercept_pct": 0.2, "pairs": 30, "source": "made"},
            "errors": {"batch": "y"},
        }
    )
    sections = pd.DataFrame({"plot_id": "P", "core_id": "1", **ROWS, "source": "cores.csv:2"}).astype(
        {"batch_id": "str"}
    )
    cores = pd.DataFrame(
        {
            "plot_id": ["P"],
            "core_id": ["1"],
            "core_depth_cm": [np.nan],
            "refusal": [False],
            "compaction_fraction": [compaction],
        }
    )
    table = core_table(cores_of(Soil(declaration, (depth,), sections, cores), DATE, steps), [depth])
    return table["stock_t_c_ha"].iloc[0]


def test_the_stock_itself():
    assert stock() == pytest.approx(STOCK, rel=1e-12)


def test_a_bias_of_carbon_acts_on_measured_carbon_of_its_batch():
    assert stock(Step("carbon", 0.1, DATE, "x")) == pytest.approx(STOCK + 0.1 * 20, rel=1e-12)
    assert stock(Step("carbon", 0.1, DATE, "y")) == pytest.approx(STOCK, rel=1e-12)


def test_a_bias_of_bulk_density_acts_on_all_sections_of_its_batch():
    assert stock(Step("bulk_density", 0.1, DATE, "y")) == pytest.approx(STOCK + 0.1 * (STOCK - 20), rel=1e-12)


def test_errors_of_the_line_act_where_carbon_is_by_it():
    assert stock(Step("line_slope", 0.01)) == pytest.approx(STOCK + 0.01 * (0.1 * 800 + 0.06 * 2000))
    assert stock(Step("line_intercept", 0.001)) == pytest.approx(STOCK + 0.001 * (800 + 2000))
    assert stock(Step("line_level", 0.05)) == pytest.approx(STOCK + 0.05 * (STOCK - 20))


def test_a_step_of_another_survey_does_nothing():
    assert stock(Step("bulk_density", 0.1, "2010-01-01", "y")) == stock()


def test_a_step_of_compaction_takes_another_depth_of_the_same_core():
    """To 40 cm in the ground, a core compacted by a fifth is read to 32 cm as cut; by a quarter, to 30 cm."""
    as_cut = STOCK - 1.0 * 0.026 * 100 * 8
    assert stock(compaction=0.2) == pytest.approx(as_cut, rel=1e-12)
    assert stock(Step("compaction", 0.05, DATE), compaction=0.2) == pytest.approx(as_cut - 2 * 2.6, rel=1e-12)
    assert stock(Step("compaction", 0.05, DATE)) == pytest.approx(STOCK, rel=1e-12)  # not compacted
