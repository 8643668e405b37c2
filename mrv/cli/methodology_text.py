"""A methodology and its cases as people and programs read them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mrv.accounting.edition import Edition
from mrv.accounting.engine import Equation
from mrv.accounting.protocol import DEDUCTED
from mrv.cli.output import Output, finding_record
from mrv.methodologies import Methodology
from mrv.report.numbers import short_number, unit_text

if TYPE_CHECKING:
    from mrv.accounting.cases import CaseResult
    from mrv.accounting.difference import Difference
    from mrv.parameters import DatedValue, Parameter


@dataclass(frozen=True)
class MethodologyDocument:
    """Documents of a methodology, and its equations by what the project chooses.

    Attributes
    ----------
    methodology : Methodology
    equations : dict
        By choice, such as ``("soil", "rate")``; under ``("", "")`` those of every choice, and under
        ``("of", "class_maps")`` those for two maps of classes, which are a graph of their own.
    """

    methodology: Methodology
    equations: dict[tuple[str, str], list[Equation]]

    def plain(self) -> dict[str, Any]:
        """The same as plain data."""
        header = self.methodology.model_dump(
            mode="json", by_alias=True, exclude={"clauses", "examples", "folder"}
        )
        return {
            **header,
            "examples": [path.name for path in self.methodology.examples],
            "equations": [
                {
                    "name": equation.name,
                    "clause": equation.clause,
                    "unit": equation.unit,
                    "description": equation.description,
                    "formula": equation.formula,
                    "inputs": list(equation.inputs),
                    "baseline": value if choice == "baseline" else None,
                    "choice": f"{choice}={value}" if choice else None,
                }
                for (choice, value), group in self.equations.items()
                for equation in group
            ],
        }


def methodology_document(edition: Edition) -> MethodologyDocument:
    """Documents and equations of a methodology.

    Raises
    ------
    InputError
        If clauses or numbers of the equations are missing in the documents.
    """
    accounting = edition.accounting
    baselines: list[str | None] = [*accounting.baselines] or [None]
    graphs = {
        **{("baseline", str(name)): edition.modules(name) for name in baselines},
        **{("soil", name): edition.modules(baselines[0], soil=name) for name in accounting.soil},
        **{
            ("dead_matter", name): edition.modules(baselines[0], dead_matter=name)
            for name in accounting.dead_matter
        },
        **{(DEDUCTED, name): edition.modules(baselines[0], name) for name in accounting.deductions},
    }
    by_choice = {choice: edition.equations(modules) for choice, modules in graphs.items()}
    shared = set.intersection(
        *({equation.function for equation in group.values()} for group in by_choice.values())
    )
    groups: dict[tuple[str, str], list[Equation]] = {("", ""): []}
    told: set[object] = set()
    for kind in dict.fromkeys(kind for kind, _ in by_choice):
        own = {value: group for (other, value), group in by_choice.items() if other == kind}
        # What all values of a choice share belongs to the methodology, or to another choice.
        common = set.intersection(*({e.function for e in group.values()} for group in own.values()))
        for value, group in own.items():
            for equation in group.values():
                if equation.function in shared:
                    if equation.function not in told:
                        groups["", ""].append(equation)
                        told.add(equation.function)
                elif equation.function not in common:
                    groups.setdefault((kind, value), []).append(equation)
    if accounting.class_maps:
        groups["of", "class_maps"] = [*edition.equations(edition.class_map_modules()).values()]
    return MethodologyDocument(edition.document, groups)


def _values_text(output: Output, dated: DatedValue) -> str:
    value = dated.value
    number = (
        output.listed(f"{word} {short_number(part)}" for word, part in value.items())
        if isinstance(value, dict)
        else short_number(value)
    )
    return output.translated(
        "{number} from {day}, {source}, {evidence}",
        number=number,
        day=dated.from_.isoformat(),
        source=dated.source,
        evidence=output.translated(dated.evidence),
    )


STATED = {
    "required": "the project states it",
    "allowed": "the project may state it",
    "no": "",
}


def _parameter_rows(output: Output, parameters: dict[str, Parameter]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for parameter in parameters.values():
        semicolon = output.translated("; ")
        values = semicolon.join(_values_text(output, dated) for dated in parameter.values)
        stated = output.translated(STATED[parameter.stated_by_project])
        words = output.listed(parameter.words)
        rows.append(
            (
                parameter.name,
                parameter.clause,
                unit_text(parameter.unit),
                semicolon.join(part for part in (values, words, stated) if part),
            )
        )
    return rows


def show_document(output: Output, document: MethodologyDocument) -> None:
    """Print a methodology."""
    methodology = document.methodology
    text = methodology.official_text
    output.say(f"{output.bilingual(methodology.title)}  ({methodology.id})")
    output.say(output.bilingual(methodology.note))
    standing = (
        output.translated("sighted, SHA-256 {hash}", hash=text.sha256)
        if text.sighted
        else output.translated("not sighted")
    )
    issued = methodology.dates.issued
    semicolon = output.translated("; ")
    facts = [
        ("Issuer", output.bilingual(methodology.issuer)),
        ("Issued", issued.isoformat() if issued else output.translated("not known")),
        ("Conformance", output.translated(methodology.conformance)),
        ("Official text", output.translated("{title} ({standing})", title=text.title, standing=standing)),
        ("Gases", output.listed(methodology.gases)),
        ("Pools", semicolon.join(output.bilingual(pool) for pool in methodology.pools.values())),
        (
            "Not measured",
            semicolon.join(output.bilingual(pool) for pool in methodology.not_measured.values()),
        ),
    ]
    for label, fact in facts:
        if fact:
            output.say(output.translated("  {label}: {fact}", label=output.translated(label), fact=fact))
    if methodology.applicability:
        output.say("", output.translated("Applicability"))
        for condition in methodology.applicability:
            output.say(f"  - {output.bilingual(condition)}")
    output.say("")
    output.table(
        ("parameter", "clause", "unit", "value, in force from, source, evidence"),
        _parameter_rows(output, methodology.parameters),
        title="Numbers",
    )
    for (choice, value), group in document.equations.items():
        title = output.translated("Equations") + (f" ({choice}: {value})" if choice else "")
        output.table(
            ("equation", "clause", "unit", "is"),
            [(e.name, e.clause, unit_text(e.unit), e.formula) for e in group],
            title=title,
        )
    for source_id, source in methodology.sources.items():
        output.say(
            f"[{source_id}] {source.citation}" + (f" {source.doi_or_url}" if source.doi_or_url else "")
        )


def show_case(output: Output, result: CaseResult) -> None:
    """Print a case: what was expected, what was found."""
    mark = "✓" if result.passed else "✗"
    standing = output.translated(result.conformance)
    output.say(
        f"{mark} {output.bilingual(result.title)}  ({result.methodology}, {standing}: {result.path.name})"
    )
    rows = [
        (
            row.quantity + (f" ({row.label})" if row.label else ""),
            short_number(row.expected),
            short_number(row.found),
            unit_text(row.unit),
            "✓" if row.passed else output.translated("differs by {share:.3g}", share=row.relative_difference),
        )
        for row in result.rows
    ]
    columns = ("quantity", "expected", "found", "unit", "agrees")
    if result.passed:
        if output.verbosity > 0:
            output.table(columns, rows)
    else:
        output.table(columns, rows)
    for finding in result.findings:
        output.say(output.finding(finding))


def case_plain(result: CaseResult) -> dict[str, Any]:
    """A case as plain data."""
    return {
        "case": result.path.name,
        "title": result.title.model_dump(),
        "methodology": result.methodology,
        "conformance": result.conformance,
        "source": result.source,
        "tolerance": result.tolerance,
        "passed": result.passed,
        "rows": [
            {
                "quantity": row.quantity,
                "label": row.label,
                "unit": row.unit,
                "clause": row.clause,
                "expected": _finite(row.expected),
                "found": _finite(row.found),
                "relative_difference": _finite(row.relative_difference),
                "passed": row.passed,
            }
            for row in result.rows
        ],
        "findings": [finding_record(finding) for finding in result.findings],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def difference_rows(output: Output, found: Iterable[Difference]) -> list[tuple[str, str, str]]:
    """Rows of a table of differences."""
    return [
        (entry.place, _plain_text(output, entry.one), _plain_text(output, entry.other)) for entry in found
    ]


def _plain_text(output: Output, value: object) -> str:
    """Plain data of a document in one cell; a dash where it is missing."""
    if value is None:
        return "–"
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            return str(value[output.language])
        return output.listed(f"{key}: {_plain_text(output, part)}" for key, part in value.items())
    if isinstance(value, list):
        return output.translated("; ").join(_plain_text(output, part) for part in value)
    return str(value)
