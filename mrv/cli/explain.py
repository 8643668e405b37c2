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
@click.option(
    "--html",
    "page",
    cls=TranslatedOption,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the tree as a page that opens without a network, too.",
)
@output_options
def explain(out: Path, quantity: str, at: Mapping[str, str], page: Path | None, output: Output) -> None:
    """Show what a figure of a run was computed from, down to table rows.

    OUT is a folder of results, QUANTITY a figure such as net_removals_t_co2e or
    biomass_density_t_dm_ha.
    """
    from mrv.cli.explain_page import explanation_page
    from mrv.cli.standing import show_standing
    from mrv.run.explain import explain as explain_quantity
    from mrv.run.outputs import write_whole
    from mrv.run.results import read_results

    node = explain_quantity(out, quantity, at)
    results = read_results(out)
    show_standing(output, results)
    if page is not None:
        write_whole(page, explanation_page(output, node, out).encode())
    output.say(_tree(output, node))
    if "plot" not in at:
        output.say(output.translated("The trees of a plot: add --at plot=ID."))
    methodology = results.methodology
    standing = {"methodology": methodology.model_dump(mode="json") if methodology else None}
    output.document(standing | node.document())


def _label(output: Output, node: Node) -> str:
    from mrv.report.trail_text import step_text

    text = step_text(output.words, node)
    lines = [
        text.head,
        text.about,
        f"= {text.formula}" if text.formula else "",
        f"← {text.source}" if text.source else "",
        *(
            output.translated("  {label}: {fact}", label=place, fact=value)
            for place, value in text.cells[:CELLS_SHOWN]
        ),
    ]
    if len(text.cells) > CELLS_SHOWN:
        lines.append(output.translated("  and {count} more", count=len(text.cells) - CELLS_SHOWN))
    return "\n".join(line for line in lines if line)


def _tree(output: Output, node: Node) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(_label(output, node)))

    def grow(branch: Tree, children: tuple[Node, ...]) -> None:
        for child in children:
            grow(branch.add(Text(_label(output, child))), child.children)

    grow(tree, node.children)
    return tree
