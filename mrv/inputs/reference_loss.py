"""How fast a reference region lost its mangrove: two areas with their errors, or a rate as it is stated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.inputs.accounting_declaration import HistoricalLossBaseline, LossByAreas, LossByChange
from mrv.inputs.adjusted_areas import AREA_RESULTS_SCHEMA
from mrv.inputs.cells import check_file
from mrv.inputs.project import Project
from mrv.inputs.row_filters import Where
from mrv.units import DAYS_PER_YEAR


@dataclass(frozen=True)
class ReferenceAreas:
    """Mangrove of a reference region at two dates.

    Attributes
    ----------
    dates : pair of str
    area_ha, standard_error_ha : pair of float
        [ha]
    covariance_ha2 : float
        [ha²]
    source : str
    """

    dates: tuple[str, str]
    area_ha: tuple[float, float]
    standard_error_ha: tuple[float, float]
    covariance_ha2: float
    source: str

    @property
    def years(self) -> float:
        """Years between the dates. [yr]"""
        first, last = (date.fromisoformat(day) for day in self.dates)
        return (last - first).days / DAYS_PER_YEAR


class _Read(BaseModel):
    """Part of a document: keys that are not read may be there."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Change(_Read):
    dates: tuple[str, str]
    mangrove_area_ha: tuple[float, float]
    covariance_ha2: tuple[tuple[float, float], tuple[float, float]]


class _ChangeResults(_Read):
    schema_: Literal["mrv-area-results/1"] = Field(alias="schema")
    simulated: bool
    change: _Change


def change_files(project: Project) -> Iterator[str]:
    """Results of mrv area estimate that scenarios take their loss from."""
    for baseline in project.baselines:
        if isinstance(baseline, HistoricalLossBaseline) and isinstance(baseline.loss, LossByChange):
            yield baseline.loss.change


def _of_change(
    file: str, folder: Path, where: Where, *, simulated: bool
) -> tuple[ReferenceAreas | None, list[Finding]]:
    try:
        check_file(folder / file, file)
        results = _ChangeResults.model_validate_json((folder / file).read_bytes())
    except InputError as error:
        return None, list(error.findings)
    except ValidationError:
        message = "is no result of mrv area estimate with a change; its {name} was expected"
        return None, [Finding(file, "area-results", message, {"name": "area.json"})]
    findings = []
    if results.simulated and not simulated:
        message = "{file} is of simulated data; the project is not declared as simulated"
        findings.append(Finding(where("change"), "area-simulated", message, {"file": file}))
    change = results.change
    first, last = change.mangrove_area_ha
    if last >= first:
        findings.append(
            Finding(
                where("change"),
                "baseline-no-loss",
                "{last:g} ha is not below {first:g} ha, the area before; there was no loss to avoid",
                {"last": last, "first": first},
            )
        )
    covariance = change.covariance_ha2
    areas = ReferenceAreas(
        change.dates,
        change.mangrove_area_ha,
        (covariance[0][0] ** 0.5, covariance[1][1] ** 0.5),
        covariance[0][1],
        f"{file} ({AREA_RESULTS_SCHEMA})",
    )
    return areas, findings


def reference_areas(
    baseline: HistoricalLossBaseline, folder: Path, where: Where, *, simulated: bool
) -> tuple[ReferenceAreas | None, list[Finding]]:
    """The two areas that a rate of loss follows from; None where a rate is stated, or they cannot be used.

    Parameters
    ----------
    baseline : HistoricalLossBaseline
    folder : Path
        That of the project file.
    where : callable
        Place of a key below ``loss``.
    simulated : bool
        Whether the project says that its data are simulated.
    """
    loss = baseline.loss
    if isinstance(loss, LossByChange):
        return _of_change(loss.change, folder, where, simulated=simulated)
    if not isinstance(loss, LossByAreas):
        return None, []
    first, last = loss.areas
    return (
        ReferenceAreas(
            (first.date, last.date),
            (first.area_ha, last.area_ha),
            (first.standard_error_ha, last.standard_error_ha),
            # Two maps with samples of their own have no errors in common.
            0.0,
            "; ".join(dict.fromkeys((first.source, last.source))),
        ),
        [],
    )
