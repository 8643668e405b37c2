"""The gate that equations pass before they are used."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from mrv.biomass.admission import (
    GATE_SIZES,
    admission,
    admissions,
    gate_sizes,
    missing_coefficients,
    printed_as_product,
)
from mrv.reference import equations, sources, wood_densities_of_the_flora

COMMON = {"agb": equations()["komiyama_2005_agb"], "bgb": equations()["komiyama_2005_bgb"]}
DENSITIES = {name: entry.wood_density_g_cm3 for name, entry in wood_densities_of_the_flora().items()}


@pytest.fixture(scope="module")
def verdicts():
    return admissions(equations(), COMMON, DENSITIES, frozenset(sources()))


def failed(verdict):
    return "".join(criterion.letter for criterion in verdict.failed)


def test_every_admitted_equation_passes(verdicts):
    found = {
        name: [(c.letter, c.text) for c in verdict.failed]
        for name, verdict in verdicts.items()
        if equations()[name].status == "admitted" and not verdict.passed
    }
    assert found == {}


def test_every_rejected_equation_fails_by_its_size(verdicts):
    rejected = [name for name, equation in equations().items() if equation.status == "rejected"]
    assert rejected
    assert {failed(verdicts[name]) for name in rejected} == {"b"}


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("tam_1995_aegiceras_corniculatum_agb", "b"),
        ("tam_1995_aegiceras_corniculatum_bgb", "b"),
        ("zan_2001_sonneratia_apetala_agb", "a"),
        ("zan_2001_sonneratia_apetala_bgb", "a"),
        ("clough_scott_1989_ceriops_tagal_agb", "a"),
        ("fromard_1998_avicennia_germinans_agb", "a"),
    ],
)
def test_quarantined_equations_fail_where_they_should(verdicts, name, letters):
    assert equations()[name].status == "quarantined"
    assert letters in failed(verdicts[name])


def test_an_equation_without_a_range_is_tried_on_the_four_common_sizes():
    equation = replace(COMMON["agb"], dbh_max_cm=math.nan)
    np.testing.assert_array_equal(np.column_stack(gate_sizes(equation)), GATE_SIZES)


def test_sizes_span_the_stated_range_and_keep_to_its_heights():
    dbh, height = gate_sizes(equations()["chave_2005_dbh_height"])
    assert (dbh[0], dbh[-1]) == pytest.approx((5, 42))
    assert height.min() >= 4
    assert height.max() <= 26


def gate(equation, parts=(), registered=True):
    return admission(equation, COMMON, parts, 0.6, registered)


def test_grams_read_as_kilograms_fail():
    assert failed(gate(replace(COMMON["agb"], a=251.0, printed=""))) == "b"
    assert gate(replace(COMMON["agb"], a=251.0, printed="", output_unit="g")).passed


def test_a_source_and_a_second_reading_are_asked_for():
    assert failed(gate(COMMON["agb"], registered=False)) == "a"
    from_memory = replace(COMMON["agb"], evidence="recalled", second_check="")
    assert failed(gate(from_memory)) == "a"


def test_parts_must_sum_to_the_whole():
    whole = equations()["hossain_2016_aegiceras_corniculatum_agb"]
    parts = [equation for equation in equations().values() if equation.part_of == whole.equation_id]
    assert len(parts) == 4
    assert gate(whole, parts).passed
    assert failed(gate(whole, parts[:3])) == "c"


def test_a_shrinking_equation_fails():
    assert "e" in failed(gate(replace(equations()["chave_2005_dbh"], c=-0.5, printed="")))


@pytest.mark.parametrize(
    ("printed", "product"),
    [
        ("log B = -0.511 * 2.113 * log10(D)", True),
        ("log B = -0.511 + 2.113 log10(D)", False),
        ("ln(b) = 1.7247ln(ht) - 5.3885", False),
        ("ln(b)=2.134+(0.895*ln(d_30)^2)+(0.184*ln(CRWNV))", False),
    ],
)
def test_a_product_in_place_of_a_sum_is_seen(printed, product):
    assert printed_as_product(printed) is product


def test_coefficients_must_be_those_of_the_printed_formula():
    equation = COMMON["agb"]
    assert missing_coefficients(equation) == []
    assert missing_coefficients(replace(equation, c=2.64)) == [2.64]
    assert failed(gate(replace(equation, c=2.64))) == "d"
