"""Methodologies that are installed, ours and those of plug-ins, through one door."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import entry_points

from mrv.accounting.protocol import Accounting
from mrv.errors import MethodologyError, UsageError

GROUP = "mrv.methodologies"


def accounting_ids() -> tuple[str, ...]:
    """Ids of the methodologies that have equations, in alphabetical order."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def find(methodology_id: str) -> Accounting:
    """Equations of a methodology.

    Raises
    ------
    UsageError
        If no such methodology is installed.
    MethodologyError
        If its module does not say what it is, or two packages claim the same id.
    """
    points = sorted(entry_points(group=GROUP, name=methodology_id), key=lambda point: point.value)
    if not points:
        close = get_close_matches(methodology_id, accounting_ids(), n=1)
        raise UsageError(
            "methodology {name!r} has no equations here; did you mean {near}?"
            if close
            else "methodology {name!r} has no equations here; there are {known}",
            name=methodology_id,
            near=", ".join(close),
            known=", ".join(accounting_ids()),
        )
    if len({point.value for point in points}) > 1:
        claims = ", ".join(point.value for point in points)
        raise MethodologyError(f"methodology {methodology_id!r} is claimed by {claims}")
    accounting = getattr(points[0].load(), "ACCOUNTING", None)
    if not isinstance(accounting, Accounting) or accounting.id != methodology_id:
        raise MethodologyError(f"{points[0].value} has no ACCOUNTING with id {methodology_id!r}")
    return accounting
