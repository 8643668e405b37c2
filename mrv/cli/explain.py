"""``mrv explain``: the tree behind a figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from rich.tree import Tree

    from mrv.run.explain import Node

CELLS_SHOWN = 12
"""Values of a quantity that are printed before the rest is counted."""


def _parse_at(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Mapping[str, str]:
    places = {}
    for value in values:
        key, sign, place = value.partition("=")
        if not sign or not key or not place:
            raise click.BadParameter(f"{value!r} is not of the form stratum=NAME")
        places[key] = place
    return places


@click.command(cls=TranslatedCommand)
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("quantity")
@click.option(
    "--at",
    cls=TranslatedOption,
    multiple=True,
    callback=_parse_at,
    metavar="KEY=VALUE",
    help="Which one: stratum=, pool=, date=, vintage=; plot= shows the trees of a plot.",
)
@output_options
def explain(out: Path, quantity: str, at: Mapping[str, str], output: Output) -> None:
    """Show what a figure of a run was computed from, down to table rows.

    OUT is a folder of results, QUANTITY a figure such as net_removals_t_co2e or
    biomass_density_t_dm_ha.
    """
    from mrv.run.explain import explain as explain_quantity

    node = explain_quantity(out, quantity, at)
    output.say(_tree(output, node))
    if "plot" not in at:
        output.say(output.translated("The trees of a plot: add --at plot=ID."))
    output.document(node.document())


def _label(output: Output, node: Node) -> str:
    from mrv.cli.text import index_text, short_number, unit_text

    unit = unit_text(node.unit)
    lines = []
    if len(node.cells) == 1:
        cell = node.cells[0]
        place = f" ({index_text(cell.index)})" if cell.index else ""
        lines.append(f"{node.name}{place} = {short_number(cell.value)} {unit}".rstrip())
    else:
        lines.append(f"{node.name} [{unit}]" if unit else node.name)
    if node.kind == "row":
        lines[0] += "  " + node.description
    about = [output.translated(node.description)] if node.description and node.kind != "row" else []
    if node.clause:
        about.append(output.translated("clause {clause}", clause=node.clause))
    if about:
        lines.append("; ".join(about))
    if node.formula:
        lines.append(f"= {node.formula}")
    if node.kind not in ("equation",) and node.source:
        lines.append(f"← {node.source}")
    if len(node.cells) > 1:
        shown = node.cells[:CELLS_SHOWN]
        lines += [f"  {index_text(cell.index)}: {short_number(cell.value)}" for cell in shown]
        if len(node.cells) > CELLS_SHOWN:
            lines.append(output.translated("  and {count} more", count=len(node.cells) - CELLS_SHOWN))
    if node.repeated:
        lines.append(output.translated("(explained above)"))
    return "\n".join(lines)


def _tree(output: Output, node: Node) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(_label(output, node)))

    def grow(branch: Tree, children: tuple[Node, ...]) -> None:
        for child in children:
            grow(branch.add(Text(_label(output, child))), child.children)

    grow(tree, node.children)
    return tree
