"""Heights that do not go with their diameters, and diameters of which nobody says where they were taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.plausibility import judge, limits, quality_rule
from mrv.quality.suspects import LIMIT_RULES, Suspect, earliest, places, range_text, row_list
from mrv.quality.tree_records import TreeRecords, height_residuals, robust_z, with_height

BREAST_HEIGHT_M = 1.3
PROP_ROOTS = "Rhizophora"


def _beyond_soft(trees: pd.DataFrame, quantity: str, values: pd.Series[float]) -> Iterator[Suspect]:
    """One suspect for each file with values beyond a soft limit."""
    beyond = trees[values.map(lambda value: judge(quantity, value) != "ok").astype(bool)]
    rule = LIMIT_RULES[quantity][0]
    for _, rows in beyond.groupby("file", sort=True):
        own = values[rows.index]
        yield Suspect(
            Finding(
                earliest(rows),
                rule,
                "{quantity} is {value} here; usual is {range} ({count} stems, {rows})"
                if len(rows) > 1
                else "{quantity} is {value} here; usual is {range}",
                {
                    "quantity": quantity,
                    "value": f"{own[rows['source'].eq(earliest(rows))].iloc[0]:.3g}",
                    "range": range_text(limits()[quantity], hard=False),
                    "count": len(rows),
                    "rows": row_list(rows["source"]),
                },
                severity="note",
            ),
            "trees",
            places(rows),
        )


def unusual_diameter(records: TreeRecords) -> Iterator[Suspect]:
    """Diameters beyond those of harvested trees."""
    yield from _beyond_soft(records.trees, "dbh_cm", records.trees["dbh_cm"])


def unusual_height(records: TreeRecords) -> Iterator[Suspect]:
    """Heights beyond those of most stands."""
    yield from _beyond_soft(records.trees, "height_m", records.trees["height_m"])


def height_diameter(records: TreeRecords) -> Iterator[Suspect]:
    """Height over diameter of single live stems."""
    trees = with_height(records.trees)
    yield from _beyond_soft(trees, "height_diameter_m_cm", trees["height_m"] / trees["dbh_cm"])


def height_below_measurement(records: TreeRecords) -> Iterator[Suspect]:
    """Stems that are lower than the point at which their diameter was taken."""
    trees = records.trees
    stated = trees["pom_m"].where(trees["pom_m"].notna(), BREAST_HEIGHT_M)
    taken_at = stated.where(trees["pom_m"].notna() | trees["pom"].eq("breast_height"))
    low = trees[trees["height_m"].lt(taken_at)]
    for _, rows in low.groupby("file", sort=True):
        first = rows[rows["source"].eq(earliest(rows))].iloc[0]
        yield Suspect(
            Finding(
                earliest(rows),
                "height-below-measurement",
                "the height is {height} m, below the {point} m at which the diameter was taken{rows}",
                {
                    "height": f"{first['height_m']:g}",
                    "point": f"{taken_at[low.index[low['source'].eq(earliest(rows))][0]]:g}",
                    "rows": Phrase(" ({count} stems, {rows})", count=len(rows), rows=row_list(rows["source"]))
                    if len(rows) > 1
                    else "",
                },
                severity="note",
            ),
            "trees",
            places(rows),
        )


def height_outlier(records: TreeRecords) -> Iterator[Suspect]:
    """Heights far from the curve of their species and stratum."""
    trees = with_height(records.trees)
    residuals = height_residuals(trees)
    trees = trees.loc[residuals.index].assign(residual=residuals)
    for (species, stratum), group in trees.groupby(["species", "stratum_id"], sort=True):
        far = np.abs(robust_z(group["residual"].to_numpy())) > quality_rule("robust_z")
        for _, rows in group[far].groupby("file", sort=True):
            worst = rows.loc[rows["residual"].abs().sort_values(kind="stable").index[-1]]
            yield Suspect(
                Finding(
                    str(worst["source"]),
                    "height-outlier",
                    "{height} m at {dbh} cm is {factor} times what {species} of stratum {stratum!r} shows; "
                    "{count} of its {all} stems with height lie this far from its curve: {rows}",
                    {
                        "height": f"{worst['height_m']:g}",
                        "dbh": f"{worst['dbh_cm']:g}",
                        "factor": f"{np.exp(worst['residual']):.2g}",
                        "species": species,
                        "stratum": stratum,
                        "count": len(rows),
                        "all": len(group),
                        "rows": row_list(rows["source"]),
                    },
                    severity="note",
                ),
                "trees",
                places(rows),
            )


def point_of_measurement(records: TreeRecords) -> Iterator[Suspect]:
    """Rhizophora whose diameter is said to be at breast height, of which no height above ground is given.

    Prop roots often reach above 1.3 m. No single row is to blame.
    """
    trees = records.trees
    stems = trees[
        trees["species"].astype("str").str.startswith(PROP_ROOTS)
        & trees["pom"].eq("breast_height")
        & trees["pom_m"].isna()
    ]
    for _, rows in stems.groupby("file", sort=True):
        yield Suspect(
            Finding(
                earliest(rows),
                "prop-roots-unsaid",
                "{count} stems of Rhizophora are said to be measured at breast height, and pom_m is not "
                "given; were their prop roots below {height} m?",
                {"count": len(rows), "height": f"{BREAST_HEIGHT_M:g}"},
                severity="note",
            )
        )
