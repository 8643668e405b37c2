"""Work without a network: a connection that anything tries to make is refused, and told.

Nothing in a run asks for one. A package from somebody else may try to have one made, and a verifier must be
able to say that the result came from the package alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mrv.errors import MismatchError

_blocks: list[None] = []
"""One entry for each block that is open. No context variable, for threads of a run would not inherit it."""

_hooked: list[None] = []

CONNECTIONS = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})
"""What the interpreter announces before it asks a network for something."""


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in CONNECTIONS and _blocks:
        raise MismatchError(
            "a network was asked for, which no run needs: {event} {arguments}",
            event=event,
            arguments=arguments[1:],
        )


@contextmanager
def offline() -> Iterator[None]:
    """Refuse every connection of this interpreter within the block."""
    if not _hooked:
        sys.addaudithook(_refuse)  # cannot be taken away again; it does nothing outside of a block
        _hooked.append(None)
    _blocks.append(None)
    try:
        yield
    finally:
        _blocks.pop()
