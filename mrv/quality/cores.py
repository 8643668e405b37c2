"""Sections of soil cores whose density or carbon no soil has, or that stand twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from mrv.findings import Finding, Phrase, first_place
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


def organic_matter(sections: pd.DataFrame) -> pd.Series[float]:
    """Share of organic matter of each section, by loss on ignition, else by carbon; NaN without both. [1]"""
    by_carbon = sections["organic_carbon_fraction"] / quality_rule("carbon_of_organic_matter")
    organic: pd.Series[float] = sections["loi_fraction"].where(sections["loi_fraction"].notna(), by_carbon)
    return organic


def mixed_bulk_density(organic_fraction: pd.Series[float]) -> pd.Series[float]:
    """Bulk density of a tidal soil whose organic and mineral matter keep their own volumes. [g cm⁻³]

    Parameters
    ----------
    organic_fraction : Series
        Organic matter over dry mass. [1]

    References
    ----------
    .. [1] Morris et al. (2016), Earth's Future 4, 110–121, doi:10.1002/2015EF000334.
    """
    volume = organic_fraction / quality_rule("bulk_density_of_organic_matter")
    return 1 / (volume + (1 - organic_fraction) / quality_rule("bulk_density_of_mineral_matter"))


def _possible(sections: pd.DataFrame) -> pd.Series[bool]:
    """Sections of a density that a soil can have; peat is lighter than any mineral soil."""
    density = sections["bulk_density_g_cm3"]
    peat = organic_matter(sections) >= quality_rule("peat_organic_matter")
    lowest = np.where(
        peat, quality_rule("peat_bulk_density_possible"), limits()["bulk_density_g_cm3"].hard_low
    )
    possible: pd.Series[bool] = density.ge(lowest) & density.le(limits()["bulk_density_g_cm3"].hard_high)
    return possible


def bulk_density(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Dry bulk density that no soil has, or that is unusual where nothing is known of organic matter."""
    possible = _possible(sections)
    yield from _judged(
        sections,
        "bulk_density_g_cm3",
        sections["bulk_density_g_cm3"],
        usual=possible & organic_matter(sections).notna(),
        possible=possible,
    )


def density_against_organic_matter(sections: pd.DataFrame) -> Iterator[Suspect]:
    """Sections that are several times lighter or denser than soils with so much organic matter are."""
    ratio = sections["bulk_density_g_cm3"] / mixed_bulk_density(organic_matter(sections))
    factor = quality_rule("bulk_density_factor")
    far = sections[_possible(sections) & ((ratio > factor) | (ratio < 1 / factor))]
    files = far["source"].astype(str).map(file_of)
    for file, rows in far.groupby(files, sort=True):
        own = ratio[rows.index]
        yield Suspect(
            Finding(
                earliest(rows),
                "density-against-organic-matter",
                "bulk density of {count} sections of {file} is {low} to {high} times that of soils with "
                "their organic matter; usual is {least} to {most} times ({rows})"
                if len(rows) > 1
                else "bulk density of a section of {file} is {low} times that of soils with its organic "
                "matter; usual is {least} to {most} times",
                {
                    "count": len(rows),
                    "file": file,
                    "low": f"{own.min():.2g}",
                    "high": f"{own.max():.2g}",
                    "least": f"{1 / factor:g}",
                    "most": f"{factor:g}",
                    "rows": row_list(rows["source"]),
                },
                severity="note",
            ),
            "cores",
            places(rows),
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
    by_chance = -float(ndtri(quality_rule("bulk_density_chance") / (2 * len(values))))
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
                ),
                why=Phrase("they enter no stock as they are"),
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
            ),
            why=Phrase("what lies between sections is interpolated, with an error of its own in the budget"),
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
    density_against_organic_matter,
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
