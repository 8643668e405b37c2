"""The small stand as a fixture."""

from __future__ import annotations

import pytest
from uncertainty_stand import stand_of


@pytest.fixture
def stand():
    """Model, trees of both dates, plots."""
    return stand_of()
