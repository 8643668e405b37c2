"""Why a figure is what it is: the tree of quantities, clauses and sources behind it, down to table rows.

It reads a folder of results and nothing else, so that a verifier can ask without the inputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from mrv.errors import UsageError
from mrv.findings import Phrase
from mrv.run.explain_soil import SOIL_QUANTITIES, SOIL_STOCK, core_rows, station_rows
from mrv.run.outputs import RUN_FILE
from mrv.run.stated_estimates import QUANTITIES as STATED_QUANTITIES
from mrv.run.stated_estimates import STATED
from mrv.run.trace import Cell, Step, Trace

PLOT_QUANTITY = "biomass_density"
"""Quantity whose cells are means of plots; below it stand rows of the tables."""

POOLS_OF_TREES = ("agb", "bgb", "dead_wood")
POOL_COLUMNS = {pool: f"{pool}_t_ha" for pool in (*POOLS_OF_TREES, "downed_wood", "litter")}


@dataclass(frozen=True)
class Node:
    """One step of an explanation, with what it was computed from.

    Attributes
    ----------
    name : str
        Quantity with its unit, or the row of a table: a plot with the sum of its trees' biomass
        times their expansion factors, or a tree.
    unit, kind, clause, description, formula, source : str
    cells : tuple of Cell
        Its values, those that were asked for.
    children : tuple of Node
    repeated : bool
        Whether the quantity stands already further up, with its own inputs shown there.
    """

    name: str
    unit: str = ""
    kind: str = ""
    clause: str = ""
    description: str = ""
    formula: str = ""
    source: str = ""
    cells: tuple[Cell, ...] = ()
    children: tuple[Node, ...] = field(default_factory=tuple)
    repeated: bool = False

    def document(self) -> dict[str, Any]:
        """Node as plain data."""
        document = asdict(self)
        document["cells"] = [cell.model_dump() for cell in self.cells]
        document["children"] = [child.document() for child in self.children]
        return document


Index = Mapping[str, str]


def _read_trace(out: Path) -> Trace:
    path = out / "trace.json"
    if not (out / RUN_FILE).is_file() or not path.is_file():
        raise UsageError("{folder}: is no folder of results; `mrv run` makes one", folder=out)
    return Trace.model_validate(json.loads(path.read_text(encoding="utf-8")))


def _find(trace: Trace, quantity: str) -> Step:
    by_name = {step.name: step for step in trace.steps.values()} | dict(trace.steps)
    if quantity in by_name:
        return by_name[quantity]
    names = sorted({step.name for step in trace.steps.values()})
    close = get_close_matches(quantity, names, n=3)
    raise UsageError(
        "{quantity!r} is no quantity of this run; did you mean {near}?"
        if close
        else "{quantity!r} is no quantity of this run; there are {known}",
        quantity=quantity,
        near=", ".join(close),
        known=", ".join(names),
    )


def _cells(step: Step, at: Index) -> tuple[Cell, ...]:
    """Cells at a place; keys that no cell of the quantity has do not narrow it."""
    keys = {key for cell in step.cells for key in cell.index}
    wanted = [(key, value) for key, value in at.items() if key in keys]
    return tuple(cell for cell in step.cells if all(cell.index.get(key) == value for key, value in wanted))


def _check_at(trace: Trace, plots: set[str], at: Index) -> None:
    """Refuse places that the run does not have, rather than explain nothing."""
    known: dict[str, set[str]] = {}
    for step in trace.steps.values():
        for cell in step.cells:
            for key, value in cell.index.items():
                known.setdefault(key, set()).add(value)
    if plots:
        known["plot"] = plots
    for key, value in at.items():
        if key not in known:
            found, allowed = key, sorted(known)
        elif value not in known[key]:
            found, allowed = value, sorted(known[key])
        else:
            continue
        raise UsageError(
            "--at {key}={value}: {found} is not one of {allowed}",
            key=key,
            value=value,
            found=found,
            allowed=", ".join(allowed),
        )


def _table(out: Path, name: str) -> pd.DataFrame | None:
    path = out / "tables" / f"{name}.csv"
    return (
        pd.read_csv(path, dtype={"plot_id": str, "stratum_id": str, "tree_id": str})
        if path.is_file()
        else None
    )


def _plots_of(out: Path) -> set[str]:
    """Plots that any table of the run names."""
    tables = (_table(out, name) for name in ("plots", "stated_biomass", "cores"))
    return {plot for table in tables if table is not None for plot in table["plot_id"]}


def _tree_rows(trees: pd.DataFrame) -> tuple[Node, ...]:
    return tuple(
        Node(
            name=f"{row['species']} {row['tree_id']}" if isinstance(row["tree_id"], str) else row["species"],
            unit="kg",
            kind="row",
            description=Phrase(
                "D {dbh:g} cm, {status}, wood density {density:g} g/cm3 ({source})",
                dbh=row["dbh_cm"],
                status=Phrase(row["status"]),
                density=row["wood_density_g_cm3"],
                source=Phrase(str(row["wood_density_source"])),
            ),
            formula=Phrase(
                "{agb}, {bgb}; × {factor:.6g} trees per ha",
                agb=row["agb_equation"],
                bgb=Phrase(row["bgb_equation"]),
                factor=row["expansion_factor_per_ha"],
            ),
            source=str(row["source"]),
            cells=_row_cells(row, {"agb": "agb_kg", "bgb": "bgb_kg"}),
        )
        for row in trees.to_dict("records")
    )


def _row_cells(row: Mapping[Any, Any], columns: Index) -> tuple[Cell, ...]:
    return tuple(
        Cell(index={"pool": pool}, value=float(row[column]))
        for pool, column in columns.items()
        if not pd.isna(row[column])
    )


def _plot_rows(plots: pd.DataFrame, trees: pd.DataFrame, at: Index) -> tuple[Node, ...]:
    pools = {pool: column for pool, column in POOL_COLUMNS.items() if at.get("pool", pool) == pool}
    of_trees = not pools.keys().isdisjoint(POOLS_OF_TREES)
    nodes = []
    for row in plots.to_dict("records"):
        own = trees[(trees["plot_id"] == row["plot_id"]) & (trees["date"] == row["date"])]
        nodes.append(
            Node(
                name=f"{row['date']}, {row['stratum_id']}, {row['plot_id']}",
                unit="t_dm/ha",
                kind="row",
                description=Phrase("{count} trees", count=row["trees"]),
                source=str(row["source"]),
                cells=_row_cells(row, pools),
                children=_tree_rows(own) if of_trees and at.get("plot") == row["plot_id"] else (),
            )
        )
    return tuple(nodes)


def _soil_rows(out: Path, quantity: str, at: Index) -> tuple[Node, ...]:
    """Rows of the tables of cores or of stations behind a figure of soil."""
    if quantity == SOIL_STOCK:
        return tuple(
            Node(**fields, children=tuple(Node(**section) for section in below))
            for fields, below in core_rows(out, at)
        )
    return tuple(Node(**fields) for fields in station_rows(out, quantity, at))


def _stated_rows(out: Path, quantity: str, at: Index) -> tuple[Node, ...]:
    """Rows of what a publication states of the plots."""
    table = _table(out, "stated_biomass")
    if table is None:
        return ()
    table = _at(table, at)
    columns = {
        pool: column
        for column, (name, pool, _) in STATED.items()
        if name == quantity and at.get("pool", pool) == pool
    }
    return tuple(
        Node(
            name=f"{row['date']}, {row['stratum_id']}, {row['plot_id']}",
            unit=next(unit for name, _, unit in STATED.values() if name == quantity),
            kind="row",
            source=str(row["source"]),
            cells=_row_cells(row, columns),
        )
        for row in table.to_dict("records")
    )


def _at(table: pd.DataFrame, at: Index) -> pd.DataFrame:
    """Rows of a table of plots at a place."""
    for key, column in (("stratum", "stratum_id"), ("date", "date"), ("plot", "plot_id")):
        if key in at:
            table = table[table[column] == at[key]]
    return table


def _rows_below(out: Path, quantity: str, at: Index) -> tuple[Node, ...]:
    """Rows of the plot table behind a density, and of the tree table where one plot is asked for."""
    if quantity in SOIL_QUANTITIES:
        return _soil_rows(out, quantity, at)
    if quantity in STATED_QUANTITIES:
        return _stated_rows(out, quantity, at)
    plots, trees = _table(out, "plots"), _table(out, "trees")
    if plots is None or trees is None:
        return ()
    return _plot_rows(_at(plots, at), trees, at)


def _node(
    trace: Trace, quantity: str, at: Index, below: Callable[[str], tuple[Node, ...]], seen: set[str]
) -> Node:
    step = trace.steps[quantity]
    has_rows = quantity == PLOT_QUANTITY or quantity in SOIL_QUANTITIES | STATED_QUANTITIES
    repeated = quantity in seen and bool(step.inputs or has_rows)
    seen.add(quantity)
    children: tuple[Node, ...] = ()
    if not repeated:
        children = tuple(_node(trace, name, at, below, seen) for name in step.inputs if name in trace.steps)
        if has_rows:
            children += below(quantity)
    return Node(
        name=step.name,
        unit=step.unit,
        kind=step.kind,
        clause=step.clause,
        description=step.description,
        formula=step.formula,
        source=step.source,
        cells=_cells(step, at),
        children=children,
        repeated=repeated,
    )


def explain(out: Path, quantity: str, at: Index | None = None) -> Node:
    """Explanation of a quantity of a run.

    Parameters
    ----------
    out : Path
        Folder of results.
    quantity : str
        Its name, with or without the unit.
    at : mapping, optional
        Which one: ``stratum``, ``pool``, ``date``, ``vintage``, or ``plot`` for the trees of a plot.

    Raises
    ------
    UsageError
        If the folder holds no results, or the quantity or place is not in them.
    """
    wanted = dict(at) if at else {}
    trace = _read_trace(out)
    step = _find(trace, quantity)
    _check_at(trace, _plots_of(out), wanted)
    return _node(trace, step.quantity, wanted, lambda name: _rows_below(out, name, wanted), set())
