"""Chinese for everything that people read: complete, nothing stale, written as Chinese is written."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import messages
import polib
import pytest
from click.testing import CliRunner, Result

import mrv
from mrv.accounting.registry import accounting_ids
from mrv.cli import main
from mrv.cli.wide_text import columns, lines
from mrv.findings import Finding, Phrase
from mrv.methodologies import load_methodology

CATALOGUE = Path(mrv.__file__).parent / "locale" / "zh.po"
PLACEHOLDER = re.compile(r"\{[a-z_]+(?:![rs])?(?::[^{}]*)?\}")
CHINESE = r"[\u3400-\u9fff，。、；：？！（）《》“”]"
WITHOUT_WORDS = re.compile(r"(\{[^{}]*\}|[^A-Za-z])*")


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE))}


@pytest.fixture(scope="module")
def keys() -> frozenset[str]:
    return messages.keys()


def test_every_text_has_its_chinese(keys, catalogue):
    assert sorted(keys - catalogue.keys()) == []


def test_no_chinese_is_stale(keys, catalogue):
    assert sorted(catalogue.keys() - keys) == []


def test_no_text_stands_twice_or_is_fuzzy():
    entries = polib.pofile(str(CATALOGUE), check_for_duplicates=True)
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete] == []
    assert [entry.msgid for entry in entries] == sorted(entry.msgid for entry in entries)


def test_every_text_is_translated(catalogue):
    assert [key for key, text in catalogue.items() if not text.strip()] == []
    english = [key for key, text in catalogue.items() if not re.search(CHINESE, text)]
    assert [key for key in english if not WITHOUT_WORDS.fullmatch(key)] == []


def test_placeholders_are_the_same(catalogue):
    differ = [
        key
        for key, text in catalogue.items()
        if sorted(set(PLACEHOLDER.findall(key))) != sorted(set(PLACEHOLDER.findall(text)))
    ]
    assert differ == []


def test_templates_can_be_filled_in(catalogue):
    for key, text in catalogue.items():
        names = {match[1:-1] for match in PLACEHOLDER.findall(key)}
        values = {re.split("[!:]", name)[0]: 1.0 if ":" in name else "x" for name in names}
        if values:
            assert "{" not in text.format(**values).replace("{column: mm}", "").replace("{x: mm}", ""), key


def test_punctuation_is_chinese(catalogue):
    """No ASCII comma, colon, semicolon or bracket between Chinese characters; ASCII stays around code."""
    wrong = re.compile(
        f"{CHINESE}[,;:?!()]|[,;:?!()]{CHINESE}|{CHINESE}\\.( |$)|{CHINESE} +[，。、；：？！（）]"
    )
    assert {key: text for key, text in catalogue.items() if wrong.search(text)} == {}


def test_spaces_part_chinese_from_code(catalogue):
    glued = re.compile(r"[\u3400-\u9fff][A-Za-z0-9`]|[A-Za-z0-9`][\u3400-\u9fff]")
    assert {key: text for key, text in catalogue.items() if glued.search(text)} == {}


def test_numbers_are_called_as_their_documents_call_them(catalogue):
    """The Chinese of a methodology's numbers is that of its parameters.yaml."""
    differ = {}
    for name in accounting_ids():
        for parameter in load_methodology(name).parameters.values():
            english, chinese = parameter.description.en, parameter.description.zh
            if catalogue.get(english, chinese) != chinese:
                differ[english] = (catalogue[english], chinese)
    assert differ == {}


def test_a_hint_is_translated_with_its_message_and_a_value_is_not():
    finding = Finding(
        "plots.csv:2:latitude",
        "value-range",
        "{found} is outside {range}{hint}",
        {"found": "none", "range": "-90–90", "hint": Phrase("; are longitude and latitude swapped?")},
    )
    chinese = {"{found} is outside {range}{hint}": "{found}>{range}{hint}", "none": "无"}
    chinese["; are longitude and latitude swapped?"] = "；颠倒？"
    assert finding.text() == "none is outside -90–90; are longitude and latitude swapped?"
    assert finding.text(lambda text: chinese.get(text, text)) == "none>-90–90；颠倒？"


PAGES = [
    [],
    ["new"],
    ["design"],
    ["check"],
    ["run"],
    ["map"],
    ["explain"],
    ["extent"],
    ["extent", "change"],
    ["extent", "classify"],
    ["area"],
    ["area", "design"],
    ["area", "estimate"],
    ["schema"],
    ["methodology"],
    ["methodology", "list"],
    ["methodology", "show"],
    ["methodology", "test"],
]


