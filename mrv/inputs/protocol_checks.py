"""Whether two surveys measured alike, so that what differs between them is the forest."""

from __future__ import annotations

import math

from mrv.findings import Finding
from mrv.inputs.survey import Survey
from mrv.inputs.tables import Where

FEWEST_STEMS = 30
"""Live stems of a survey from which on its smallest diameter says where measuring began."""

ALIKE = 1.5
"""Ratio of smallest diameters up to which surveys that state none are taken to have begun alike."""


def _stated_cm(survey: Survey) -> float:
    """Smallest diameter that is measured; NaN where the survey does not say. [cm]"""
    return min((subplot.dbh_min_cm for subplot in survey.subplots), default=math.nan)


def _found_cm(survey: Survey) -> float:
    """Smallest diameter in the tables; NaN where there are too few stems to tell. [cm]"""
    live = survey.trees.loc[survey.trees["status"] == "live", "dbh_cm"].dropna()
    return float(live.min()) if len(live) >= FEWEST_STEMS else math.nan


def protocol_findings(first: Survey, last: Survey, where: Where) -> list[Finding]:
    """Trees are measured from the same diameter at both dates: else the change is one of rules, not of trees.

    Parameters
    ----------
    first, last : Survey
    where : callable
        Place of a key of the last survey in the project file.
    """
    stated = _stated_cm(first), _stated_cm(last)
    values = {"first": first.date, "last": last.date}
    if not any(map(math.isnan, stated)):
        if stated[0] == stated[1]:
            return []
        return [
            Finding(
                where("subplots"),
                "change-smallest-diameter",
                "trees are measured from {own:g} cm at {last}, and from {other:g} cm at {first}; a change "
                "needs one limit: state {common:g} cm at both, and leave smaller trees out by a row filter",
                {**values, "own": stated[1], "other": stated[0], "common": max(stated)},
            )
        ]
    found = [
        own if math.isnan(limit) else limit
        for own, limit in zip((_found_cm(first), _found_cm(last)), stated, strict=True)
    ]
    if any(map(math.isnan, found)) or max(found) <= ALIKE * max(min(found), 1.0):
        return []
    return [
        Finding(
            where("trees"),
            "change-smallest-diameter",
            "the smallest tree has {own:g} cm at {last}, and {other:g} cm at {first}, and no limit is "
            "stated; if trees were measured from another diameter, the change is one of rules",
            {**values, "own": found[1], "other": found[0]},
            waivable=True,
        )
    ]
