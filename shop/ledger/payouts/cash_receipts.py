"""What of a run is handed over in cash, for the sheet that is signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Payee, PayeeKind, PayoutStatus
from shop.ledger.payouts.listing import PayoutRow, payouts_of_run
from shop.ledger.payouts.payees import PayeeOpen, open_payee
from shop.storage.field_cipher import FieldCipher


def cash_payouts(
    session: Session, run_id: int, cipher: FieldCipher, *, now: datetime
) -> Sequence[tuple[PayoutRow, PayeeOpen]]:
    """Approved ones that are not held back, with who takes the money, masked. Two statements."""
    rows = [
        row
        for row in payouts_of_run(session, run_id).items
        if row.payee_kind is PayeeKind.CASH and row.status is PayoutStatus.APPROVED and not row.held_back(now)
    ]
    wanted = sa.select(Payee).where(Payee.household_id.in_([row.household_id for row in rows]))
    payees = {payee.household_id: payee for payee in session.scalars(wanted)}
    return [(row, open_payee(payees[row.household_id], cipher).masked()) for row in rows]
