"""``mrv schema``: JSON Schemas, so that editors complete a file and programs can check one."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from typing import Any

import click

from mrv.cli.language import TranslatedCommand
from mrv.cli.output import Output, output_options

SCHEMAS: Mapping[str, str] = {
    "project": "mrv.inputs.project_file.project_json_schema",
    "results": "mrv.run.results.results_json_schema",
    "case": "mrv.accounting.cases.case_json_schema",
    "area": "mrv.inputs.area_declaration.area_json_schema",
    "extent": "mrv.inputs.extent_declaration.extent_json_schema",
    "carbon": "mrv.inputs.carbon_declaration.carbon_json_schema",
    "ledger": "mrv.ledger.entries.entry_json_schema",
}
"""Function that makes each schema; its module is imported when it is asked for."""


@click.command(cls=TranslatedCommand)
@click.argument("name", type=click.Choice([*SCHEMAS]))
@output_options
def schema(name: str, output: Output) -> None:
    """Print a JSON Schema: of a file that people write, of results.json, or of a ledger's entry.

    In an editor with a YAML language server, save it and name it in the first line of mrv.yaml:
    # yaml-language-server: $schema=project.schema.json
    """
    document = _document(name)
    if output.as_json:
        output.document(document)
    else:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _document(name: str) -> dict[str, Any]:
    module, _, function = SCHEMAS[name].rpartition(".")
    document: dict[str, Any] = getattr(importlib.import_module(module), function)()
    return document
