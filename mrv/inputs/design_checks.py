"""Whether the plots of a survey are what its sampling design says, and enough for an estimate."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inputs.checks import Check, SurveyTables
from mrv.inputs.values import distinct_findings
from mrv.yaml_file import suggestion

SMALLEST_SAMPLE = 2


def _is_cluster_design(survey: SurveyTables) -> bool:
    return survey.design.kind == "cluster"


def cluster_missing(survey: SurveyTables) -> Iterator[Finding]:
    """Every plot of a cluster design belongs to a cluster."""
    if not _is_cluster_design(survey):
        return
    frame = survey.plots.frame
    without = frame["cluster_id"].isna()
    if without.all() and len(frame):
        yield Finding(
            survey.where("plots"),
            "cluster-missing",
            "plots of a cluster design require the column cluster_id",
        )
        return
    for position, plot in zip(frame.index[without], frame.loc[without, "plot_id"], strict=True):
        yield Finding(
            survey.plots.where(int(position), "cluster_id"),
            "cluster-missing",
            "plot {plot!r} belongs to no cluster",
            {"plot": plot},
        )


def cluster_unknown(survey: SurveyTables) -> Iterator[Finding]:
    """Clusters of the plots and of the table of clusters are the same."""
    if survey.clusters is None:
        return
    listed = survey.clusters.frame["cluster_id"].dropna().to_list()
    named = survey.plots.frame["cluster_id"]

    def finding(where: str, word: str, rows: str) -> Finding:
        near = suggestion(word, listed)
        message = "cluster {found!r} is not in the table of clusters{rows}"
        return Finding(
            where,
            "cluster-unknown",
            message + "; did you mean {near!r}?" if near else message,
            {"found": word, "rows": rows, "near": near},
        )

    yield from distinct_findings(
        named,
        named.notna() & ~named.isin(listed),
        lambda position: survey.plots.where(position, "cluster_id"),
        finding,
    )
    clusters = survey.clusters.frame["cluster_id"]
    for position in clusters.index[clusters.notna() & ~clusters.isin(named.dropna().to_list())]:
        yield Finding(
            survey.clusters.where(int(position), "cluster_id"),
            "cluster-without-plots",
            "cluster {cluster!r} has no plots in the table of plots",
            {"cluster": clusters.loc[position]},
        )


def cluster_in_one_stratum(survey: SurveyTables) -> Iterator[Finding]:
    """A cluster lies within one stratum."""
    if not _is_cluster_design(survey):
        return
    frame = survey.plots.frame
    for cluster, rows in frame.groupby("cluster_id", sort=True):
        strata = sorted(rows["stratum_id"].dropna().unique())
        if len(strata) > 1:
            yield Finding(
                survey.plots.where(int(rows.index[0]), "cluster_id"),
                "cluster-strata",
                "cluster {cluster!r} has plots in {strata}; a cluster lies within one stratum",
                {"cluster": cluster, "strata": ", ".join(strata)},
            )


def cluster_size(survey: SurveyTables) -> Iterator[Finding]:
    """A cluster holds no fewer plots than were measured in it."""
    if survey.clusters is None:
        return
    frame = survey.clusters.frame
    measured = frame["cluster_id"].map(survey.plots.frame["cluster_id"].value_counts())
    for position in frame.index[frame["plots_in_cluster"] < measured]:
        yield Finding(
            survey.clusters.where(int(position), "plots_in_cluster"),
            "cluster-size",
            "{found:g} plots in all is below the {measured:g} that were measured",
            {"found": frame.loc[position, "plots_in_cluster"], "measured": measured.loc[position]},
        )


def clusters_in_stratum(survey: SurveyTables) -> Iterator[Finding]:
    """The declared number of clusters of a stratum fits what was sampled."""
    declared = survey.design.clusters_in_stratum or {}
    sampled = survey.plots.frame.groupby("stratum_id")["cluster_id"].nunique()
    for stratum, number in declared.items():
        place = survey.where("design", "clusters_in_stratum", stratum)
        if stratum not in sampled.index:
            known = [str(name) for name in sampled.index]
            near = suggestion(stratum, known)
            message = "no plot names stratum {found!r}"
            yield Finding(
                place,
                "stratum-unknown",
                message + "; did you mean {near!r}?" if near else message,
                {"found": stratum, "near": near},
            )
        elif number < sampled[stratum]:
            yield Finding(
                place,
                "cluster-size",
                "{found} clusters in all is below the {measured} that were measured",
                {"found": number, "measured": int(sampled[stratum])},
            )


def _sample_units(survey: SurveyTables) -> pd.Series[int]:
    """Number of sample units of each stratum that is declared; without strata, of each that a plot names."""
    unit = "cluster_id" if _is_cluster_design(survey) else "plot_id"
    counts = survey.plots.frame.groupby("stratum_id")[unit].nunique()
    # A stratum that is not declared has a finding of its own.
    counts = counts.reindex(sorted(counts.index if survey.strata is None else survey.strata), fill_value=0)
    # Strata that share a variance stand together; one without plots has no mean either.
    for group in survey.design.collapse:
        own = [name for name in group.strata if counts.get(name, 0) > 0]
        together = int(counts[own].sum())
        counts = counts.drop(own)
        if own:
            counts[", ".join(own)] = together
    return counts


def stratum_lonely(survey: SurveyTables) -> Iterator[Finding]:
    """Every stratum has two sample units at least; otherwise nothing is known of its variance."""
    if survey.design.kind == "purposive":
        return
    unit = Phrase("clusters") if _is_cluster_design(survey) else Phrase("plots")
    for stratum, count in _sample_units(survey).items():
        if count < SMALLEST_SAMPLE:
            yield Finding(
                survey.where("plots"),
                "stratum-lonely",
                "stratum {stratum!r} has too few {unit}: {count}; an interval needs {smallest} at least",
                {"stratum": stratum, "count": int(count), "unit": unit, "smallest": SMALLEST_SAMPLE},
            )


def simple_random_is_one_stratum(survey: SurveyTables) -> Iterator[Finding]:
    """A simple random sample is taken over one area."""
    strata = sorted({*survey.plots.frame["stratum_id"].dropna(), *(survey.strata or ())})
    if survey.design.kind == "simple_random" and len(strata) > 1:
        yield Finding(
            survey.where("design", "kind"),
            "design-strata",
            "a simple random sample has one stratum, not {strata}; the design with several is stratified",
            {"strata": ", ".join(strata)},
        )


DESIGN_CHECKS: tuple[Check, ...] = (
    cluster_missing,
    cluster_unknown,
    cluster_in_one_stratum,
    cluster_size,
    clusters_in_stratum,
    stratum_lonely,
    simple_random_is_one_stratum,
)
