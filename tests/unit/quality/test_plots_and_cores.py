"""Limits of plots and of core sections, and cores that stand twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mrv.plausibility import judge, limits, quality_rules
from mrv.quality.cores import CORE_CHECKS, mixed_bulk_density
from mrv.quality.plots import PLOT_CHECKS, biomass_change
from mrv.quality.suspects import LIMIT_RULES, row_list, row_of
from mrv.quality.suspects import file_of as file_of_place
from mrv.reference import sources


def plots(**columns: float) -> pd.DataFrame:
    sound = {"basal_area_m2_ha": 25.0, "agb_t_ha": 150.0, "bgb_t_ha": 75.0, "stems_per_ha": 2000.0}
    return pd.DataFrame(
        [
            {
                "plot_id": "P1",
                "stratum_id": "one",
                "date": "2020-01-01",
                "source": "plots.csv:2",
                **sound,
                **columns,
            }
        ]
    )


def told(frame, checks) -> list[tuple[str, str]]:
    found = [suspect.finding for check in checks for suspect in check(frame)]
    return [(finding.rule, finding.severity) for finding in found]


def test_a_sound_plot():
    assert told(plots(), PLOT_CHECKS) == []


@pytest.mark.parametrize(
    ("column", "soft", "hard", "rule"),
    [
        ("basal_area_m2_ha", 75, 140, "basal-area"),
        ("agb_t_ha", 650, 1500, "biomass"),
        ("stems_per_ha", 35_000, 61_000, "stem-density"),
    ],
)
def test_limits_of_a_plot(column, soft, hard, rule):
    extra = {"bgb_t_ha": 400.0} if column == "agb_t_ha" else {}
    assert told(plots(**{column: soft, **extra}), PLOT_CHECKS) == [(f"unusual-{rule}", "note")]
    assert told(plots(**{column: hard, **extra}), PLOT_CHECKS)[0] == (f"implausible-{rule}", "error")


def test_roots_of_a_stratum():
    assert told(plots(bgb_t_ha=200.0), PLOT_CHECKS) == [("unusual-root-share", "note")]
    assert told(plots(bgb_t_ha=400.0), PLOT_CHECKS) == [("implausible-root-share", "error")]


def test_change_of_biomass():
    later = plots(agb_t_ha=470.0)
    (found,) = biomass_change(plots(), later, 10.0)
    assert found.finding.rule == "unusual-biomass-change"
    assert list(biomass_change(plots(), plots(agb_t_ha=390.0), 10.0)) == []


def sections(cores: int = 10, seed: int = 1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    rows = []
    for core in range(cores):
        for top in (0, 15, 30, 50):
            carbon = generator.uniform(0.01, 0.04)
            density = 1.4 * np.exp(-0.25 * carbon * 100) * np.exp(generator.normal(0, 0.1))
            rows.append((f"P{core}", "1", top, top + (20 if top >= 30 else 15), density, carbon, np.nan))
    columns = ["plot_id", "core_id", "top_cm", "bottom_cm", "bulk_density_g_cm3"]
    frame = pd.DataFrame(rows, columns=[*columns, "organic_carbon_fraction", "loi_fraction"])
    return frame.assign(source=[f"cores.csv:{number + 2}" for number in range(len(frame))])


def test_sound_cores():
    assert told(sections(), CORE_CHECKS) == []


@pytest.mark.parametrize(
    ("column", "value", "rule", "severity"),
    [
        ("bulk_density_g_cm3", 2.2, "implausible-bulk-density", "error"),
        ("bulk_density_g_cm3", 1.8, "density-against-carbon", "note"),
        ("bulk_density_g_cm3", 0.1, "density-against-organic-matter", "note"),
        ("bulk_density_g_cm3", 0.1, "density-against-carbon", "note"),
        ("organic_carbon_fraction", 0.51, "implausible-organic-carbon", "error"),
        ("organic_carbon_fraction", 0.36, "unusual-organic-carbon", "note"),
        ("organic_carbon_fraction", 0.36, "unusual-carbon-density", "note"),
        ("organic_carbon_fraction", 0.0, "carbon-zero", "note"),
        ("organic_carbon_fraction", np.nan, "section-incomplete", "note"),
        ("loi_fraction", 0.001, "carbon-above-organic-matter", "error"),
        ("bottom_cm", 10, "sections-apart", "note"),
    ],
)
def test_a_section_that_no_soil_has(column, value, rule, severity):
    frame = sections()
    frame.loc[4, column] = value
    assert (rule, severity) in told(frame, CORE_CHECKS)


def test_a_core_copied():
    frame = sections()
    values = ["bulk_density_g_cm3", "organic_carbon_fraction"]
    frame.loc[20:23, values] = frame.loc[0:3, values].to_numpy()
    found = [suspect for check in CORE_CHECKS for suspect in check(frame)]
    assert [suspect.finding.rule for suspect in found] == ["core-copied"]
    assert found[0].rows == tuple(f"cores.csv:{line}" for line in range(22, 26))


@pytest.mark.parametrize(
    ("density", "organic", "rule"),
    [
        (0.04, 0.8, "density-against-organic-matter"),
        (0.19, np.nan, "unusual-bulk-density"),
        (0.15, 0.4, None),
        (1.8, 0.01, None),
        (1.3, 0.14, "density-against-organic-matter"),
        (0.06, 0.8, None),
        (0.015, 0.8, "implausible-bulk-density"),
        (0.04, 0.2, "implausible-bulk-density"),
        (2.3, 0.8, "implausible-bulk-density"),
    ],
)
def test_peat_is_light_and_mud_is_not(density, organic, rule):
    frame = sections()
    frame.loc[4, ["bulk_density_g_cm3", "loi_fraction"]] = (density, organic)
    if np.isnan(organic):
        frame.loc[4, "organic_carbon_fraction"] = np.nan
    rules = ("unusual-bulk-density", "implausible-bulk-density", "density-against-organic-matter")
    found = {name for name, _ in told(frame, CORE_CHECKS) if name in rules}
    assert found == ({rule} if rule else set())


def test_density_of_a_mixture():
    """Half organic matter: 0.5/0.085 + 0.5/1.99 = 5.882 + 0.251 cm³/g."""
    density = mixed_bulk_density(pd.Series([0.0, 0.5, 1.0]))
    assert density.to_list() == pytest.approx([1.99, 1 / (5.8823529 + 0.2512563), 0.085])


def test_tables_of_limits_and_rules():
    known = sources()
    for limit in limits().values():
        assert limit.hard_low <= limit.soft_low <= limit.soft_high <= limit.hard_high, limit
        assert limit.source_id in known
    assert {rule.source_id for rule in quality_rules().values()} <= known.keys()
    assert LIMIT_RULES.keys() <= limits().keys()
    assert judge("agb_t_ha", float("nan")) == "ok"


def test_places_in_words():
    assert file_of_place("a b.csv:41") == "a b.csv"
    assert file_of_place("book.xlsx:Trees!41") == "book.xlsx:Trees"
    assert row_of("book.xlsx:Trees!41") == "41"
    assert row_list([f"a.csv:{n}" for n in (10, 9, 100)]) == "rows 9, 10, 100"
    assert row_list([f"a.csv:{n}" for n in range(1, 10)]) == "rows 1, 2, 3, 4, 5, 6 and 3 more"
