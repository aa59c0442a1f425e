"""What stands in suspense in the books is what receipts and payments say has not found its place yet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ledger.suspense_list import is_orphan, left_of_orphan
from shop.ordering.models import Order
from shop.payments.models import Payment
from shop.payments.statements.models import StatementLine
from shop.payments.statements.standing import suspense_fen


def _sum(column: Any) -> sa.Select[Any]:
    return sa.select(sa.func.coalesce(sa.func.sum(column), 0))


_account = _sum(-Posting.amount_fen).where(Posting.account == Account.SUSPENSE).scalar_subquery()
_lines = _sum(StatementLine.suspense_fen).scalar_subquery()
_orphans = _sum(left_of_orphan()).where(is_orphan()).scalar_subquery()

_booked = (
    sa.select(JournalEntry.order_id, total(-Posting.amount_fen, "fen"))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(Posting.account == Account.SUSPENSE)
    .group_by(JournalEntry.order_id)
    .subquery()
)
_left = (
    sa.select(Payment.order_id, total(left_of_orphan(), "fen"))
    .where(is_orphan())
    .group_by(Payment.order_id)
    .subquery()
)
_booked_fen, _left_fen = or_nothing(_booked.c.fen), or_nothing(_left.c.fen)
_wanted = suspense_fen()

RULES = (
    rule(
        "suspense: the account is what receipts and orphaned payments hold",
        sa.select(_account.label("booked"), _lines.label("receipts"), _orphans.label("orphans")).where(
            _account != _lines + _orphans
        ),
        "account suspense",
        "{booked} fen, receipts say {receipts}, payments without an order {orphans}",
    ),
    rule(
        "receipt: as much of it stands in suspense as its status says",
        sa.select(StatementLine.id, StatementLine.suspense_fen, _wanted.label("wanted")).where(
            StatementLine.suspense_fen != _wanted
        ),
        "receipt {id}",
        "{suspense_fen} fen stand there, {wanted} fen should",
    ),
    rule(
        "orphan: it stands in suspense until it has gone back, and leaves nothing then",
        sa.select(Order.number, _booked_fen.label("booked"), _left_fen.label("left"))
        .outerjoin(_booked, _booked.c.order_id == Order.id)
        .outerjoin(_left, _left.c.order_id == Order.id)
        .where(_booked_fen != _left_fen),
        "order {number}",
        "{booked} fen stand there, {left} fen have not gone back",
    ),
)
