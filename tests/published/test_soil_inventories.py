"""Soil of published inventories through the public functions, against their own columns where these exist."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from mrv.plausibility import limits
from mrv.soil.organic_carbon import fit_site_line, from_site_line, outside_guard
from mrv.soil.stocks import carbon_density, core_stock, section_stocks
from mrv.soil_reference import loss_on_ignition_lines, soil_default


def floats(group, *names):
    return tuple(group[name].to_numpy(dtype=float) for name in names)


def stock_of(group, depth_cm, core_depth_cm=None):
    """Core of a depth series with columns ``density`` [g C/cm³], ``top`` and ``bottom``."""
    ordered = group[group["density"].notna()].sort_values("top")
    density, top, bottom = floats(ordered, "density", "top", "bottom")
    return core_stock(density, top, bottom, depth_cm, core_depth_cm or float(group["bottom"].max()))


# Térraba-Sierpe, Costa Rica


@pytest.fixture(scope="module")
def terraba(shared):
    folder = shared / "data/terraba_sierpe"
    sections = pd.read_csv(folder / "Cifuentes_and_Torres_2024_depthseries.csv")
    plots = pd.read_csv(folder / "Cifuentes_and_Torres_2024_plots.csv")
    density = carbon_density(*floats(sections, "fraction_carbon", "dry_bulk_density"))
    return sections.assign(density=density, top=sections["depth_min"], bottom=sections["depth_max"]), plots


def test_terraba_sections_are_the_published_ones(terraba):
    sections, _ = terraba
    assert len(sections) == 560
    stocks = section_stocks(*floats(sections, "density", "top", "bottom"))
    assert stocks == pytest.approx(sections["soil_carbon"].to_numpy(), rel=1e-9)


def test_terraba_stocks_are_the_published_ones_in_every_plot(terraba):
    sections, plots = terraba
    keys = ["site_id", "transect_id", "plot_id"]
    ours = {key: stock_of(group, 100) for key, group in sections.groupby(keys)}
    published = plots.set_index(keys)["soil_carbon_stock"]
    assert len(ours) == len(published) == 140
    for key, expected in published.items():
        assert ours[key].stock_t_c_ha == pytest.approx(expected, rel=1e-9)
        assert ours[key].rule == "sum of sections"
    assert published.mean() == pytest.approx(318.598, abs=5e-4)


# Gulf of Chiriquí, Panama


@pytest.fixture(scope="module")
def chiriqui(shared):
    folder = shared / "data/panama_chiriqui"
    sections = pd.read_csv(folder / "Cifuentes_et_al_2023_depthseries.csv")
    plots = pd.read_csv(folder / "Cifuentes_et_al_2023_plots.csv").set_index(["site_id", "plot_id"])
    percent, bulk_density = floats(sections, "percent_carbon", "dry_bulk_density")
    # The table's one bulk density of 0 is no measurement; the published stock counts the section as nothing.
    as_published = sections.assign(
        density=carbon_density(percent / 100, bulk_density),
        top=sections["depth_min"],
        bottom=sections["depth_max"],
    )
    ours = as_published.assign(density=as_published["density"].where(bulk_density > 0))
    return as_published, ours, plots


def test_chiriqui_sections_are_the_published_ones_but_for_rounding(chiriqui):
    sections, _, _ = chiriqui
    stocks = section_stocks(*floats(sections, "density", "top", "bottom"))
    difference = np.abs(stocks - sections["soil_carbon"].to_numpy())
    assert len(sections) == 311
    assert (difference > 0.01).sum() == 1
    assert difference.max() == pytest.approx(0.0116, abs=1e-4)


@pytest.mark.parametrize(
    ("depth_cm", "matching", "differing", "only_theirs"), [(50, 66, 0, 0), (100, 60, 0, 6), (300, 52, 1, 1)]
)
def test_chiriqui_stocks_are_the_published_ones_where_cores_reach(
    chiriqui, depth_cm, matching, differing, only_theirs
):
    sections, _, plots = chiriqui
    ours = pd.Series(
        {
            key: stock_of(group, depth_cm).stock_t_c_ha
            for key, group in sections.groupby(["site_id", "plot_id"])
        }
    )
    theirs = plots[f"soil_carbon_{depth_cm}cm"].reindex(ours.index)
    difference = (ours - theirs).abs()
    assert (difference < 0.01).sum() == matching
    assert (difference >= 0.01).sum() == differing
    assert (ours.isna() & theirs.notna()).sum() == only_theirs
    assert not (ours.notna() & theirs.isna()).any()


def test_chiriqui_gives_short_cores_values_that_they_do_not_hold(chiriqui):
    """Six cores end at 50 cm; their published stocks to one metre are two numbers, one a site mean."""
    sections, _, plots = chiriqui
    ends = sections.groupby(["site_id", "plot_id"])["bottom"].max()
    short = ends[ends == 50].index
    assert len(short) == 6
    published = plots["soil_carbon_100cm"]
    assert sorted(set(published[short])) == [114.16485, 396.34765]
    long = [
        stock_of(group, 100).stock_t_c_ha
        for key, group in sections.groupby(["site_id", "plot_id"])
        if key in [("Boca Ternero", 2), ("Boca Ternero", 4)]
    ]
    assert np.mean(long) == pytest.approx(114.16485, abs=1e-3)
    for key in short:
        core = stock_of(sections.set_index(["site_id", "plot_id"]).loc[key], 100)
        assert math.isnan(core.stock_t_c_ha)
        assert core.extrapolated is not None
        # The straight line, for what it is worth, gives another number, higher or lower by a tenth at least.
        assert abs(core.extrapolated.stock_t_c_ha / published[key] - 1) > 0.1


def test_chiriqui_section_without_bulk_density_is_a_gap_and_no_zero(chiriqui):
    as_published, ours, plots = chiriqui
    (row,) = as_published.index[as_published["dry_bulk_density"] == 0]
    key = tuple(as_published.loc[row, ["site_id", "plot_id"]])
    assert key == ("Calle Larga", 2)
    chosen = (ours["site_id"] == key[0]) & (ours["plot_id"] == key[1])
    filled = stock_of(ours[chosen], 50, 50)
    assert filled.rule == "interpolated between samples"
    assert filled.stock_t_c_ha > plots["soil_carbon_50cm"][key] * 1.2


# Zambezi delta, Mozambique

INTERVALS_CM = {1: (5, 10), 2: (20, 25), 3: (35, 40), 4: (70, 75), 5: (145, 150), 6: (190, 195)}


@pytest.fixture(scope="module")
def zambezi(shared):
    table = pd.read_csv(shared / "data/zambezi/Zambezi_Soils.csv", encoding="latin-1")
    density = carbon_density(table["%C"].to_numpy() / 100, table["Bulk Density (g cm-3)"].to_numpy())
    bounds = [INTERVALS_CM[code] for code in table["Interval"]]
    return table.assign(
        density=density, top=[top for top, _ in bounds], bottom=[bottom for _, bottom in bounds]
    )


def test_zambezi_samples_with_gaps_are_interpolated(zambezi):
    assert len(zambezi) == 1374
    groups = dict(iter(zambezi.groupby(["Plot", "Subplot"])))
    assert len(groups) == 259
    whole = {key: group for key, group in groups.items() if not group["Interval"].duplicated().any()}
    assert len(whole) == 258  # subplot 1001/4 has two samples under one code
    stocks = [stock_of(group, 100, max(100.0, float(group["bottom"].max()))) for group in whole.values()]
    assert {stock.rule for stock in stocks} == {"interpolated between samples"}
    values = np.array([stock.stock_t_c_ha for stock in stocks])
    limit = limits()["soc_1m_t_c_ha"]
    soft = limit.soft_low, limit.soft_high
    assert (values > soft[0]).mean() > 0.98 and (values < soft[1]).all()
    assert np.median(values) == pytest.approx(149, abs=15)
    shares = {round(stock.sampled_share, 3) for stock in stocks}
    assert max(shares) == 0.2  # four samples of 5 cm in one metre


# Florida: Tampa Bay, Ten Thousand Islands


@pytest.fixture(scope="module")
def florida(shared):
    def table(year):
        folder = shared / f"data/florida/Radabaugh_et_al_{year}"
        return pd.read_csv(folder / f"radabaugh_et_al_{year}_depthseries.csv")

    return table


def test_florida_has_a_line_of_its_own_site(florida):
    sections = florida(2018)
    line = fit_site_line(*floats(sections, "fraction_organic_matter", "fraction_carbon"))
    assert line.pairs == 57 >= soil_default("loi_line_pairs")
    assert (line.slope, line.intercept) == pytest.approx((0.43168, -0.003566), abs=1e-5)
    assert line.residual_standard_error == pytest.approx(0.0424, abs=1e-4)


def test_florida_mineral_sections_are_refused_to_the_published_line(florida):
    sections = florida(2018)
    line = loss_on_ignition_lines()["kauffman_2011"]
    refused = outside_guard(line, *floats(sections, "fraction_organic_matter", "fraction_carbon"))
    assert refused.mean() == pytest.approx(0.770, abs=1e-3)


@pytest.mark.parametrize(
    ("year", "cores", "to_30", "to_100", "below"), [(2018, 96, 59, 0, 446), (2023, 54, 48, 18, 154)]
)
def test_florida_short_cores_give_no_stock_below_their_end(florida, year, cores, to_30, to_100, below):
    sections = florida(year)
    line = fit_site_line(*floats(florida(2018), "fraction_organic_matter", "fraction_carbon"))
    loss, bulk_density = floats(sections, "fraction_organic_matter", "dry_bulk_density")
    carbon = from_site_line(loss, line)
    # Below 0.8 % loss on ignition the line is negative: a run refuses such sections and sets none to zero.
    assert (carbon < 0).sum() == below
    table = sections.assign(
        density=carbon_density(carbon, bulk_density), top=sections["depth_min"], bottom=sections["depth_max"]
    )
    table = table[table["density"].notna()]
    groups = [group for _, group in table.groupby("core_id")]
    assert len(groups) == cores
    for depth, reached in ((30, to_30), (100, to_100)):
        stocks = [stock_of(group, depth).stock_t_c_ha for group in groups]
        assert sum(not math.isnan(stock) for stock in stocks) == reached


# The Chinese coast


def test_china_few_cores_have_both_density_and_carbon(shared):
    table = pd.read_csv(shared / "data/soil_china/china_hk_tw_mangrove_depthseries.csv")
    assert table["core_id"].nunique() == 136
    both = table[table["dry_bulk_density"].notna() & table["fraction_carbon"].notna()]
    assert (len(both), both["core_id"].nunique()) == (78, 18)
    density = carbon_density(*floats(both, "fraction_carbon", "dry_bulk_density"))
    both = both.assign(density=density, top=both["depth_min"], bottom=both["depth_max"])
    stocks = {core: stock_of(group, 100) for core, group in both.groupby("core_id")}
    complete = {core: stock for core, stock in stocks.items() if not math.isnan(stock.stock_t_c_ha)}
    assert len(complete) == 6
    limit = limits()["soc_1m_t_c_ha"]
    hard = limit.hard_low, limit.hard_high
    assert all(hard[0] <= stock.stock_t_c_ha <= hard[1] for stock in complete.values())


def test_china_soils_are_too_mineral_for_the_published_line(shared):
    table = pd.read_csv(shared / "data/soil_china/china_hk_tw_mangrove_depthseries.csv")
    burnt = table[table["fraction_organic_matter"].notna()]
    assert len(burnt) == 88
    line = loss_on_ignition_lines()["kauffman_2011"]
    assert outside_guard(line, *floats(burnt, "fraction_organic_matter", "fraction_carbon")).all()


# Western Port, Australia


def test_western_port_cores_with_three_samples_reach_thirty_centimetres(shared):
    table = pd.read_csv(shared / "data/western_port/ccn_depthseries_westernport.csv")
    density = carbon_density(*floats(table, "fraction_carbon", "dry_bulk_density"))
    table = table.assign(density=density, top=table["depth_min"], bottom=table["depth_max"])
    stocks = {
        core: stock_of(group, 30)
        for core, group in table.groupby("core_id")
        if group["density"].notna().any()
    }
    assert table["core_id"].nunique() == 17
    assert len(stocks) == 16  # one core has carbon and no bulk density
    interpolated = [stock for stock in stocks.values() if stock.rule == "interpolated between samples"]
    assert len(interpolated) == 15
    assert sum(round(stock.sampled_share, 6) == 0.2 for stock in interpolated) == 14
    assert all(20 < stock.stock_t_c_ha < 250 for stock in stocks.values())


# The worked examples, which read the same files through their project files


@pytest.mark.parametrize(
    ("name", "column", "depth", "plots", "tolerance"),
    [
        ("terraba-sierpe", "soil_carbon_stock", "0-100 cm", 140, 1e-9),
        ("gulf-of-chiriqui", "soil_carbon_100cm", "0-100 cm", 54, 1e-4),
    ],
)
def test_worked_examples_give_the_published_stocks(
    run_example, shared, name, column, depth, plots, tolerance
):
    run = run_example(name)
    cores = pd.read_csv(run.project / "out/tables/cores.csv", dtype={"plot_id": str})
    ours = cores[cores["depth"] == depth].set_index("plot_id")["stock_t_c_ha"]
    assert len(ours) == plots
    files = {"terraba-sierpe": "Cifuentes_and_Torres_2024", "gulf-of-chiriqui": "Cifuentes_et_al_2023"}
    table = pd.read_csv(run.project / f"{files[name]}_plots.csv", dtype=str)
    keys = [key for key in ("site_id", "transect_id", "plot_id") if key in table.columns]
    published = table.set_index(table[keys].agg("/".join, axis=1))[column].reindex(ours.index)
    assert ours.to_numpy() == pytest.approx(published.astype(float).to_numpy(), rel=tolerance)
    assert {pool.pool: pool.state for pool in run.results.pools}["soil"] == "reported only"


def test_zambezi_example_counts_plots_with_a_deep_sample(run_example):
    results = run_example("zambezi-delta").results
    shallow, deep = (
        results.figure(
            "soil_carbon_density_t_c_ha", {"stratum": "delta", "depth": depth, "date": "2013-01-01"}
        )
        for depth in ("0-30 cm", "0-100 cm")
    )
    assert (shallow.units, deep.units) == (52, 50)  # what the inventory calls plots: clusters here
    assert deep.value == pytest.approx(151.6, abs=0.1)
    assert "soil-plot-unknown" in {finding.rule for finding in results.findings}
