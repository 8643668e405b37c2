"""What a run wrote about itself in ``run.json``: every file it read and wrote, each with its hash."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mrv.errors import InputError
from mrv.evidence.names import name_findings
from mrv.findings import Finding
from mrv.json_file import read_json
from mrv.run.outputs import RUN, RUN_FILE, RUN_SCHEMA

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Hashes = Mapping[str, Sha256]
Id = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MethodologyRecord(_Record):
    """Documents of the methodology, as they were read."""

    id: Id
    conformance: str
    files: Hashes


class RunRecord(_Record):
    """The file ``run.json`` of a run."""

    schema_: Literal["mrv-run/1"] = Field(alias="schema")
    project_file: str
    seed: int
    environment: Mapping[str, str]
    inputs: Hashes
    methodology: MethodologyRecord | None
    quarantined_equations: Mapping[str, Any]
    reference_tables: Hashes
    outputs: Hashes

    def files_of_package(self) -> dict[str, str]:
        """Hash of each file that a package of this run holds, by its name in the package."""
        groups = [("project", self.inputs), ("tables", self.reference_tables), ("results", self.outputs)]
        if self.methodology is not None:
            groups.append((f"methodology/{self.methodology.id}", self.methodology.files))
        return {
            f"data/{folder}/{name}": digest for folder, hashes in groups for name, digest in hashes.items()
        }


def read_run_record(out: Path) -> RunRecord:
    """Record of a folder of results.

    Raises
    ------
    InputError
        If there is none, it is of another command, or not as a run writes it.
    """
    data = read_json(out / RUN_FILE)
    if not isinstance(data, dict) or data.get("schema") != RUN_SCHEMA:
        raise InputError(
            [Finding(RUN_FILE, "run-record", "is not the record of a run ({schema})", {"schema": RUN_SCHEMA})]
        )
    if data.get("command", RUN) != RUN:
        raise InputError(
            [
                Finding(
                    RUN_FILE,
                    "run-record",
                    "is of mrv {command}; the results of mrv run were expected",
                    {"command": str(data["command"])},
                )
            ]
        )
    try:
        record = RunRecord.model_validate(data)
    except ValidationError as error:
        raise InputError(
            [
                Finding(
                    f"{RUN_FILE}: {'.'.join(map(str, item['loc']))}",
                    "run-record",
                    "is not as a run of this version writes it: {problem}",
                    {"problem": item["msg"]},
                )
                for item in error.errors(include_url=False)
            ]
        ) from None
    findings = list(name_findings(record.files_of_package()))
    if record.project_file not in record.inputs:
        findings.append(Finding(f"{RUN_FILE}: project_file", "run-record", "is not among the inputs"))
    if findings:
        raise InputError(findings)
    return record
