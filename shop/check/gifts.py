"""Gift orders: each recipient's order is of their gift and of its organisation, and costs what its buyer saw."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import rule
from shop.gifts.approval_models import GiftApproval
from shop.gifts.models import Gift, GiftRecipient, GiftStatus, RecipientState
from shop.ordering.approvals.models import ApprovalState
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Channel, Order
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.models import Payment
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.statements.models import BankMatch

_of_row = sa.select(Order.number, GiftRecipient.gift_id, GiftRecipient.row).join(
    Order, Order.id == GiftRecipient.order_id
)

RULES = (
    rule(
        "gift: the order of a recipient is known as its gift's",
        _of_row.outerjoin(OrderGift, OrderGift.order_id == Order.id).where(
            sa.func.coalesce(OrderGift.gift_id, 0) != GiftRecipient.gift_id
        ),
        "order {number}",
        "row {row} of gift {gift_id}",
    ),
    rule(
        "gift: an order costs what was seen beside the button",
        _of_row.add_columns(Order.total_fen, GiftRecipient.quoted_fen).where(
            sa.func.coalesce(GiftRecipient.quoted_fen, 0) != Order.total_fen
        ),
        "order {number}",
        "costs {total_fen} fen, {quoted_fen} were seen",
    ),
    rule(
        "gift: the packaging of an order costs what was agreed for its gift",
        sa.select(
            Order.number, Order.packaging_fen, sa.func.coalesce(Gift.packaging_fen, 0).label("agreed_fen")
        )
        .outerjoin(OrderGift, OrderGift.order_id == Order.id)
        .outerjoin(Gift, Gift.id == OrderGift.gift_id)
        .where(
            sa.or_(Gift.id.is_not(None), sa.and_(Order.packaging_fen > 0, Order.channel != Channel.GIFT)),
            Order.packaging_fen != sa.func.coalesce(Gift.packaging_fen, 0),
        ),
        "order {number}",
        "its packaging costs {packaging_fen} fen, {agreed_fen} were agreed",
    ),
    rule(
        "gift: what comes by its one transfer is of its orders",
        sa.select(Order.number, JointTransfer.reference, OrderGift.gift_id)
        .join(Payment, Payment.order_id == Order.id)
        .join(JointTransfer, JointTransfer.id == Payment.joint_id)
        .outerjoin(OrderGift, OrderGift.order_id == Order.id)
        .where(
            sa.or_(
                OrderGift.gift_id != JointTransfer.gift_id,
                Order.organisation_id.is_distinct_from(JointTransfer.organisation_id),
                Payment.provider != BANK_TRANSFER,
            )
        ),
        "order {number}",
        "of gift {gift_id}, in transfer {reference}",
    ),
    rule(
        "gift: of a transfer that is settled nothing waits",
        sa.select(JointTransfer.reference, Payment.reference.label("payment"))
        .join(Payment, Payment.joint_id == JointTransfer.id)
        .join(BankMatch, BankMatch.payment_id == Payment.id)
        .where(JointTransfer.state == JointState.SETTLED, BankMatch.confirmed_at.is_(None)),
        "transfer {reference}",
        "payment {payment} waits",
    ),
    rule(
        "gift: its orders are its organisation's",
        sa.select(Order.number, Order.channel, OrderGift.gift_id)
        .join(OrderGift, OrderGift.order_id == Order.id)
        .join(Gift, Gift.id == OrderGift.gift_id)
        .where(
            sa.or_(
                Order.channel != Channel.GIFT, Order.organisation_id.is_distinct_from(Gift.organisation_id)
            )
        ),
        "order {number}",
        "of gift {gift_id}, by {channel}",
    ),
    rule(
        "gift: what waits for approval says so, and nothing else waits",
        sa.select(Gift.id, Gift.status)
        .outerjoin(
            GiftApproval,
            sa.and_(GiftApproval.gift_id == Gift.id, GiftApproval.state == ApprovalState.WAITING),
        )
        .where((Gift.status == GiftStatus.WAITING) != GiftApproval.id.is_not(None)),
        "gift {id}",
        "{status}, and what waits says otherwise",
    ),
    rule(
        "gift: nobody is queued where nothing is being placed",
        sa.select(Gift.id, GiftRecipient.row)
        .join(GiftRecipient, GiftRecipient.gift_id == Gift.id)
        .where(GiftRecipient.state == RecipientState.QUEUED, Gift.status != GiftStatus.PLACING),
        "gift {id}",
        "row {row} is queued",
    ),
)
