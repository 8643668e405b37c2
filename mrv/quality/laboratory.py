"""What the control of a laboratory shows: analyses that do not repeat, batches that are off or unchecked."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.findings import Finding
from mrv.inputs import Survey
from mrv.plausibility import quality_rule
from mrv.quality.suspects import Suspect, earliest, row_list
from mrv.soil.control import recovery, relative_differences
from mrv.soil.shared_errors import batches


def laboratory_control(survey: Survey) -> Iterator[Suspect]:
    """Duplicates beyond tolerance or too few, batches without a reference material or far from it."""
    soil = survey.soil
    if soil is None or soil.control is None:
        return
    measured = soil.sections[soil.sections["organic_carbon_fraction"].notna()]
    duplicates, materials = soil.control.duplicates, soil.control.reference_materials
    if len(duplicates):
        differs = relative_differences(duplicates).abs() > quality_rule("duplicate_tolerance")
        apart = duplicates[differs]
        if len(apart):
            yield Suspect(
                Finding(
                    earliest(apart),
                    "duplicates-differ",
                    "carbon of {count} of {all} samples analysed twice differs by more than {limit:.0%}: "
                    "{rows}",
                    {
                        "count": len(apart),
                        "all": len(duplicates),
                        "limit": quality_rule("duplicate_tolerance"),
                        "rows": row_list(apart["source"]),
                    },
                    severity="note",
                )
            )
        if len(duplicates) < quality_rule("duplicate_share") * len(measured):
            yield Suspect(
                Finding(
                    earliest(duplicates),
                    "duplicates-few",
                    "{count} of {all} samples were analysed twice; {least:.0%} is the rule",
                    {
                        "count": len(duplicates),
                        "all": len(measured),
                        "least": quality_rule("duplicate_share"),
                    },
                    severity="note",
                )
            )
    if materials.empty:
        return
    names = batches(materials, soil.declaration, survey.date)
    for batch in sorted(set(batches(measured, soil.declaration, survey.date))):
        own = materials[names == batch]
        if own.empty:
            yield Suspect(
                Finding(
                    earliest(measured),
                    "reference-missing",
                    "batch {batch!r} has no reference material",
                    {"batch": batch},
                    severity="note",
                )
            )
            continue
        found = recovery(own)
        if abs(found.mean - 1) > quality_rule("recovery_tolerance"):
            yield Suspect(
                Finding(
                    earliest(own),
                    "recovery-off",
                    "batch {batch!r} found {share:.1%} of the certified carbon; {low:.0%} to {high:.0%} is "
                    "usual",
                    {
                        "batch": batch,
                        "share": found.mean,
                        "low": 1 - quality_rule("recovery_tolerance"),
                        "high": 1 + quality_rule("recovery_tolerance"),
                    },
                    severity="note",
                ),
                "batches",
                (batch,),
            )
