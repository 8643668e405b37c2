"""Plots and trees in quarantine: read, listed with their reason, and not computed with.

Rows are put there by their line in the declaration of their table; plots and tagged trees by name in that of
the survey. The files are never edited, and a plot is never emptied this way: it would count as bare ground.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from pydantic import Field

from mrv.findings import Finding
from mrv.inputs.row_filters import Where
from mrv.inputs.table_source import Document, Sentence, Word
from mrv.inputs.tables import Table
from mrv.yaml_file import suggestion


class QuarantinedNames(Document):
    """Plots of a survey, or trees or cores of one plot, that are not computed with: they are not believed."""

    plots: tuple[Word, ...] | None = Field(
        None, min_length=1, description="Ids of plots that are left out with their trees and cores."
    )
    plot: Word | None = Field(None, description="Id of the plot whose trees or cores are left out.")
    trees: tuple[Word, ...] | None = Field(
        None, min_length=1, description="Ids of trees of that plot that are left out."
    )
    cores: tuple[Word, ...] | None = Field(
        None, min_length=1, description="Ids of soil cores of that plot that are left out."
    )
    reason: Sentence = Field(description="Why, in words; it is listed with the effect of leaving them out.")


@dataclass(frozen=True)
class SetAside:
    """Rows of a survey in quarantine, in the form of the survey's own tables.

    Attributes
    ----------
    trees, plots : DataFrame
        As in the survey, with ``reason`` and ``readable``: a row that could not be read has no effect that
        could be told.
    """

    trees: pd.DataFrame
    plots: pd.DataFrame


def hold(table: Table, chosen: pd.Series[bool], reason: str) -> Table:
    """Table with the chosen rows in quarantine."""
    if not chosen.any():
        return table
    held = table.frame[chosen].assign(reason=reason, readable=True)
    aside = held if table.aside is None else pd.concat([table.aside, held], ignore_index=True)
    return replace(table, frame=table.frame[~chosen].reset_index(drop=True), aside=aside)


def _known(words: Sequence[str], known: Sequence[str], place: str, message: str) -> Iterator[Finding]:
    for word in words:
        if word not in known:
            near = suggestion(word, known)
            yield Finding(
                place,
                "quarantine-unknown",
                message + "; did you mean {near!r}?" if near else message,
                {"found": word, "near": near},
            )


def hold_names(
    plots: Table, trees: Table, entries: Sequence[QuarantinedNames], where: Where
) -> tuple[Table, Table, list[Finding]]:
    """Tables of plots and trees with what the survey names in quarantine.

    Parameters
    ----------
    plots, trees : Table
    entries : sequence of QuarantinedNames
    where : callable
        Place of a key of the survey in the project file.
    """
    findings: list[Finding] = []
    all_plots = plots.frame["plot_id"].dropna().to_list()
    for number, entry in enumerate(entries):
        place = where("quarantine", number)
        within = (entry.trees is not None) + (entry.cores is not None)
        if within != (entry.plot is not None) or (entry.plot is None) == (entry.plots is None):
            findings.append(
                Finding(
                    place, "quarantine-names", "either plots, or plot with trees or with cores, are required"
                )
            )
            continue
        if entry.plots is not None:
            findings += _known(entry.plots, all_plots, place, "plot {found!r} is not in the table of plots")
            trees = hold(trees, trees.frame["plot_id"].isin(list(entry.plots)), entry.reason)
            plots = hold(plots, plots.frame["plot_id"].isin(list(entry.plots)), entry.reason)
        elif entry.plot is not None and entry.trees is not None:
            own = trees.frame["plot_id"].eq(entry.plot)
            tags = trees.frame.loc[own, "tree_id"].dropna().to_list()
            findings += _known(entry.trees, tags, place, "tree {found!r} is not in the plot's trees")
            trees = hold(trees, own & trees.frame["tree_id"].isin(list(entry.trees)), entry.reason)
    return plots, trees, findings


def hold_cores(
    sections: Table, entries: Sequence[QuarantinedNames], where: Where
) -> tuple[Table, list[Finding]]:
    """Table of sections with those of the cores that the survey names in quarantine.

    Parameters
    ----------
    sections : Table
    entries : sequence of QuarantinedNames
    where : callable
        Place of a key of the survey in the project file.
    """
    findings: list[Finding] = []
    for number, entry in enumerate(entries):
        if entry.plot is None or entry.cores is None:
            continue
        own = sections.frame["plot_id"].eq(entry.plot)
        known = sections.frame.loc[own, "core_id"].dropna().to_list()
        place = where("quarantine", number)
        findings += _known(entry.cores, known, place, "core {found!r} is not in the plot's soil")
        sections = hold(sections, own & sections.frame["core_id"].isin(list(entry.cores)), entry.reason)
    return sections, findings


def emptied_plots(plots: Table, trees: Table) -> list[Finding]:
    """Plots whose trees are all in quarantine, which would count as plots without trees."""
    if trees.aside is None:
        return []
    held = set(trees.aside["plot_id"].dropna())
    bare = held - set(trees.frame["plot_id"].dropna())
    return [
        Finding(
            plots.where(position, "plot_id"),
            "quarantine-empties-plot",
            "every tree of plot {plot!r} is in quarantine, and it would count as bare; put the plot there",
            {"plot": plot},
        )
        for position, plot in enumerate(plots.frame["plot_id"])
        if plot in bare
    ]


def aside_table(table: Table) -> Table:
    """Rows of a table in quarantine, as a table."""
    frame = table.frame.iloc[:0] if table.aside is None else table.aside[table.frame.columns]
    return replace(table, frame=frame.reset_index(drop=True), aside=None)


def with_reasons(frame: pd.DataFrame, table: Table, sources: Sequence[str]) -> pd.DataFrame:
    """Rows in the form of a survey with the reason of each, by their place.

    Parameters
    ----------
    frame : DataFrame
        With ``source``.
    table : Table
        That they are in quarantine of.
    sources : sequence of str
        Places of the rows of ``table.aside``, in its order.
    """
    if table.aside is None:
        return frame.assign(reason=pd.Series(dtype="str"), readable=pd.Series(dtype="bool"))
    reasons = dict(zip(sources, table.aside["reason"], strict=True))
    readable = dict(zip(sources, table.aside["readable"], strict=True))
    return frame.assign(
        reason=frame["source"].map(reasons).astype("str"),
        readable=frame["source"].map(readable).astype("bool"),
    )
