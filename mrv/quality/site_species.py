"""Stems of species that do not grow at the site, as far as its list knows."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.findings import Finding
from mrv.inputs import Survey
from mrv.inputs.quality_evidence import SpeciesOfSite
from mrv.quality.suspects import Suspect, earliest, file_of, places, row_list
from mrv.yaml_file import suggestion

UNKNOWN = "unknown"
"""What tables call a stem whose species nobody told."""


def species_not_of_site(survey: Survey, site: SpeciesOfSite) -> Iterator[Suspect]:
    """Species of a survey that are not on the list of the site, each with its rows.

    Parameters
    ----------
    survey : Survey
    site : SpeciesOfSite
    """
    trees = survey.trees
    foreign = trees[trees["species"].notna() & ~trees["species"].isin([*site.names, UNKNOWN])]
    files = foreign["source"].astype(str).map(file_of)
    for (_, species), rows in foreign.groupby([files, "species"], sort=True):
        near = suggestion(str(species), site.names)
        yield Suspect(
            Finding(
                earliest(rows),
                "species-not-of-site",
                "{species} is not on the list of the site ({count} stems, {rows}); is it {near}?"
                if near
                else "{species} is not on the list of the site ({count} stems, {rows}); it has {listed}",
                {
                    "species": species,
                    "count": len(rows),
                    "rows": row_list(rows["source"]),
                    "near": near,
                    "listed": ", ".join(sorted(site.names)),
                },
                waivable=True,
            ),
            "trees",
            places(rows),
        )
