"""Plot and pixel, folds, agreement and the area of applicability against the golden numbers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox

from mrv.mapping.agreement import agreement, group_bias, reliability
from mrv.mapping.applicability import applicability, dissimilarity_threshold
from mrv.mapping.folds import distance_mismatch, fold_distances, sample_distances
from mrv.mapping.footprints import expected_overlap, predictors_under, windows_under
from mrv.reference import height_relations


def test_threshold_of_dissimilarity_r04(golden):
    """Published: the test suite of CAST gives 0.38986."""
    case = golden("R04")
    threshold = dissimilarity_threshold(np.array(case["inputs"]["trainDI"]))
    assert threshold == pytest.approx(case["expected"]["threshold"], abs=case["tolerance"]["abs"])
    assert round(threshold, 5) == case["published_value"]


def test_distances_between_plots_r05(golden):
    """Published: the test suite of CAST gives a mean of 1.4294."""
    case = golden("R05")
    points = np.array(case["inputs"]["points"])
    np.testing.assert_allclose(sample_distances(points), case["expected"]["nn"], rtol=1e-9)
    assert round(float(sample_distances(points).mean()), 4) == case["published_value"]
    # Where every plot is a fold of its own, the nearest kept plot is the nearest plot.
    alone = np.arange(len(points))
    np.testing.assert_array_equal(fold_distances(points, alone), sample_distances(points))


def test_area_of_applicability_r06(golden):
    case = golden("R06")
    inputs, expected = case["inputs"], case["expected"]
    area = applicability(
        np.array(inputs["train"]), np.array(inputs["weights"]), np.array(inputs["cv_fold"], dtype=np.int64)
    )
    new = np.array(inputs["new"])
    assert area.mean_distance == pytest.approx(expected["dbar"], rel=1e-9)
    np.testing.assert_allclose(area.training_index, expected["trainDI"], rtol=1e-9)
    assert area.threshold == pytest.approx(expected["threshold"], rel=1e-9)
    np.testing.assert_allclose(area.dissimilarity(new), expected["DI_new"], rtol=1e-9)
    assert area.inside(new).tolist() == expected["inside_AOA"]
    assert area.local_density(new).tolist() == expected["LPD_new"]


def test_mismatch_of_distances_r07(golden):
    case = golden("R07")
    mismatch = distance_mismatch(np.array(case["inputs"]["Gij"]), np.array(case["inputs"]["Gj_star"]))
    assert mismatch == pytest.approx(case["expected"]["W"], rel=1e-9)


def test_biomass_by_height_r08(golden):
    case = golden("R08")
    relation = height_relations()["simard_2019_global"]
    values = [relation.agb_t_ha(height) for height in case["inputs"]["Hba_m"]]
    np.testing.assert_allclose(values, case["expected"]["agb_Mg_ha"], rtol=1e-9)
    assert relation.evidence == "recalled"


def test_pixels_under_a_plot_r09(golden):
    """A plot of a pixel's size, 3 m east and 4 m north of it."""
    case = golden("R09")
    own, east, north, north_east = case["inputs"]["pixel_values_2x2_rowmajor"]
    values = xr.DataArray(
        np.array([[[north, north_east], [own, east]]], dtype=float),
        dims=("predictor", "y", "x"),
        coords={"predictor": ["height"]},
    )
    grid = GeoBox((2, 2), Affine(10, 0, 500_000, 0, -10, 2_500_020), "EPSG:4547")
    plot = shapely.box(500_003, 2_500_004, 500_013, 2_500_014)
    windows = windows_under(np.array([plot], dtype=object), values, grid)
    means, coverage = predictors_under(windows, 1, 1)
    assert means[0, 0] == pytest.approx(case["expected"]["value"], rel=1e-9)
    assert coverage[0] == pytest.approx(1.0, abs=1e-12)


def test_error_in_a_predictor_r10(golden):
    case = golden("R10")
    inputs, expected = case["inputs"], case["expected"]
    share = reliability(inputs["var_true_x"], inputs["var_error_x"])
    assert share == pytest.approx(expected["reliability"], rel=1e-9)
    assert share * inputs["slope_true"] == pytest.approx(expected["slope_observed"], rel=1e-9)


def test_agreement_shows_what_a_correlation_hides_r11(golden):
    case = golden("R11")
    observed, predicted = (np.array(case["inputs"][name]) for name in ("obs", "pred"))
    expected = case["expected"]
    found = agreement(observed, predicted)
    assert found.bias_t_ha == pytest.approx(expected["bias"], rel=1e-9)
    assert found.rmse_t_ha == pytest.approx(expected["rmse"], rel=1e-9)
    assert found.slope_predicted_on_observed == pytest.approx(expected["slope_pred_on_obs"], rel=1e-9)
    assert found.slope_observed_on_predicted == pytest.approx(expected["slope_obs_on_pred"], rel=1e-9)
    assert found.r2 == pytest.approx(expected["R2_1minusSSE_SST"], rel=1e-9)
    assert found.squared_correlation == pytest.approx(expected["r2_corr"], rel=1e-9)
    assert group_bias(observed, predicted, groups=4)[-1] == pytest.approx(expected["bias_top_quartile"])


def test_plot_in_its_pixel_r12(golden):
    case = golden("R12")
    found = [
        expected_overlap(case["inputs"]["plot=pixel_m"], sigma) for sigma in case["inputs"]["sigma_axis_m"]
    ]
    np.testing.assert_allclose(found, case["expected"]["expected_overlap"], rtol=1e-9)
