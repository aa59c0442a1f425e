"""Disputed payments stand in the books where they stand with the provider."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.payments.models import Dispute, DisputeStatus, Payment


def _moved(*accounts: Account) -> sa.Subquery:
    """By order, in fen."""
    return (
        sa.select(JournalEntry.order_id, total(Posting.amount_fen, "fen"))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(JournalEntry.kind == EntryKind.DISPUTE, Posting.account.in_(accounts))
        .group_by(JournalEntry.order_id)
        .subquery()
    )


def _of(status: DisputeStatus, label: str) -> sa.Label[int]:
    return total(sa.case((Dispute.status == status, Dispute.withdrawn_fen), else_=0), label)


_said = (
    sa.select(Dispute.order_id, _of(DisputeStatus.OPEN, "open_fen"), _of(DisputeStatus.LOST, "lost_fen"))
    .join(Payment, Payment.id == Dispute.payment_id)
    .where(Payment.is_in_fen)
    .group_by(Dispute.order_id)
    .subquery()
)
_held, _borne = _moved(Account.DISPUTED), _moved(Account.REFUNDS_BORNE, Account.SUSPENSE)
_held_fen, _borne_fen = or_nothing(_held.c.fen), or_nothing(_borne.c.fen)

RULES = (
    rule(
        "dispute: the books say where its money is",
        sa.select(
            Order.number,
            _said.c.open_fen,
            _said.c.lost_fen,
            _held_fen.label("held"),
            _borne_fen.label("borne"),
        )
        .join(_said, _said.c.order_id == Order.id)
        .outerjoin(_held, _held.c.order_id == Order.id)
        .outerjoin(_borne, _borne.c.order_id == Order.id)
        .where(sa.or_(_said.c.open_fen != _held_fen, _said.c.lost_fen != _borne_fen)),
        "order {number}",
        "open {open_fen} fen, booked {held}; lost {lost_fen} fen, booked {borne}",
    ),
)
