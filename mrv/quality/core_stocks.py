"""Stocks to one metre such as no soil, or few soils, have."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.plausibility import judge, limits
from mrv.quality.suspects import LIMIT_RULES, Suspect, beyond_limit, earliest, file_of, places, range_text
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
    rows: dict[str, pd.DataFrame] = {}
    values: dict[str, list[float]] = {}
    for row in metre.to_dict("records"):
        judgement = judge(STOCK, row["stock_t_c_ha"])
        if judgement == "ok":
            continue
        own = sections[sections["plot_id"].eq(row["plot_id"]) & sections["core_id"].eq(row["core_id"])]
        if judgement == "fail":
            name = Phrase("core {core} of plot {plot}", core=row["core_id"], plot=row["plot_id"])
            found = beyond_limit(earliest(own), STOCK, name, row["stock_t_c_ha"], judgement)
            yield Suspect(found, "cores", places(own))
            continue
        file = file_of(earliest(own))
        rows[file] = pd.concat([rows.get(file, own.iloc[:0]), own])
        values.setdefault(file, []).append(row["stock_t_c_ha"])
    rule = LIMIT_RULES[STOCK][0]
    for file, own in rows.items():
        stocks = values[file]
        yield Suspect(
            Finding(
                earliest(own),
                rule,
                "{quantity} of {count} cores of {file} is {low} to {high}; usual is {range}",
                {
                    "quantity": STOCK,
                    "count": len(stocks),
                    "file": file,
                    "low": f"{min(stocks):.3g}",
                    "high": f"{max(stocks):.3g}",
                    "range": range_text(limits()[STOCK], hard=False),
                },
                severity="note",
            ),
            "cores",
            places(own),
        )
