"""The page of a run in a browser: nothing leaves it, every control works, both languages say everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import rasterio
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


def _pointed(page: Page) -> tuple[float, float, str]:
    """Place, and what the page tells there, of the first place that the pointer finds mapped."""
    page.value(
        "Bokeh.documents[0].roots()[0].on_event('mousemove', ({x, y}) => { window.at = [x, y]; }); true"
    )
    left, top, width, height = page.value(
        "(({left, top, width, height}) => [left, top, width, height])"
        "(document.querySelector('#map').getBoundingClientRect())"
    )
    for row in range(3, 17):
        for column in range(4, 16):
            x, y = left + width * column / 20, top + height * row / 20
            page.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
            told = page.value("document.querySelector('#under').innerText")
            if "t/ha" in told:
                return *page.value("window.at"), told
    raise AssertionError("the pointer found no place that is mapped")


@pytest.mark.parametrize(
    ("language", "template"),
    [("en", "Above-ground biomass: {:.1f} t/ha"), ("zh", "地上生物量：{:.1f} t/ha")],
)
def test_the_page_tells_the_values_of_the_maps_under_the_pointer(
    page: Page, mapped: Path, language: str, template: str
) -> None:
    page.value(f"document.querySelector('button[data-speak={language}]').click()")
    page.value("document.querySelector('#map').scrollIntoView()")
    x, y, told = _pointed(page)
    with rasterio.open(mapped / "maps" / "agb.tif") as dataset:
        ((value,),) = dataset.sample([(x, y)])
    assert told == template.format(value)
    assert page.faults == []


def test_a_map_of_classes_comes_with_the_names_of_its_colours(page: Page) -> None:
    page.value("document.querySelector('button[data-speak=en]').click()")
    legend = "document.querySelector('[data-legend=applicability]')"
    assert page.value(f"{legend}.hidden")
    page.value("document.querySelector('input[data-layer=applicability]').click()")
    seen = page.value(f"[...{legend}.children].map((entry) => entry.innerText)")
    assert seen == ["the model does not apply", "the model applies", "no data"]
    page.value("document.querySelector('input[data-layer=applicability]').click()")


def test_plots_and_strata_tell_their_own_under_the_pointer(page: Page) -> None:
    tips = page.value(
        "Bokeh.documents[0].roots()[0].toolbar.tools.filter((tool) => (tool.name || '').endsWith('-tip'))"
        ".map((tool) => [tool.name, tool.visible, tool.tooltips.length])"
    )
    assert {name for name, _, _ in tips} == {"strata-tip", "plots-tip"}
    assert all(lines >= 1 for _, _, lines in tips)


def test_a_narrow_window_shows_everything_without_moving_sideways(page: Page) -> None:
    narrow = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.ask("Emulation.setDeviceMetricsOverride", **narrow)
    assert page.value("document.documentElement.scrollWidth") <= 390
    page.ask("Emulation.clearDeviceMetricsOverride")
