"""Quadrats of litter, understory and pneumatophores: from rows to tonnes per hectare, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from mrv.biomass.quadrats import T_HA_PER_G_M2, amount_of_plots
from mrv.errors import InputError
from mrv.inputs import read_project
from mrv.inputs.quadrat_declaration import Quadrats
from mrv.inputs.quadrat_tables import read_quadrats
from mrv.run.ground_pools import _quadrats
from mrv.run.project_run import run_project
from mrv.stock.linear import random_mean
from mrv.streams import Streams
from mrv.uncertainty.ground import GroundModel, GroundStratum, draw_ground
from mrv.uncertainty.sampling import replicates_of, sampled_stratum
from mrv.uncertainty.shared import Normal

PLOTS = frozenset({"P1", "P2", "P3", "P4"})
RATIO = {"value": 0.4, "standard_error": 0.02, "source": "a test"}
HEADER = "plot_id,quadrat_id,quadrat_area_m2,dry_mass_g,fresh_mass_g,individuals\n"


def where(*key):
    return ".".join(str(part) for part in ("litter", *key))


def read(tmp_path, rows, **more):
    (tmp_path / "litter.csv").write_text(HEADER + rows, encoding="utf-8")
    declaration = Quadrats.model_validate({"quadrats": [{"file": "litter.csv"}], **more})
    return read_quadrats(declaration, tmp_path, where, PLOTS)


def test_a_gram_per_square_metre_is_a_hundredth_of_a_tonne_per_hectare():
    assert pytest.approx(0.01, rel=1e-15) == T_HA_PER_G_M2


def test_a_plot_has_the_sum_of_masses_over_the_sum_of_areas():
    quadrats = pd.DataFrame(
        {"plot_id": ["P1", "P1", "P2"], "quadrat_area_m2": [0.25, 0.75, 1.0], "dry_mass_g": [10.0, 50.0, 0.0]}
    )
    found = amount_of_plots(quadrats, "dry_mass_g", pd.Series(["P2", "P1", "P3"]))
    np.testing.assert_array_equal(found, [0.0, 60.0, math.nan])


def test_dry_fresh_and_counted_quadrats_of_one_plot_add_up(tmp_path):
    taken, findings, _ = read(
        tmp_path,
        "P1,a,1,100,,\nP1,b,1,,200,\nP1,c,2,,,5\nP2,a,1,0,,\n",
        dry_fresh_ratio=RATIO,
        individual_mass={"value_g": 12, "source": "a test"},
        plots_without={"plots": ["P3"], "reason": "searched"},
    )
    assert findings == []
    pool = _quadrats("litter", taken, pd.Series(sorted(PLOTS)))
    # (100 + 0.4 · 200 + 5 · 12) g on 4 m² = 60 g/m² = 0.6 t/ha; P3 was searched, P4 nobody looked at.
    np.testing.assert_allclose(pool.t_ha, [0.6, 0, 0, math.nan], rtol=1e-12)
    assert pool.without_error == ["litter.individual_mass"]


def test_a_weighed_sample_gives_its_mean_and_the_error_of_it(tmp_path):
    (tmp_path / "weighed.csv").write_text("dry_mass_g\n4\n6\n8\n", encoding="utf-8")
    taken, findings, _ = read(tmp_path, "P1,a,1,,,7\n", individual_mass={"sample": {"file": "weighed.csv"}})
    assert findings == []
    assert taken.individual_mass.value == 6
    assert taken.individual_mass.standard_error == pytest.approx(2 / math.sqrt(3), rel=1e-12)


def test_everything_wrong_is_found_at_once(tmp_path):
    (tmp_path / "weighed.csv").write_text("dry_mass_g\n4\n", encoding="utf-8")
    _, findings, _ = read(
        tmp_path,
        "P1,a,1,5,6,\nP1,a,1,,,\nP9,a,1,,7,\n",
        individual_mass={"sample": {"file": "weighed.csv"}},
        plots_without={"plots": ["P1", "P8"], "reason": "searched"},
    )
    assert sorted(finding.rule for finding in findings) == [
        "plot-unknown",
        "plot-unknown",
        "plots-without-conflict",
        "quadrat-amount",
        "quadrat-amount",
        "quadrat-duplicate",
        "quadrat-factor-missing",
        "quadrat-sample-small",
    ]
    assert "litter.csv:3:dry_mass_g" in {finding.where for finding in findings}


def test_draws_have_the_error_of_the_ratio_and_of_sampling():
    """Relative variance of a product, a² + b² + a²b²; without a design that of the ratio alone."""
    values = np.array([[1.0], [2.0], [3.0], [6.0]])
    estimator = random_mean(4)
    sample = sampled_stratum(np.arange(4), estimator, replicates_of([estimator]))
    ratio = Normal(0.4, 0.04)
    mean, error = 3.0, math.sqrt(14 / 3 / 4)
    for df, by_sampling in ((3.0, error / mean), (None, 0.0)):
        model = GroundModel(
            "litter", values, {"dry_fresh_ratio": ratio}, None, [GroundStratum("a", 4, sample, df)]
        )
        drawn = draw_ground(model, Streams(1, "test"), 20_000).biomass[0, 0]
        relative = math.sqrt(by_sampling**2 + 0.1**2 + (0.1 * by_sampling) ** 2)
        assert drawn.mean() == pytest.approx(mean, abs=4 * mean * relative / math.sqrt(20_000))
        assert drawn.std() == pytest.approx(mean * relative, rel=0.03)


PNEUMATOPHORES = """    pneumatophores:
      quadrats:
        - file: roots.csv
      contained_in: {contained}
      contained_in_source: a test
