"""The verification statement as a report, from the statement alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from mrv.report.blocks import Block, Facts, Heading, Listed, Paragraph, Report, Table
from mrv.report.numbers import number_text, short_number, unit_text
from mrv.report.words import Words
from mrv.verification.grades import Grade
from mrv.verification.statement import (
    DifferenceRecord,
    FileRecord,
    RemeasuredRecord,
    Verdict,
    VerificationStatement,
)

VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        "identical": "Identical: the run was repeated from the raw inputs of the package, and every figure, "
        "table cell and map pixel came out the same.",
        "within tolerance": "Within tolerance: the run was repeated from the raw inputs of the package, and "
        "no value differs by more than a billionth of itself.",
        "different": "Different: the run was repeated from the raw inputs of the package, and values of "
        "the package are not what the inputs give.",
        "failed": "Failed: the package does not stand up to the checks below.",
    }
)

GRADE_WORDS: Mapping[Grade, str] = MappingProxyType(
    {"identical": "identical", "within tolerance": "within tolerance", "different": "different"}
)

SCOPE = (
    "The statement is about the way from the raw inputs to the figures. It says nothing about whether trees, "
    "cores and images are what the inputs say; that takes a look at the ground."
)


def statement_report(statement: VerificationStatement, words: Words) -> Report:
    """Report of a verification.

    Parameters
    ----------
    statement : VerificationStatement
    words : Words
    """
    return Report(
        words("Verification statement"),
        words.half(statement.project.name),
        words.language,
        tuple(_blocks(statement, words)),
        words("Package {hash}", hash=statement.package_sha256),
    )


def _blocks(statement: VerificationStatement, words: Words) -> Iterator[Block]:
    if statement.project.simulated:
        yield Paragraph(words("SIMULATED DATA"), "warning")
    yield Paragraph(words(VERDICTS[statement.verdict]), "strong")
    if statement.reasons:
        yield Listed([words.of(reason) for reason in statement.reasons])
    yield Facts(_identity(statement, words))
    yield Paragraph(words(SCOPE), "small")
    yield Heading(words("Figures of the project"))
    yield _figures(statement, words)
    yield from _differences(statement, words)
    yield Heading(words("Checks that do not trust the run"))
    yield Table(
        (words("Question"), words("Answer"), words("Found")),
        [
            (
                words.of(check.question),
                words(check.state),
                "\n".join(words.of(found) for found in check.remarks[:10]),
            )
            for check in statement.checks
        ],
        widths=(5, 1, 2.4),
    )
    if statement.rounding:
        yield Listed([words.of(found) for found in statement.rounding])
    yield from _reliances(statement, words)
    if statement.remeasurement is not None:
        yield from _remeasurement(statement.remeasurement, words)
    yield Heading(words("Files compared"))
    yield from _files(statement.files, words)
    yield from _surroundings(statement, words)
    yield Heading(words("Signed"))
    yield Facts([(words(label), "") for label in ("Verifier", "Date", "Signature")])


def _identity(statement: VerificationStatement, words: Words) -> list[tuple[str, str]]:
    facts = [
        (words("Package"), statement.package_sha256),
        (words("Sealed by key"), statement.signer or words("nobody: the package is not signed")),
    ]
    if statement.methodology is not None:
        title = words.half(statement.methodology.title)
        facts.append((words("Methodology"), title))
        facts.append((words("Conformance"), words(statement.methodology.conformance)))
    if statement.monitoring_period is not None:
        start, end = statement.monitoring_period
        facts.append((words("Monitoring period"), words("{start} to {end} (excluded)", start=start, end=end)))
    versions = statement.toolkit
    facts.append((words("Verified with"), f"mrv {versions['mrv']}; Python {versions['python']}"))
    return facts


def _figures(statement: VerificationStatement, words: Words) -> Table:
    return Table(
        (words("Figure"), words("Unit"), words("Packaged"), words("Recomputed"), words("Result")),
        [
            (
                figure.name,
                unit_text(figure.unit),
                short_number(figure.packaged),
                short_number(figure.recomputed),
                words(figure.grade),
            )
            for figure in statement.figures
            if not figure.index
        ],
        numeric=frozenset({2, 3}),
        widths=(4.6, 1.6, 1.7, 1.7, 1.6),
    )


def _difference_table(differences: list[DifferenceRecord], words: Words, file: str = "") -> Table:
    rows = [
        (
            f"{file}: {found.place}" if file else found.place,
            found.packaged,
            found.recomputed,
            words(found.grade),
        )
        for found in differences
    ]
    columns = (words("Place"), words("Packaged"), words("Recomputed"), words("Result"))
    return Table(columns, rows, widths=(4, 2.5, 2.5, 1.5))


def _differences(statement: VerificationStatement, words: Words) -> Iterator[Block]:
    unlike = [file for file in statement.files if file.differences]
    step = statement.first_step
    if step is not None:
        yield Heading(words("Where the two runs part"))
        yield Facts(
            [
                (words("First differing step"), f"{step.name} {step.difference.place}".strip()),
                (words("Clause"), step.clause),
                (words("Formula"), step.formula),
                (words("Packaged"), step.difference.packaged),
                (words("Recomputed"), step.difference.recomputed),
            ]
        )
    if unlike:
        yield Heading(words("Values that differ"))
        for file in unlike:
            yield _difference_table(file.differences, words, file.file)


def _reliances(statement: VerificationStatement, words: Words) -> Iterator[Block]:
    yield Heading(words("What was let pass"))
    if not statement.reliances:
        yield Paragraph(words("Nothing: no waiver, no row in quarantine, no doubtful equation."))
        return
    yield Table(
        (words("What"), words("Reason given"), words("Without it"), words("Meaning")),
        [
            (
                f"{words(entry.kind)}: {entry.name}",
                entry.reason,
                "–"
                if entry.effect is None
                else f"{entry.quantity}: {short_number(entry.effect)} {unit_text(entry.unit or '')}",
                "" if entry.because is None else words.of(entry.because),
            )
            for entry in statement.reliances
        ],
        widths=(2.5, 3.5, 2.5, 2.5),
    )


def _remeasurement(found: RemeasuredRecord, words: Words) -> Iterator[Block]:
    yield Heading(words("Plots measured again"))
    outcomes = {
        "not material": "The carbon reported is not materially misstated.",
        "material": "The carbon reported is materially misstated.",
        "undecided": "Whether the carbon reported is materially misstated is not decided by these plots.",
    }
    yield Paragraph(words(outcomes[found.outcome]), "strong")
    interval = "–" if found.low is None or found.high is None else f"{found.low:+.1%} … {found.high:+.1%}"
    facts = [
        (words("Difference, measured again less reported"), f"{found.difference:+.1%}"),
        (words("Its {level} interval", level=f"{found.level:.0%}"), interval),
        (words("Threshold of materiality"), f"{found.materiality:.1%}"),
    ]
    if found.plots_needed is not None:
        facts.append((words("Plots that would decide"), str(found.plots_needed)))
    yield Facts(facts)
    yield Table(
        (words("Plot"), words("Reported, t C/ha"), words("Measured again, t C/ha")),
        [
            (plot.plot_id, number_text(plot.reported_t_c_ha, 1), number_text(plot.remeasured_t_c_ha, 1))
            for plot in found.plots
        ],
        numeric=frozenset({1, 2}),
    )


def _files(files: list[FileRecord], words: Words) -> Iterator[Block]:
    """Files that are not identical in a table, the others by their folders."""
    same = [file.file for file in files if file.grade == "identical"]
    yield Paragraph(words("{same} of {count} files are identical.", same=len(same), count=len(files)))
    if len(same) < len(files):
        yield Table(
            (
                words("File"),
                words("Result"),
                words("Identical"),
                words("Within tolerance"),
                words("Different"),
            ),
            [
                (
                    file.file,
                    words(file.grade),
                    f"{file.identical:,}",
                    f"{file.within_tolerance:,}",
                    f"{file.different:,}",
                )
                for file in files
                if file.grade != "identical"
            ],
            numeric=frozenset({2, 3, 4}),
            widths=(4, 2, 1.3, 1.6, 1.3),
        )
    by_folder: dict[str, list[str]] = {}
    for file in same:
        folder, _, name = file.rpartition("/")
        by_folder.setdefault(f"{folder}/" if folder else "./", []).append(name)
    yield Facts([(folder, words.listed(names)) for folder, names in sorted(by_folder.items())])


def _surroundings(statement: VerificationStatement, words: Words) -> Iterator[Block]:
    yield Heading(words("Methodology, tables and software"))
    if statement.documents:
        yield Paragraph(
            words("The package brings documents that differ from those installed; its own were used.")
        )
        for file in statement.documents:
            yield _difference_table(file.differences, words, file.file)
    else:
        yield Paragraph(words("Methodology and tables of the package are those installed with this version."))
    if statement.environment:
        yield Paragraph(words("Versions of software that differ from those of the run:"))
        yield _difference_table(statement.environment, words)
    else:
        yield Paragraph(words("The software has the versions of the run."))
