"""What can go wrong, and the exit code each kind of failure carries.

A failure that is not one of these is a bug of ours: it ends with a traceback and exit code 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from mrv.findings import Finding


class MrvError(Exception):
    """Base of every failure the toolkit foresees.

    The message is a template with ``{placeholders}`` for the values, and the key of its translation;
    without values it is taken as it is.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, **values: object) -> None:
        self.message, self.values = message, values
        super().__init__(message.format(**values) if values else message)

    def __reduce__(self) -> tuple[object, ...]:
        """How a failure of another process arrives here whole."""
        return _arrived, (type(self), self.args, self.__dict__)


def _arrived(kind: type[MrvError], arguments: tuple[object, ...], state: dict[str, object]) -> MrvError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class FindingsError(MrvError):
    """Something that cannot be accepted; carries every finding, not only the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class InputError(FindingsError):
    """Input that cannot be accepted."""


class PackageError(FindingsError):
    """A package of sealed evidence that is broken, altered or not what it is taken for."""

    exit_code: ClassVar[int] = 3


class LedgerError(FindingsError):
    """A ledger that is broken or was altered."""

    exit_code: ClassVar[int] = 3


class UsageError(MrvError):
    """A request that cannot be met as put: an unknown quantity, an output folder in the way."""


class MethodologyError(MrvError):
    """A methodology's documents and its equations do not fit together."""


class MismatchError(MrvError):
    """A recomputed figure differs from the one that was expected."""

    exit_code: ClassVar[int] = 3


class NetworkError(MrvError):
    """A service that cannot be reached, or that answers with a fault."""

    exit_code: ClassVar[int] = 5


class CredentialsError(MrvError):
    """A service that asks for credentials which the environment does not hold, or refuses them."""

    exit_code: ClassVar[int] = 5


class InterruptedWorkError(MrvError):
    """Somebody ended the work, by Ctrl-C."""

    exit_code: ClassVar[int] = 130
