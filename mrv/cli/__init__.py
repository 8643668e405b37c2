"""The command line ``mrv``: each command parses, makes one call, and prints.

Nothing scientific is imported until a command runs, so that ``mrv --help`` answers at once.
"""

from __future__ import annotations

import click

from mrv import __version__
from mrv.cli.area import area
from mrv.cli.auction import auction
from mrv.cli.check import check
from mrv.cli.design import design
from mrv.cli.equations import equations
from mrv.cli.explain import explain
from mrv.cli.extent import extent
from mrv.cli.fetch import fetch
from mrv.cli.key import key
from mrv.cli.language import TranslatedGroup, TranslatedOption, language_option
from mrv.cli.ledger import ledger
from mrv.cli.map import map_command
from mrv.cli.methodology import methodology
from mrv.cli.new import new
from mrv.cli.report import report
from mrv.cli.run import run
from mrv.cli.schema import schema
from mrv.cli.seal import seal
from mrv.cli.verify import compare, verify


@click.group(
    cls=TranslatedGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Completion: eval "$(_MRV_COMPLETE=bash_source mrv)" (also zsh_source, fish_source).',
)
@click.version_option(__version__, prog_name="mrv", cls=TranslatedOption)
@language_option
def main(language: str) -> None:
    """Mangrove blue carbon from plot surveys to per-hectare sinks that a verifier can re-run.

    Exit codes: 0 fine, 1 a fault of ours, 2 invalid input or usage, 3 a figure that does not agree,
    4 within tolerance but not identical, 5 network or credentials, 130 interrupted.
    """


for command in (
    new,
    design,
    fetch,
    check,
    run,
    map_command,
    extent,
    area,
    equations,
    explain,
    methodology,
    ledger,
    schema,
    seal,
    key,
    verify,
    compare,
    report,
    auction,
):
    main.add_command(command)
