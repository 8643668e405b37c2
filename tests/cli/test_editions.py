"""Editions of a methodology from a folder, their differences, what-ifs, drawings, pages of the trail."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from spoiled import Spoiled, bytes_of, mrv

from mrv.accounting.engine import equations as equations_of
from mrv.accounting.layout import layout
from mrv.accounting.registry import find
from mrv.methodologies import methodology_ids

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """A copy of a methodology under an id of its own."""
    folder = tmp_path / "bay_2026"
    result = mrv("methodology", "copy", "mangrove_protection", folder)
    assert result.exit_code == 0, result.output
    return folder


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def by_edition(project: Spoiled) -> Spoiled:
    """The demo by that id, without imagery, which changes nothing here."""
    project.leave_out("imagery", "model")
    project.replace("methodology: mangrove_protection", "methodology: bay_2026")
    return project


def test_a_copy_says_the_same_but_for_its_name(edition):
    result = mrv("methodology", "diff", "mangrove_protection", edition, "--json")
    assert json.loads(result.stdout) == {
        "differences": [{"place": "methodology.equations", "one": None, "other": "mangrove_protection"}],
        "statement": [],
    }


@pytest.mark.parametrize("methodology_id", methodology_ids())
def test_the_examples_of_a_copy_agree(methodology_id, tmp_path):
    folder = tmp_path / "copied"
    assert mrv("methodology", "copy", methodology_id, folder).exit_code == 0
    assert mrv("methodology", "test", "--methodology-dir", folder).exit_code == 0


@pytest.mark.parametrize("name", ["Bay", "2026", "bay-2026"])
def test_a_folder_whose_name_is_no_id_is_refused(name, tmp_path):
    result = mrv("methodology", "copy", "mangrove_protection", tmp_path / name)
    assert (result.exit_code, (tmp_path / name).exists()) == (2, False)
    assert f"{name}: is no id of a methodology" in result.stderr


def test_a_run_by_an_edition_reports_its_clauses_and_its_files(edition, by_edition, tmp_path):
    edit(edition / "clauses.md", "| 8 | `core.net_removals` |", "| 7.2 | `core.net_removals` |")
    out = tmp_path / "out"
    result = mrv("run", by_edition.folder, "-o", out, "--methodology-dir", edition)
    assert result.exit_code == 0, result.output
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    (figure,) = (f for f in results["figures"] if f["quantity"] == "net_removals" and not f["index"])
    assert (figure["clause"], results["methodology"]["id"]) == ("7.2", "bay_2026")
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert run["methodology"]["files"] == {
        name: digest for name, digest in bytes_of(edition).items() if "/" not in name
    }


def test_another_folder_than_the_project_names_is_refused(edition, project, tmp_path):
    result = mrv("run", project.folder, "-o", tmp_path / "out", "--methodology-dir", edition)
    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert "holds the methodology bay_2026, not mangrove_protection" in result.stderr


def test_everything_that_an_edition_lacks_is_named(edition, by_edition):
    edit(edition / "parameters.yaml", "\nbuffer_share:", "\nbuffer_part:")
    edit(edition / "clauses.md", "| 8 | `core.net_removals` | natural_growth |\n", "")
    result = mrv("check", by_edition.folder, "--methodology-dir", edition)
    assert result.exit_code == 2
    clauses, numbers, count = result.stderr.splitlines()
    assert clauses.startswith(f"{edition / 'clauses.md'}: no row for core.net_removals in")
    assert numbers.startswith(f"{edition / 'parameters.yaml'}: no parameter buffer_share, which")
    assert count == "2 findings; nothing was written."


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "parameters.yaml",
            "  symbol: b\n",
            "  symbol: b\n  colour: red\n",
            ("buffer_share.colour", "unknown key"),
        ),
        ("parameters.yaml", '  clause: "11"\n', "", ("buffer_share", "clause")),
        ("methodology.yaml", "gases: [CO2, CH4, N2O]", "gasses: [CO2]", ("gasses", "unknown key")),
    ],
)
def test_unknown_and_missing_keys_are_told_at_their_line(edition, file, old, new, told):
    edit(edition / file, old, new)
    result = mrv("methodology", "show", "--methodology-dir", edition)
    assert result.exit_code == 2
    assert f"{file}:" in result.stderr
    assert all(word in result.stderr for word in told)


def test_a_folder_without_documents_is_refused(tmp_path):
    result = mrv("methodology", "show", "--methodology-dir", tmp_path)
    assert result.exit_code == 2
    assert "holds no methodology; missing: clauses.md, methodology.yaml, parameters.yaml" in result.stderr


def test_a_baseline_without_a_clause_is_not_offered(edition, by_edition):
    """An edition may know fewer baselines than the equations do."""
    text = (edition / "clauses.md").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if "`baseline_natural_growth." not in line]
    (edition / "clauses.md").write_text("\n".join(kept), encoding="utf-8")
    by_edition.replace("scenario: static", "scenario: natural_growth")
    result = mrv("check", by_edition.folder, "--methodology-dir", edition)
    assert result.exit_code == 2
    assert "'natural_growth'" in result.stderr


# What-ifs


@pytest.fixture
def plain(project: Spoiled) -> Spoiled:
    """The demo without imagery, which changes nothing here."""
    project.leave_out("imagery", "model")
    return project


def what_if(project: Spoiled, *assumed: str) -> dict:
    before = bytes_of(project.folder)
    options = [part for name in assumed for part in ("--what-if", name)]
    result = mrv("run", project.folder, *options, "--json")
    assert result.exit_code == 0, result.output
    assert bytes_of(project.folder) == before
    return json.loads(result.stdout)


def test_a_smaller_buffer_moves_what_rests_on_it_and_nothing_else(plain):
    document = what_if(plain, "buffer_share=0.1")
    assert document["assumptions"] == [{"name": "buffer_share", "before": 0.2, "after": 0.1}]
    moved = {entry["name"]: entry for entry in document["moved"] if not entry["index"]}
    buffer = moved["buffer_t_co2e"]
    assert buffer["after"]["value"] == pytest.approx(buffer["before"]["value"] / 2)
    assert moved["creditable_removals_t_co2e"]["change"] == pytest.approx(-buffer["change"])
    assert "net_removals_t_co2e" not in moved


def test_a_what_if_is_the_run_that_states_it(plain, tmp_path):
    """A number in place of another moves the figures to where a run with that number has them."""
    document = what_if(plain, "carbon_fraction_agb=0.47", "leakage.market.t_co2e=100")
    plain.replace("    value: 0.451", "    value: 0.47")
    plain.replace("  market:\n    t_co2e: 0", "  market:\n    t_co2e: 100")
    assert mrv("run", plain.folder, "-o", tmp_path / "out").exit_code == 0
    figures = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["figures"]
    stated = {(f["name"], *sorted(f["index"].items())): f["value"] for f in figures}
    assert document["moved"]
    for entry in document["moved"]:
        key = (entry["name"], *sorted(entry["index"].items()))
        assert entry["after"]["value"] == stated[key]


def test_a_number_that_the_methodology_closes_can_be_assumed(plain):
    document = what_if(plain, "confidence_level=0.95")
    moved = {entry["name"]: entry for entry in document["moved"] if not entry["index"]}
    assert moved["net_removals_t_co2e"]["change"] == 0
    assert moved["net_removals_half_width_t_co2e"]["change"] > 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--what-if", "bufer_share=0.1"], "did you mean buffer_share?"),
        (["--what-if", "surveys=1"], "no single value of the project file"),
        (["--what-if", "buffer_share=2"], "2.0 is outside 0.0–1.0  ["),
        (["--what-if", "buffer_share"], "is not of the form NAME=VALUE"),
        (["--what-if", "buffer_share=0.1", "-o", "out"], "--what-if writes nothing"),
        ([], "-o OUT is missing"),
    ],
)
def test_what_cannot_be_assumed_is_told(plain, tmp_path, monkeypatch, options, told):
    monkeypatch.chdir(tmp_path)
    result = mrv("run", plain.folder, *options)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("methodology_id", methodology_ids())
def test_a_methodology_shows_the_equations_of_every_choice(methodology_id):
    """Every equation of every graph stands in the list, those of a choice under its name."""
    result = mrv("methodology", "show", methodology_id, "--json")
    shown = json.loads(result.stdout)["equations"]
    every = {name for modules in find(methodology_id).graphs() for name in equations_of(modules)}
    assert {entry["name"] for entry in shown} == every
    if methodology_id == "mangrove_protection":
        choices = {entry["choice"] for entry in shown}
        assert {
            "soil=rate",
            "dead_matter=included",
            "deducted_uncertainty=total",
            "baseline=static",
        } <= choices


# Drawings and pages


@pytest.mark.parametrize("methodology_id", methodology_ids())
def test_the_drawing_has_every_equation_and_what_it_takes(methodology_id, tmp_path):
    file = tmp_path / "graph.svg"
    result = mrv("methodology", "show", methodology_id, "--graph", file, "--json")
    assert result.exit_code == 0, result.output
    equations = [e for e in json.loads(result.stdout)["equations"] if not e["choice"]]
    texts = {element.text for element in ET.parse(file).iter(f"{SVG}text")}
    for equation in equations:
        assert {equation["name"], *equation["inputs"]} <= texts
    again = tmp_path / "again.svg"
    mrv("methodology", "show", methodology_id, "--graph", again)
    assert again.read_bytes() == file.read_bytes()


def test_arrows_run_forwards_and_long_ones_keep_a_place_of_their_own():
    drawn = layout({"c": ("a", "b"), "b": ("a",), "d": ("c", "a")})
    assert {name: column for name, (column, _) in drawn.place.items()} == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert all([x for x, _ in arrow] == list(range(arrow[0][0], arrow[-1][0] + 1)) for arrow in drawn.arrows)
    assert [sum(name == "" for name in column) for column in drawn.columns] == [0, 2, 1, 0]
    places = [place for arrow in drawn.arrows for place in arrow[1:-1]]
    assert len(places) == len(set(places)) == 3


class Page(HTMLParser):
    """Tags that are open, and what a page asks the network for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.requests: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.requests += [f"{tag} {key}" for key, _ in attrs if key in ("src", "href", "srcset", "action")]
        if tag in ("script", "link", "iframe", "object"):
            self.requests.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_a_figure_says_what_the_terminal_says(older, tmp_path, language):
    file = tmp_path / "why.html"
    result = mrv("explain", older, "net_removals_t_co2e", "--html", file, "--lang", language)
    assert result.exit_code == 0, result.output
    page = Page()
    page.feed(file.read_text(encoding="utf-8"))
    assert (page.open, page.requests) == ([], [])
    assert "default-src 'none'" in file.read_text(encoding="utf-8")
    for line in result.stdout.splitlines():
        words = line.lstrip("│├└─ ")
        if words.startswith("= ") and "\n" not in words:
            assert words in page.text
    assert ("重构" if language == "zh" else "reconstruction") in page.text


def test_a_page_that_cannot_be_written_is_told(older, tmp_path):
    result = mrv("explain", older, "net_removals_t_co2e", "--html", tmp_path / "none" / "why.html")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
