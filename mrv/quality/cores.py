"""Sections of soil cores whose density or carbon no soil has, or that stand twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from mrv.findings import Finding, first_place
from mrv.plausibility import judge, limits, quality_rule
from mrv.quality.suspects import (
    LIMIT_RULES,
    Suspect,
    beyond_limit,
    earliest,
    file_of,
    places,
    range_text,
    row_list,
)

CoreCheck = Callable[[pd.DataFrame], Iterator[Suspect]]

PERCENT = 100.0
CORE = ["plot_id", "core_id"]
VALUES = ["top_cm", "bottom_cm", "bulk_density_g_cm3", "organic_carbon_fraction"]


def _judged(
    sections: pd.DataFrame,
    quantity: str,
    values: pd.Series[float],
    usual: pd.Series[bool] | None = None,
    possible: pd.Series[bool] | None = None,
) -> Iterator[Suspect]:
    """An error for each section beyond the hard limit, a note for each file with some beyond the soft one.

    Sections that are ``usual`` for another reason are not told, those that are ``possible`` are no error.
    """
    judged = values.map(lambda value: judge(quantity, value)).astype("str")
    if usual is not None and possible is not None:
        judged = judged.mask(possible & judged.eq("fail"), "warn").mask(usual, "ok")
    for number in sections.index[judged.eq("fail")]:
        row = sections.loc[number]
        name = f"{row['core_id']}, {row['top_cm']:g}–{row['bottom_cm']:g} cm"
        yield Suspect(
            beyond_limit(str(row["source"]), quantity, name, float(values[number]), "fail"),
            "cores",
            (str(row["source"]),),
        )
    rule = LIMIT_RULES[quantity][0]
    files = sections["source"].astype(str).map(file_of)
    for file, rows in sections[judged.eq("warn")].groupby(files, sort=True):
        own = values[rows.index]
        yield Suspect(
            Finding(
                earliest(rows),
                rule,
                "{quantity} of {count} sections of {file} is {low} to {high}; usual is {range} ({rows})"
                if len(rows) > 1
                else "{quantity} of a section of {file} is {low}; usual is {range}",
                {
                    "quantity": quantity,
                    "count": len(rows),
                    "file": file,
                    "low": f"{own.min():.3g}",
                    "high": f"{own.max():.3g}",
                    "range": range_text(limits()[quantity], hard=False),
                    "rows": row_list(rows["source"]),
                },
                severity="note",
            ),
            "cores",
            places(rows),
        )


def is_peat(sections: pd.DataFrame) -> pd.Series[bool]:
    """Sections that consist of organic matter by half or more, by their loss on ignition or their carbon."""
    organic = sections["loi_fraction"].where(
        sections["loi_fraction"].notna(),
        sections["organic_carbon_fraction"] / quality_rule("carbon_of_organic_matter"),
    )
    peat: pd.Series[bool] = organic >= quality_rule("peat_organic_matter")
    return peat


def bulk_density(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Dry bulk density; peat is lighter than any mineral soil, and is judged by limits of its own."""
    density = sections["bulk_density_g_cm3"]
    light = is_peat(sections) & density.lt(limits()["bulk_density_g_cm3"].soft_low)
    yield from _judged(
        sections,
        "bulk_density_g_cm3",
        density,
        usual=light & density.ge(quality_rule("peat_bulk_density_usual")),
        possible=light & density.ge(quality_rule("peat_bulk_density_possible")),
    )