def ask(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments), prog_name="mrv", env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_help_pages_are_chinese_and_fit_the_terminal(page):
    text = ask("--lang", "zh", *page, "--help")
    assert text.startswith("用法：mrv")
    assert "Options" not in text and "选项：" in text
    assert [line for line in text.splitlines() if columns(line) > 80] == []
    words = re.findall(r"\b(?:the|of|and|is|are|this|exit)\b", text)
    assert words == []
    environment = {"MRV_LANG": "zh_CN.UTF-8", "COLUMNS": "80"}
    assert text == CliRunner().invoke(main, [*page, "--help"], prog_name="mrv", env=environment).stdout


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_help_pages_are_english_by_default(page):
    assert not any(unicodedata.east_asian_width(sign) == "W" for sign in ask(*page, "--help"))


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("碳层和样地", 6, ["碳层和", "样地"]),
        ("碳层，样地", 4, ["碳", "层，", "样地"]),
        ("含 mrv.yaml 的文件夹", 10, ["含", "mrv.yaml", "的文件夹"]),
        ("一二（三）", 6, ["一二", "（三）"]),
        ("", 4, [""]),
        ("long words stay whole", 4, ["long", "words", "stay", "whole"]),
        ("  /a/path  与说明", 9, ["  /a/path", "与说明"]),
    ],
)
def test_lines_are_broken_by_the_columns_they_take(text, width, expected):
    assert lines(text, width) == expected


def in_chinese(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--lang", "zh"], prog_name="mrv")


@pytest.fixture(scope="module")
def run_in_chinese(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("zh") / "out"
    result = in_chinese("run", sound, "-o", out)
    assert result.exit_code == 0, result.output
    return out, result.stdout


def test_results_do_not_depend_on_the_language(run_in_chinese, older):
    out, _ = run_in_chinese
    names = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert names
    assert [name for name in names if (out / name).read_bytes() != (older / name).read_bytes()] == []


def test_the_summary_is_chinese_and_its_tables_are_straight(run_in_chinese):
    _, text = run_in_chinese
    for words in (
        "深圳湾示范项目（模拟）  [模拟数据]",
        "地上生物量",
        "净清除量",
        "双侧 90% 置信区间",
        "仅抽样",
        "全部误差",
        "储量的主要误差来源",
        "碳汇的主要误差来源",
        "凋落物。",
    ):
        assert words in text
    rows = [
        line
        for line in text.splitlines()
        if (" ± " in line or " 至 " in line) and "：" not in line and line.startswith(" ")
    ]
    # Every line of a table is padded to the same width: stocks, sinks, other pools, besides, soil, credits.
    assert len({columns(line) for line in rows}) == 6


def test_an_explanation_is_chinese_down_to_the_row_of_a_tree(run_in_chinese):
    out, _ = run_in_chinese
    place = ("--at", "plot=SIM-F01", "--at", "date=2010-01-01")
    text = in_chinese("explain", out, "net_removals", *place).stdout
    for words in (
        "条款 8",
        "碳层面积",
        "碳层内样地均值，tables/plots.csv",
        "活立木",
        "每公顷折合",
        "地上生物量含碳率",
    ):
        assert words in text
    text = in_chinese("explain", out, "net_removals_half_width").stdout
    assert "← 配对样地；简单随机抽样；tables/plots.csv" in text


def test_a_refusal_is_chinese_and_its_json_is_not(project):
    place = project.set_cell("trees_2010.csv", 2, "胸径_cm", "512")
    result = in_chinese("check", project.folder)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0].startswith(f"{place}: 512 超出范围 0–150 cm（不含 0）")
    assert result.stderr.splitlines()[-1] == "1 条问题；未写出任何文件。"
    result = in_chinese("check", project.folder, "--json")
    assert "512 is outside 0–150 cm, 0 excluded" in json.loads(result.stdout)["findings"][0]["message"]


def test_a_request_that_cannot_be_met_is_told_in_chinese(tmp_path):
    (tmp_path / "kept.txt").write_text("", encoding="utf-8")
    result = in_chinese("explain", tmp_path, "net_removals")
    assert (result.exit_code, result.stderr) == (2, f"{tmp_path}：不是结果文件夹；请先运行 `mrv run`\n")
    result = in_chinese("methodology", "show", "mangrove_protectoin")
    assert result.stderr == "没有方法学 'mangrove_protectoin'；是否应为 mangrove_protection？\n"
