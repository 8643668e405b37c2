"""What may be wrong with the carbon of soil cores: how it was measured, and by which line it was computed."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from mrv.findings import Finding
from mrv.inputs.soil_checks import FEW, SoilCheck, SoilTablesRead, rows_of
from mrv.inputs.soil_declaration import ElementalAnalysis, PublishedLossOnIgnition, SiteLossOnIgnition
from mrv.soil_reference import loss_on_ignition_lines, soil_default
from mrv.yaml_file import suggestion


def carbon_methods_declared(soil: SoilTablesRead) -> Iterator[Finding]:
    """Every column of carbon has a declared method, and the method its columns."""
    frame, declared = soil.sections.frame, soil.declaration
    measured = frame["organic_carbon_fraction"].notna()
    burnt = frame["loi_fraction"].notna() & ~measured
    if measured.any() and declared.measured_carbon is None:
        yield Finding(
            soil.where("measured_carbon"),
            "soil-method-missing",
            "organic_carbon_fraction holds values; how were they measured?",
        )
    if burnt.any() and declared.loss_on_ignition is None:
        yield Finding(
            soil.where("loss_on_ignition"),
            "soil-method-missing",
            "{count} sections have loss on ignition alone; state the line that makes it carbon",
            {"count": int(burnt.sum())},
        )
    if not measured.any() and not burnt.any():
        yield Finding(
            soil.where("sections"),
            "soil-column-needed",
            "no section has organic_carbon_fraction or loi_fraction; one of them is required",
        )
    analysis = declared.measured_carbon
    if isinstance(analysis, ElementalAnalysis):
        yield from _carbonate(soil, analysis, measured)


def _carbonate(
    soil: SoilTablesRead, analysis: ElementalAnalysis, measured: pd.Series[bool]
) -> Iterator[Finding]:
    if analysis.carbonate == "subtracted":
        frame = soil.sections.frame
        for row in rows_of(measured & frame["inorganic_carbon_fraction"].isna())[:FEW]:
            yield Finding(
                soil.sections.where(row, "inorganic_carbon_fraction"),
                "missing-value",
                "no value; {column} is required",
                {"column": "inorganic_carbon_fraction"},
            )
        more = frame["inorganic_carbon_fraction"] > frame["organic_carbon_fraction"]
        for row in rows_of(measured & more):
            yield Finding(
                soil.sections.where(row, "inorganic_carbon_fraction"),
                "soil-inorganic-carbon",
                "inorganic carbon exceeds total carbon",
            )
    if analysis.carbonate == "included":
        yield Finding(
            soil.where("measured_carbon", "carbonate"),
            "soil-total-carbon",
            "carbonate was neither removed nor subtracted: soil stocks are total carbon, not organic carbon",
            severity="note",
        )


def loss_on_ignition_lines_allowed(soil: SoilTablesRead) -> Iterator[Finding]:
    """A line of the site has pairs enough; a published one is known and used where it may be."""
    declared = soil.declaration.loss_on_ignition
    if declared is None:
        return
    if not isinstance(declared, PublishedLossOnIgnition):
        needed = soil_default("loi_line_pairs")
        if declared.pairs < needed:
            yield Finding(
                soil.where("loss_on_ignition", "pairs"),
                "soil-line-pairs",
                "{found} pairs; a line of the site needs {needed:g} or more",
                {"found": declared.pairs, "needed": needed},
            )
        yield from _negative(soil, declared)
        return
    lines = loss_on_ignition_lines()
    line = lines.get(declared.equation)
    place = soil.where("loss_on_ignition", "equation")
    if line is None:
        near = suggestion(declared.equation, lines)
        yield Finding(
            place,
            "soil-line-unknown",
            "{found!r} is no line of data/soil_equations.csv; did you mean {near}?"
            if near
            else "{found!r} is no line of data/soil_equations.csv; it has {known}",
            {"found": declared.equation, "near": near, "known": ", ".join(sorted(lines))},
        )
        return
    if line.status == "banner":
        yield Finding(
            place,
            "soil-line-conventional",
            "{line} is a convention and no measurement; soil carbon rests on it",
            {"line": line.equation_id},
            severity="note",
        )
    frame = soil.sections.frame
    used = frame["loi_fraction"].notna() & frame["organic_carbon_fraction"].isna()
    low = used & (frame["loi_fraction"] * 100 < line.loi_min_pct)
    high = used & (frame["loi_fraction"] * 100 > line.loi_max_pct)
    guarded = line.status == "guarded"
    if guarded and low.any():
        yield Finding(
            soil.sections.where(rows_of(low)[0], "loi_fraction"),
            "soil-line-range",
            "{line} may not be used below {low:g} % loss on ignition; {count} sections are, this the first",
            {"line": line.equation_id, "low": line.loi_min_pct, "count": int(low.sum())},
        )
    if not guarded and (low | high).any():
        yield Finding(
            soil.sections.where(rows_of(low | high)[0], "loi_fraction"),
            "soil-line-extrapolated",
            "{count} sections lie outside the range of {line}, {low:g}–{high:g} % loss on ignition; "
            "this is the first",
            {
                "line": line.equation_id,
                "low": line.loi_min_pct,
                "high": line.loi_max_pct,
                "count": int((low | high).sum()),
            },
            severity="note",
        )
    poor = frame["organic_carbon_fraction"] * 100 < line.carbon_min_pct
    if guarded and used.any() and poor.any():
        yield Finding(
            soil.sections.where(rows_of(poor)[0], "organic_carbon_fraction"),
            "soil-line-range",
            "{line} may not be used where measured carbon is below {low:g} %; {count} sections are, this "
            "the first",
            {"line": line.equation_id, "low": line.carbon_min_pct, "count": int(poor.sum())},
        )


def _negative(soil: SoilTablesRead, line: SiteLossOnIgnition) -> Iterator[Finding]:
    """A line with a negative intercept gives less than no carbon to sandy sections."""
    frame = soil.sections.frame
    used = frame["loi_fraction"].notna() & frame["organic_carbon_fraction"].isna()
    negative = used & (line.slope * frame["loi_fraction"] * 100 + line.intercept_pct < 0)
    if negative.any():
        yield Finding(
            soil.sections.where(rows_of(negative)[0], "loi_fraction"),
            "soil-line-negative",
            "the line of the site gives {count} sections less than no carbon, this the first; measure their "
            "carbon",
            {"count": int(negative.sum())},
        )


CARBON_CHECKS: tuple[SoilCheck, ...] = (carbon_methods_declared, loss_on_ignition_lines_allowed)