"""


def with_pneumatophores(folder, contained):
    (folder / "roots.csv").write_text(
        "plot_id,quadrat_id,quadrat_area_m2,dry_mass_g\nS1,1,1,80\nS2,1,1,120\nS3,1,1,100\n", encoding="utf-8"
    )
    path = folder / "mrv.yaml"
    text = path.read_text(encoding="utf-8")
    mark = "    # Soil cores: one row for each section"
    assert text.count(mark) == 1
    path.write_text(text.replace(mark, PNEUMATOPHORES.format(contained=contained) + mark), encoding="utf-8")


@pytest.fixture
def template(tmp_path):
    from mrv.run.template import make_project

    folder = tmp_path / "project"
    make_project(folder, "csv", "en", lambda text: text)
    return folder


def test_a_run_tells_pools_on_the_ground_and_keeps_them_out_of_stock_and_sink(template, tmp_path):
    before = run_project(template, tmp_path / "before")
    with_pneumatophores(template, "neither")
    after = run_project(template, tmp_path / "after")
    index = {"stratum": "seaward", "pool": "pneumatophores", "date": "2025-06-01"}
    roots = after.figure("biomass_density_t_dm_ha", index)
    assert roots.value == pytest.approx(1.0, rel=1e-12)
    assert roots.interval is not None and roots.total_interval is not None
    litter = after.figure("biomass_density_t_dm_ha", {**index, "pool": "litter"})
    # (31.4 + 18.7) g on 0.5 m² of S1, (42.1 + 0) g on 0.5 m² of S2.
    assert litter.value == pytest.approx((1.002 + 0.842) / 2, rel=1e-12)
    carbon = after.figure("carbon_density_t_c_ha", {**index, "pool": "litter"})
    assert carbon.value == pytest.approx(0.45 * litter.value, rel=1e-12)
    # Landward has no quadrat: the project has no figure of its own.
    with pytest.raises(KeyError):
        after.figure("biomass_density_t_dm_ha", {"pool": "pneumatophores", "date": "2025-06-01"})
    assert {pool.pool: pool.state for pool in after.pools}["pneumatophores"] == "reported only"
    others = {
        (figure.name, tuple(sorted(figure.index.items()))): figure
        for figure in after.figures
        if figure.index.get("pool") != "pneumatophores"
    }
    assert others == {(figure.name, tuple(sorted(figure.index.items()))): figure for figure in before.figures}


def test_pneumatophores_that_an_equation_holds_are_refused(template):
    with_pneumatophores(template, "bgb_equation")
    with pytest.raises(InputError) as caught:
        read_project(template / "mrv.yaml")
    (finding,) = caught.value.findings
    assert finding.rule == "pneumatophores-counted-twice"
