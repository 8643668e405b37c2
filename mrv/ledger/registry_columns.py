"""How other registries name the columns of their tables and write their serials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class IssuedColumns:
    """Columns of a table of issuances; without ``serial``, the registry publishes none of them."""

    project: str
    methodology: str
    vintage: str
    total: str
    day: str
    buffer: tuple[str, ...] = ()
    serial: str | None = None


@dataclass(frozen=True)
class EndedColumns:
    """Columns of a table of retirements or cancellations."""

    project: str
    vintage: str
    serial: str
    quantity: str
    day: str
    beneficiary: tuple[str, ...]
    reason: tuple[str, ...]


@dataclass(frozen=True)
class Registry:
    """How a registry writes its tables.

    Attributes
    ----------
    name : str
    serial : str
        Pattern of a serial; its groups ``first`` and ``last`` are the numbers.
    issued : IssuedColumns
    retired, cancelled : EndedColumns or None
    one_table : bool
        Whether a row of the issuances that has a day of retirement is a retirement, too.
    one_numbering : bool
        Whether no two units of the registry have the same number, whatever their series.
    """

    name: str
    serial: str
    issued: IssuedColumns
    retired: EndedColumns | None = None
    cancelled: EndedColumns | None = None
    one_table: bool = False
    one_numbering: bool = False


TO = r"(?P<first>\d+) to (?P<last>\d+)"

REGISTRIES: Mapping[str, Registry] = {
    "car": Registry(
        "Climate Action Reserve",
        rf".+-{TO}",
        IssuedColumns(
            "Project ID",
            "Protocol and Version",
            "Vintage",
            "Total Offset Credits Issued",
            "Date Issued",
            ("Offset Credits Currently in Reserve Buffer Pool",),
        ),
        EndedColumns(
            "Project ID",
            "Vintage",
            "Offset Credit Serial Numbers",
            "Quantity of Offset Credits",
            "Status Effective",
            ("Account Holder",),
            ("Retirement Reason", "Retirement Reason Details"),
        ),
        EndedColumns(
            "Project ID",
            "Vintage",
            "Offset Credit Serial Numbers",
            "Quantity of Offset Credits",
            "Status Effective",
            (),
            ("Cancellation Reason",),
        ),
    ),
    "acr": Registry(
        "American Carbon Registry",
        rf".+-{TO}",
        IssuedColumns(
            "Project ID",
            "Project Methodology/Protocol",
            "Vintage",
            "Total Credits Issued",
            "Date Issued (GMT)",
            ("Credits Issued to Buffer Pool", "Credits Transferred to Buffer Pool"),
        ),
        EndedColumns(
            "Project ID",
            "Vintage",
            "Credit Serial Numbers",
            "Quantity of Credits",
            "Status Effective (GMT)",
            ("Retired on Behalf of",),
            ("Retirement Reason",),
        ),
        EndedColumns(
            "Project ID",
            "Vintage",
            "Credit Serial Numbers",
            "Quantity of Credits",
            "Status Effective  (GMT)",
            (),
            ("Cancellation Type",),
        ),
    ),
    "gold-standard": Registry(
        "Gold Standard",
        r".+-(?P<first>\d+)-(?P<last>\d+)",
        IssuedColumns("GSID", "Methodology", "Vintage", "Quantity", "Issuance Date", serial="Serial Number"),
        EndedColumns(
            "GSID", "Vintage", "Serial Number", "Quantity", "Retirement Date", ("Using Entity",), ("Note",)
        ),
    ),
    "verra": Registry(
        "Verra",
        r"\d+-(?P<first>\d+)-(?P<last>\d+)-VCS-.+",
        IssuedColumns(
            "ID", "Methodology", "Vintage Start", "Quantity Issued", "Issuance Date", serial="Serial Number"
        ),
        EndedColumns(
            "ID",
            "Vintage Start",
            "Serial Number",
            "Quantity Issued",
            "Retirement/Cancellation Date",
            ("Retirement Beneficiary",),
            ("Retirement Reason",),
        ),
        one_table=True,
        one_numbering=True,
    ),
}
"""Registries by the name that the command line gives them."""
