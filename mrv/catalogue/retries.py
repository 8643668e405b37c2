"""Trying again what a network broke: each pause twice the last, and only what may pass."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

from mrv.errors import CredentialsError, NetworkError

T = TypeVar("T")

FIRST_PAUSE_S = 0.5

REFUSED = frozenset({"401", "403"})
FINAL = frozenset({"400", "404", "405", "410", "422"})
"""HTTP answers that will not change by asking again."""


def http_status(error: Exception) -> str:
    """HTTP status that a failed request ended with; empty if it got no answer."""
    stated = getattr(error, "status_code", None)
    if stated is not None:
        return str(stated)
    found = re.search(r"response code:? (\d{3})|\b([45]\d{2}) (?:Client|Server) Error", str(error))
    return next(filter(None, found.groups()), "") if found else ""


def failure(what: str, error: Exception) -> NetworkError | CredentialsError:
    """A failed request in the toolkit's words."""
    status = http_status(error)
    text = " ".join(str(error).split()) or type(error).__name__
    problem = text if status in text else f"HTTP {status}: {text}"
    if status in REFUSED:
        return CredentialsError(
            "{what}: access was refused ({problem}); credentials come from the environment or from .netrc",
            what=what,
            problem=problem,
        )
    return NetworkError("{what}: {problem}", what=what, problem=problem)


def tried_again(
    action: Callable[[], T],
    what: str,
    passing: tuple[type[Exception], ...],
    attempts: int,
    told: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Result of an action that is tried again after a failure that may pass.

    Parameters
    ----------
    action : callable
    what : str
        What is being done, for messages.
    passing : tuple of exception types
        Failures that may pass; any other is raised as it is.
    attempts : int
        How often it is tried in all.
    told : callable
        Told each failure that is tried again.
    pause : callable, optional
        Waits for a number of seconds.

    Raises
    ------
    NetworkError, CredentialsError
        If the last attempt failed, or the answer will not change by asking again.
    """
    for attempt in range(1, attempts + 1):
        try:
            return action()
        except passing as error:
            foreseen = failure(what, error)
            if attempt == attempts or http_status(error) in REFUSED | FINAL:
                raise foreseen from None
            told(str(foreseen))
            pause(FIRST_PAUSE_S * 2 ** (attempt - 1))
    raise ValueError("attempts must be at least 1")
