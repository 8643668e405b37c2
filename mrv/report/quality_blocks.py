"""Quality control in a report: what was found, left out, put in quarantine, waived."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.report.blocks import Block, Heading, Paragraph, Table
from mrv.report.numbers import short_number, unit_text
from mrv.report.words import Words
from mrv.run.results import QuarantineRecord, Results


def quality_blocks(results: Results, words: Words) -> Iterator[Block]:
    """Everything that was found and did not stop the run."""
    yield Heading(words("Quality control"))
    waivers = [(waiver.rule, waiver.reason) for waiver in results.waivers]
    held = [(f"{row.where}: {row.name}", row.reason, _effect(row)) for row in results.quarantine]
    left_out = [(entry.file, f"{entry.rows:,}", entry.reason) for entry in results.exclusions]
    if waivers:
        yield Heading(words("Rules waived"), 2)
        yield Table((words("rule"), words("reason")), waivers, widths=(1, 3))
    if held:
        yield Heading(words("Rows in quarantine"), 2)
        columns = (words("row"), words("reason"), words("change by leaving it out"))
        yield Table(columns, held, widths=(2, 3, 1.5))
    if left_out:
        yield Heading(words("Rows left out"), 2)
        columns = (words("file"), words("rows"), words("reason"))
        yield Table(columns, left_out, numeric=frozenset({1}), widths=(2, 0.6, 3))
    if not (waivers or held or left_out):
        yield Paragraph(words("No rule was waived; no row was left out or put in quarantine."))
    if results.findings:
        yield Heading(words("Findings that did not stop the run"), 2)
        rows = [(found.where, words.of(found.message), found.rule) for found in results.findings]
        yield Table((words("place"), words("finding"), words("rule")), rows, widths=(2, 4, 1.6))


def _effect(row: QuarantineRecord) -> str:
    if row.effect is None:
        return "–"
    return f"{short_number(row.effect)} {unit_text(row.unit or '')}".replace("-", "−").strip()
