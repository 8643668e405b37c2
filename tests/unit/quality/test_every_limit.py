"""Every plausibility limit is enforced: told beyond its soft end, refused beyond the hard one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import pandas as pd
import pytest
from made_survey import sound_trees

from mrv.findings import Finding
from mrv.inputs.columns import TREE_COLUMNS
from mrv.plausibility import Limit, limits
from mrv.quality.censuses import CENSUS_CHECKS
from mrv.quality.core_stocks import stocks_to_a_metre
from mrv.quality.cores import CORE_CHECKS
from mrv.quality.plots import PLOT_CHECKS, biomass_change
from mrv.quality.suspects import Suspect
from mrv.quality.tree_records import TreeRecords
from mrv.quality.trees import TREE_CHECKS
from mrv.run.carbon_balance import carbon_balance_suspects, carbon_kept
from mrv.run.figure_limits import findings_of, sink_limit_suspects, soil_limit_suspects
from mrv.run.soil_figure import SoilFigure
from mrv.run.soil_rates import station_findings
from mrv.stock.estimators import Estimate
from mrv.stock.stocks import StockEstimate
from mrv.units import CO2_PER_C

Told = Callable[[float], list[Finding]]


def _findings(suspects: Iterable[Suspect]) -> list[Finding]:
    return [suspect.finding for suspect in suspects]


def _plot(**columns: float) -> pd.DataFrame:
    sound = {"basal_area_m2_ha": 25.0, "agb_t_ha": 150.0, "bgb_t_ha": 75.0, "stems_per_ha": 2000.0}
    named = {"plot_id": "P1", "stratum_id": "one", "date": "2020-01-01", "source": "plots.csv:2"}
    return pd.DataFrame([{**named, **sound, **columns}])


def _of_plot(column: str) -> Told:
    def told(value: float) -> list[Finding]:
        with_roots = {"bgb_t_ha": value / 2} if column == "agb_t_ha" else {}
        plot = _plot(**{column: value, **with_roots})
        return _findings(suspect for check in PLOT_CHECKS for suspect in check(plot))

    return told


def _of_roots(value: float) -> list[Finding]:
    plot = _plot(agb_t_ha=100.0, bgb_t_ha=100.0 * value)
    return _findings(suspect for check in PLOT_CHECKS for suspect in check(plot))


def _of_change(value: float) -> list[Finding]:
    return _findings(biomass_change(_plot(agb_t_ha=500.0), _plot(agb_t_ha=500.0 + value), 1.0))


def _of_stem(**columns: float) -> list[Finding]:
    trees = sound_trees(1)
    for name, value in columns.items():
        trees.loc[5, name] = value
        column = TREE_COLUMNS[name]
        if not column.low <= value <= column.high:
            # Readers refuse such a cell before any rule looks at it.
            return [Finding("trees.csv:7", "value-range", "beyond")]
    records = TreeRecords("2020-01-01", trees)
    return _findings(suspect for check in TREE_CHECKS for suspect in check(records))


def _of_growth(value: float) -> list[Finding]:
    first = sound_trees(1)
    second = first.assign(dbh_cm=first["dbh_cm"] + 0.4, source=first["source"].str.replace("trees", "later"))
    second.loc[5, "dbh_cm"] = first.loc[5, "dbh_cm"] + value
    dates = TreeRecords("2019-01-01", first), TreeRecords("2020-01-01", second)
    return _findings(suspect for check in CENSUS_CHECKS for suspect in check(*dates, 1.0))


def _sections(density: float = 0.8, carbon: float = 0.03) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plot_id": "P1",
            "core_id": "1",
            "top_cm": [0.0],
            "bottom_cm": [100.0],
            "bulk_density_g_cm3": [density],
            "organic_carbon_fraction": [carbon],
            "loi_fraction": [math.nan],
            "source": ["cores.csv:2"],
        }
    )


def _of_section(density: float = 0.8, carbon: float = 0.03) -> list[Finding]:
    return _findings(suspect for check in CORE_CHECKS for suspect in check(_sections(density, carbon)))


def _estimate(value: float) -> Estimate:
    return Estimate(value, 1.0, 5.0, 6, "made")


def _of_soil(quantity: str, unit: str, index: dict[str, str], value: float) -> list[Finding]:
    found = []
    for stratum in ("one", None):
        stock = StockEstimate(stratum, "soil", "2020-01-01", unit, _estimate(value))
        told = findings_of(soil_limit_suspects([SoilFigure(quantity, index, stock)]))
        assert len(told) <= 1
        found += told
    # The stratum is judged as the project is.
    assert len({(finding.rule, finding.severity) for finding in found}) <= 1
    return found


def _of_soil_stock(value: float) -> list[Finding]:
    cores = pd.DataFrame([{"plot_id": "P1", "core_id": "1", "depth": "0-100 cm", "stock_t_c_ha": value}])
    of_core = _findings(stocks_to_a_metre(cores, _sections()))
    of_stratum = _of_soil("soil_carbon_density", "t_c/ha", {"depth": "0-100 cm"}, value)
    assert {finding.rule for finding in of_core} == {finding.rule for finding in of_stratum}
    return of_core


def _of_accretion(value: float) -> list[Finding]:
    station = pd.DataFrame([{"station_id": "S1", "source": "markers.csv:2", "accretion_mm_yr": value}])
    of_station = station_findings(station)
    of_stratum = _of_soil("soil_accretion", "mm/yr", {"method": "marker horizon"}, value)
    assert {finding.rule for finding in of_station} == {finding.rule for finding in of_stratum}
    return of_station


def _of_removal(value: float) -> list[Finding]:
    change = _estimate(value / CO2_PER_C)
    year = StockEstimate(None, "total", "2019-01-01/2020-01-01", "t_c/ha", change.times(364.9999 / 365.25))
    found = findings_of(sink_limit_suspects([year]))
    of_soil = _of_soil("soil_carbon_sink", "t_co2e/ha/yr", {"method": "marker horizon"}, value)
    assert {finding.rule for finding in of_soil} == {finding.rule for finding in found}
    return found


def _of_balance(value: float) -> list[Finding]:
    """Wood that keeps a third, and soil the rest."""
    third = StockEstimate("one", "total", "2019-01-01/2020-01-01", "t_c/ha", _estimate(value / 3))
    index, rest = {"method": "marker horizon"}, value - value / 3 * 365.25 / 365
    soil = SoilFigure(
        "soil_carbon_sink",
        index,
        StockEstimate("one", "soil", "2020-01-01", "t_co2e/ha/yr", _estimate(rest * CO2_PER_C)),
    )
    return findings_of(carbon_balance_suspects(None, [third], [soil]))


def test_carbon_from_elsewhere_is_no_part_of_the_balance():
    index = {"method": "marker horizon"}
    gross, net = (
        SoilFigure(
            quantity,
            index,
            StockEstimate("one", "soil", "2020-01-01", "t_co2e/ha/yr", _estimate(value * CO2_PER_C)),
        )
        for quantity, value in (("soil_carbon_sink", 30.0), ("soil_carbon_sink_net", 3.0))
    )
    assert list(carbon_kept(None, [], [gross, net])) == [("one", "marker horizon", pytest.approx(3.0))]


PROVOKED: dict[str, Told] = {
    "basal_area_m2_ha": _of_plot("basal_area_m2_ha"),
    "agb_t_ha": _of_plot("agb_t_ha"),
    "stems_per_ha": _of_plot("stems_per_ha"),
    "dbh_cm": lambda value: _of_stem(dbh_cm=value, height_m=30.0),
    "height_m": lambda value: _of_stem(height_m=value, dbh_cm=60.0),
    "height_diameter_m_cm": lambda value: _of_stem(dbh_cm=12.0, height_m=12.0 * value),
    "diameter_growth_cm_yr": _of_growth,
    "agb_change_t_ha_yr": _of_change,
    "bgb_agb_ratio": _of_roots,
    "bulk_density_g_cm3": lambda value: _of_section(density=value, carbon=math.nan),
    "organic_carbon_pct": lambda value: _of_section(density=0.1, carbon=value / 100),
    "carbon_density_g_cm3": lambda value: _of_section(density=0.8, carbon=value / 0.8),
    "soc_1m_t_c_ha": _of_soil_stock,
    "accretion_mm_yr": _of_accretion,
    "removal_t_co2e_ha_yr": _of_removal,
    "carbon_kept_t_c_ha_yr": _of_balance,
}
"""What is told of a value, by the quantity it has."""

OF_IMAGERY = {"reflectance", "canopy_height_m", "elevation_m"}
"""Limits of rasters: provoked with images in tests/cli/test_imagery.py."""


def test_no_limit_stands_idle():
    assert PROVOKED.keys() | OF_IMAGERY == limits().keys()


def _just_beyond(bound: float, side: int) -> float:
    return bound + side * max(abs(bound), 0.1) * 0.01


CASES = [
    (name, end, side)
    for name, limit in sorted(limits().items())
    if name in PROVOKED
    for end, side in (("soft_low", -1), ("soft_high", 1), ("hard_low", -1), ("hard_high", 1))
    if math.isfinite(getattr(limit, end)) and not (end == "soft_low" and getattr(limit, end) == 0)
    # A negative share, or none at all, is refused by the reader of the table.
    if not (end == "hard_low" and getattr(limit, end) == 0)
]


@pytest.mark.parametrize(("name", "end", "side"), CASES)
def test_a_value_beyond_a_limit_is_told(name, end, side):
    limit: Limit = limits()[name]
    bound = getattr(limit, end)
    found = PROVOKED[name](_just_beyond(bound, side))
    hard_low, hard_high = limit.hard_low, limit.hard_high
    severity = "error" if end.startswith("hard") or bound in (hard_low, hard_high) else "note"
    assert severity in {finding.severity for finding in found}, found
    within = PROVOKED[name](_just_beyond(bound, -side))
    more = {(finding.rule, finding.severity) for finding in found} - {
        (finding.rule, finding.severity) for finding in within
    }
    assert severity in {told for _, told in more}
