"""``mrv ledger issue``: from a sealed package to units, by a run of one's own or a verifier's word."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from click.testing import Result
from conftest import SealedRun
from spoiled import mrv

from mrv.evidence.keys import fingerprint, public_pem
from mrv.ledger.areas import ground_of
from mrv.ledger.book import read_entries, read_ledger
from mrv.ledger.entries import Issuance
from mrv.provenance import sha256_of_bytes
from tests.ledger_samples import KEY, OTHER_KEY, rehashed
from tests.unit.test_docs import DOCS, assert_shown, blocks, commands_of

DATE = ("--date", "2021-03-01")


@dataclass(frozen=True)
class Word:
    """A verifier's statement with its signature, and the verifier's public key."""

    statement: Path
    public_key: Path

    @property
    def options(self) -> tuple[str | Path, ...]:
        return ("--statement", self.statement, "--verifier", self.public_key)


def signed(folder: Path, document: dict[str, Any], key: Any = KEY) -> Word:
    """A statement that a verifier signed."""
    word = Word(folder / "statement.json", folder / "verifier.pub")
    content = json.dumps(document, ensure_ascii=False, indent=2).encode()
    word.statement.write_bytes(content)
    word.statement.with_name("statement.json.sig").write_bytes(key.sign(content))
    word.public_key.write_bytes(public_pem(KEY.public_key()))
    return word


@pytest.fixture(scope="session")
def verdict(sealed: SealedRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Statement of a verification of the demo."""
    file = tmp_path_factory.mktemp("verdict") / "statement.json"
    result = mrv("verify", sealed.package, "--report", file)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def word(verdict: dict[str, Any], tmp_path: Path) -> Word:
    return signed(tmp_path, verdict)


@pytest.fixture
def issue(sealed: SealedRun, tmp_path: Path) -> Callable[..., Result]:
    """Issue the demo's package into a ledger."""

    def run(*options: str | Path) -> Result:
        file = tmp_path / "ledger.jsonl"
        return mrv("ledger", "issue", file, sealed.package, "--account", "Bay trust", *DATE, *options)

    return run


def issuance_in(file: Path) -> Issuance:
    act = next(read_entries(file)).act
    assert isinstance(act, Issuance)
    return act


def test_a_package_gives_its_units(
    issue: Callable[..., Result], word: Word, sealed: SealedRun, tmp_path: Path, whole_demo: Path
) -> None:
    result = issue(*word.options, "--simulated", "--signer", sealed.public_key)
    assert result.exit_code == 0, result.output
    act = issuance_in(tmp_path / "ledger.jsonl")
    # 6,377.12 t creditable and 1,946.05 t buffer in results.json
    assert sum(part.credits.count for part in act.vintages if part.credits) == 6377
    assert sum(part.buffer.count for part in act.vintages if part.buffer) == 1946
    assert [part.vintage for part in act.vintages] == list(range(2010, 2020))
    assert act.vintages[0].series == "MRV-SIM-mangrove_protection-shenzhen-bay-demo-2010-{first}-{last}"
    assert act.simulated
    assert act.methodology.conformance == "reconstruction"
    assert {file.name for file in act.methodology.files} >= {
        "methodology.yaml",
        "parameters.yaml",
        "clauses.md",
    }
    assert act.verified.verifier == fingerprint(KEY.public_key())
    assert act.verified.statement_sha256 == sha256_of_bytes(word.statement.read_bytes())
    assert act.package_signer == json.loads(word.statement.read_text(encoding="utf-8"))["signer"]
    boundary = gpd.read_file(whole_demo / "boundary.geojson").to_crs("EPSG:4326").union_all()
    assert ground_of(act.area.polygons).symmetric_difference(boundary).area < 1e-4 * boundary.area
    assert act.carried_on_t_co2e.startswith("0.1205")


def test_a_package_is_issued_once(issue: Callable[..., Result], word: Word, tmp_path: Path) -> None:
    assert issue(*word.options, "--simulated").exit_code == 0
    before = (tmp_path / "ledger.jsonl").read_bytes()
    again = issue(*word.options, "--simulated", "--json")
    assert again.exit_code == 2
    rules = [finding["rule"] for finding in json.loads(again.stdout)["findings"]]
    assert rules == ["issued-before", "package-issued-before"]
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


def test_simulated_units_are_issued_only_as_such(
    issue: Callable[..., Result], word: Word, tmp_path: Path
) -> None:
    result = issue(*word.options)
    assert result.exit_code == 2
    assert "[project-simulated]" in result.stderr
    assert not (tmp_path / "ledger.jsonl").exists()


