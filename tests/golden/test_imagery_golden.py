"""Golden cases of reflectance and indices: R01, R02, R03, Q03."""

from __future__ import annotations

import numpy as np
import pytest

from mrv.imagery.calibration import sensor_calibration, sentinel2_offset
from mrv.imagery.indices import index_values, ndvi

NAMES = {
    "NDVI": "ndvi",
    "NDWI_McFeeters": "ndwi",
    "MNDWI": "mndwi",
    "NDMI_B8A_B11": "ndmi",
    "EVI": "evi",
    "MVI_Baloloy2020": "mvi",
    "CMRI": "cmri",
}
ROLES = {
    "B2": "blue",
    "B3": "green",
    "B4": "red",
    "B8": "nir",
    "B8A": "nir_narrow",
    "B11": "swir1",
    "B12": "swir2",
}


def reflectance(stored, baseline, applied):
    offset = sentinel2_offset(baseline, applied)
    assert offset is not None
    return sensor_calibration("sentinel2_l2a", offset).values(np.array(stored, dtype=np.uint16))


def close(found, expected, case):
    expected = np.array(expected, dtype=float)
    tolerance = case["tolerance"]
    np.testing.assert_allclose(found, expected, rtol=tolerance["rel"], atol=tolerance["abs"])


def test_r01_reflectance_by_processing_baseline(golden):
    case = golden("R01")
    stored, expected = case["inputs"]["DN"], case["expected"]
    close(reflectance(stored, 4.0, False), expected["rho_0400"], case)
    close(reflectance(stored, 5.1, False), expected["rho_0400"], case)
    close(reflectance(stored, 3.01, None), expected["rho_pre_0400"], case)


def test_r01_an_offset_that_is_applied_already_is_not_applied_twice(golden):
    case = golden("R01")
    # What a provider stores who has subtracted the offset already.
    stored = [case["inputs"]["DN"][0] - 1000]
    twice = sensor_calibration("sentinel2_l2a", -1000).values(np.array(stored))
    close(twice, case["expected"]["double_offset_trap_rho"], case)
    close(reflectance(stored, 4.0, True), case["expected"]["rho_0400"][0], case)


@pytest.mark.parametrize(("baseline", "applied"), [(None, None), (None, False), (4.0, None), (5.1, None)])
def test_r01_an_offset_that_is_not_stated_is_not_guessed(baseline, applied):
    assert sentinel2_offset(baseline, applied) is None


def test_q03_no_data_is_missing_before_the_offset(golden):
    case = golden("Q03")
    assert case["expected"]["required"] == "NaN"
    assert np.isnan(reflectance([case["inputs"]["DN"]], 4.0, False)).all()
    assert np.isnan(reflectance([case["inputs"]["DN"]], 3.0, None)).all()


def test_r02_indices_of_a_mangrove_spectrum(golden):
    case = golden("R02")
    bands = {ROLES[name]: np.array(value) for name, value in case["inputs"]["bands"].items()}
    assert set(NAMES) == set(case["expected"])
    for name, expected in case["expected"].items():
        close(index_values(NAMES[name], bands), expected, case)


def test_r03_what_a_missed_offset_does_to_ndvi(golden):
    case = golden("R03")
    stored = [case["inputs"]["DN_nir"], case["inputs"]["DN_red"]]
    right = ndvi(*reflectance(stored, 4.0, False))
    missed = ndvi(*reflectance(stored, 3.0, None))
    close(right, case["expected"]["NDVI_correct"], case)
    close(missed, case["expected"]["NDVI_missing_offset"], case)
    close(missed - right, case["expected"]["bias"], case)
