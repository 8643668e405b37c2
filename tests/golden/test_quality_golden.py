"""Golden cases on the quality of data, through public functions."""

from __future__ import annotations

import numpy as np
import pytest

from mrv.error_reference import diameter_standard_error
from mrv.plausibility import judge
from mrv.quality.coordinate_slips import possible_latitude, swapped_guess
from mrv.quality.measuring_units import in_millimetres, millimetre_inflation

QUANTITIES = {
    "BA_m2_ha": "basal_area_m2_ha",
    "AGB_Mg_ha": "agb_t_ha",
    "DBH_cm": "dbh_cm",
    "H_m": "height_m",
    "stems_ha": "stems_per_ha",
    "BD_g_cm3": "bulk_density_g_cm3",
    "OC_pct": "organic_carbon_pct",
    "SOC_1m_t_ha": "soc_1m_t_c_ha",
    "dAGB_Mg_ha_yr": "agb_change_t_ha_yr",
    "accretion_mm_yr": "accretion_mm_yr",
}


def test_q01_millimetres(golden):
    case = golden("Q01")
    dbh = np.array(case["inputs"]["D_values"], dtype=np.float64)
    assert in_millimetres(dbh, np.full(len(dbh), 20.0))
    assert in_millimetres(dbh, np.full(len(dbh), np.nan))
    assert not in_millimetres(dbh, np.full(len(dbh), 20.1))
    assert not in_millimetres(dbh / 10, np.full(len(dbh), 5.0))
    expected = case["expected"]
    assert np.median(dbh) == pytest.approx(expected["median"], rel=1e-9)
    assert millimetre_inflation(2.46) == pytest.approx(expected["agb_inflation_if_uncaught"], rel=1e-9)


def test_q02_swapped_coordinates(golden):
    case = golden("Q02")
    latitude, longitude = case["inputs"]["lat"], case["inputs"]["lon"]
    assert possible_latitude(latitude) is case["expected"]["lat_valid"]
    guess = swapped_guess(latitude, longitude)
    assert guess is not None
    assert list(guess) == case["expected"]["swapped_guess"]
    assert swapped_guess(*guess) is None


def test_q04_error_of_a_diameter(golden):
    case = golden("Q04")
    found = diameter_standard_error(np.array(case["inputs"]["D"], dtype=np.float64))
    np.testing.assert_allclose(found, case["expected"]["sd"], rtol=1e-9)


def test_q06_plausibility_limits(golden):
    case = golden("Q06")
    flags = [judge(QUANTITIES[name], value) for name, value in case["inputs"]["observations"]]
    assert flags == case["expected"]["flags"]


def test_q06_limits_are_those_of_the_table(golden):
    from mrv.plausibility import limits

    for name, (soft, hard) in golden("Q06")["inputs"]["limits_soft_hard"].items():
        limit = limits()[QUANTITIES[name]]
        assert [limit.soft_high, limit.hard_high] == [np.max(soft), np.max(hard)]
        if isinstance(soft, list):
            assert [limit.soft_low, limit.hard_low] == [soft[0], hard[0]]
