"""A methodology's documents together with the equations they go with, ours or an edition from elsewhere.

The table in ``clauses.md`` says which clause each equation renders. An edition may number its clauses as its
own text does: what a run reports is the clause of that table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from mrv.accounting.engine import Equation, Quantity, declared_inputs, equations, inputs_needed
from mrv.accounting.given import CONSTANTS
from mrv.accounting.protocol import Accounting
from mrv.accounting.registry import find
from mrv.errors import UsageError
from mrv.findings import Finding, raise_errors
from mrv.folders import write_new_folder
from mrv.methodologies import (
    CLAUSES,
    FILES,
    HEADER,
    ID,
    PARAMETERS,
    Methodology,
    load_methodology,
    read_methodology,
)


@dataclass(frozen=True)
class Edition:
    """Documents, and the equations that compute by them.

    Attributes
    ----------
    document : Methodology
    accounting : Accounting
        With those baselines alone whose equations have a clause in the documents.
    """

    document: Methodology
    accounting: Accounting

    def modules(
        self,
        baseline: str | None = None,
        deducted: object = None,
        soil: str | None = None,
        dead_matter: str | None = None,
    ) -> tuple[ModuleType, ...]:
        """Modules of the graph; see :meth:`mrv.accounting.protocol.Accounting.modules`.

        Raises
        ------
        InputError
            With every equation that has no clause, and every number that an equation takes and the
            documents lack.
        """
        return self._whole(self.accounting.modules(baseline, deducted, soil, dead_matter))

    def class_map_modules(self) -> tuple[ModuleType, ...]:
        """Modules for two maps of classes; see :meth:`mrv.accounting.protocol.Accounting.class_map_modules`.

        Raises
        ------
        InputError
            As :meth:`modules`.
        """
        return self._whole(self.accounting.class_map_modules())

    def _whole(self, modules: tuple[ModuleType, ...]) -> tuple[ModuleType, ...]:
        raise_errors(list(_findings(self, modules)))
        return modules

    def with_open(self, names: Collection[str]) -> Edition:
        """The same, with numbers of its documents open to the project that are closed."""
        parameters = {
            name: parameter.model_copy(update={"stated_by_project": "allowed"})
            if name in names
            else parameter
            for name, parameter in self.document.parameters.items()
        }
        return replace(self, document=self.document.model_copy(update={"parameters": parameters}))

    def equations(self, modules: Sequence[ModuleType]) -> dict[str, Equation]:
        """Equations by name, each with its clause in the documents."""
        clauses = self.document.clause_of
        return {
            name: replace(stated, clause=clauses.get(_place(stated), stated.clause))
            for name, stated in equations(modules).items()
        }

    def with_clauses(self, quantities: Mapping[str, Quantity]) -> dict[str, Quantity]:
        """Computed quantities, each with the clause of its equation in the documents."""
        clauses = self.document.clause_of
        return {
            name: replace(quantity, clause=clauses.get(_short(quantity.source), quantity.clause))
            if quantity.kind == "equation"
            else quantity
            for name, quantity in quantities.items()
        }


def open_edition(methodology_id: str, folder: Path | None = None) -> Edition:
    """Documents of a methodology and its equations.

    Parameters
    ----------
    methodology_id : str
    folder : Path, optional
        Folder of its documents, where it is not one of those installed.

    Raises
    ------
    UsageError
        If it is not known, the folder holds another methodology, or there are no such equations.
    InputError
        If a file of the folder is not what it should be.
    """
    document = load_methodology(methodology_id) if folder is None else read_methodology(folder)
    if document.id != methodology_id:
        raise UsageError(
            "{folder}: holds the methodology {found}, not {wanted}",
            folder=folder,
            found=document.id,
            wanted=methodology_id,
        )
    return _edition(document)


def edition_in(folder: Path) -> Edition:
    """Methodology whose documents a folder holds; errors as :func:`open_edition`."""
    return _edition(read_methodology(folder))


def _edition(document: Methodology) -> Edition:
    accounting = find(document.equations or document.id)
    named = {function.partition(".")[0] for function in document.clause_of}
    baselines = {
        scenario: modules
        for scenario, modules in accounting.baselines.items()
        if {module.rpartition(".")[2] for module in modules} <= named
    }
    return Edition(document, replace(accounting, baselines=baselines))


def copy_edition(edition: Edition, folder: Path) -> list[Path]:
    """Copy the documents of a methodology into a new folder, under the id that the folder's name is.

    The copy names the equations that it goes with; everything else is as it was, so that nothing is inherited
    unseen.

    Raises
    ------
    UsageError
        If the folder is there already, or its name is no id.
    """
    name = folder.resolve().name
    if not ID.fullmatch(name):
        raise UsageError(
            "{folder}: is no id of a methodology; lower-case letters, digits and _ are", folder=name
        )
    document = edition.document
    source = document.folder
    files = [*(source / file for file in FILES), *document.examples]
    written = {folder / path.relative_to(source): path.read_text(encoding="utf-8") for path in files}
    header = f"id: {name}\nequations: {edition.accounting.id}"
    for path, text in written.items():
        if path.name == HEADER:
            text = re.sub(r"^equations: .*\n", "", text, flags=re.M)  # noqa: PLW2901
            written[path] = re.sub(rf"^id: {document.id}$", header, text, flags=re.M)
        elif path.parent.name == "examples":
            written[path] = re.sub(rf"^methodology: {document.id}$", f"methodology: {name}", text, flags=re.M)
    return write_new_folder(folder, {path: text.encode() for path, text in written.items()})


def _short(function: str) -> str:
    """Last module and name of a function, as ``clauses.md`` has them."""
    return ".".join(function.split(".")[-2:])


def _place(stated: Equation) -> str:
    return _short(f"{stated.function.__module__}.{stated.name}")


def _findings(edition: Edition, modules: Sequence[ModuleType]) -> Iterator[Finding]:
    document = edition.document
    for stated in equations(modules).values():
        if _place(stated) not in document.clause_of:
            yield Finding(
                str(document.folder / CLAUSES),
                "methodology-clause-missing",
                "no row for {function} in the table of clauses; a row is | clause | `{function}` | example |",
                {"function": _place(stated)},
            )
    known = {*declared_inputs(modules), *CONSTANTS, *document.parameters}
    known |= {f"{name}_standard_error" for name in document.parameters}
    for name in sorted({*inputs_needed(modules), *edition.accounting.limits} - known):
        yield Finding(
            str(document.folder / PARAMETERS),
            "methodology-number-missing",
            "no parameter {name}, which the equations of {methodology} take",
            {"name": name, "methodology": edition.accounting.id},
        )
