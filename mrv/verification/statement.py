"""The verification statement as a document: what was compared, what was checked, and the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from mrv.run.document import Document, Sentence
from mrv.run.results import MethodologyRecord, ProjectRecord
from mrv.verification.checks import State
from mrv.verification.grades import Grade
from mrv.verification.remeasurement import Outcome

SCHEMA = "mrv-verification/1"

Verdict = Literal["identical", "within tolerance", "different", "failed"]
"""*failed*: a check does not hold, or the run could not be repeated, whatever the numbers say."""


class DifferenceRecord(Document):
    """One value that is not the same in both."""

    place: str
    packaged: str = Field(description="Empty where the package has none")
    recomputed: str = Field(description="Empty where the new run has none")
    grade: Grade


class FileRecord(Document):
    """What the comparison of a file came to."""

    file: str
    grade: Grade
    identical: int = Field(description="Values; a file with the same bytes counts as one")
    within_tolerance: int
    different: int
    differences: list[DifferenceRecord] = Field(description="The first twenty of each grade")


class FigureRecord(Document):
    """A figure of ``results.json`` as packaged and as recomputed."""

    name: str
    index: dict[str, str]
    unit: str
    packaged: float | None
    recomputed: float | None
    grade: Grade


class StepRecord(Document):
    """Step of the equation trail at which the two runs part."""

    name: str
    clause: str
    formula: str
    source: str
    difference: DifferenceRecord


class CheckRecord(Document):
    """A check that does not trust the run."""

    id: str
    question: Sentence
    state: State
    remarks: list[Sentence]


class RelianceRecord(Document):
    """Something that was let pass, and what the result would be without it."""

    kind: Literal["waiver", "quarantined row", "quarantined equation"]
    name: str
    reason: str
    quantity: str | None
    unit: str | None
    effect: float | None = Field(description="Change of the quantity without it")
    because: Sentence | None


class PlotComparedRecord(Document):
    """Carbon of a plot as reported and as measured again."""

    plot_id: str
    reported_t_c_ha: float
    remeasured_t_c_ha: float


class RemeasuredRecord(Document):
    """What a second measurement in the field says of the reported carbon."""

    plots: list[PlotComparedRecord]
    difference: float = Field(description="Measured again less reported, over reported")
    low: float | None
    high: float | None
    level: float
    materiality: float
    outcome: Outcome
    plots_needed: int | None


class VerificationStatement(Document):
    """``mrv verify --report``: the statement."""

    schema_: Literal["mrv-verification/1"] = Field("mrv-verification/1", alias="schema")
    package_sha256: str = Field(description="SHA-256 of the package's tag manifest")
    signer: str | None = Field(description="Fingerprint of the key that signed the package; null: nobody did")
    project: ProjectRecord
    methodology: MethodologyRecord | None
    monitoring_period: tuple[str, str] | None
    verdict: Verdict
    reasons: list[Sentence] = Field(description="Why the verdict is not `identical`")
    toolkit: dict[str, str] = Field(description="Versions that the package was verified with")
    environment: list[DifferenceRecord] = Field(description="Versions that are not those of the run")
    documents: list[FileRecord] = Field(
        description="Methodology and tables of the package beside those installed; the package's were used"
    )
    figures: list[FigureRecord]
    files: list[FileRecord]
    first_step: StepRecord | None
    rounding: list[Sentence] = Field(description="Totals whose last bits decide on a credit")
    checks: list[CheckRecord]
    reliances: list[RelianceRecord] = Field(
        description="What was let pass: waivers, quarantined rows, equations"
    )
    remeasurement: RemeasuredRecord | None = None

    @property
    def passed(self) -> bool:
        """Whether an issuance may rest on it."""
        return self.verdict in ("identical", "within tolerance")

    def figure(self, name: str) -> FigureRecord:
        """Figure of the project of a name; raises KeyError if there is none."""
        for figure in self.figures:
            if figure.name == name and not figure.index:
                return figure
        raise KeyError(name)


def statement_json_schema() -> dict[str, Any]:
    """JSON Schema of the statement."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **VerificationStatement.model_json_schema(by_alias=True, mode="serialization"),
        "title": "Statement of an mrv verification",
    }


def read_statement(file: Path) -> VerificationStatement:
    """Statement of a file that ``mrv verify --report`` wrote."""
    return VerificationStatement.model_validate_json(file.read_text(encoding="utf-8"))
