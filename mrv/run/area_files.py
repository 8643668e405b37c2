"""Files of an area estimate: everything as JSON, tables, and the keys that the project file takes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from mrv.area.accuracy import Share, largest_missed_share
from mrv.area.rates import Rate
from mrv.inputs.adjusted_areas import AREA_RESULTS_SCHEMA
from mrv.provenance import environment, sha256_of_file
from mrv.run.area_estimate import AreaEstimates, Change
from mrv.run.outputs import RUN_FILE, RUN_SCHEMA, whole_folder, write_csv, write_json

AREA_RESULTS_FILE = "area.json"
ESTIMATE = "area estimate"
PROJECT_KEYS_FILE = "project-keys.yaml"

YAML_WORDS = frozenset({"null", "true", "false"})
"""Words that YAML does not take for text."""

PURPOSIVE = (
    "The reference units are no probability sample: their matrix describes these units alone. No accuracy of "
    "the map, no area and no interval follows from it."
)
ESTIMATOR = "stratified random sample, ratio estimators linearised (Olofsson 2014; Stehman 2014)"
POSTSTRATIFIED = "simple random sample, post-stratified by map class (Olofsson 2014)"
RATE_METHOD = (
    "delta method on ln(A2/A1); ends of the compound rate are those of the continuous rate, transformed"
)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _share_record(
    estimates: AreaEstimates, share: Share, suffix: str = "", factor: float = 1.0
) -> dict[str, object]:
    """Share, or an area made of it, with its error and interval as plain data."""
    half_width = estimates.half_width(share) * factor
    value = share.value * factor
    interval = {
        "level": estimates.inputs.declared.confidence_level,
        "sides": 2,
        "quantile": estimates.inputs.declared.interval,
        "low": _number(value - half_width),
        "high": _number(value + half_width),
        "half_width": _number(half_width),
    }
    return {
        f"value{suffix}": _number(value),
        f"standard_error{suffix}": _number(share.standard_error * factor),
        "degrees_of_freedom": _number(share.degrees_of_freedom),
        "interval": interval if math.isfinite(half_width) else None,
    }


def _by_names(matrix: NDArray[Any], names: Sequence[str]) -> dict[str, dict[str, object]]:
    return {
        row: {column: matrix[i, j].item() for j, column in enumerate(names)} for i, row in enumerate(names)
    }


def _rate_record(rate: Rate, level: float, quantile: str) -> dict[str, object]:
    return {
        "value_per_year": rate.value,
        "standard_error_per_year": rate.standard_error,
        "interval": {"level": level, "sides": 2, "quantile": quantile, "low": rate.low, "high": rate.high},
    }


def _change_record(estimates: AreaEstimates, change: Change) -> dict[str, object]:
    declared = estimates.inputs.declared
    level, quantile = declared.confidence_level, declared.interval
    net = {
        "continuous": _rate_record(change.net.continuous, level, quantile),
        "compound": _rate_record(change.net.compound, level, quantile),
        "linear": _rate_record(change.net.linear, level, quantile),
    }
    total = estimates.total_ha
    return {
        "dates": list(change.dates),
        "years": change.years,
        "mangrove_area_ha": [float(area) for area in change.area_ha],
        "covariance_ha2": change.covariance_ha2.tolist(),
        "degrees_of_freedom": _number(change.degrees_of_freedom),
        "lost": _share_record(estimates, change.lost, "_ha", total),
        "gained": _share_record(estimates, change.gained, "_ha", total),
        "net_rate": net,
        "method": RATE_METHOD,
        "conventions": {
            "continuous": "r = ln(A2/A1)/t",
            "compound": "q = (A2/A1)^(1/t) - 1",
            "linear": "(A2 - A1)/(A1 t)",
        },
        "least_loss": {
            "continuous_per_year": change.net.continuous.high,
            "compound_per_year": change.net.compound.high,
            "linear_per_year": change.net.linear.high,
        },
    }


def perfect_strata(estimates: AreaEstimates) -> list[tuple[str, int, float]]:
    """Strata none of whose units shows an error: name, units, and the error rate that may still be there."""
    sample = estimates.inputs.sample
    if estimates.accuracy is None or sample is None:
        return []
    right = sample["map_class"] == sample["reference_class"]
    groups = right.groupby(sample["stratum_id"], sort=True)
    level = estimates.inputs.declared.confidence_level
    return [
        (str(name), len(rows), largest_missed_share(len(rows), level)) for name, rows in groups if rows.all()
    ]


def _class_records(estimates: AreaEstimates) -> Iterator[dict[str, object]]:
    accuracy, mapped = estimates.accuracy, estimates.mapped_ha
    for number, name in enumerate(estimates.inputs.declared.classes):
        record: dict[str, object] = {"name": name}
        record["mapped_ha"] = float(mapped[number]) if mapped is not None else None
        if accuracy is None:
            yield record
            continue
        record["area"] = _share_record(estimates, accuracy.shares[number], "_ha", estimates.total_ha)
        record["users_accuracy"] = _share_record(estimates, accuracy.users[number])
        record["producers_accuracy"] = _share_record(estimates, accuracy.producers[number])
        yield record


def area_record(estimates: AreaEstimates) -> dict[str, object]:
    """Everything that was estimated, as plain data."""
    inputs, accuracy = estimates.inputs, estimates.accuracy
    declared = inputs.declared
    assert declared.reference is not None
    names = declared.classes
    counted = int(estimates.units.sum())
    document: dict[str, object] = {
        "schema": AREA_RESULTS_SCHEMA,
        "id": declared.id,
        "simulated": declared.simulated,
        "design": declared.reference.design,
        "method": None
        if accuracy is None
        else POSTSTRATIFIED
        if declared.reference.design == "simple_random"
        else ESTIMATOR,
        "because": PURPOSIVE if accuracy is None else None,
        "confidence_level": declared.confidence_level,
        "total_ha": _number(estimates.total_ha),
        "reference_units": counted,
        "agreement_of_these_units": float(estimates.units.trace() / counted),
        "disagreement_of_interpreters": estimates.disagreement,
        "units_by_map_and_reference_class": _by_names(estimates.units, names),
        "classes": list(_class_records(estimates)),
    }
    if accuracy is not None:
        document |= {
            "overall_accuracy": _share_record(estimates, accuracy.overall),
            "shares_by_map_and_reference_class": _by_names(accuracy.proportions, names),
            "covariance_ha2": _by_names(estimates.covariance_ha2, names),
            "change": _change_record(estimates, estimates.change) if estimates.change else None,
            "strata_without_an_error": [
                {"stratum_id": name, "units": units, "error_rate_at_most": limit}
                for name, units, limit in perfect_strata(estimates)
            ],
        }
    if inputs.strata is not None:
        columns = ["stratum_id", "map_class", "area_ha", "plane_area_ha", "pixels", "source"]
        document["strata"] = [
            {name: _number(value) if isinstance(value, float) else value for name, value in row.items()}
            for row in inputs.strata.table[columns].to_dict("records")
        ]
    return document


def areas_table(estimates: AreaEstimates) -> pd.DataFrame:
    """One row for each class: mapped and true area, and accuracy."""
    accuracy = estimates.accuracy
    assert accuracy is not None
    assert estimates.mapped_ha is not None
    rows = []
    for number, name in enumerate(accuracy.classes):
        share = accuracy.shares[number]
        users, producers = accuracy.users[number], accuracy.producers[number]
        rows.append(
            {
                "class": name,
                "mapped_ha": estimates.mapped_ha[number],
                "area_ha": share.value * estimates.total_ha,
                "standard_error_ha": share.standard_error * estimates.total_ha,
                "half_width_ha": estimates.half_width(share) * estimates.total_ha,
                "users_accuracy": users.value,
                "users_accuracy_standard_error": users.standard_error,
                "producers_accuracy": producers.value,
                "producers_accuracy_standard_error": producers.standard_error,
            }
        )
    return pd.DataFrame(rows)


def _word(name: str) -> str:
    """Name as YAML takes it for text."""
    return (
        name
        if re.fullmatch(r"[a-z]+_[a-z_]+|[a-z]{4,}", name) and name not in YAML_WORDS
        else json.dumps(name, ensure_ascii=False)
    )


def project_keys(estimates: AreaEstimates, folder: str) -> list[str]:
    """Keys of the project file that take these areas with their covariance."""
    classes = estimates.inputs.declared.classes
    return [
        "strata:",
        "  adjusted:",
        f"    file: {folder}/{AREA_RESULTS_FILE}",
        "    classes:   # stratum: classes of the map that make it up; leave out what is no stratum",
        *(f"      {_word(name)}: [{_word(name)}]" for name in classes),
    ]


def stated_keys(estimates: AreaEstimates, source: str) -> list[str]:
    """The same as numbers: areas and covariance as the project file states them."""
    accuracy = estimates.accuracy
    assert accuracy is not None
    covariance, names = estimates.covariance_ha2, accuracy.classes
    lines = ["strata:", "  areas:"]
    for number, name in enumerate(names):
        area = accuracy.shares[number].value * estimates.total_ha
        lines.append(f"    - {{stratum_id: {_word(name)}, area_ha: {area!r}, source: {_word(source)}}}")
    lines += ["uncertainty:", "  areas:", f"    source: {_word(source)}", "    covariance_ha2:"]
    for i, row in enumerate(names):
        cells = ", ".join(f"{_word(name)}: {covariance[i, j].item()!r}" for j, name in enumerate(names))
        lines.append(f"      {_word(row)}: {{{cells}}}")
    return lines


def run_record(command: str, files: Mapping[str, str], seed: int | None, folder: Path) -> dict[str, object]:
    """What a command read and wrote, with hashes: the file by which a folder of results is known."""
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "schema": RUN_SCHEMA,
        "command": command,
        "seed": seed,
        "environment": environment(),
        "inputs": dict(files),
        "outputs": {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in written},
    }


def write_area(estimates: AreaEstimates, out: Path) -> None:
    """Write an area estimate into a folder, whole or not at all; older results in it are replaced."""
    names = list(estimates.inputs.declared.classes)
    with whole_folder(out, ESTIMATE) as folder:
        write_json(folder / AREA_RESULTS_FILE, area_record(estimates))
        matrix = pd.DataFrame(estimates.units, columns=names)
        matrix.insert(0, "map_class", names)
        write_csv(folder / "matrix.csv", matrix)
        if estimates.accuracy is not None:
            write_csv(folder / "areas.csv", areas_table(estimates))
            covariance = pd.DataFrame(estimates.covariance_ha2, columns=names)
            covariance.insert(0, "class", names)
            write_csv(folder / "covariance_ha2.csv", covariance)
            lines = stated_keys(estimates, f"{out.name}/{AREA_RESULTS_FILE}: {ESTIMATOR}")
            (folder / PROJECT_KEYS_FILE).write_bytes(("\n".join(lines) + "\n").encode())
        inputs = estimates.inputs
        write_json(folder / RUN_FILE, run_record(ESTIMATE, inputs.files, inputs.declared.seed, folder))