def test_a_verdict_that_is_no_pass_issues_nothing(
    issue: Callable[..., Result], verdict: dict[str, Any], tmp_path: Path
) -> None:
    result = issue(*signed(tmp_path, {**verdict, "verdict": "different"}).options, "--simulated")
    assert result.exit_code == 2
    assert "the verdict is: different" in result.stderr
    assert not (tmp_path / "ledger.jsonl").exists()


def test_a_statement_of_another_package_is_refused(
    issue: Callable[..., Result], verdict: dict[str, Any], tmp_path: Path
) -> None:
    result = issue(*signed(tmp_path, {**verdict, "package_sha256": "1" * 64}).options, "--simulated")
    assert result.exit_code == 3
    assert "the statement is of package 1111" in result.stderr


def test_a_statement_that_was_altered_or_forged_is_refused(
    issue: Callable[..., Result], verdict: dict[str, Any], tmp_path: Path
) -> None:
    altered, forged = tmp_path / "altered", tmp_path / "forged"
    altered.mkdir()
    forged.mkdir()
    word = signed(altered, {**verdict, "verdict": "different"})
    word.statement.write_bytes(word.statement.read_bytes().replace(b'"different"', b'"identical"', 1))
    for one in (word, signed(forged, verdict, OTHER_KEY)):
        result = issue(*one.options, "--simulated")
        assert result.exit_code == 3
        assert "is not signed by the key" in result.stderr
    assert not (tmp_path / "ledger.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--statement", "none.json"), "belong together"),
        (("--statement", "none.json", "--verifier", "none.pub"), "there is no such file"),
        (("--others", "none.gpkg"), "cannot be read"),
        (("--others-columns", "start"), "two columns were expected"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    options: tuple[str, ...], words: str, issue: Callable[..., Result]
) -> None:
    result = issue(*options, "--simulated")
    assert result.exit_code == 2
    assert words in result.stderr


def test_an_altered_package_issues_nothing(sealed: SealedRun, word: Word, tmp_path: Path) -> None:
    altered = tmp_path / "altered.zip"
    content = bytearray(sealed.package.read_bytes())
    content[len(content) // 2] ^= 1
    altered.write_bytes(content)
    file = tmp_path / "ledger.jsonl"
    result = mrv("ledger", "issue", file, altered, "--account", "a", *DATE, "--simulated", *word.options)
    assert result.exit_code == 3, result.output
    assert not file.exists()


def test_ground_that_another_registry_issued_for_is_refused(
    issue: Callable[..., Result], word: Word, tmp_path: Path, whole_demo: Path
) -> None:
    strata = gpd.read_file(whole_demo / "strata.geojson").iloc[[0]]
    strata = strata.assign(from_day="2019-12-31", to_day="2021-01-01")
    strata.to_file(tmp_path / "others.gpkg", layer="issued")
    others = ("--others", tmp_path / "others.gpkg", "--others-columns", "from_day,to_day")
    result = issue(*word.options, "--simulated", *others)
    assert result.exit_code == 2
    assert "others.gpkg:issued:1: " in result.stderr
    assert "[issued-elsewhere]" in result.stderr
    assert not (tmp_path / "ledger.jsonl").exists()
    assert issue(*word.options, "--simulated").exit_code == 0
    again = issue(*word.options, "--simulated", *others)
    rules = ("issued-before", "package-issued-before", "issued-elsewhere")
    assert all(f"[{rule}]" in again.stderr for rule in rules)


def test_the_area_of_an_issuance_cannot_be_altered_unseen(
    issue: Callable[..., Result], word: Word, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.jsonl"
    assert issue(*word.options, "--simulated").exit_code == 0
    document = json.loads(file.read_bytes())
    document["act"]["area"]["polygons"][0][0][1][0] += 1
    file.write_bytes(rehashed([document]))
    assert [finding.rule for finding in read_ledger(file).findings] == ["area-hash"]


def test_the_page_shows_what_the_commands_print(
    sealed: SealedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of the page on a package of the demo; only its map was left out, which is not credited."""
    shutil.copyfile(sealed.package, tmp_path / "package.zip")
    shutil.copyfile(sealed.private_key, tmp_path / "registry.pem")
    (tmp_path / "registry.pem").chmod(0o600)
    shutil.copyfile(sealed.public_key, tmp_path / "registry.pub")
    monkeypatch.chdir(tmp_path)
    code = 0
    for block in blocks(DOCS / "how-to" / "ledger.md", "console"):
        for command, shown in commands_of(block):
            if command == "echo $?":
                assert shown == [str(code)]
            elif command.startswith("sed "):
                text = Path("ledger.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
                text[1] = text[1].replace("Harbour", "Thieves", 1)
                Path("altered.jsonl").write_text("".join(text), encoding="utf-8")
            else:
                result = mrv(*shlex.split(command)[1:])
                code = result.exit_code
                assert isinstance(result.exception, SystemExit | None), result.exception
                assert_shown(command, shown, result.output)
