"""Which payouts of an approved run go to the bank, and that they went: nobody is sent the same money twice unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Household
from shop.kit.errors import Conflict
from shop.kit.text import msg
from shop.ledger.models import Payee, PayeeKind, Payout, PayoutStatus
from shop.ledger.payouts.approval import lock_run, refuse_own_approval
from shop.ledger.payouts.payees import PayeeOpen, held_back, open_payee
from shop.storage.field_cipher import FieldCipher
from shop.storage.locks import LockRank, lock_rows


class NothingToExport(Conflict):
    code = "nothing_to_export"
    default_message = msg("No approved payout of this run can go to the bank now.")


class ExportedBefore(Conflict):
    code = "exported_before"
    default_message = msg("Everything that can go to the bank stands in a bank file already.")


@dataclass(frozen=True)
class Transfer:
    """`reference` is the remark that comes back on the statement; `again` says that it stood in a file before."""

    reference: str
    payee: PayeeOpen
    household: str
    amount_fen: int
    again: bool


def export_transfers(
    session: Session, number: str, *, again: bool, cipher: FieldCipher, actor_id: int, now: datetime
) -> Sequence[Transfer]:
    """The transfers to make, each marked as exported. Locks the run and its payouts.

    Without `again` only those that stand in no file yet. Not those that are held back, nor those paid in cash.
    Raises NotFound, OwnApproval, NothingToExport, ExportedBefore.
    """
    run = lock_run(session, number)
    refuse_own_approval(run, actor_id)
    approved = sa.select(Payout).where(Payout.run_id == run.id, Payout.status == PayoutStatus.APPROVED)
    payouts = lock_rows(session, LockRank.PAYOUT, approved)
    ready = _by_bank(session, payouts, now)
    if not ready:
        raise NothingToExport()
    wanted = ready if again else [one for one in ready if one[0].exported_at is None]
    if not wanted:
        raise ExportedBefore()
    transfers = [
        Transfer(
            f"{number}-{payout.id}-{payout.attempt}",
            open_payee(payee, cipher),
            slug,
            payout.amount_fen,
            payout.exported_at is not None,
        )
        for payout, payee, slug in wanted
    ]
    for payout, _payee, _slug in wanted:
        payout.exported_at = payout.exported_at or now
    facts = {
        "transfers": len(transfers),
        "total_fen": sum(one.amount_fen for one in transfers),
        "again": any(one.again for one in transfers),
    }
    audit(session, actor_id, "payout.bank_file", "payout_run", number, facts, now=now)
    return transfers


def _by_bank(session: Session, payouts: Sequence[Payout], now: datetime) -> list[tuple[Payout, Payee, str]]:
    known = session.execute(
        sa.select(Payee, Household.slug)
        .join(Household, Household.id == Payee.household_id)
        .where(Payee.household_id.in_([payout.household_id for payout in payouts]))
    )
    payees = {payee.household_id: (payee, slug) for payee, slug in known}
    found = [(payout, *payees[payout.household_id]) for payout in payouts if payout.household_id in payees]
    return [
        (payout, payee, slug)
        for payout, payee, slug in found
        if payee.kind is not PayeeKind.CASH and not held_back(payee, now)
    ]
