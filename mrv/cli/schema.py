"""``mrv schema``: JSON Schemas, so that editors complete a file and programs can check one."""

from __future__ import annotations

import json
from typing import Any

import click

from mrv.cli.language import TranslatedCommand
from mrv.cli.output import Output, output_options

NAMES = ("project", "results", "case", "area", "extent", "ledger")


@click.command(cls=TranslatedCommand)
@click.argument("name", type=click.Choice(NAMES))
@output_options
def schema(name: str, output: Output) -> None:
    """Print a JSON Schema: mrv.yaml, results.json, a worked case, area.yaml, extent.yaml, a ledger's entry.

    In an editor with a YAML language server, save it and name it in the first line of mrv.yaml:
    # yaml-language-server: $schema=project.schema.json
    """
    document = _document(name)
    if output.as_json:
        output.document(document)
    else:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _document(name: str) -> dict[str, Any]:
    if name == "project":
        from mrv.inputs.project_file import project_json_schema

        return project_json_schema()
    if name == "results":
        from mrv.run.results import results_json_schema

        return results_json_schema()
    if name == "area":
        from mrv.inputs.area_declaration import area_json_schema

        return area_json_schema()
    if name == "extent":
        from mrv.inputs.extent_declaration import extent_json_schema

        return extent_json_schema()
    if name == "ledger":
        from mrv.ledger.entries import entry_json_schema

        return entry_json_schema()
    from mrv.accounting.cases import case_json_schema

    return case_json_schema()
