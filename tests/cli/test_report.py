"""Reports say what results.json says, the same in both languages, and the same bytes each time."""

from __future__ import annotations

import io
import re
import zlib
from functools import partial
from pathlib import Path

import docx
import openpyxl
import pytest
from spoiled import mrv

from mrv.auction.dossier import Ground, what_a_tonne_stands_on
from mrv.cli.language import translate
from mrv.report.blocks import Language, Picture, Report, Table
from mrv.report.monitoring import monitoring_report
from mrv.report.page import page
from mrv.report.pdf import pdf
from mrv.report.word import word
from mrv.report.words import Words
from mrv.report.workbook import workbook
from mrv.run.results import Text, read_results

HEADINGS = (
    "Project",
    "Boundary, strata and carbon pools",
    "Baseline and additionality",
    "Sampling design and measurement",
    "Equations and their ranges",
    "Carbon stocks per hectare",
    "Carbon sink per hectare and year",
    "Uncertainty",
    "The result under every baseline that has evidence",
    "Emissions, leakage, deduction and buffer",
    "Credits by vintage",
    "Quality control",
    "Numbers of the methodology and the project",
    "Reproducibility",
)


def _report(out: Path, language: Language) -> Report:
    return monitoring_report(out, Words(language, partial(translate, language=language)))


def test_a_monitoring_report_has_what_a_verifier_expects(older: Path) -> None:
    text = page(_report(older, "en"))
    assert all(heading in text for heading in HEADINGS)
    assert "SIMULATED DATA" in text
    assert "reconstruction" in text
    assert all(figure in text for figure in ("9,730.27", "6,377.12", "1,946.05"))


def test_both_languages_hold_the_same_figures(older: Path) -> None:
    def cells(language: Language) -> list[list[str]]:
        tables = [block for block in _report(older, language).blocks if isinstance(block, Table)]
        rows = [" ".join(row) for table in tables for row in table.rows]
        # The two languages put the numbers of a sentence in different places.
        return [sorted(re.findall(r"[0-9]+(?:[,.][0-9]+)*", row)) for row in rows]

    assert cells("en") == cells("zh")
    assert len(cells("en")) > 100


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reports_are_the_same_bytes_again(older: Path, language: Language) -> None:
    report = _report(older, language)
    again = _report(older, language)
    assert page(report) == page(again)
    assert pdf(report) == pdf(again)
    assert word(report) == word(again)
    words = Words(language, partial(translate, language=language))
    results = read_results(older)
    assert workbook(results, words) == workbook(results, words)


def test_a_chinese_report_says_nothing_in_english_that_is_ours(older: Path) -> None:
    text = page(_report(older, "zh"))
    for heading in HEADINGS:
        assert heading not in text


def test_reports_are_written_whole_or_not_at_all(older: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"report.{suffix}" for suffix in ("html", "pdf", "docx", "xlsx")]
    result = mrv("report", older, *(part for file in files for part in ("-o", file)))
    assert result.exit_code == 0, result.output
    assert files[0].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert files[1].read_bytes().startswith(b"%PDF")
    refused = mrv("report", older, "-o", tmp_path / "report.txt")
    assert refused.exit_code == 2
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert mrv("report", tmp_path, "-o", tmp_path / "more.html").exit_code == 2


def test_a_format_alone_names_the_file(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mrv("report", older, "--format", "html").exit_code == 0
    terms = demo / "finance.yaml"
    assert mrv("report", older, "--finance", terms, "--format", "xlsx").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["finance.xlsx", "report.html"]
    named = tmp_path / "named.html"
    assert mrv("report", older, "-o", named).exit_code == 0
    assert named.read_bytes() == (tmp_path / "report.html").read_bytes()
    neither = mrv("report", older)
    assert (neither.exit_code, neither.stderr) == (
        2,
        "name a report with -o, or its format with --format\n",
    )


def test_a_character_that_no_font_has_is_an_error_and_rare_place_names_are_none(older: Path) -> None:
    from dataclasses import replace

    from mrv.errors import UsageError

    report = _report(older, "zh")
    assert pdf(replace(report, subtitle="滘 漖 塱 氹 埗")).startswith(b"%PDF")
    with pytest.raises(UsageError, match="PDF"):
        pdf(replace(report, subtitle="\U00020bb7"))


def streams_of(document: bytes) -> list[bytes]:
    """Content of every compressed stream of a PDF."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL)
    return [zlib.decompress(content) for content in packed if content[:1] == b"\x78"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_pdf_holds_the_results_it_was_made_from(older: Path, language: Language) -> None:
    written = pdf(_report(older, language))
    streams = streams_of(written)
    assert re.search(rb"/AFRelationship ?/Data", b"".join([written, *streams]))
    assert re.search(rb"pdfaid:part[^0-9]{1,2}3\b", b"".join([written, *streams]))
    assert (older / "results.json").read_bytes() in streams


def test_a_report_shows_plots_against_the_map_and_credits_over_time(mapped: Path, older: Path) -> None:
    def captions(out: Path) -> list[str]:
        return [block.caption for block in _report(out, "en").blocks if isinstance(block, Picture)]

    assert "Plots against the map" in captions(mapped)
    assert "Plots against the map" not in captions(older)
    assert "Credits by vintage, with the interval of all errors" in captions(older)


def test_a_workbook_holds_numbers_with_their_units_and_texts_that_are_no_formulas(older: Path) -> None:
    results = read_results(older)
    name = Text(zh="=1+1", en="=1+1")
    results = results.model_copy(update={"project": results.project.model_copy(update={"name": name})})
    book = openpyxl.load_workbook(io.BytesIO(workbook(results, Words("en", str), "ab" * 32)))
    cells = [cell for row in book["project"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]
    header, *rows = book["figures"].iter_rows(values_only=True)
    found = {row[0]: row for row in rows if row[0] == "net_removals_t_co2e"}["net_removals_t_co2e"]
    assert found[header.index("value")] == pytest.approx(9730.268781660001)
    assert found[header.index("unit")] == "t CO₂e"
    sources = {row[0]: row[-1] for row in book["numbers"].iter_rows(values_only=True)}
    assert sources["carbon_fraction_agb"].startswith("IPCC 2013")


def test_a_word_document_opens_and_holds_the_tables(older: Path) -> None:
    report = _report(older, "zh")
    document = docx.Document(io.BytesIO(word(report)))
    tables = [block for block in report.blocks if isinstance(block, Table)]
    texts = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert all(cell in texts for table in tables for row in table.rows for cell in row)
    assert "监测报告" in {paragraph.text for paragraph in document.paragraphs}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_tonne_stands_on_is_said_from_the_results(older: Path, language: Language) -> None:
    words = Words(language, partial(translate, language=language))
    blocks = tuple(what_a_tonne_stands_on(Ground("ab" * 32, read_results(older), b""), words))
    text = page(Report("", "", language, blocks))
    for figure in ("118.99", "8.18 t CO₂e", "9,730 t CO₂e", "ab" * 32, "2010-01-01"):
        assert figure in text
    assert {"en": "reconstruction", "zh": "重构"}[language] in text
