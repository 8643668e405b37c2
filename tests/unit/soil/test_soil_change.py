"""Change of soil carbon in a run: at fixed depth, on the same mass of soil, and with its errors."""

from __future__ import annotations

import math

import pytest
from made_project import DATES, made_run

from mrv.accounting.vintages import period_years

SPAN = "/".join(DATES)
FIXED, ON_MASS = "fixed depth", "equivalent soil mass"
FIRST = [(0, 10, 0.8, 2.0), (10, 20, 0.9, 1.8), (20, 30, 0.95, 1.5)]
SECOND = [(0, 10, 0.7, 2.3), (10, 20, 0.85, 1.9), (20, 30, 0.95, 1.6), (30, 40, 1.0, 1.4)]


def scaled(sections, density=1.0, carbon=1.0):
    return [(top, bottom, bd * density, c * carbon) for top, bottom, bd, c in sections]


def change(results, method, stratum="A"):
    index = {"stratum": stratum, "depth": "0-30 cm", "date": SPAN, "method": method}
    return results.figure("soil_carbon_change_t_c_ha", index)


@pytest.fixture(scope="module")
def golden_run(golden, tmp_path_factory):
    """Four plots with the core of C21 each, taken again in the same plots."""
    case = golden("C21")["inputs"]
    first, second = ([tuple(row) for row in case[name]] for name in ("t1", "t2"))
    plots = ("A1", "A2", "A3", "A4")
    dates = [dict.fromkeys(plots, first), dict.fromkeys(plots, second)]
    return made_run(tmp_path_factory.mktemp("golden"), dates)


def test_a_run_gives_both_changes_of_c21(golden, golden_run):
    expected = golden("C21")["expected"]
    assert change(golden_run, FIXED).value == pytest.approx(expected["change_fixed_depth"], rel=1e-9)
    assert change(golden_run, ON_MASS).value == pytest.approx(expected["change_ESM"], rel=1e-9)
    index = {"stratum": "A", "depth": "0-30 cm", "date": SPAN}
    difference = golden_run.figure("soil_carbon_change_difference_t_c_ha", index)
    assert difference.value == pytest.approx(3.1 - 1.0, rel=1e-9)


def test_the_sink_is_the_change_by_year_as_carbon_dioxide(golden, golden_run):
    index = {"stratum": "A", "depth": "0-30 cm", "date": SPAN, "method": ON_MASS}
    per_year = golden("C21")["expected"]["change_ESM"] * 44 / 12 / period_years(*DATES)
    sink = golden_run.figure("soil_carbon_sink_t_co2e_ha_yr", index)
    assert sink.value == pytest.approx(per_year, rel=1e-9)
    total = golden_run.figure("soil_carbon_sink_total_t_co2e_yr", index)
    assert total.value == pytest.approx(per_year * 10, rel=1e-9)


def test_the_same_cores_at_both_dates_change_nothing(tmp_path):
    cores = {f"{stratum}{n}": scaled(SECOND, 1 + n / 10, 1 + n / 7) for stratum in "AB" for n in range(3)}
    results = made_run(tmp_path, [cores, cores])
    for stratum in "AB":
        for method in (FIXED, ON_MASS):
            figure = change(results, method, stratum)
            assert (figure.value, figure.standard_error) == (0, 0)
    whole = results.figure("soil_carbon_change_t_c_ha", {"depth": "0-30 cm", "date": SPAN, "method": ON_MASS})
    assert whole.value == 0


def test_cores_taken_again_in_their_plots_are_paired(tmp_path):
    first = {f"A{n}": scaled(FIRST, carbon=1 + n) for n in range(4)}
    second = {f"A{n}": scaled(FIRST, carbon=1.1 * (1 + n)) for n in range(4)}
    gains = [0.1 * 46.45 * (1 + n) for n in range(4)]
    average = sum(gains) / 4
    spread = math.sqrt(sum((gain - average) ** 2 for gain in gains) / 3 / 4)
    results = made_run(tmp_path, [first, second])
    for method in (FIXED, ON_MASS):
        figure = change(results, method)
        assert figure.value == pytest.approx(average, rel=1e-9)
        assert figure.standard_error == pytest.approx(spread, rel=1e-9)


