"""True totals: the equations of the project applied to every tree of the area, with nothing sampled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrv.units import CO2_PER_C
from simulation.forest import State, Trees
from simulation.landscape import Landscape
from simulation.project import Terms, biomass_t

Figures = dict[str, float]

NOTE_EN = (
    "Simulated. Sums over every tree of the simulated forest with a diameter of at least {dbh_min_cm} cm, "
    "not over plots: diameters unrounded; equations {agb_equation} and {bgb_equation}; wood densities, "
    "carbon fractions and factors for dead trees of mrv.yaml; areas of strata.geojson in {reference_system}. "
    "agb and bgb are those of live trees; dead_wood is the above-ground part of standing dead trees, with "
    "the carbon fraction of agb. Removals are the change of carbon over the period times 44/12, against a "
    "baseline without change. Soil organic carbon is a mean over a fine grid, to one depth at both dates."
)
NOTE_ZH = (
    "模拟数据。以下各值由模拟林分中胸径不小于 {dbh_min_cm} cm 的每一株树逐株求和得到，而非由样地推算。"
    "胸径未经修约；生物量方程为 {agb_equation} 和 {bgb_equation}；"
    "木材密度、含碳率和枯立木折算系数取自 mrv.yaml；面积按 strata.geojson 在 {reference_system} 下计算。"
    "agb、bgb 分别为活立木的地上、地下生物量；dead_wood 为枯立木的地上部分，含碳率与 agb 相同。"
    "清除量为监测期内碳储量变化量乘以 44/12，基准线为储量不变。土壤有机碳为细网格平均值，两期深度相同。"
)


def _stock(trees: Trees, state: State, chosen: NDArray[np.bool_], terms: Terms) -> Figures:
    """Stock of the chosen trees at one date."""
    counted = chosen & (state.dbh_cm >= terms.dbh_min_cm)
    live, dead = counted & state.live, counted & ~state.live
    agb = biomass_t(terms.agb_equation, terms, trees.species[live], state.dbh_cm[live]).sum()
    bgb = biomass_t(terms.bgb_equation, terms, trees.species[live], state.dbh_cm[live]).sum()
    factor = np.array([terms.dead_factor[name] for name in state.decay_class[dead].tolist()])
    dead_wood = (factor * biomass_t(terms.agb_equation, terms, trees.species[dead], state.dbh_cm[dead])).sum()
    return {
        "live_trees": int(live.sum()),
        "dead_trees": int(dead.sum()),
        "agb_t_dm": float(agb),
        "bgb_t_dm": float(bgb),
        "dead_wood_t_dm": float(dead_wood),
        "agb_t_c": float(agb * terms.carbon_fraction_agb),
        "bgb_t_c": float(bgb * terms.carbon_fraction_bgb),
        "dead_wood_t_c": float(dead_wood * terms.carbon_fraction_agb),
    }


def _removals(before: Figures, after: Figures) -> Figures:
    gain = {name: after[name] - before[name] for name in before if name.endswith("_t_c")}
    pools = {
        "agb": ["agb_t_c"],
        "bgb": ["bgb_t_c"],
        "dead_wood": ["dead_wood_t_c"],
        "agb_bgb": ["agb_t_c", "bgb_t_c"],
        "agb_bgb_dead_wood": ["agb_t_c", "bgb_t_c", "dead_wood_t_c"],
    }
    return {f"{name}_t_co2e": sum(gain[part] for part in parts) * CO2_PER_C for name, parts in pools.items()}


def _domain(
    area_ha: float, trees: Trees, states: tuple[State, State], chosen: NDArray[np.bool_], terms: Terms
) -> dict[str, Any]:
    """Area, stocks of both dates in all and per hectare, and removals of a part of the forest."""
    stocks = [_stock(trees, state, chosen, terms) for state in states]
    removals = _removals(*stocks)
    per_year = removals["agb_bgb_t_co2e"] / area_ha / terms.years
    return {
        "area_ha": round(area_ha, 4),
        "stock": {
            day: {name: round(value, 3) for name, value in stock.items()}
            for day, stock in zip(terms.dates, stocks, strict=True)
        },
        "stock_per_ha": {
            day: {f"{name}_ha": round(value / area_ha, 4) for name, value in stock.items()}
            for day, stock in zip(terms.dates, stocks, strict=True)
        },
        "removals": {name: round(value, 3) for name, value in removals.items()}
        | {"agb_bgb_t_co2e_ha_yr": round(per_year, 4)},
    }


def truth(
    ground: Landscape,
    trees: Trees,
    states: tuple[State, State],
    terms: Terms,
    soil_t_c_ha: tuple[dict[str, float], dict[str, float]],
) -> dict[str, Any]:
    """The document ``truth.json``: by stratum and for the project."""
    everywhere = np.ones(trees.x.shape, dtype=bool)
    strata = {
        stratum.stratum_id: _domain(
            stratum.area_ha, trees, states, trees.stratum_id == stratum.stratum_id, terms
        )
        | {
            "soil_organic_carbon_0_100_cm_t_c_ha": {
                date: soil[stratum.stratum_id] for date, soil in zip(terms.dates, soil_t_c_ha, strict=True)
            }
        }
        for stratum in ground.strata
    }
    area = sum(stratum.area_ha for stratum in ground.strata)
    words = {**vars(terms), "dbh_min_cm": f"{terms.dbh_min_cm:g}"}
    return {
        "simulated": True,
        "note": {"zh": NOTE_ZH.format(**words), "en": NOTE_EN.format(**words)},
        "period": {"start": terms.dates[0], "end": terms.dates[1], "years": round(terms.years, 6)},
        "strata": strata,
        "project": _domain(area, trees, states, everywhere, terms),
    }