def organic_carbon(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Organic carbon in per cent of dry mass."""
    yield from _judged(sections, "organic_carbon_pct", sections["organic_carbon_fraction"] * PERCENT)


def carbon_density(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Carbon in a volume of soil: density times carbon."""
    density = sections["bulk_density_g_cm3"] * sections["organic_carbon_fraction"]
    yield from _judged(sections, "carbon_density_g_cm3", density)


def usual_bulk_density(carbon_pct: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bulk density of a mangrove soil with so much carbon, ``1.539 exp(-0.289 %C)``. [g cm⁻³]

    Parameters
    ----------
    carbon_pct : ndarray, shape (n,)
        Organic carbon. [%]
    """
    intercept, decline = quality_rule("bulk_density_at_no_carbon"), quality_rule("bulk_density_decline")
    return np.asarray(intercept * np.exp(-decline * carbon_pct))


def _far(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values lie more deviations from their mean than sections of one coast do."""
    # Among many sections some lie beyond three deviations by chance alone.
    by_chance = float(stats.norm.isf(quality_rule("bulk_density_chance") / (2 * len(values))))
    limit = max(quality_rule("bulk_density_deviations"), by_chance) * values.std(ddof=1)
    return np.asarray(np.abs(values - values.mean()) > limit)


def density_against_carbon(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Sections of one file that lie far from the others in density for their carbon.

    How far sections scatter is taken from the file itself, as soils of other coasts lie above or below the
    published line as a whole. A section is told that lies far from the published line, shifted to the
    file, and from the line through the file's own sections as well.
    """
    both = sections[sections["bulk_density_g_cm3"].gt(0) & sections["organic_carbon_fraction"].gt(0)]
    files = both["source"].astype(str).map(file_of)
    for _, rows in both.groupby(files, sort=True):
        carbon = (rows["organic_carbon_fraction"] * PERCENT).to_numpy(dtype=np.float64)
        if len(rows) < quality_rule("group_minimum") or np.ptp(carbon) == 0:
            continue
        logs = np.log(rows["bulk_density_g_cm3"].to_numpy(dtype=np.float64))
        slope, intercept = np.polyfit(carbon, logs, 1)
        far = _far(logs - intercept - slope * carbon) & _far(logs - np.log(usual_bulk_density(carbon)))
        if not far.any():
            continue
        suspect = rows[far]
        yield Suspect(
            Finding(
                earliest(suspect),
                "density-against-carbon",
                "bulk density and carbon of {count} sections do not go together as in all {all}: {rows}",
                {"count": len(suspect), "all": len(rows), "rows": row_list(suspect["source"])},
                severity="note",
            ),
            "cores",
            places(suspect),
        )


def carbon_above_organic_matter(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Sections with more organic carbon than organic matter."""
    wrong = sections[sections["organic_carbon_fraction"] > sections["loi_fraction"]]
    if len(wrong):
        yield Suspect(
            Finding(
                earliest(wrong),
                "carbon-above-organic-matter",
                "organic carbon exceeds organic matter (loss on ignition) in {count} sections: {rows}",
                {"count": len(wrong), "rows": row_list(wrong["source"])},
                waivable=True,
            ),
            "cores",
            places(wrong),
        )


def carbon_zero(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Sections without any carbon: below the limit of detection, or not measured."""
    zero = sections[sections["organic_carbon_fraction"].eq(0)]
    if len(zero):
        yield Suspect(
            Finding(
                earliest(zero),
                "carbon-zero",
                "organic carbon is 0 in {count} sections: below the limit of detection, or not measured? "
                "{rows}",
                {"count": len(zero), "rows": row_list(zero["source"])},
                severity="note",
            ),
            "cores",
            places(zero),
        )


def sections_incomplete(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Files in which many sections lack their density or their carbon: they give no stock."""
    carbon = sections["organic_carbon_fraction"].notna() | sections["loi_fraction"].notna()
    whole = sections["bulk_density_g_cm3"].notna() & carbon
    for file, rows in sections.groupby(sections["source"].astype(str).map(file_of), sort=True):
        lacking = rows[~whole[rows.index]]
        if len(lacking):
            yield Suspect(
                Finding(
                    earliest(lacking),
                    "section-incomplete",
                    "{count} of {all} sections of {file} lack bulk density or carbon",
                    {"count": len(lacking), "all": len(rows), "file": file},
                    severity="note",
                )
            )


def sections_apart(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Cores whose sections leave depths between them without a sample."""
    apart = []
    for name, rows in sections.groupby(CORE, sort=True):
        ordered = rows.sort_values("top_cm", kind="stable")
        ends = ordered["bottom_cm"].cummax().shift()
        if (ordered["top_cm"] > ends + 1e-6).any():
            apart.append((name, earliest(ordered)))
    if apart:
        yield Suspect(
            Finding(
                first_place(place for _, place in apart),
                "sections-apart",
                "{count} of {all} cores have depths between their sections without a sample",
                {"count": len(apart), "all": sections.groupby(CORE).ngroups},
                severity="note",
            )
        )


def _profile(rows: pd.DataFrame) -> tuple[tuple[float | None, ...], ...]:
    ordered = rows.sort_values(["top_cm", "bottom_cm"], kind="stable")
    return tuple(
        tuple(None if pd.isna(value) else float(value) for value in row)
        for row in ordered[VALUES].itertuples(index=False, name=None)
    )


def cores_copied(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Cores of two or more sections with the same depths, densities and carbon as another core."""
    seen: dict[tuple[tuple[float | None, ...], ...], str] = {}
    for (plot, core), rows in sections.groupby(CORE, sort=True):
        profile = _profile(rows)
        measured = rows[["bulk_density_g_cm3", "organic_carbon_fraction"]].notna().any(axis=1)
        if len(rows) < 2 or not measured.all():
            continue
        name = f"{plot}/{core}"
        if profile in seen:
            yield Suspect(
                Finding(
                    earliest(rows),
                    "core-copied",
                    "the {count} sections of core {core!r} are those of core {first!r}, one for one",
                    {"count": len(rows), "core": name, "first": seen[profile]},
                    waivable=True,
                ),
                "cores",
                places(rows),
            )
        seen.setdefault(profile, name)


CORE_CHECKS: tuple[CoreCheck, ...] = (
    bulk_density,
    organic_carbon,
    carbon_density,
    density_against_carbon,
    carbon_above_organic_matter,
    carbon_zero,
    sections_incomplete,
    sections_apart,
    cores_copied,
)
"""Rules on sections: ``plot_id``, ``core_id``, ``top_cm``, ``bottom_cm``, ``bulk_density_g_cm3``,
``organic_carbon_fraction``, ``loi_fraction``, ``source``."""
