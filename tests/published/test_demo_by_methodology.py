"""The demo's stand by another methodology than its own."""

from __future__ import annotations

import pytest

from scripts.write_worked_examples import OURS

from .conftest import assert_page_is_current


@pytest.mark.parametrize("name", OURS)
def test_page_is_current(name, our_project_folder, monkeypatch):
    assert_page_is_current(name, our_project_folder(name), monkeypatch)