def test_other_plots_are_compared_on_the_mean_mass_of_the_first_date(tmp_path):
    """All carbon per mass is 2 %: on the same mass nothing changes, and nothing is uncertain."""
    even = [(top, bottom, density, 2.0) for top, bottom, density, _ in SECOND]
    first = {f"A{n}": scaled(even, 1 + n / 20) for n in range(4)}
    second = {f"A{n}": scaled(even, 0.9 + n / 20) for n in range(4, 8)}
    results = made_run(tmp_path, [first, second])
    fixed, on_mass = change(results, FIXED), change(results, ON_MASS)
    assert fixed.value == pytest.approx(50 * (0.9 + 5.5 / 20 - 1 - 1.5 / 20), rel=1e-9)
    assert on_mass.value == pytest.approx(0, abs=1e-9)
    assert fixed.standard_error > 1
    assert on_mass.standard_error == pytest.approx(0, abs=1e-9)


def test_a_core_that_does_not_hold_the_mass_gives_no_change_on_the_mass(tmp_path):
    first = {f"A{n}": FIRST for n in range(3)}
    second = {"A0": SECOND, "A1": SECOND, "A2": scaled(FIRST, 0.9)}
    results = made_run(tmp_path, [first, second])
    assert change(results, FIXED).value is not None
    with pytest.raises(KeyError):
        change(results, ON_MASS)
    assert "soil-mass-short" in {finding.rule for finding in results.findings}


def test_two_ways_to_carbon_are_told(tmp_path):
    cores = {f"A{n}": FIRST for n in range(3)}
    other = {"measured_carbon": {"method": "walkley_black", "recovery": 0.8, "source": "made"}}
    results = made_run(tmp_path, [cores, cores], [{}, other])
    assert "soil-methods-differ" in {finding.rule for finding in results.findings}


def shared_bias(batch=None, carbon=0.04, density=0.03):
    errors = {
        "carbon": {"relative_standard_error": carbon, "source": "made"},
        "bulk_density": {"relative_standard_error": density, "source": "made"},
    }
    return {"errors": {**errors, **({"batch": batch} if batch else {})}}


def test_a_bias_moves_a_stock_by_its_share_however_many_cores(tmp_path):
    """Equal cores have no sampling error: the total is that of the two biases in quadrature."""
    results = made_run(tmp_path, [{f"A{n}": FIRST for n in range(5)}], [shared_bias()])
    figure = results.figure(
        "soil_carbon_density_t_c_ha", {"stratum": "A", "depth": "0-30 cm", "date": DATES[0]}
    )
    assert figure.standard_error == 0
    assert figure.total_standard_error == pytest.approx(46.45 * 0.05, rel=0.03)  # 10,000 draws
    shares = {c.component: c.share_of_soil_stock_variance for c in results.error_budget.components}
    assert shares["soil_laboratory_carbon"] == pytest.approx(0.64, abs=0.02)
    assert shares["soil_bulk_density"] == pytest.approx(0.36, abs=0.02)


SAME, OTHER = ("one", "one"), ("one", "two")


@pytest.mark.parametrize(("batches", "size"), [(SAME, 0.0), (OTHER, 47.45 * 0.05 * 2**0.5)])
def test_a_bias_of_one_batch_leaves_no_error_of_a_change(tmp_path, batches, size):
    cores = {f"A{n}": [*SECOND[:3], (30, 60, 1.0, 1.4)] for n in range(3)}
    soil = [shared_bias(batch) for batch in batches]
    results = made_run(tmp_path, [cores, cores], soil)
    figure = change(results, FIXED)
    assert figure.value == 0
    if size == 0:
        assert figure.total_interval is None or figure.total_standard_error == pytest.approx(0, abs=1e-12)
    else:
        assert figure.total_standard_error == pytest.approx(size, rel=0.03)


