"""What a methodology's folder says: title, issuer, standing, pools, applicability and numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mrv.errors import MethodologyError, UsageError
from mrv.findings import Finding
from mrv.parameters import Bilingual, Document, Parameter, ParameterTable, Resolved, Statement, resolve
from mrv.yaml_file import read_yaml

HEADER = "methodology.yaml"
PARAMETERS = "parameters.yaml"
CLAUSES = "clauses.md"
FILES = (CLAUSES, HEADER, PARAMETERS)
"""Documents of a methodology's folder, beside its examples."""

ID = re.compile("[a-z][a-z0-9_]*")
"""Id of a methodology, which is the name of its folder."""

SERIAL_PARTS = ("{methodology}", "{project}", "{vintage}", "{first}", "{last}")
"""What a template of serials holds, each of it once, the numbers of the units last."""

CLAUSE_ROW = re.compile(
    r"^\| (?P<clause>[^|]+?) \| `(?P<function>[a-z0-9_.]+)` \| (?P<example>[a-z0-9_]*) ?\|$", re.M
)
"""Row of the table in ``clauses.md`` that leads from a clause to a function and an example."""

Conformance = Literal["reconstruction", "own_statement", "structure", "conformant"]
"""How the folder stands to the official text: rebuilt without it, a statement of our own in the frame
of a guideline, its structure only, or typed from it and checked."""


class OfficialText(Document):
    """The text that the folder renders.

    Attributes
    ----------
    title : str
    sha256 : str or None
        Of the file that was read; none where it was not at hand.
    sighted : bool
        Whether the text was read.
    """

    title: str = Field(min_length=1)
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None
    sighted: bool

    @model_validator(mode="after")
    def _sighted_text_has_a_hash(self) -> OfficialText:
        if self.sha256 is not None and not self.sighted:
            raise ValueError("official_text: a text with a sha256 was sighted")
        return self


class Dates(Document):
    """When the text was issued and from when it holds; none where that is not known."""

    issued: date | None
    in_force: date | None


class SourceEntry(Document):
    """A source that the numbers of the folder cite."""

    citation: str = Field(min_length=1)
    doi_or_url: str | None = None


class Condition(Bilingual):
    """What must be true of a project.

    Attributes
    ----------
    id : str or None
        Key under which the project file answers; a condition without one is not asked.
    """

    id: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")] | None = None


class MethodologyHeader(Document):
    """The file ``methodology.yaml``.

    ``equations`` names the methodology whose equations an edition uses; without it, those of its own id.
    ``serial`` is the template of the serials of issued units; without it, none can be issued.
    """

    schema_: Literal["mrv-methodology/1"] = Field(alias="schema")
    id: str = Field(pattern=f"^{ID.pattern}$")
    title: Bilingual
    issuer: Bilingual
    number: str | None
    dates: Dates
    official_text: OfficialText
    conformance: Conformance
    note: Bilingual
    pools: dict[str, Bilingual]
    not_measured: dict[str, Bilingual]
    gases: tuple[str, ...]
    equations: str | None = None
    serial: Annotated[str, Field(pattern=r"^MRV-[A-Za-z0-9{}._/-]+$", max_length=200)] | None = None
    applicability: tuple[Condition, ...]
    additionality: tuple[Condition, ...] = ()
    sources: dict[str, SourceEntry]

    @model_validator(mode="after")
    def _conditions_are_named_once(self) -> MethodologyHeader:
        if len(set(self.conditions)) != sum(1 for entry in self._all_conditions() if entry.id):
            raise ValueError("applicability, additionality: every id stands once")
        return self

    @model_validator(mode="after")
    def _serial_holds_its_parts(self) -> MethodologyHeader:
        if self.serial is None:
            return self
        parts = tuple(re.findall(r"\{[^{}]*\}", self.serial))
        rest = re.sub(r"\{[^{}]*\}", "", self.serial)
        if sorted(parts) != sorted(SERIAL_PARTS) or parts[-2:] != SERIAL_PARTS[-2:] or set("{}") & set(rest):
            raise ValueError(f"serial: needs {' '.join(SERIAL_PARTS)}, each once, the numbers last")
        if self.serial.startswith("MRV-SIM-") or "{first}{last}" in self.serial:
            raise ValueError("serial: MRV-SIM- is for simulated projects, and numbers stand apart")
        return self

    def _all_conditions(self) -> tuple[Condition, ...]:
        return (*self.applicability, *self.additionality)

    @property
    def conditions(self) -> dict[str, Condition]:
        """Conditions that the project file answers, by their ids."""
        return {entry.id: entry for entry in self._all_conditions() if entry.id is not None}


