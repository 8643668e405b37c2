"""Finding, reading and describing the project file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mrv.errors import InputError
from mrv.findings import Finding, raise_errors
from mrv.inputs.project import Project
from mrv.inputs.project_checks import project_findings
from mrv.yaml_file import Positions, parse_yaml, validate_yaml

Change = Callable[[Any], Any]
"""What becomes of the content of a project file, before it is checked."""

SCHEMA = "mrv-project/1"
PROJECT_FILE = "mrv.yaml"


def locate_project(path: Path) -> Path:
    """Project file that a path means: itself, or ``mrv.yaml`` in a folder.

    Raises
    ------
    InputError
        If there is no such file.
    """
    file = path / PROJECT_FILE if path.is_dir() else path
    if not file.exists():
        raise InputError(
            [
                Finding(
                    str(path),
                    "project-missing",
                    "no project file here; {name} or a folder that holds it was expected",
                    {"name": PROJECT_FILE},
                )
            ]
        )
    return file


def read_project_file(path: Path, change: Change | None = None) -> tuple[Project, Positions]:
    """Project of a file, and the place of every key.

    Parameters
    ----------
    path : Path
    change : callable, optional
        Gives the content to take in place of that of the file.

    Raises
    ------
    InputError
        With every finding, each with line, column and key.
    """
    data, positions = parse_yaml(path)
    data = change(data) if change else data
    project = validate_yaml(data, positions, Project)
    raise_errors(project_findings(project, positions.where))
    return project, positions


def read_project(path: Path) -> Project:
    """Project of a file or folder.

    Raises
    ------
    InputError
        With every finding, each with line, column and key.
    """
    return read_project_file(locate_project(path))[0]


def project_json_schema() -> dict[str, Any]:
    """JSON Schema of the project file, for editors to complete and check against."""
    schema = Project.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": SCHEMA}