def test_a_batch_of_its_own_averages_out_with_others(tmp_path):
    cores = {f"A{n}": [(*section, f"batch{n}") for section in FIRST] for n in range(4)}
    results = made_run(tmp_path, [cores], [shared_bias(density=1e-9)])
    figure = results.figure(
        "soil_carbon_density_t_c_ha", {"stratum": "A", "depth": "0-30 cm", "date": DATES[0]}
    )
    assert figure.total_standard_error == pytest.approx(46.45 * 0.04 / 2, rel=0.03)


def test_a_further_stratum_changes_no_draw(tmp_path):
    cores = {f"A{n}": scaled(FIRST, carbon=1 + n / 9) for n in range(4)}
    more = cores | {f"B{n}": scaled(FIRST, carbon=2 + n / 9) for n in range(4)}
    index = {"stratum": "A", "depth": "0-30 cm", "date": DATES[0]}
    alone, beside = (
        made_run(tmp_path / str(n), [survey], [shared_bias()]).figure("soil_carbon_density_t_c_ha", index)
        for n, survey in enumerate((cores, more))
    )
    assert alone.total_interval == beside.total_interval
    assert alone.total_standard_error == beside.total_standard_error


def test_an_error_that_is_left_out_is_not_drawn(tmp_path):
    cores = {f"A{n}": FIRST for n in range(3)}
    keys = {"uncertainty": {"draws": 1000, "left_out": {"soil_bulk_density": "weighed on reference cores"}}}
    results = made_run(tmp_path, [cores], [shared_bias()], keys)
    states = {c.component: c.state for c in results.error_budget.components}
    assert states["soil_bulk_density"] == "left out"
    assert states["soil_laboratory_carbon"] == "drawn"


def test_what_nobody_states_is_not_known(tmp_path):
    results = made_run(tmp_path, [{f"A{n}": FIRST for n in range(3)}])
    reasons = {c.component: (c.state, c.because) for c in results.error_budget.components}
    assert reasons["soil_laboratory_carbon"] == ("not known", f"{DATES[0]}: soil.errors.carbon")
    assert "soil_compaction" not in reasons
    assert "soil_loss_on_ignition_line" not in reasons


def test_the_error_of_a_line_is_that_of_its_two_coefficients_together(tmp_path):
    """Loss on ignition of 10 % in all sections: carbon 4.2 %, its variance a² x² + b² + 2 r a b x."""
    cores = {f"A{n}": [(0, 10, 0.8, 10.0), (10, 30, 1.0, 10.0)] for n in range(3)}
    errors = {"slope": 0.02, "intercept_pct": 0.1, "correlation": -0.9}
    line = {"slope": 0.4, "intercept_pct": 0.2, "pairs": 40, "standard_errors": errors, "source": "made"}
    table = {
        "file": f"cores-{DATES[0]}.csv",
        "columns": {"loi_fraction": "organic_carbon_fraction", "organic_carbon_fraction": None},
        "units": {"loi_fraction": "%"},
    }
    soil = {"sections": [table], "measured_carbon": None, "loss_on_ignition": line}
    results = made_run(tmp_path, [cores], [soil])
    figure = results.figure(
        "soil_carbon_density_t_c_ha", {"stratum": "A", "depth": "0-30 cm", "date": DATES[0]}
    )
    assert figure.value == pytest.approx(2800 * 0.042, rel=1e-9)
    spread = math.sqrt(0.002**2 + 0.001**2 - 2 * 0.9 * 0.002 * 0.001)
    assert figure.total_standard_error == pytest.approx(2800 * spread, rel=0.03)  # 10,000 draws
    states = {c.component: c.state for c in results.error_budget.components}
    assert states["soil_loss_on_ignition_line"] == "drawn"
    assert "soil_laboratory_carbon" not in states
