"""The graph of named quantities: what it returns, and what it refuses before anything is computed."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest
import xarray as xr

from mrv.accounting.engine import computable, equation, equations, evaluate, inputs_needed
from mrv.accounting.given import CONSTANTS, Given
from mrv.accounting.registry import find
from mrv.errors import MethodologyError, UsageError

MODULES = find("ipcc_2013_tier1").modules()


def given(**changes: Given | None) -> dict[str, Given]:
    stated = {
        "area": Given(
            xr.DataArray([10.0, 30.0], {"stratum": ["a", "b"]}, ["stratum"]), "ha", "t", "measured"
        ),
        "period_years": Given(4.0, "yr", "t", "stated"),
        "agb_growth": Given(4.0, "t_dm/ha/yr", "a study", "stated", clause="table 4.4"),
        "root_shoot_ratio": Given(0.25, "1", "t", "stated"),
        "biomass_loss": Given(2.0, "t_dm/ha/yr", "t", "stated"),
        "carbon_fraction": Given(0.5, "t_c/t_dm", "t", "stated"),
        **CONSTANTS,
        **changes,
    }
    return {name: entry for name, entry in stated.items() if entry is not None}


def test_every_value_on_the_way_is_returned_with_its_trace() -> None:
    found = evaluate(MODULES, given())
    assert float(found["net_removals"].value) == pytest.approx(880)
    assert set(found) == set(equations(MODULES)) | set(given())
    assert found["net_removals"].inputs == ("stratum_removals",)
    assert found["net_removals"].kind == "equation"
    assert found["net_removals"].source == "mrv.accounting.ipcc_2013_tier1.gain.net_removals"
    assert found["stratum_removals"].formula == "area * carbon_gain * period_years * co2_per_carbon"
    assert found["carbon_gain"].description == "Carbon gained in biomass, losses taken off."
    assert (found["agb_growth"].kind, found["agb_growth"].source) == ("stated", "a study")
    assert found["co2_per_carbon"].kind == "constant"


def test_only_what_the_targets_rest_on_is_asked_for() -> None:
    found = evaluate(
        MODULES,
        {"agb_growth": given()["agb_growth"], "root_shoot_ratio": given()["root_shoot_ratio"]},
        ["biomass_growth"],
    )
    assert set(found) == {"agb_growth", "root_shoot_ratio", "biomass_growth"}
    assert inputs_needed(MODULES, ["biomass_growth"]) == ("agb_growth", "root_shoot_ratio")
    assert computable(MODULES, ["agb_growth", "root_shoot_ratio"]) == ("biomass_growth",)


def test_all_missing_inputs_are_named_at_once() -> None:
    with pytest.raises(MethodologyError) as refused:
        evaluate(MODULES, given(area=None, agb_growth=None))
    assert str(refused.value) == "agb_growth is missing; area is missing [ha]"


def test_a_given_in_another_unit_is_refused() -> None:
    wrong = Given(xr.DataArray([1.0], dims="stratum"), "km2", "t", "measured")
    with pytest.raises(MethodologyError, match="area is given in km2; the equations take ha"):
        evaluate(MODULES, given(area=wrong))


def test_a_given_without_its_dimension_is_refused() -> None:
    with pytest.raises(MethodologyError, match="area is given without the dimension stratum"):
        evaluate(MODULES, given(area=Given(40.0, "ha", "t", "measured")))


def test_a_target_that_is_no_quantity_is_refused() -> None:
    with pytest.raises(MethodologyError, match="net_removal is not a quantity"):
        evaluate(MODULES, given(), ["net_removal"])


def test_a_given_takes_the_place_of_its_equation() -> None:
    stated = Given(5.0, "t_c/ha/yr", "a study", "stated")
    found = evaluate(MODULES, given(carbon_gain=stated, agb_growth=None), ["net_removals"])
    assert found["carbon_gain"].kind == "stated"
    assert "biomass_growth" not in found


def test_a_function_without_clause_and_unit_is_refused() -> None:
    module = ModuleType("bare")

    def quantity(area: xr.DataArray) -> xr.DataArray:
        return area

    quantity.__module__ = "bare"
    module.quantity = quantity  # type: ignore[attr-defined]
    with pytest.raises(MethodologyError, match=r"bare\.quantity declares no clause and unit"):
        equations([module])


def test_a_quantity_stated_twice_is_refused() -> None:
    modules = find("mangrove_protection").modules("static") + find("mangrove_protection").modules(
        "natural_growth"
    )
    with pytest.raises(MethodologyError, match="baseline_removals is stated by"):
        equations(dict.fromkeys(modules))


def test_a_failing_equation_prints_no_banner(capfd: pytest.CaptureFixture[str]) -> None:
    source = (
        "from xarray import DataArray\ndef broken(area: DataArray) -> DataArray:\n    raise KeyError('x')\n"
    )
    module = ModuleType("broken_module")
    sys.modules["broken_module"] = module
    exec(compile(source, "broken_module", "exec"), module.__dict__)
    module.broken = equation(clause="1", unit="t")(module.broken)
    with pytest.raises(KeyError):
        evaluate([module], {"area": Given(1.0, "ha", "t", "measured")})
    del sys.modules["broken_module"]
    assert "slack" not in "".join(capfd.readouterr()).lower()


def test_hamilton_is_not_imported_before_it_is_used() -> None:
    code = (
        "import sys, mrv.accounting.cases, mrv.accounting.gates\n"
        "from mrv.accounting.registry import find\n"
        "find('mangrove_protection').modules('static')\n"
        "assert not any(name.partition('.')[0] == 'hamilton' for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_methodology_or_baseline_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match="did you mean mangrove_protection"):
        find("mangrove_protecton")
    with pytest.raises(UsageError, match="static, natural_growth, historical_loss"):
        find("mangrove_protection").modules("hope")
    with pytest.raises(UsageError, match="static, natural_growth, historical_loss"):
        find("mangrove_protection").modules()
    with pytest.raises(UsageError, match="no baseline"):
        find("ipcc_2013_tier1").modules("static")
