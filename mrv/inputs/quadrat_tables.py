"""Quadrats of a survey as values: what lay or stood on each, and what turns it into dry mass."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mrv.findings import Finding
from mrv.inputs.columns import Column, Columns
from mrv.inputs.quadrat_declaration import Quadrats, WeighedSample
from mrv.inputs.stated_values import Stated
from mrv.inputs.table_source import TableSource
from mrv.inputs.tables import Exclusion, Table, Where, combine, read_table
from mrv.yaml_file import Key

AMOUNTS = ("dry_mass_g", "fresh_mass_g", "individuals")
"""Columns of which a quadrat has exactly one."""

QUADRAT_COLUMNS: Columns = {
    "plot_id": Column("id", required=True),
    "quadrat_id": Column("id", required=True),
    "quadrat_area_m2": Column("number", required=True, unit="m2", low=0.0),
    "dry_mass_g": Column("number", unit="g", low=0.0, low_allowed=True),
    "fresh_mass_g": Column("number", unit="g", low=0.0, low_allowed=True),
    "individuals": Column("number", unit="1", low=0.0, low_allowed=True, whole=True),
}
WEIGHED_COLUMNS: Columns = {"dry_mass_g": Column("number", required=True, unit="g", low=0.0)}

LEAST_WEIGHED = 2
"""Individuals without which a mean has no standard error."""


@dataclass(frozen=True)
class QuadratPool:
    """A pool of a survey on its quadrats.

    Attributes
    ----------
    quadrats : DataFrame
        ``plot_id``, ``quadrat_id``, ``quadrat_area_m2`` and one of ``dry_mass_g``, ``fresh_mass_g``,
        ``individuals`` in each row. [m², g, g, 1]
    none_found : frozenset of str
        Plots that were searched and have none.
    dry_fresh_ratio : Stated or None
        [1]
    individual_mass : Stated or None
        [g]
    carbon_fraction : Stated or None
        [t_c/t_dm]
    """

    quadrats: pd.DataFrame
    none_found: frozenset[str]
    dry_fresh_ratio: Stated | None
    individual_mass: Stated | None
    carbon_fraction: Stated | None


def quadrat_tables(declaration: Quadrats) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Every table of the declaration, with its key and the columns it may have."""
    for number, source in enumerate(declaration.quadrats):
        yield ("quadrats", number), source, QUADRAT_COLUMNS
    if isinstance(declaration.individual_mass, WeighedSample):
        yield ("individual_mass", "sample"), declaration.individual_mass.sample, WEIGHED_COLUMNS


def _amount_findings(table: Table, declaration: Quadrats, where: Where) -> Iterator[Finding]:
    """Quadrats that do not say one amount, and amounts that nothing turns into dry mass."""
    given = table.frame[list(AMOUNTS)].notna()
    for wrong, message in (
        (
            given.sum(axis=1) == 0,
            "none of {allowed} is given ({count} rows, this the first); 0 where none was",
        ),
        (given.sum(axis=1) > 1, "more than one of {allowed} is given ({count} rows, this the first)"),
    ):
        rows = [position for position, is_wrong in enumerate(wrong) if is_wrong]
        if rows:
            yield Finding(
                table.where(rows[0], AMOUNTS[0]),
                "quadrat-amount",
                message,
                {"allowed": ", ".join(AMOUNTS), "count": len(rows)},
            )
    for column, key, factor in (
        ("fresh_mass_g", "dry_fresh_ratio", declaration.dry_fresh_ratio),
        ("individuals", "individual_mass", declaration.individual_mass),
    ):
        if given[column].any() and factor is None:
            yield Finding(
                where(),
                "quadrat-factor-missing",
                "{column} is given, and {key} is not, without which it is no dry mass",
                {"column": column, "key": key},
            )


def _duplicate_findings(table: Table) -> list[Finding]:
    repeated = table.frame.duplicated(["plot_id", "quadrat_id"]).to_numpy()
    rows = [position for position, twice in enumerate(repeated) if twice]
    if not rows:
        return []
    row = table.frame.iloc[rows[0]]
    return [
        Finding(
            table.where(rows[0], "quadrat_id"),
            "quadrat-duplicate",
            "quadrat {quadrat!r} of plot {plot!r} stands twice ({count} rows, this the first)",
            {"quadrat": row["quadrat_id"], "plot": row["plot_id"], "count": len(rows)},
        )
    ]


