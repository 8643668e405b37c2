"""What people bring: the project file, their tables and their geometry, read strictly.

A project file says where everything is and how foreign tables are to be understood; :func:`read_inputs`
reads all of it and collects every finding, each with its place. Tables are never edited.
"""

from mrv.inputs.imagery import Imagery
from mrv.inputs.project import Project
from mrv.inputs.project_file import (
    PROJECT_FILE,
    SCHEMA,
    locate_project,
    project_json_schema,
    read_project,
)
from mrv.inputs.reader import Inputs, read_inputs
from mrv.inputs.sampling import Design, Subplot
from mrv.inputs.strata import Strata
from mrv.inputs.survey import Survey
from mrv.inputs.tables import Exclusion

__all__ = [
    "PROJECT_FILE",
    "SCHEMA",
    "Design",
    "Exclusion",
    "Imagery",
    "Inputs",
    "Project",
    "Strata",
    "Subplot",
    "Survey",
    "locate_project",
    "project_json_schema",
    "read_inputs",
    "read_project",
]
