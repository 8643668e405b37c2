from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from mrv.errors import InputError
from mrv.yaml_file import DAY_PATTERN, dotted, parse_yaml, read_yaml


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    date: str
    radius_m: float = Field(gt=0, allow_inf_nan=False)


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    items: tuple[Item, ...]
    factors: dict[str, float] = {}


def refused(path: Path, text: str | bytes) -> list[str]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_yaml(path, Document)
    return [str(finding) for finding in caught.value.findings]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.yaml"


def test_dates_stay_text_and_keys_are_text(file: Path) -> None:
    file.write_text("items:\n  - {date: 2010-01-01, radius_m: 7}\nfactors: {1: 0.5}\n")
    document = read_yaml(file, Document)
    assert document.items[0].date == "2010-01-01"
    assert document.factors == {"1": 0.5}


def test_yaml_1_2_scalars(file: Path) -> None:
    file.write_text('[yes, true, null, 7, 007, 1.5, "7", 0o7, .inf]')
    data, _ = parse_yaml(file)
    assert data == ["yes", True, None, 7, "007", 1.5, "7", "0o7", float("inf")]


def test_every_finding_has_line_column_and_key(file: Path) -> None:
    items = ("- date: 2010-01-01", "  radius: 7", "- date: [1]", "  radius_m: .inf", "- {date: x}")
    text = "\n  ".join(["items:", *items]) + "\nzz: 1\n"
    assert refused(file, text) == [
        "a.yaml:3:5: items[0].radius: unknown key; did you mean radius_m? [yaml-key-unknown]",
        "a.yaml:4:5: items[1].date: a list is not text; put it in quotes if it is meant so [yaml-value]",
        "a.yaml:5:5: items[1].radius_m: inf is not a finite number [yaml-value]",
        "a.yaml:6:5: items[2].radius_m: this key is required [yaml-key-missing]",
        "a.yaml:7:1: zz: unknown key; allowed are factors, items [yaml-key-unknown]",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", "a.yaml:2:1: a: the key stands already in line 1 [yaml-duplicate-key]"),
        ("a: &x 1\n", "a.yaml:1:4: &x is not allowed; write the value where it is used [yaml-alias]"),
        ("a: !!int 1\n", "a.yaml:1:4: the tag !!int is not allowed; write plain values [yaml-tag]"),
        ("a: !x 1\n", "a.yaml:1:4: the tag !x is not allowed; write plain values [yaml-tag]"),
        ("? [1]\n: 2\n", "a.yaml:1:3: a key must be text, not a list or mapping [yaml-key-not-text]"),
        ("", "a.yaml: the file is empty [file-empty]"),
        ("# nothing\n", "a.yaml: the file holds nothing but comments [file-empty]"),
        ("- 1\n", "a.yaml:1:1: a list is not a mapping of keys [yaml-value]"),
        ("a: 1\nb: 中\n".encode("gb18030"), "a.yaml:2: is not UTF-8; save the file as UTF-8 [encoding]"),
    ],
)
def test_what_is_refused(file: Path, text: str | bytes, line: str) -> None:
    assert refused(file, text) == [line]


def test_alias_is_reported_beside_its_anchor(file: Path) -> None:
    assert [line.split("[")[-1] for line in refused(file, "a: &x 1\nb: *x\n")] == ["yaml-alias]"] * 2


def test_folded_text_holds_no_marks_of_the_folds(file: Path) -> None:
    file.write_text("a: >-  # folded\n  one\n  two\n\n  three\nb: |\n  one\n  two\nc: >\n  one\n  two\n")
    data, _ = parse_yaml(file)
    assert data == {"a": "one two\nthree", "b": "one\ntwo\n", "c": "one two\n"}


def test_a_mark_that_people_wrote_stays(file: Path) -> None:
    file.write_text('a: "\\a"\n')
    assert parse_yaml(file)[0] == {"a": "\a"}


class Loose(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    value: float | dict[str, float] | str | None = None
    words: Annotated[str, Field(pattern=DAY_PATTERN)] | None = None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("value: .nan\n", "a.yaml:1:1: value: nan is not a finite number [yaml-value]"),
        ("value: [1]\n", "a.yaml:1:1: value: a list is not a number, a mapping of keys or text [yaml-value]"),
        ("value: {a: 1, b: x}\n", "a.yaml:1:15: value.b: 'x' is not a number [yaml-value]"),
        ("words: 2010-1-1\n", "a.yaml:1:1: words: '2010-1-1' is not a day written YYYY-MM-DD [yaml-value]"),
    ],
)
def test_a_value_with_alternatives_has_one_finding(file: Path, text: str, line: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_yaml(file, Loose)
    assert [str(finding) for finding in caught.value.findings] == [line]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\n\tb: 1\n", "a.yaml:2:1", "a tab; indent with spaces"),
        ("a: 1\nb 2\nc: 3\n", "a.yaml:2:1", "a key without a colon"),
        ("a: 1\nb 2\n", "a.yaml:2:1", "a key without a colon"),
        ("a: {b: 1\nc: 2\n", "a.yaml:1:4", "the brace { is not closed"),
        ("a: [1\nc: 2\n", "a.yaml:1:4", "the bracket [ is not closed"),
        ("a: b: c\n", "a.yaml:1:5", "put text that holds one in quotes"),
        ('a: "b\nc: 2\n', "a.yaml:1:4", "the quotation mark is not closed"),
        ("a:\n  b: 1\n c: 2\n", "a.yaml:3:2", "not indented like those above it"),
    ],
)
def test_usual_mistakes_in_our_words(file: Path, text: str, place: str, words: str) -> None:
    (line,) = refused(file, text)
    assert line.startswith(f"{place}: not valid YAML: ")
    assert words in line


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "a:\n\tb: 1\n", "a: 1\n---\nb: 2\n"])
def test_syntax(file: Path, text: str) -> None:
    (line,) = refused(file, text)
    assert line.endswith("[yaml-syntax]")
    assert line.startswith("a.yaml:")


def test_folder_and_missing_file(tmp_path: Path) -> None:
    for path, rule in ((tmp_path, "file-is-folder"), (tmp_path / "none.yaml", "file-missing")):
        with pytest.raises(InputError) as caught:
            read_yaml(path, Document)
        assert caught.value.findings[0].rule == rule


def test_dotted() -> None:
    assert dotted(("surveys", 0, "trees", 1, "file")) == "surveys[0].trees[1].file"
