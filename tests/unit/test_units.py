"""Conversions and identifiers."""

from __future__ import annotations

import pytest

from mrv.units import CO2_PER_C, COLUMN_UNITS, UnknownUnitError, conversion_factor, identifier


def test_carbon_dioxide_has_exactly_44_twelfths_of_the_mass_of_its_carbon():
    assert CO2_PER_C * 12 == 44


@pytest.mark.parametrize(
    ("value", "declared", "internal", "expected"),
    [
        (123.0, "mm", "cm", 12.3),
        (1.23, "m", "cm", 123.0),
        (5.0, "in", "cm", 12.7),
        (32.808398950131235, "ft", "m", 10.0),
        (525.0, "kg/m3", "g/cm3", 0.525),
        (30.0, "mu", "ha", 2.0),
        (1.26, "km2", "ha", 126.0),
        (45.1, "%", "1", 0.451),
    ],
)
def test_conversions(value, declared, internal, expected):
    assert value * conversion_factor(declared, internal) == pytest.approx(expected, rel=1e-12)


def test_every_unit_converts_to_itself():
    for internal in COLUMN_UNITS:
        assert conversion_factor(internal, internal) == 1.0


def test_an_unknown_unit_names_those_that_are_known():
    with pytest.raises(UnknownUnitError, match="'inch' is not one of mm, cm, dm, m, in"):
        conversion_factor("inch", "cm")


def test_identifiers_end_in_their_unit():
    assert identifier("net_removals", "t_co2e") == "net_removals_t_co2e"
    assert identifier("carbon_sink", "t_co2e/ha/yr") == "carbon_sink_t_co2e_ha_yr"
    assert identifier("relative_uncertainty_sampling", "1") == "relative_uncertainty_sampling"
