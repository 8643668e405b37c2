"""Errors that the project file states wrongly, and those it states well."""

from __future__ import annotations

import pytest

from mrv.inputs.uncertainty import Uncertainty
from mrv.reference import equations
from mrv.run.error_findings import uncertainty_findings

STATED = {"relative_standard_error": 0.1, "source": "own harvest"}


def findings_of(**stated):
    found = uncertainty_findings(Uncertainty.model_validate(stated), equations(), ["a", "b"])
    return [(finding.where, finding.rule) for finding in found]


def areas(aa, ab, ba, bb):
    return {"areas": {"covariance_ha2": {"a": {"a": aa, "b": ab}, "b": {"a": ba, "b": bb}}, "source": "map"}}


def test_well_stated():
    assert not findings_of(
        equations={"komiyama_2005_agb": STATED},
        alternatives={"komiyama_2005_agb": {"equations": ["chave_2005_power"], "reason": "site visit"}},
        **areas(1, -1, -1, 1),
    )


@pytest.mark.parametrize(
    ("stated", "where"),
    [
        ({"equations": {"nobody_1900": STATED}}, "uncertainty.equations.nobody_1900"),
        (
            {"alternatives": {"komiyama_2005_agb": {"equations": ["komiyama_2005_bgb"], "reason": "x"}}},
            "uncertainty.alternatives.komiyama_2005_agb.equations",
        ),
        (
            {"alternatives": {"nobody_1900": {"equations": ["komiyama_2005_bgb"], "reason": "x"}}},
            "uncertainty.alternatives.nobody_1900",
        ),
    ],
)
def test_equations_that_are_not_known(stated, where):
    assert findings_of(**stated) == [(where, "uncertainty-equation")]


@pytest.mark.parametrize(
    "stated",
    [
        areas(1, 0.5, -0.5, 1),
        areas(1, 2, 2, 1),
        {"areas": {"covariance_ha2": {"a": {"a": 1}}, "source": "x"}},
    ],
)
def test_covariances_that_are_none(stated):
    assert findings_of(**stated) == [("uncertainty.areas.covariance_ha2", "uncertainty-area")]
