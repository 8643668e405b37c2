"""From a declared map and sample to areas: the printed table, the files, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mrv.area.accuracy import estimate_accuracy, largest_missed_share
from mrv.area.rates import change_rates

from .conftest import mrv


def spoil(file, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_areas_are_hectares_and_no_pixels(table_8, tmp_path):
    """21,158 ± 6,158 ha of loss; 235,086 ± 68,417 is the same in pixels."""
    result = mrv("area", "estimate", table_8, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    for text in ("21,157.8 ± 6,157.5", "88.0% ± 7.4%", "Overall accuracy 94.7% ± 1.8%"):
        assert text in result.output
    assert "235,086" not in result.output
    record = json.loads((tmp_path / "out/area.json").read_text())
    assert [entry["mapped_ha"] for entry in record["classes"]] == [18_000, 13_500, 288_000, 580_500]
    table = (tmp_path / "out/areas.csv").read_text().splitlines()
    assert table[0].startswith("class,mapped_ha,area_ha,standard_error_ha,half_width_ha")
    assert len(table) == 5


def test_the_loss_rate_is_given_under_each_convention_with_its_interval(table_8, tmp_path):
    mrv("area", "estimate", table_8, "-o", tmp_path / "out")
    change = json.loads((tmp_path / "out/area.json").read_text())["change"]
    start, end = change["mangrove_area_ha"]
    assert end - start == pytest.approx(change["gained"]["value_ha"] - change["lost"]["value_ha"])
    years = 3653 / 365.25
    assert change["years"] == years
    r, q = change["net_rate"]["continuous"], change["net_rate"]["compound"]
    assert r["value_per_year"] == pytest.approx(np.log(end / start) / years, rel=1e-12)
    assert q["value_per_year"] == pytest.approx((end / start) ** (1 / years) - 1, rel=1e-9)
    assert q["interval"]["high"] == pytest.approx(np.expm1(r["interval"]["high"]), rel=1e-12)
    # Less loss is the cautious end for a baseline that rests on it.
    assert change["least_loss"]["continuous_per_year"] == r["interval"]["high"] > r["value_per_year"]


def test_rates_by_the_delta_method_agree_with_draws():
    areas, covariance = np.array([1200.0, 1116.0]), np.array([[900.0, 500.0], [500.0, 800.0]])
    found = change_rates(areas, covariance, 10.0, 1.959964)
    drawn = np.random.default_rng(3).multivariate_normal(areas, covariance, 400_000)
    rates = np.log(drawn[:, 1] / drawn[:, 0]) / 10
    assert found.continuous.standard_error == pytest.approx(rates.std(), rel=0.01)
    assert (found.continuous.low, found.continuous.high) == pytest.approx(
        np.quantile(rates, [0.025, 0.975]), rel=0.02
    )
    assert found.compound.standard_error == pytest.approx(np.expm1(rates).std(), rel=0.01)
    linear = (drawn[:, 1] - drawn[:, 0]) / drawn[:, 0] / 10
    assert found.linear.standard_error == pytest.approx(linear.std(), rel=0.01)


def test_the_order_of_units_and_strata_changes_nothing(table_8, tmp_path):
    mrv("area", "estimate", table_8, "-o", tmp_path / "one")
    head, *rows = (table_8 / "points.csv").read_text().splitlines()
    (table_8 / "points.csv").write_text("\n".join([head, *reversed(rows)]) + "\n")
    mrv("area", "estimate", table_8, "-o", tmp_path / "other")
    for name in ("area.json", "areas.csv", "covariance_ha2.csv", "project-keys.yaml"):
        one, other = ((tmp_path / folder / name).read_text() for folder in ("one", "other"))
        assert one == other.replace("other/area.json", "one/area.json")


def test_intervals_hold_what_they_promise():
    """2,000 samples of a known landscape: the 95 % interval holds the true share 93 to 97 times in 100."""
    generator = np.random.default_rng(11)
    weights = np.array([0.1, 0.3, 0.6])
    truth = np.array([[0.85, 0.10, 0.05], [0.05, 0.90, 0.05], [0.02, 0.04, 0.94]])
    shares = weights @ truth
    strata = np.repeat([0, 1, 2], [75, 100, 200])
    held, values = np.zeros(3), []
    for _ in range(2000):
        reference = (generator.random(len(strata))[:, None] > truth[strata].cumsum(axis=1)[:, :2]).sum(axis=1)
        found = estimate_accuracy("abc", strata, reference, strata, weights)
        values.append([share.value for share in found.shares])
        widths = np.array([share.half_width(0.95, "t") for share in found.shares])
        held += np.abs(values[-1] - shares) <= widths
    assert np.mean(values, axis=0) == pytest.approx(shares, abs=0.001)
    assert (held / 2000 > 0.93).all() and (held / 2000 < 0.97).all()


def test_a_stratum_without_an_error_is_said_to_add_nothing(table_8, tmp_path):
    rows = (table_8 / "points.csv").read_text()
    for other in ("stable,loss,1", "stable,other,11"):
        rows = rows.replace(other, other.rsplit(",", 1)[0] + ",0")
    (table_8 / "points.csv").write_text(rows)
    result = mrv("area", "estimate", table_8, "-o", tmp_path / "out")
    limit = largest_missed_share(153, 0.95)
    assert limit == pytest.approx(3 / 153, rel=0.02)
    text = " ".join(result.output.split())
    assert "stable: none of its 153 units shows an error" in text and "up to 1.9% of it may be wrong" in text


def test_student_t_is_wider_than_the_normal(table_8, tmp_path):
    mrv("area", "estimate", table_8, "-o", tmp_path / "z")
    spoil(table_8 / "area.yaml", "seed: 1", "seed: 1\ninterval: t")
    mrv("area", "estimate", table_8, "-o", tmp_path / "t")
    z, t = (
        json.loads((tmp_path / kind / "area.json").read_text())["classes"][0]["users_accuracy"]
        for kind in "zt"
    )
    # t with 74 degrees of freedom over the normal quantile: 1.99254 / 1.95996.
    assert t["interval"]["half_width"] / z["interval"]["half_width"] == pytest.approx(1.016623, rel=1e-5)


def test_two_interpreters_are_compared(table_8, tmp_path):
    (table_8 / "points.csv").write_text(
        "map_class,reference_class,second_reference_class,count\n"
        + "".join(
            f"{mapped},{mapped},{second},{count}\n"
            for mapped in ("loss", "gain", "stable", "other")
            for second, count in ((mapped, 9), ("other" if mapped != "other" else "gain", 1))
        )
    )
    result = mrv("area", "estimate", table_8, "-o", tmp_path / "out")
    assert "The two interpreters differ on 10.0% of the units labelled twice." in result.output


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "points.csv",
            "gain,stable,8",
            "gain,stabel,8",
            "points.csv:8:reference_class: 'stabel' is not one of",
        ),
        (
            "points.csv",
            "loss,stable,5",
            "losss,stable,5",
            "points.csv:4:map_class: 'losss' is not one of loss",
        ),
        (
            "areas.csv",
            "loss,200000",
            "lost,200000",
            "'lost' is not one of loss, gain, stable, other [class-unknown]",
        ),
        ("areas.csv", "gain,150000", "loss,150000", "areas.csv:3: 'loss' stands 2 times [stratum-duplicate]"),
        ("area.yaml", "  pixel_area_m2: 900\n", "", "the table has no area_ha for every stratum"),
        ("area.yaml", "classes: [loss,", "classes: [loss, loss,", "'loss' stands 2 times [class-duplicate]"),
        (
            "area.yaml",
            "at_end: [gain,",
            "at_end: [gains,",
            "'gains' is not one of loss, gain, stable, other; did you",
        ),
        ("area.yaml", "2000-01-01, 2010", "2020-01-01, 2010", "2010-01-01 is not after the start 2020-01-01"),
        ("area.yaml", "design: strat", "finite_population: true\n  design: strat", None),
    ],
)
def test_what_is_wrong_is_said_where_it_is(table_8, refused, tmp_path, file, old, new, said):
    spoil(table_8 / file, old, new)
    if said is None:
        assert mrv("area", "estimate", table_8, "-o", tmp_path / "fine").exit_code == 0
        return
    assert said in refused("area", "estimate", table_8)


def test_pixels_are_not_taken_for_hectares(table_8, refused):
    spoil(table_8 / "areas.csv", "stratum_id,pixels", "stratum_id,pixels,area_ha")
    text = (table_8 / "areas.csv").read_text().splitlines()
    same = [text[0], *(f"{row},{row.split(',')[1]}" for row in text[1:])]
    (table_8 / "areas.csv").write_text("\n".join(same) + "\n")
    assert "area_ha is the number of pixels" in refused("area", "estimate", table_8)
    one_wrong = [text[0], *(f"{row},{int(row.split(',')[1]) * 0.09}" for row in text[1:])]
    one_wrong[2] = "gain,150000,150000"
    (table_8 / "areas.csv").write_text("\n".join(one_wrong) + "\n")
    said = refused("area", "estimate", table_8)
    assert "areas.csv:3:area_ha: a pixel would be 10000 m2 here and 900 m2 in the middle" in said


def test_a_stratum_needs_units_for_a_variance(table_8, refused):
    rows = [row for row in (table_8 / "points.csv").read_text().splitlines() if not row.startswith("gain")]
    (table_8 / "points.csv").write_text("\n".join([*rows, "gain,gain,1"]) + "\n")
    said = refused("area", "estimate", table_8)
    assert "stratum gain has 1 reference units; at least 2 are needed" in said


def test_a_finite_population_needs_its_pixels(table_8, refused):
    spoil(table_8 / "area.yaml", "design: strat", "finite_population: true\n  design: strat")
    spoil(table_8 / "areas.csv", "gain,150000", "gain,70")
    assert "stratum gain has 70 pixels for 75 reference units" in refused("area", "estimate", table_8)


def test_results_of_one_command_are_not_replaced_by_another(table_8, demo, tmp_path):
    out = tmp_path / "out"
    assert mrv("area", "estimate", table_8, "-o", out).exit_code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    refused = mrv("run", demo, "-o", out)
    assert refused.exit_code == 2 and "which is no result of a run" in refused.stderr
    assert mrv("area", "estimate", table_8, "-o", out).exit_code == 0
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}
