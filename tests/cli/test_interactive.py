"""The page of a run in a browser: nothing leaves it, every control works, both languages say everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Page, opened
from spoiled import mrv

LAYERS = ("agb", "agb_standard_error", "applicability", "strata", "plots")


@pytest.fixture(scope="module")
def file(mapped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Page of a project with a map."""
    folder = tmp_path_factory.mktemp("interactive")
    for name in ("page", "again"):
        result = mrv("report", mapped, "-o", folder / f"{name}.html")
        assert result.exit_code == 0, result.output
    return folder / "page.html"


@pytest.fixture(scope="module")
def page(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(file, tmp_path_factory.mktemp("profile")) as found:
        found.wait_for("document.body && document.body.dataset.ready === 'yes'")
        yield found


def test_the_page_is_the_same_bytes_again(file: Path) -> None:
    assert file.read_bytes() == file.with_name("again.html").read_bytes()


def test_the_policy_names_every_script_by_its_hash_and_allows_no_request(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert not re.search(r"script-src[^;]*unsafe-inline", policy)


def test_nothing_leaves_the_page_and_nothing_fails_in_it(page: Page, file: Path) -> None:
    page.value("1")
    assert {address for address in page.requests if not address.startswith("data:")} == {file.as_uri()}
    assert page.faults == []


def _visible(page: Page, layer: str) -> bool:
    expression = "Bokeh.documents[0].roots()[0].renderers.find((part) => part.name === '{}').visible"
    return bool(page.value(expression.format(layer)))


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_goes_on_and_off(page: Page, layer: str) -> None:
    box = f"document.querySelector('input[data-layer={layer}]')"
    before = page.value(f"{box}.checked")
    assert _visible(page, layer) == before
    page.value(f"{box}.click()")
    assert _visible(page, layer) != before
    page.value(f"{box}.click()")
    assert _visible(page, layer) == before


@pytest.mark.parametrize(
    ("language", "heading", "axis"),
    [("zh", "监测报告", "东坐标，m"), ("en", "Monitoring report", "easting, m")],
)
def test_the_language_switches_for_everything(page: Page, language: str, heading: str, axis: str) -> None:
    page.value(f"document.querySelector('button[data-speak={language}]').click()")
    assert page.value("document.title").startswith(heading)
    seen = page.value("document.body.innerText")
    assert heading in seen
    assert page.value("Bokeh.documents[0].roots()[0].below[0].axis_label") == axis
    others = re.findall(r"[\u4e00-\u9fff]+", seen)
    if language == "en":
        assert others == ["中文"]
    else:
        assert "Carbon stocks per hectare" not in seen
    pressed = page.value(
        f"document.querySelector('button[data-speak={language}]').getAttribute('aria-pressed')"
    )
    assert pressed == "true"


def test_the_map_shows_values_under_the_pointer(page: Page) -> None:
    tips = page.value(
        "Bokeh.documents[0].roots()[0].toolbar.tools.filter((tool) => (tool.name || '').endsWith('-tip'))"
        ".map((tool) => [tool.name, tool.visible, tool.tooltips.length])"
    )
    assert {name for name, _, _ in tips} == {f"{layer}-tip" for layer in LAYERS}
    assert all(lines >= 1 for _, _, lines in tips)
    drawn = page.value("document.querySelector('#map').getBoundingClientRect().height")
    assert drawn >= 300
