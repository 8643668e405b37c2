"""Stocks to one metre such as no soil, or few soils, have."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from mrv.findings import Phrase
from mrv.plausibility import judge
from mrv.quality.suspects import Suspect, beyond_limit, earliest, places
from mrv.soil.cores import depth_label
from mrv.soil_reference import soil_default

STOCK = "soc_1m_t_c_ha"


def stocks_to_a_metre(cores: pd.DataFrame, sections: pd.DataFrame) -> Iterator[Suspect]:
    """Cores whose stock to one metre lies beyond a limit, each with all its sections.

    Parameters
    ----------
    cores : DataFrame
        Table of cores: ``plot_id``, ``core_id``, ``depth``, ``stock_t_c_ha``. [t_c/ha]
    sections : DataFrame
        ``plot_id``, ``core_id``, ``source``.
    """
    metre = cores[cores["depth"] == depth_label(soil_default("reporting_depth_lower"))]
    for row in metre.to_dict("records"):
        judgement = judge(STOCK, row["stock_t_c_ha"])
        if judgement == "ok":
            continue
        own = sections[sections["plot_id"].eq(row["plot_id"]) & sections["core_id"].eq(row["core_id"])]
        name = Phrase("core {core} of plot {plot}", core=row["core_id"], plot=row["plot_id"])
        yield Suspect(
            beyond_limit(earliest(own), STOCK, name, row["stock_t_c_ha"], judgement), "cores", places(own)
        )
