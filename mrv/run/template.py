"""A project to start from: a commented project file and small example tables."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Literal

from mrv.findings import Translate
from mrv.folders import write_new_folder
from mrv.inputs.field_tables import HeaderLanguage
from mrv.inputs.project_file import PROJECT_FILE
from mrv.run.template_files import csv_files, workbook_bytes
from mrv.run.template_tables import DECLARATION, WORKBOOK, example_table, project_file

TableForm = Literal["csv", "xlsx"]


def project_contents(form: TableForm, language: HeaderLanguage, translate: Translate) -> dict[str, bytes]:
    """Files of the example project by name, the project file first.

    Parameters
    ----------
    form : {"csv", "xlsx"}
        A file for each table, or one workbook.
    language : {"en", "zh"}
        Of headers and words in the tables.
    translate : callable
        Texts of ours in that language.
    """
    folder = files("mrv.data") / "template"
    text = (folder / PROJECT_FILE).read_text(encoding="utf-8")
    stems = [found["stem"] for found in re.finditer(rf"^{DECLARATION.pattern}$", text, re.MULTILINE)]
    tables = {
        stem: example_table(stem, (folder / f"{stem}.csv").read_text(encoding="utf-8"), language, translate)
        for stem in dict.fromkeys(stems)
    }
    workbook = form == "xlsx"
    written = project_file(text, tables, language, workbook=workbook).encode()
    if workbook:
        return {PROJECT_FILE: written, WORKBOOK: workbook_bytes(tables.values())}
    return {PROJECT_FILE: written, **csv_files(tables.values(), language)}


def make_project(
    directory: Path, form: TableForm, language: HeaderLanguage, translate: Translate
) -> list[Path]:
    """Write the example project into a new or empty folder, whole or not at all.

    Parameters
    ----------
    directory : Path
    form : {"csv", "xlsx"}
        A file for each table, or one workbook.
    language : {"en", "zh"}
        Of headers and words in the tables.
    translate : callable
        Texts of ours in that language.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UsageError
        If the folder holds something already, is a file, or cannot be written.
    """
    contents = {
        directory / name: content for name, content in project_contents(form, language, translate).items()
    }
    return write_new_folder(directory, contents)
