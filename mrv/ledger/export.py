"""Units of a ledger as tables: our own columns, and the field names of the CAD Trust data model.

The names are those of the unit in the data models 1 and 2 of the CAD Trust, as its reference implementation
validates them (Chia-Network/cadt, ``src/validations/units.validations.js`` and
``src/validations/v2/unit-v2.validations.js``). What only a registry with an account there has, such as the id
of an issuance, is not in the table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from mrv.ledger.accounts import Books, Held
from mrv.ledger.entries import Cancellation, Entry, Retirement, Reversal
from mrv.ledger.places import Kind
from mrv.run.outputs import as_text

Form = Literal["csv", "cadt-1", "cadt-2"]
FORMS: tuple[Form, ...] = get_args(Form)

COLUMNS: Mapping[Form, tuple[str, ...]] = {
    "csv": (
        "serial",
        "project",
        "methodology",
        "vintage",
        "first",
        "last",
        "tonnes_t_co2e",
        "status",
        "account",
        "date",
        "beneficiary",
        "reason",
        "registry",
        "simulated",
        "package_sha256",
    ),
    "cadt-1": (
        "unitOwner",
        "countryJurisdictionOfOwner",
        "unitBlockStart",
        "unitBlockEnd",
        "unitCount",
        "vintageYear",
        "unitType",
        "unitTags",
        "unitStatus",
        "unitStatusReason",
        "unitRegistryLink",
        "correspondingAdjustmentDeclaration",
        "correspondingAdjustmentStatus",
    ),
    "cadt-2": (
        "unitSerialId",
        "unitStartBlock",
        "unitEndBlock",
        "unitCount",
        "unitType",
        "unitVintageYear",
        "unitStatus",
        "unitStatusReason",
        "unitStatusDate",
        "unitRetirementBeneficiary",
        "unitLink",
        "unitMetric",
        "unitCurrentOwner",
    ),
}
"""Columns of each form."""

STATUS: Mapping[Kind, str] = {
    "account": "Held",
    "buffer": "Buffer",
    "retired": "Retired",
    "cancelled": "Cancelled",
}
"""Status of units, in words of the pick list of the CAD Trust."""


@dataclass(frozen=True)
class Ending:
    """Why units left the market.

    Attributes
    ----------
    day : str
    beneficiary : str
        Empty where units were cancelled.
    reason : str
    """

    day: str = ""
    beneficiary: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RegistryFacts:
    """What the CAD Trust asks of units and no ledger holds.

    Attributes
    ----------
    link : str
        Address at which the ledger can be looked up.
    country : str
        Of whoever holds the units; asked by data model 1.
    unit_type : str
        In words of its pick list.
    """

    link: str = ""
    country: str = ""
    unit_type: str = "Removal - nature"


def endings_of(entries: Iterable[Entry]) -> dict[str, Ending]:
    """Why units were retired or cancelled, by the number of the entry."""
    found: dict[str, Ending] = {}
    for entry in entries:
        act = entry.act
        origin = act.origin if isinstance(act, Retirement | Cancellation) else None
        day = (origin.date if origin else entry.date).isoformat()
        if isinstance(act, Retirement):
            found[str(entry.number)] = Ending(day, act.beneficiary, act.reason)
        elif isinstance(act, Cancellation):
            found[str(entry.number)] = Ending(day, reason=act.reason)
        elif isinstance(act, Reversal):
            found[str(entry.number)] = Ending(day, reason=act.document)
    return found


def units_table(
    books: Books, endings: Mapping[str, Ending], form: Form, registry: RegistryFacts | None = None
) -> bytes:
    """Units of a ledger as CSV, one block a row.

    Parameters
    ----------
    books : Books
    endings : mapping of str to Ending
        As :func:`endings_of` gives them.
    form : {"csv", "cadt-1", "cadt-2"}
    registry : RegistryFacts, optional
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS[form], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for held in books.holdings():
        cells = _cells(held, endings.get(held.place.name, Ending()), registry or RegistryFacts())
        writer.writerow({name: as_text(value) for name, value in cells.items()})
    return stream.getvalue().encode()


def _cells(held: Held, ending: Ending, registry: RegistryFacts) -> dict[str, str | int]:
    """Cells of every form for a block."""
    units, place, facts = held
    ended = place.kind in ("retired", "cancelled")
    owner = "" if ended else place.name
    ending = ending if ended else Ending()
    return {
        "serial": units.serial,
        "project": facts.project,
        "methodology": facts.methodology,
        "vintage": facts.vintage,
        "first": units.first,
        "last": units.last,
        "tonnes_t_co2e": units.count,
        "status": place.kind,
        "account": owner,
        "date": ending.day,
        "beneficiary": ending.beneficiary,
        "reason": ending.reason,
        "registry": facts.registry or "",
        "simulated": str(facts.simulated).lower(),
        "package_sha256": facts.package_sha256 or "",
        "unitOwner": owner,
        "unitCurrentOwner": owner,
        "countryJurisdictionOfOwner": registry.country,
        "unitSerialId": units.serial,
        "unitBlockStart": units.first,
        "unitBlockEnd": units.last,
        "unitStartBlock": units.first,
        "unitEndBlock": units.last,
        "unitCount": units.count,
        "vintageYear": facts.vintage,
        "unitVintageYear": facts.vintage,
        "unitType": registry.unit_type,
        "unitMetric": "tCO2e",
        "unitTags": "simulated" if facts.simulated else "",
        "unitStatus": STATUS[place.kind],
        "unitStatusReason": ending.reason,
        "unitStatusDate": ending.day,
        "unitRetirementBeneficiary": ending.beneficiary,
        "unitLink": registry.link,
        "unitRegistryLink": registry.link,
        "correspondingAdjustmentDeclaration": "Unknown",
        "correspondingAdjustmentStatus": "Not Started",
    }
