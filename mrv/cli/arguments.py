"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

from mrv.cli.language import TranslatedOption

project_argument = click.argument(
    "project", type=click.Path(path_type=Path), default=Path(), metavar="[PROJECT]"
)
"""A project file, or a folder that holds ``mrv.yaml``; the current folder if left out."""

methodology_option = click.option(
    "--methodology-dir",
    "methodology_folder",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Documents of the methodology from this folder, not from those installed.",
)
"""A folder with ``methodology.yaml``, ``parameters.yaml`` and ``clauses.md``."""
