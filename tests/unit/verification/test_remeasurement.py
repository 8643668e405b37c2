"""Plots measured again: which ones, and what they say."""

from __future__ import annotations

import math
import subprocess

import pandas as pd
import pytest

from mrv.verification.remeasurement import PlotCompared, draw_plots, judged

PACKAGE = "0f" * 32


def _plots(names: list[str]) -> pd.DataFrame:
    rows = [
        {"date": date, "plot_id": name, "stratum_id": "inner", "x_m": "1", "y_m": "2"}
        for date in ("2010-01-01", "2020-01-01")
        for name in names
    ]
    return pd.DataFrame(rows)


def test_anybody_can_work_out_the_draw_by_hand() -> None:
    names = ["P1", "P2", "样地3"]
    drawn = draw_plots(_plots(names), PACKAGE, 3)
    by_hand = {
        name: subprocess.run(
            ["sha256sum"], input=f"{PACKAGE}|{name}".encode(), capture_output=True, check=True
        ).stdout.split()[0].decode()
        for name in names
    }  # fmt: skip
    assert [plot.plot_id for plot in drawn] == sorted(names, key=by_hand.__getitem__)
    assert [plot.digest for plot in drawn] == sorted(by_hand.values())


def test_the_draw_depends_on_the_package_and_on_nothing_else() -> None:
    names = [f"P{number}" for number in range(40)]
    drawn = draw_plots(_plots(names), PACKAGE, 10)
    assert drawn == draw_plots(_plots(names[::-1]), PACKAGE, 10)
    assert drawn[:5] == draw_plots(_plots(names), PACKAGE, 5)
    assert drawn != draw_plots(_plots(names), "1f" * 32, 10)
    assert len(draw_plots(_plots(names), PACKAGE, 100)) == 40


def _compared(ratios: list[float]) -> tuple[PlotCompared, ...]:
    return tuple(PlotCompared(f"P{number}", 100.0, 100.0 * ratio) for number, ratio in enumerate(ratios))


def test_the_interval_is_that_of_the_ratio() -> None:
    # Ratios 1.00, 1.01, 1.02, 1.03: mean 1.015, standard deviation 0.012910, t(0.95, 3) = 2.353363.
    found = judged(_compared([1.00, 1.01, 1.02, 1.03]), 0.90)
    assert found.difference == pytest.approx(0.015)
    assert found.high - found.low == pytest.approx(2 * 2.353363 * 0.0129099 / 2, rel=1e-5)
    assert (found.outcome, found.plots_needed) == ("not material", None)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_difference_beyond_the_threshold_is_material(sign: int) -> None:
    found = judged(_compared([1 + sign * share for share in (0.09, 0.10, 0.11)]), 0.90)
    assert found.outcome == "material"


def test_scatter_leaves_it_undecided_and_tells_how_many_plots_would_decide() -> None:
    found = judged(_compared([0.8, 1.2, 0.9, 1.1]), 0.90)
    assert found.outcome == "undecided"
    spread = 0.18257419  # standard deviation of the four ratios
    assert found.plots_needed == math.ceil((2.353363 * spread / 0.05) ** 2)


def test_two_plots_decide_nothing() -> None:
    found = judged(_compared([1.0, 1.0]), 0.90)
    assert found.outcome == "undecided"
    assert math.isnan(found.low)
