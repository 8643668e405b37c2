"""What may be wrong with the tables of soil cores.

A check is a function from the tables of one survey to findings; those on carbon stand in
:mod:`mrv.inputs.soil_carbon_checks`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mrv.findings import Finding
from mrv.inputs.row_filters import Where
from mrv.inputs.soil_declaration import SoilDeclaration
from mrv.inputs.tables import Table
from mrv.soil_reference import soil_default
from mrv.yaml_file import suggestion

CORE = ["plot_id", "core_id"]
SAME_DEPTH_CM = 1e-6
FEW = 10
"""More rows than this with one fault are reported in one line."""


@dataclass(frozen=True)
class SoilTablesRead:
    """Tables of soil cores of one survey, and what the project file says of them.

    Attributes
    ----------
    where : callable
        Place of a key of the survey's soil in the project file.
    declaration : SoilDeclaration
    sections, cores : Table
    plots : frozenset of str
        Ids of the survey's plots.
    compaction_share : Series
        Of each row of the table of cores, NaN where not measured. [1]
    """

    where: Where
    declaration: SoilDeclaration
    sections: Table
    cores: Table
    plots: frozenset[str]
    compaction_share: pd.Series[float]


SoilCheck = Callable[[SoilTablesRead], Iterator[Finding]]


def rows_of(wrong: pd.Series[bool] | np.ndarray) -> list[int]:
    """Numbers of the rows that are chosen."""
    return [int(row) for row in np.flatnonzero(np.asarray(wrong, dtype=bool))]


def sections_exist(soil: SoilTablesRead) -> Iterator[Finding]:
    """There are sections, each ends below where it starts, and some have density and carbon."""
    table, frame = soil.sections, soil.sections.frame
    if frame.empty:
        yield Finding(soil.where("sections"), "table-empty", "no sections of cores are left to read")
        return
    for row in rows_of(frame["bottom_cm"] <= frame["top_cm"]):
        yield Finding(
            table.where(row, "bottom_cm"),
            "soil-section-bounds",
            "{bottom:g} cm is not below the top of the section, {top:g} cm",
            {"bottom": frame["bottom_cm"].iloc[row], "top": frame["top_cm"].iloc[row]},
        )
    if frame["bulk_density_g_cm3"].isna().all():
        yield Finding(
            soil.where("sections"), "soil-column-needed", "no section has bulk_density_g_cm3; it is required"
        )


def sections_do_not_overlap(soil: SoilTablesRead) -> Iterator[Finding]:
    """No depth of a core stands twice."""
    table = soil.sections
    for _, group in table.frame.groupby(CORE, sort=True):
        ordered = group.sort_values(["top_cm", "bottom_cm"], kind="stable")
        ends = ordered["bottom_cm"].cummax().shift()
        for label in ordered.index[ordered["top_cm"] < ends - SAME_DEPTH_CM]:
            yield Finding(
                table.where(int(label), "top_cm"),
                "soil-section-overlap",
                "the section starts at {top:g} cm, but core {core!r} of plot {plot!r} is described down to "
                "{end:g} cm already",
                {
                    "top": ordered.loc[label, "top_cm"],
                    "core": ordered.loc[label, "core_id"],
                    "plot": ordered.loc[label, "plot_id"],
                    "end": ends[label],
                },
            )


def plots_known(soil: SoilTablesRead) -> Iterator[Finding]:
    """A core belongs to a plot of its survey; without plots, their own table is what is wrong."""
    if not soil.plots:
        return
    for table in (soil.sections, soil.cores):
        text = table.frame["plot_id"]
        for word in sorted(set(text.dropna()) - soil.plots):
            near = suggestion(word, soil.plots)
            yield Finding(
                table.where(rows_of(text == word)[0], "plot_id"),
                "soil-plot-unknown",
                "{found!r} is no plot of this survey, so that its cores count nowhere; did you mean {near!r}?"
                if near
                else "{found!r} is no plot of this survey, so that its cores count nowhere",
                {"found": word, "near": near},
                waivable=True,
            )


def cores_described_once(soil: SoilTablesRead) -> Iterator[Finding]:
    """The table of cores has one row for a core, and the core has sections."""
    table = soil.cores
    known = set(soil.sections.frame[CORE].itertuples(index=False, name=None))
    seen: set[tuple[str, str]] = set()
    for row, key in enumerate(table.frame[CORE].itertuples(index=False, name=None)):
        if key in seen:
            yield Finding(
                table.where(row, "core_id"),
                "soil-core-duplicate",
                "core {core!r} of plot {plot!r} stands twice",
                {"core": key[1], "plot": key[0]},
            )
        elif key not in known:
            yield Finding(
                table.where(row, "core_id"),
                "soil-core-without-sections",
                "core {core!r} of plot {plot!r} has no sections",
                {"core": key[1], "plot": key[0]},
                severity="note",
            )
        seen.add(key)


def cores_reach_their_sections(soil: SoilTablesRead) -> Iterator[Finding]:
    """A corer reached at least the end of the last section."""
    ends = soil.sections.frame.groupby(CORE)["bottom_cm"].max()
    frame = soil.cores.frame
    for row, key in enumerate(frame[CORE].itertuples(index=False, name=None)):
        depth = float(frame["core_depth_cm"].iloc[row])
        end = float(ends.get(key, math.nan))
        if depth < end - SAME_DEPTH_CM:
            yield Finding(
                soil.cores.where(row, "core_depth_cm"),
                "soil-core-depth",
                "{depth:g} cm is less than the end of the core's last section, {end:g} cm",
                {"depth": depth, "end": end},
            )


def compaction_within_limits(soil: SoilTablesRead) -> Iterator[Finding]:
    """A compacted core is told, a crushed one refused unless split cores show how."""
    frame = soil.cores.frame
    note, refusal = soil_default("compaction_note"), soil_default("compaction_refusal")
    for row, share in enumerate(soil.compaction_share):
        if share > refusal and frame["split_core_evidence"].iloc[row] != "yes":
            yield Finding(
                soil.cores.where(row, "compaction_fraction"),
                "soil-compaction",
                "compacted by {share:.0%}; more than {limit:.0%} needs split_core_evidence",
                {"share": share, "limit": refusal},
            )
        elif share > note:
            yield Finding(
                soil.cores.where(row, "compaction_fraction"),
                "soil-compaction-large",
                "compacted by {share:.0%}, more than {limit:.0%}",
                {"share": share, "limit": note},
                severity="note",
            )


TABLE_CHECKS: tuple[SoilCheck, ...] = (
    sections_exist,
    sections_do_not_overlap,
    plots_known,
    cores_described_once,
    cores_reach_their_sections,
    compaction_within_limits,
)
