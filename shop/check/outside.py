"""Orders from elsewhere: each is of one source, and what its source collected stands with that source."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import Channel, Order
from shop.ordering.outside.models import OUTSIDE, OutsideOrder, OutsideSource, PaidHow
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus

_ITS_PROVIDER = sa.literal(f"{OUTSIDE}:") + OutsideSource.slug
_HELD = Account.PROVIDER_CLEARING

_came = (
    sa.select(Payment.provider, total(Payment.received_fen, "fen"), total(Payment.fee_fen, "fees"))
    .where(Payment.status.in_((PaymentStatus.SUCCEEDED, PaymentStatus.ORPHANED)))
    .group_by(Payment.provider)
    .subquery()
)
_back = (
    sa.select(Payment.provider, total(Refund.amount_fen, "fen"))
    .join(Payment, Payment.id == Refund.payment_id)
    .where(Refund.status == RefundStatus.SUCCEEDED)
    .group_by(Payment.provider)
    .subquery()
)
_booked = (
    sa.select(Posting.provider, total(Posting.amount_fen, "fen"))
    .join(JournalEntry, JournalEntry.id == Posting.entry_id)
    .where(Posting.account == _HELD, JournalEntry.order_id.is_not(None))
    .group_by(Posting.provider)
    .subquery()
)
_due = or_nothing(_came.c.fen) - or_nothing(_came.c.fees) - or_nothing(_back.c.fen)
_stands = or_nothing(_booked.c.fen)

RULES = (
    rule(
        "outside: an order from elsewhere says from where, and no other does",
        sa.select(Order.number, Order.channel)
        .outerjoin(OutsideOrder, OutsideOrder.order_id == Order.id)
        .where(Order.channel.in_((Channel.OUTSIDE, Channel.COUNTER)) != OutsideOrder.order_id.is_not(None)),
        "order {number}",
        "came by {channel}",
    ),
    rule(
        "outside: what is said to be paid there is paid",
        sa.select(Order.number, OutsideOrder.paid_how)
        .join(OutsideOrder, OutsideOrder.order_id == Order.id)
        .where(OutsideOrder.paid_how != PaidHow.NOT_YET, Order.confirmed_at.is_(None))
        .where(
            ~sa.exists().where(
                Payment.order_id == Order.id,
                Payment.status.in_((PaymentStatus.PENDING, PaymentStatus.ORPHANED)),
            )
        ),
        "order {number}",
        "was paid by {paid_how}, and is not confirmed",
    ),
    rule(
        "outside: its source collects its money, and no other",
        sa.select(Order.number, Payment.provider, OutsideSource.slug)
        .join(OutsideOrder, OutsideOrder.order_id == Order.id)
        .join(OutsideSource, OutsideSource.id == OutsideOrder.source_id)
        .join(Payment, Payment.order_id == Order.id)
        .where(Payment.provider.startswith(f"{OUTSIDE}:"), Payment.provider != _ITS_PROVIDER),
        "order {number}",
        "is of {slug}, its payment is with {provider}",
    ),
    rule(
        "outside: the books say what each source has taken for us",
        sa.select(OutsideSource.slug, _due.label("due"), _stands.label("stands"))
        .outerjoin(_came, _came.c.provider == _ITS_PROVIDER)
        .outerjoin(_back, _back.c.provider == _ITS_PROVIDER)
        .outerjoin(_booked, _booked.c.provider == _ITS_PROVIDER)
        .where(_due != _stands),
        "source {slug}",
        "took {due} fen less fees and refunds, the books say {stands} fen",
    ),
)
