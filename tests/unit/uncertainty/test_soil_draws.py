"""Draws of figures of soil: their spread, what is shared, what is held, and that blocks stand alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mrv.streams import BLOCK, Streams
from mrv.uncertainty.shared import Normal
from mrv.uncertainty.simulation import NORMAL, STUDENT
from mrv.uncertainty.soil import Effect, Elsewhere, SoilModel

STREAMS = Streams(7, "made")
BLOCKS = 20


def model(**changes):
    fields = {"stratum_id": "A", "value": 100.0, "standard_error": 4.0, "degrees_of_freedom": 5.0}
    return SoilModel(**{**fields, "sample": "cores", **changes})


def draws(of, held=None, blocks=range(BLOCKS)):
    return np.concatenate([of.draws(STREAMS, block, held) for block in blocks], axis=1)


def test_sampling_has_the_spread_and_the_t_distribution_of_its_design():
    found = draws(model())
    assert found[NORMAL].std(ddof=1) == pytest.approx(4, rel=0.02)
    # Student's t with 5 degrees of freedom: variance 5/3.
    assert found[STUDENT].std(ddof=1) == pytest.approx(4 * math.sqrt(5 / 3), rel=0.04)


def test_shared_errors_add_to_sampling_in_quadrature():
    effects = (Effect("soil_laboratory_carbon", "a", 3.0), Effect("soil_bulk_density", "b", 12.0))
    assert draws(model(effects=effects))[NORMAL].std(ddof=1) == pytest.approx(13, rel=0.02)


def test_figures_with_the_same_key_move_together_and_others_do_not():
    one, same, other = (
        draws(model(standard_error=0.0, effects=(Effect("soil_bulk_density", key, size),)))[NORMAL]
        for key, size in (("batch", 1.0), ("batch", 2.0), ("other", 1.0))
    )
    assert same - 100 == pytest.approx(2 * (one - 100))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03


def test_a_choice_between_two_rules_is_uniform_between_them():
    rule = Effect("soil_gap_rule", "rule", -6.0, "uniform")
    found = draws(model(standard_error=0.0, effects=(rule,)))[NORMAL]
    assert 94 < found.min() < found.max() < 100
    assert found.std(ddof=1) == pytest.approx(6 / math.sqrt(12), rel=0.02)
    assert (draws(model(standard_error=0.0, effects=(rule,)), "soil_gap_rule") == 97).all()


@pytest.mark.parametrize("held", ["soil_sampling", "soil_bulk_density"])
def test_a_component_that_is_held_does_not_move(held):
    effects = (Effect("soil_bulk_density", "b", 3.0),)
    left = {"soil_sampling": 3.0, "soil_bulk_density": 4.0}[held]
    assert draws(model(effects=effects), held)[NORMAL].std(ddof=1) == pytest.approx(left, rel=0.02)


def test_a_block_does_not_depend_on_those_before_it():
    whole = draws(model())
    alone = model().draws(STREAMS, 3)
    assert (whole[:, 3 * BLOCK : 4 * BLOCK] == alone).all()


def test_a_purposive_sample_has_no_draws():
    found = model(standard_error=math.nan, degrees_of_freedom=math.nan).draws(STREAMS, 0)
    assert np.isnan(found).all()


def test_parts_of_a_gain_add_up_and_a_loss_is_all_the_stands_own():
    share = Normal(0.3, 0.1)
    own, foreign = (Elsewhere("share", share, part) for part in ("own", "elsewhere"))
    gain = draws(model(value=2.0))
    parts = [draws(model(value=2.0, elsewhere=elsewhere)) for elsewhere in (own, foreign)]
    assert parts[0] + parts[1] == pytest.approx(gain, abs=1e-12)
    loss = gain < 0
    assert loss.any()
    assert (parts[1][loss] == 0).all()
    assert (parts[1] >= 0).all()
