"""One identity number, or one account, for two households: mostly a slip, sometimes a family.

Seals differ each time, so every payee is opened: some milliseconds for a thousand households. Whoever writes a payee
holds the lock of them all meanwhile. No digest of a number is kept: numbers are short enough to be guessed from one,
and a digest would not outlive a change of keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ledger.models import Payee, PayeeKind
from shop.storage.field_cipher import FieldCipher, SealBroken

TAKEN = msg(
    "This identity number stands for %(household)s already. One person heads one household: please compare the papers."
)
SHARED = msg(
    "This identity number takes the money of %(household)s already. If that is right, and both agreed, say so below."
)
ACCOUNT_TAKEN = msg(
    "The money of %(household)s goes to this account already. If they share it, and both agreed, say so below."
)


@dataclass(frozen=True, slots=True)
class Other:
    """Another household's payee, as far as it can be opened."""

    household_id: int
    household: str
    kind: PayeeKind
    identity: str | None
    account: str | None


def refuse_double(others: list[Other], identity: str, *, is_relative: bool, is_shared: bool) -> None:
    """Raises InvalidInput naming the other household. A relative may take the money of several where somebody says so."""
    for other in others:
        if other.identity != identity:
            continue
        if not is_relative and other.kind is not PayeeKind.RELATIVE:
            raise InvalidInput(TAKEN, field="identity", household=other.household)
        if not is_shared:
            raise InvalidInput(SHARED, field="identity", household=other.household)


def households_of_account(others: list[Other], account: str, *, identity: str, is_shared: bool) -> list[int]:
    """Which other households' money goes to this account as well. Raises InvalidInput unless somebody says it may.

    Of one person who takes the money of several it has been said already.
    """
    same = [other for other in others if account and other.account == account]
    for other in same:
        if other.identity != identity and not is_shared:
            raise InvalidInput(ACCOUNT_TAKEN, field="account", household=other.household)
    return [other.household_id for other in same]


def payees_of_others(session: Session, household_id: int, cipher: FieldCipher) -> list[Other]:
    rows = session.execute(
        sa.select(Household.id, Household.alias_zh, Payee.kind, Payee.identity_sealed, Payee.account_sealed)
        .join(Household, Household.id == Payee.household_id)
        .where(Payee.household_id != household_id)
        .order_by(Payee.id)
    )
    return [
        Other(other_id, alias, kind, _opened(cipher, identity), _opened(cipher, account))
        for other_id, alias, kind, identity, account in rows
    ]


def _opened(cipher: FieldCipher, sealed: str) -> str | None:
    """None for one whose key is gone, and for an account that is none: it can be compared with nothing."""
    try:
        return cipher.open(sealed) if sealed else None
    except SealBroken:
        return None