class Methodology(MethodologyHeader):
    """A methodology's documents.

    Attributes
    ----------
    parameters : dict of str to Parameter
    clauses : str
        Text of ``clauses.md``.
    examples : tuple of Path
        Worked examples, by name.
    folder : Path
        Where the documents are.
    """

    parameters: dict[str, Parameter]
    clauses: str
    examples: tuple[Path, ...]
    folder: Path

    @cached_property
    def clause_of(self) -> Mapping[str, str]:
        """Clause of each function, ``module.name``, by the table in ``clauses.md``."""
        return {row["function"]: row["clause"] for row in CLAUSE_ROW.finditer(self.clauses)}

    def resolve(
        self,
        stated: Mapping[str, Statement],
        on: date | str,
        *,
        needed: Collection[str] | None = None,
    ) -> tuple[dict[str, Resolved], list[Finding]]:
        """Numbers that hold on a day; see :func:`mrv.parameters.resolve`."""
        citations = {source_id: source.citation for source_id, source in self.sources.items()}
        return resolve(self.parameters, stated, on, needed=needed, sources=citations)


def _root() -> Path:
    # The package is always unpacked: wheels are installed as files.
    return Path(str(resources.files("mrv.methodology")))


@cache
def methodology_ids() -> tuple[str, ...]:
    """Ids of the methodologies that have a folder, in alphabetical order."""
    return tuple(sorted(folder.parent.name for folder in _root().glob("*/methodology.yaml")))


def load_methodology(methodology_id: str) -> Methodology:
    """Documents of a methodology.

    Raises
    ------
    UsageError
        If there is no such methodology.
    InputError
        If a file of the folder is not what it should be.
    MethodologyError
        If its files do not fit together.
    """
    if methodology_id not in methodology_ids():
        close = get_close_matches(methodology_id, methodology_ids(), n=1)
        raise UsageError(
            "methodology {name!r} is not known; did you mean {near}?"
            if close
            else "methodology {name!r} is not known; there are {known}",
            name=methodology_id,
            near=", ".join(close),
            known=", ".join(methodology_ids()),
        )
    return read_methodology(_root() / methodology_id)


def read_methodology(folder: Path) -> Methodology:
    """Documents of the methodology in a folder; errors as :func:`load_methodology`."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise UsageError(
            "{folder}: holds no methodology; missing: {files}", folder=folder, files=", ".join(missing)
        )
    header = read_yaml(folder / HEADER, MethodologyHeader)
    table = read_yaml(folder / PARAMETERS, ParameterTable).root
    name = folder.resolve().name
    problems = [f"id {header.id!r} differs from its folder {name!r}"] if header.id != name else []
    problems += [
        f"{name}: source {dated.source!r} is not among the sources of methodology.yaml"
        for name, parameter in table.items()
        for dated in parameter.values
        if dated.source not in header.sources
    ]
    problems += [
        f"{name}: by {parameter.by!r} is not a parameter with words"
        for name, parameter in table.items()
        if parameter.by is not None and not (parameter.by in table and table[parameter.by].words)
    ]
    if problems:
        raise MethodologyError(f"{name}: " + "; ".join(problems))
    return Methodology(
        **header.model_dump(by_alias=True),
        parameters=table,
        clauses=(folder / CLAUSES).read_text(encoding="utf-8"),
        examples=tuple(sorted((folder / "examples").glob("*.yaml"))),
        folder=folder,
    )
