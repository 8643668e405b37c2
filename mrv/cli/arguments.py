"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

project_argument = click.argument(
    "project", type=click.Path(path_type=Path), default=Path(), metavar="[PROJECT]"
)
"""A project file, or a folder that holds ``mrv.yaml``; the current folder if left out."""
