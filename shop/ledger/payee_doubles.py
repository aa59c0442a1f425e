"""One identity number for two households: mostly a slip, sometimes a relative who takes money for both."""

from __future__ import annotations

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


def refuse_double(
    session: Session,
    household_id: int,
    identity: str,
    *,
    is_relative: bool,
    is_shared: bool,
    cipher: FieldCipher,
) -> None:
    """Raises InvalidInput naming the other household. A relative may take the money of several where somebody says so.

    Seals differ each time, so every payee is opened: some milliseconds for a thousand households.
    """
    others = session.execute(
        sa.select(Payee.kind, Payee.identity_sealed, Household.alias_zh)
        .join(Household, Household.id == Payee.household_id)
        .where(Payee.household_id != household_id)
        .order_by(Payee.id)
    )
    for kind, sealed, alias in others:
        if _opened(cipher, sealed) != identity:
            continue
        if not is_relative and kind is not PayeeKind.RELATIVE:
            raise InvalidInput(TAKEN, field="identity", household=alias)
        if not is_shared:
            raise InvalidInput(SHARED, field="identity", household=alias)


def _opened(cipher: FieldCipher, sealed: str) -> str | None:
    """None for one whose key is gone: it can be compared with nothing."""
    try:
        return cipher.open(sealed)
    except SealBroken:
        return None