def _plot_findings(
    table: Table, declaration: Quadrats, plots: frozenset[str], where: Where
) -> Iterator[Finding]:
    sampled = set(table.frame["plot_id"].dropna())
    strays = sorted(sampled - plots)
    if strays:
        row = int(table.frame["plot_id"].isin(strays).to_numpy().argmax())
        yield Finding(
            table.where(row, "plot_id"),
            "plot-unknown",
            "plots that are not in the plots table: {names} ({count} in all)",
            {"count": len(strays), "names": ", ".join(strays[:5])},
        )
    without = declaration.plots_without
    if without is None or without.plots == "all":
        return
    for name in without.plots:
        if name not in plots:
            yield Finding(
                where("plots_without"),
                "plot-unknown",
                "{found!r} is not in the plots table",
                {"found": name},
            )
        elif name in sampled:
            yield Finding(
                where("plots_without"),
                "plots-without-conflict",
                "plot {found!r} is said to have none, and the tables hold quadrats of it",
                {"found": name},
            )


def _mean_mass(declaration: Quadrats, sample: Table | None) -> Stated | None:
    """Mean dry mass of an individual; that of a weighed sample has the standard error of its mean. [g]"""
    mass = declaration.individual_mass
    if mass is None:
        return None
    if not isinstance(mass, WeighedSample):
        return Stated(mass.value_g, mass.standard_error_g)
    if sample is None or len(sample.frame) < LEAST_WEIGHED:
        return None
    weights = sample.frame["dry_mass_g"].to_numpy(dtype="float64")
    mean = math.fsum(weights) / len(weights)
    variance = math.fsum((weights - mean) ** 2) / (len(weights) - 1)
    return Stated(mean, math.sqrt(variance / len(weights)))


def _sample_findings(sample: Table | None, where: Where) -> list[Finding]:
    if sample is None or not sample.whole or len(sample.frame) >= LEAST_WEIGHED:
        return []
    return [
        Finding(
            where("individual_mass", "sample"),
            "quadrat-sample-small",
            "{count} individuals were weighed; a mean with its error takes {least}",
            {"count": len(sample.frame), "least": LEAST_WEIGHED},
        )
    ]


def read_quadrats(
    declaration: Quadrats,
    folder: Path,
    where: Where,
    plots: frozenset[str],
    held_plots: frozenset[str] = frozenset(),
) -> tuple[QuadratPool, list[Finding], list[Exclusion]]:
    """A pool of a survey on its quadrats, what is wrong with it, and the rows that were left out.

    Parameters
    ----------
    declaration : Quadrats
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the declaration in the project file.
    plots, held_plots : frozenset of str
        Ids of the survey's plots, and of those in quarantine, whose quadrats are left aside with them.
    """
    tables: dict[str, list[Table]] = {"quadrats": [], "individual_mass": []}
    for key, source, columns in quadrat_tables(declaration):
        tables[str(key[0])].append(
            read_table(folder / source.file, source, columns, lambda *inner, key=key: where(*key, *inner))
        )
    table = combine(tables["quadrats"], QUADRAT_COLUMNS)
    sample = next(iter(tables["individual_mass"]), None)
    read = [table, *tables["individual_mass"]]
    findings = [finding for each in read for finding in each.findings]
    if table.whole:
        findings += [
            *_amount_findings(table, declaration, where),
            *_duplicate_findings(table),
            *_plot_findings(table, declaration, plots | held_plots, where),
        ]
    findings += _sample_findings(sample, where)
    own = table.frame[~table.frame["plot_id"].isin(list(held_plots))]
    quadrats = own.sort_values(["plot_id", "quadrat_id"], kind="stable", ignore_index=True)
    without = declaration.plots_without
    none_found = frozenset(
        ()
        if without is None
        else plots - set(quadrats["plot_id"].dropna())
        if without.plots == "all"
        else without.plots
    )
    return (
        QuadratPool(
            quadrats[[*QUADRAT_COLUMNS]],
            none_found,
            declaration.dry_fresh_ratio.stated if declaration.dry_fresh_ratio else None,
            _mean_mass(declaration, sample),
            declaration.carbon_fraction.stated if declaration.carbon_fraction else None,
        ),
        findings,
        [exclusion for each in read for exclusion in each.exclusions],
    )


def read_quadrat_pools(
    declared: Mapping[str, Quadrats],
    folder: Path,
    at: Callable[[str], Where],
    plots: frozenset[str],
    held_plots: frozenset[str],
) -> tuple[dict[str, QuadratPool], list[Finding], list[Exclusion]]:
    """Every pool that a survey took on quadrats; ``at`` gives the places of a pool's keys."""
    pools: dict[str, QuadratPool] = {}
    findings: list[Finding] = []
    exclusions: list[Exclusion] = []
    for pool, declaration in declared.items():
        pools[pool], more, left_out = read_quadrats(declaration, folder, at(pool), plots, held_plots)
        findings += more
        exclusions += left_out
    return pools, findings, exclusions
