"""The words of one step of an explanation, for the terminal and for a page alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mrv.cli.text import method_text
from mrv.report.numbers import number_text, short_number, unit_text

if TYPE_CHECKING:
    from mrv.cli.output import Output
    from mrv.run.explain import Node

OWN_WORDS = ("measured", "constant", "estimate")
"""Kinds of steps whose source is put into words here; those of other kinds are citations."""


@dataclass(frozen=True)
class StepText:
    """A step in words.

    Attributes
    ----------
    head : str
        Quantity, with its value where it has just one.
    about, formula, source : str
        What it is and by which clause; empty where there is none.
    cells : tuple of (str, str)
        Place and value, where it has several.
    """

    head: str
    about: str = ""
    formula: str = ""
    source: str = ""
    cells: tuple[tuple[str, str], ...] = ()


def step_text(output: Output, node: Node) -> StepText:
    """Words of a step in the language of the output."""
    return _row_text(output, node) if node.kind == "row" else _quantity_text(output, node)


def _row_text(output: Output, node: Node) -> StepText:
    """A plot or station, or a tree, core or section with what it was computed from."""
    values = output.listed(" ".join((*cell.index.values(), number_text(cell.value))) for cell in node.cells)
    head = output.translated(
        "{row}: {values} {unit}; {about}  ← {source}",
        row=node.name,
        values=values,
        unit=unit_text(node.unit),
        about=output.phrase(node.description),
        source=node.source,
    )
    return StepText(head, formula=output.phrase(node.formula))


def _quantity_text(output: Output, node: Node) -> StepText:
    unit = unit_text(node.unit)
    single = node.cells[0] if len(node.cells) == 1 else None
    place = f" ({output.listed(single.index.values())})" if single and single.index else ""
    head = f"{node.name}{place} = {short_number(single.value)} {unit}" if single else f"{node.name} [{unit}]"
    head = head.removesuffix(" []").rstrip()
    if node.repeated:
        return StepText(f"{head}  {output.translated('(explained above)')}")
    about = [output.translated(node.description.rstrip("."))] if node.description else []
    about += [output.translated("clause {clause}", clause=node.clause)] if node.clause else []
    source = method_text(output, node.source) if node.kind in OWN_WORDS else output.translated(node.source)
    return StepText(
        head,
        output.translated("; ").join(about),
        node.formula,
        source if node.kind != "equation" else "",
        () if single else _cells(output, node),
    )


def _cells(output: Output, node: Node) -> tuple[tuple[str, str], ...]:
    by_stratum = any("stratum" in cell.index for cell in node.cells)
    whole = {"stratum": output.translated("project")} if by_stratum else {}
    return tuple(
        (output.listed({**whole, **cell.index}.values()), short_number(cell.value)) for cell in node.cells
    )
