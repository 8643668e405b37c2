"""What a second, blind measurement of a tenth of the plots says of the first one: differences and bias."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from mrv.findings import Finding
from mrv.inputs import Survey
from mrv.inputs.remeasurement import STEM
from mrv.plausibility import quality_rule
from mrv.quality.suspects import Suspect, earliest, places, row_list
from mrv.stock.estimators import Estimate

MEASURES: Mapping[str, str] = MappingProxyType({"dbh_cm": "cm", "height_m": "m"})
"""What is compared, and its unit."""


def allowed_difference(name: str, first: pd.Series[float]) -> pd.Series[float]:
    """How far a second measurement may lie from the first: 0.3 cm or 3 % of a diameter, 10 % of a height."""
    if name == "dbh_cm":
        share = first * quality_rule("remeasured_dbh_share")
        return share.where(share > quality_rule("remeasured_dbh_cm"), quality_rule("remeasured_dbh_cm"))
    return first * quality_rule("remeasured_height_share")


def compared_stems(survey: Survey) -> pd.DataFrame:
    """Stems measured twice, side by side.

    Parameters
    ----------
    survey : Survey

    Returns
    -------
    DataFrame
        ``plot_id``, ``tree_id``, ``stem_id``, ``source`` (of the first measurement), ``remeasured_source``
        and, of diameter and height, the first and the second measurement, their difference (second less
        first) and whether it is within what is allowed. Empty where nothing was measured again.
    """
    if survey.remeasured is None:
        return pd.DataFrame()
    first = survey.trees[survey.trees["tree_id"].notna()]
    keys = {name: first[name].fillna("") for name in STEM}
    second = survey.remeasured.trees
    both = first.assign(**keys).merge(
        second.assign(**{name: second[name].fillna("") for name in STEM}), on=STEM, suffixes=("", "_second")
    )
    columns: dict[str, pd.Series] = {name: both[name] for name in STEM}
    for name in MEASURES:
        difference = both[f"{name}_second"] - both[name]
        stem = name.rsplit("_", 1)[0]
        columns |= {
            name: both[name],
            f"remeasured_{name}": both[f"{name}_second"],
            f"difference_{name}": difference,
            f"{stem}_within": (difference.abs() <= allowed_difference(name, both[name]) + 1e-9).where(
                difference.notna()
            ),
        }
    return pd.DataFrame(
        {**columns, "source": both["source"], "remeasured_source": both["source_second"]}
    ).sort_values(STEM, kind="stable", ignore_index=True)


def bias(stems: pd.DataFrame, name: str) -> Estimate | None:
    """Mean difference of plots, second measurement less first; a crew errs by plots, the replicates.

    Parameters
    ----------
    stems : DataFrame
        From :func:`compared_stems`.
    name : {"dbh_cm", "height_m"}
    """
    differences = stems[f"difference_{name}"].dropna()
    if differences.empty:
        return None
    by_plot = differences.groupby(stems["plot_id"]).mean().to_numpy(dtype=np.float64)
    plots = len(by_plot)
    error = float(by_plot.std(ddof=1)) / math.sqrt(plots) if plots > 1 else math.nan
    method = "mean of plots measured again"
    return Estimate(float(by_plot.mean()), error, plots - 1 if plots > 1 else math.nan, plots, method)


def _lost(survey: Survey, stems: pd.DataFrame) -> Iterator[Suspect]:
    """Stems that one of the two crews does not have, in the plots that both measured."""
    if survey.remeasured is None:
        return
    second = survey.remeasured.trees
    first = survey.trees[survey.trees["plot_id"].isin(second["plot_id"]) & survey.trees["status"].eq("live")]
    missed = first[~first["source"].isin(stems["source"])]
    new = second[~second["source"].isin(stems["remeasured_source"])]
    for rows, message in (
        (missed, "{count} live stems of the plots measured again have no second measurement: {rows}"),
        (new, "{count} stems measured again are not in the tables of trees: {rows}"),
    ):
        if len(rows):
            yield Suspect(
                Finding(
                    earliest(rows),
                    "remeasured-stems",
                    message,
                    {"count": len(rows), "rows": row_list(rows["source"])},
                    severity="note",
                )
            )


def remeasurement(survey: Survey) -> Iterator[Suspect]:
    """What the second measurement tells: too few plots, stems out of tolerance, bias, stems missed."""
    if survey.remeasured is None:
        return
    stems = compared_stems(survey)
    yield from _lost(survey, stems)
    if stems.empty:
        return
    measured = survey.plots["plot_id"].isin(survey.trees["plot_id"]).sum()
    again = stems["plot_id"].nunique()
    if again < quality_rule("remeasured_plots") * measured:
        yield Suspect(
            Finding(
                earliest(stems),
                "remeasured-few-plots",
                "{again} of {all} plots were measured again; {share:.0%} were expected",
                {"again": again, "all": int(measured), "share": quality_rule("remeasured_plots")},
                severity="note",
            )
        )
    for name, unit in MEASURES.items():
        stem = name.rsplit("_", 1)[0]
        known = stems[stems[f"difference_{name}"].notna()]
        outside = known[~known[f"{stem}_within"].astype(bool)]
        if len(outside):
            yield Suspect(
                Finding(
                    earliest(outside),
                    "remeasured-outside",
                    "{column} of {count} of {all} stems differs by more than is allowed between two blind "
                    "measurements: {rows}",
                    {
                        "column": name,
                        "count": len(outside),
                        "all": len(known),
                        "rows": row_list(outside["source"]),
                    },
                    severity="note",
                ),
                "trees",
                places(outside),
            )
        mean = bias(stems, name)
        if mean is not None and abs(mean.value) > quality_rule("remeasured_bias") * mean.standard_error:
            yield Suspect(
                Finding(
                    earliest(known),
                    "remeasured-bias",
                    "{column} is {value} {unit} larger on average when measured again, standard error "
                    "{error} {unit} over {plots} plots; which crew errs?"
                    if mean.value > 0
                    else "{column} is {value} {unit} smaller on average when measured again, standard error "
                    "{error} {unit} over {plots} plots; which crew errs?",
                    {
                        "column": name,
                        "value": f"{abs(mean.value):.2g}",
                        "error": f"{mean.standard_error:.2g}",
                        "unit": unit,
                        "plots": mean.units,
                    },
                    severity="note",
                )
            )
