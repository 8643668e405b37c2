"""The documentation says what is true of the code: links, commands, outputs, terms, rules, columns."""

from __future__ import annotations

import ast
import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from mrv.accounting.cases import run_case
from mrv.biomass.allometry import tree_biomass
from mrv.quality.suspects import LIMIT_RULES
from mrv.reference import equations, read_equations
from mrv.run.results import Figure
from mrv.run.write import PLOT_COLUMNS, TREE_COLUMNS
from tests.conftest import without_model

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README, README_ZH = ROOT / "README.md", ROOT / "README.zh-CN.md"
AREA_TO_MAP = DOCS / "tutorials" / "area-to-map.md"
FIRST_PROJECT = DOCS / "tutorials" / "first-project.md"
PAGES = sorted(
    path
    for folder in (ROOT, DOCS, ROOT / "data", ROOT / "methodology", ROOT / "bench")
    for path in (folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """Anchors of a page: those it names, and those that its headings get."""
    text = text_of(page)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(page))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{name_of(page)}: {link}"
        assert not anchor or anchor in anchors(target), f"{name_of(page)}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_tables_have_rows_of_equal_length(page: Path) -> None:
    widths: list[int] = []
    for line in [*text_of(page).splitlines(), ""]:
        if line.startswith("|"):
            widths.append(len(re.findall(r"(?<!\\)\|", line)))
        else:
            assert len(set(widths)) <= 1, f"{name_of(page)}: the table before {line!r}"
            widths = []


def commands_of(block: str) -> list[tuple[str, list[str]]]:
    """Commands of a console block, each with the lines shown after it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        elif line.strip():
            found[-1][1].append(line)
    return found


END = "==end of output=="


def outputs_of(commands: list[str], folder: Path, language: str) -> Iterator[tuple[int, str]]:
    """Exit code and output of each command, run one after the other by one shell."""
    script = "".join(f'{command}\ncode=$?; echo "{END}$code"; (exit $code)\n' for command in commands)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MRV_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**environment, "PATH": path, "MRV_LANG": language},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    parts = re.split(rf"{END}(\d+)\n", done.stdout)
    return zip(map(int, parts[1::2]), parts[0::2], strict=False)


def plain(line: str) -> str:
    """Line with runs of spaces as one: tables are as wide as their widest cell."""
    return " ".join(line.split())


LEFT = re.compile(r"(, about [\d:]+ left|，预计还需 [\d:]+)$")
"""Lines of long work, which a busy machine prints and a fast one does not."""


def assert_shown(command: str, shown: list[str], output: str) -> None:
    """Lines shown stand in the output one after the other, except where ``...`` skips some."""
    real = [plain(line) for line in output.splitlines() if line.strip() and not LEFT.search(line)]
    position, free = 0, False
    for line in map(plain, shown):
        if line == "...":
            free = True
            continue
        if free and line in real[position:]:
            position = real.index(line, position)
        assert real[position : position + 1] == [line], (
            f"{command}: {line!r} is not where it is shown:\n{output}"
        )
        position, free = position + 1, False
    assert not shown or free or position == len(real), f"{command}: more is printed than shown:\n{output}"


@pytest.mark.parametrize(
    ("page", "language"),
    [(README, "en"), (README_ZH, "zh"), (FIRST_PROJECT, "en"), (AREA_TO_MAP, "en")],
    ids=str,
)
def test_console_blocks_print_what_they_show(page: Path, language: str, demo: Path, tmp_path: Path) -> None:
    """The Chinese page shows nothing of the model, which takes most of a run, and does without it."""
    shutil.copytree(demo if page == README_ZH else ROOT / "data" / "demo", tmp_path / "data" / "demo")
    commands = [entry for block in blocks(page, "console") for entry in commands_of(block)]
    assert commands
    results = list(outputs_of([command for command, _ in commands], tmp_path, language))
    assert len(results) == len(commands)
    for number, ((command, shown), (code, output)) in enumerate(zip(commands, results, strict=True)):
        told = commands[number + 1 : number + 2] and commands[number + 1][0] == "echo $?"
        assert code == 0 or told, f"{command} ended with {code}:\n{output}"
        assert_shown(command, shown, output)


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (
        [
            *("".join(blocks(page, "sh")).splitlines()),
            *(command for block in blocks(page, "console") for command, _ in commands_of(block)),
        ]
        for page in (README, README_ZH)
    )
    assert english == chinese


def test_both_readmes_show_the_same_figures() -> None:
    shown = re.findall(r"\d[\d,]*\.\d+", "".join(blocks(README, "console")))
    assert len(shown) > 5
    assert [number for number in shown if number not in text_of(README_ZH)] == []


def test_make_demo_is_the_command_that_the_readme_shows() -> None:
    assert "$(BIN)/mrv run data/demo --output demo-results" in text_of(ROOT / "Makefile")


def table_rows(page: Path) -> list[list[str]]:
    lines = [line for line in text_of(page).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_glossary_identifiers_are_in_the_code() -> None:
    files = [*(ROOT / "mrv").rglob("*.py"), *(ROOT / "methodology").rglob("*.yaml")]
    words = set(re.findall(r"\w+", "\n".join(map(text_of, files))))
    identifiers = [word for row in table_rows(ROOT / "GLOSSARY.md") for word in codes(row[2])]
    assert len(identifiers) > 60
    assert [word for word in identifiers if word not in words] == []


def test_glossary_has_one_term_for_one_thing() -> None:
    rows = [row for row in table_rows(ROOT / "GLOSSARY.md") if codes(row[2])]
    for column in (0, 1):
        terms = [row[column] for row in rows]
        assert sorted(terms) == sorted(set(terms))


RULE_ARGUMENT = {
    "Finding": 1,
    "KeyFinding": 1,
    "_fault": 1,
    "_finding": 1,
    "map_finding": 1,
    "_each_text": 3,
    "_each_text_near": 3,
}
"""Position of the rule in every call that makes a finding."""

RULE_HANDED_ON = {"rule", "entry.rule"}
"""What stands there where a helper hands on the rule of its caller."""

RULES_BY_WORD = {'f"{word}-unknown"': {"sheet-unknown", "layer-unknown"}}
"""Rules that are put together from a word."""


def rules_in_code() -> tuple[set[str], set[str]]:
    """Rules of the code, and those among them that can be waived somewhere."""
    rules: set[str] = set()
    waivable: set[str] = set()
    for path in sorted((ROOT / "mrv").rglob("*.py")):
        source = text_of(path)
        for pattern, made in RULES_BY_WORD.items():
            rules |= made if pattern in source else set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "rule":
                rules |= {node.value.value} if isinstance(node.value, ast.Constant) else set()
            if not isinstance(node, ast.Call):
                continue
            position = RULE_ARGUMENT.get(ast.unparse(node.func).rsplit(".", 1)[-1])
            if position is None or len(node.args) <= position:
                continue
            argument = node.args[position]
            if not isinstance(argument, ast.Constant):
                assert ast.unparse(argument) in RULE_HANDED_ON, f"{path}:{node.lineno}"
                continue
            rules.add(argument.value)
            if any(keyword.arg == "waivable" for keyword in node.keywords):
                waivable.add(argument.value)
    soft, hard = ({name for name in names if name} for names in zip(*LIMIT_RULES.values(), strict=True))
    return rules | soft | hard, waivable | hard


def test_findings_page_has_every_rule_and_no_other() -> None:
    rows = [row for row in table_rows(DOCS / "reference" / "findings.md") if codes(row[0])]
    listed = [codes(row[0])[0] for row in rows]
    rules, waivable = rules_in_code()
    assert sorted(listed) == sorted(set(listed))
    assert sorted(listed) == sorted(rules)
    assert {codes(row[0])[0] for row in rows if "waivable" in row[2]} == waivable


def script_of(name: str) -> ModuleType:
    """A script of the repository as a module."""
    spec = spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_project_file_page_is_what_the_script_writes() -> None:
    script = script_of("write_reference")
    assert text_of(script.PAGE) == script.page(), "run: python scripts/write_reference.py"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_field_tables_pages_are_what_the_script_writes(language: str) -> None:
    script = script_of("write_field_tables")
    page = text_of(script.PAGES[language])
    assert page.count(script.MARK) == 1
    assert page == script.page(language), "run: python scripts/write_field_tables.py"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_commands_of_the_field_tables_pages_work(language: str, tmp_path: Path) -> None:
    script = script_of("write_field_tables")
    commands = "".join(blocks(script.PAGES[language], "sh")).splitlines()
    assert len(commands) == 3
    for number, command in enumerate(commands):
        renamed = command.replace("mrv new my-project", f"mrv new project-{number}")
        assert [code for code, _ in outputs_of([renamed], tmp_path, language)] == [0], command
        assert (tmp_path / f"project-{number}" / "mrv.yaml").exists()


def columns_listed(table: str) -> list[str]:
    """Columns that the page of outputs lists for a table."""
    section = text_of(DOCS / "reference" / "outputs.md").split(f"## `{table}`\n")[1].split("\n## ")[0]
    first_cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return [name for cell in first_cells for name in codes(cell)]


@pytest.fixture(scope="module")
def demo_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    mrv = Path(sys.executable).with_name("mrv")
    subprocess.run([mrv, "run", "-q", ROOT / "data" / "demo", "-o", folder / "out"], check=True)
    return folder / "out"


@pytest.mark.parametrize("table", ["trees", "plots", "strata", "vintages"])
def test_outputs_page_lists_the_columns_of_each_table(demo_results: Path, table: str) -> None:
    with (demo_results / "tables" / f"{table}.csv").open(encoding="utf-8") as stream:
        header = next(csv.reader(stream))
    assert sorted(columns_listed(f"tables/{table}.csv")) == sorted(header)
    constant = {"trees": TREE_COLUMNS, "plots": PLOT_COLUMNS}.get(table, header)
    assert header == constant


def test_outputs_page_lists_every_file_and_every_key_of_a_figure(demo_results: Path) -> None:
    written = {
        path.relative_to(demo_results).as_posix() for path in demo_results.rglob("*") if path.is_file()
    }
    page = text_of(DOCS / "reference" / "outputs.md")
    assert written <= set(codes(page))
    assert set(Figure.model_fields) - {"quantity", "unit"} <= set(columns_listed("results.json"))


def test_case_of_the_page_agrees(tmp_path: Path) -> None:
    [case] = blocks(DOCS / "how-to" / "case-file.md", "yaml")
    (tmp_path / "case.yaml").write_text(case, encoding="utf-8")
    assert run_case(tmp_path / "case.yaml").passed


def test_equation_table_of_the_page_is_read(tmp_path: Path) -> None:
    [table] = blocks(DOCS / "how-to" / "own-equation.md", "csv")
    (tmp_path / "own.csv").write_text(table, encoding="utf-8")
    [equation] = read_equations(tmp_path / "own.csv", "own.csv").values()
    assert equation.form == "log10_power"
    # Comley and McGuinness as recalled: 10^(−0.511 + 2.113 · log₁₀ 10) = 10^1.602 = 39.99 kg.
    kilograms = tree_biomass(equation, np.array([10.0]), np.array([0.65]), np.array([np.nan]))
    np.testing.assert_allclose(kilograms, 10**1.602, rtol=1e-12)


def test_ratio_table_of_equation_choice() -> None:
    page = text_of(DOCS / "explanation" / "equation-choice.md")
    diameters = np.array([5.0, 10.0, 20.0, 30.0])
    one, other = (
        tree_biomass(equations()[name], diameters, np.full(4, 0.6), np.full(4, np.nan))
        for name in ("komiyama_2005_agb", "chave_2005_power")
    )
    assert "| ratio | " + " | ".join(f"{ratio:.3f}" for ratio in one / other) + " |" in page


@pytest.mark.parametrize("name", ["komiyama_2005_agb", "chave_2005_dbh", "chave_2005_power"])
def test_sinks_of_equation_choice(name: str, tmp_path: Path) -> None:
    from mrv.run.project_run import run_project

    shutil.copytree(ROOT / "data" / "demo", tmp_path / "demo")
    project = tmp_path / "demo" / "mrv.yaml"
    changed = without_model(text_of(project)).replace("equation: komiyama_2005_agb", f"equation: {name}")
    project.write_text(changed, encoding="utf-8")
    results = run_project(project, tmp_path / "out")
    net = results.figure("net_removals_t_co2e")
    assert net.interval is not None
    [outside] = [use.outside_range_stems for use in results.equations if use.component == "agb"]
    row = f"| `{name}` | {net.value:,.0f} ± {net.interval.half_width:,.0f} | {outside} |"
    assert row in text_of(DOCS / "explanation" / "equation-choice.md")


def test_citation_has_what_its_format_requires() -> None:
    from ruamel.yaml import YAML

    from mrv import __version__

    citation = YAML(typ="safe").load(text_of(ROOT / "CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert citation["version"] == __version__
    assert citation["authors"] == [{"name": "mangrove-mrv contributors"}]


def test_rules_of_the_items_of_quality_control_exist() -> None:
    """The table of items names rules that stand on the page of findings."""
    page = (ROOT / "docs" / "explanation" / "quality-control.md").read_text(encoding="utf-8")
    known = set(
        re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs/reference/findings.md").read_text("utf-8"), re.M)
    )
    named = set(re.findall(r"`([a-z0-9-]+)`", page.split("<!-- items -->")[1]))
    assert len(named) > 50
    assert named - known == set()


def test_every_attack_and_fault_on_the_page_of_trust_has_its_test() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", text_of(DOCS / "explanation" / "trust.md")))
    written = {
        found
        for path in (ROOT / "tests").rglob("test_*.py")
        for found in re.findall(r"(?m)^ *def (test_[a-z0-9_]+)\(", text_of(path))
    }
    assert named
    assert named - written == set()
