"""Coupons: no more uses than anybody allowed, no use behind a dead order, and the books say what they took off."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import COUPON_ACCOUNTS, EntryKind, JournalEntry, Posting
from shop.ordering.coupons.models import CouponCampaign, CouponCode, CouponCount, CouponUse, UseState
from shop.ordering.models import Order, OrderStatus
from shop.quotations.models import QuotationAgreement, QuotationVersion

LIVE = (UseState.RESERVED, UseState.USED)
_count = sa.func.count(CouponUse.id)


def _live(column: InstrumentedAttribute[int]) -> sa.Subquery:
    """Uses that count, and what they took off, by a column of theirs."""
    return (
        sa.select(column.label("key"), _count.label("uses"), total(CouponUse.off_fen, "off_fen"))
        .where(CouponUse.state.in_(LIVE))
        .group_by(column)
        .subquery()
    )


_by_campaign, _by_code = _live(CouponUse.campaign_id), _live(CouponUse.code_id)
_uses, _off = or_nothing(_by_campaign.c.uses), or_nothing(_by_campaign.c.off_fen)
_code_uses = or_nothing(_by_code.c.uses)
_by_person = (
    sa.select(CouponUse.campaign_id, CouponUse.user_id, _count.label("uses"))
    .where(CouponUse.state.in_(LIVE), CouponUse.user_id.is_not(None))
    .group_by(CouponUse.campaign_id, CouponUse.user_id)
    .subquery()
)
_own = or_nothing(_by_person.c.uses)
_of_order = (
    sa.select(
        CouponUse.order_id,
        total(sa.case((CouponUse.of_freight, 0), else_=CouponUse.off_fen), "goods"),
        total(sa.case((CouponUse.of_freight, CouponUse.off_fen), else_=0), "freight"),
    )
    .group_by(CouponUse.order_id)
    .subquery()
)
_goods, _freight = or_nothing(_of_order.c.goods), or_nothing(_of_order.c.freight)
# What a quotation takes off, no coupon does.
_quoted = (
    sa.select(QuotationAgreement.order_id, QuotationVersion.discount_fen.label("off"))
    .join(QuotationVersion, QuotationVersion.id == QuotationAgreement.version_id)
    .subquery()
)
_agreed = or_nothing(_quoted.c.off)
_sales = (
    sa.select(JournalEntry.order_id, total(Posting.amount_fen, "fen"))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(JournalEntry.kind == EntryKind.SALE, Posting.account.in_(COUPON_ACCOUNTS))
    .group_by(JournalEntry.order_id)
    .subquery()
)
_booked = or_nothing(_sales.c.fen)
_alive = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
_wrong_state = sa.or_(
    sa.and_(CouponUse.state == UseState.RESERVED, Order.status != OrderStatus.AWAITING_PAYMENT),
    sa.and_(CouponUse.state == UseState.USED, Order.status.not_in(_alive)),
    sa.and_(CouponUse.state == UseState.RELEASED, Order.status != OrderStatus.CANCELLED),
)

RULES = (
    rule(
        "coupon: a campaign's uses and budget are kept and counted",
        sa.select(
            *(CouponCampaign.id, CouponCampaign.used_count, CouponCampaign.most_uses),
            *(CouponCampaign.spent_fen, CouponCampaign.budget_fen, _uses.label("uses"), _off.label("off")),
        )
        .outerjoin(_by_campaign, _by_campaign.c.key == CouponCampaign.id)
        .where(
            sa.or_(
                CouponCampaign.used_count != _uses,
                CouponCampaign.spent_fen != _off,
                CouponCampaign.spent_fen > CouponCampaign.budget_fen,
                CouponCampaign.used_count > CouponCampaign.most_uses,
            )
        ),
        "campaign {id}",
        "counted {used_count} of {most_uses} and {spent_fen} of {budget_fen} fen, its uses are {uses} over {off} fen",
    ),
    rule(
        "coupon: a code is used as often as it says, and no more than it may",
        sa.select(CouponCode.id, CouponCode.used_count, CouponCode.most_uses, _code_uses.label("uses"))
        .outerjoin(_by_code, _by_code.c.key == CouponCode.id)
        .where(sa.or_(CouponCode.used_count != _code_uses, CouponCode.used_count > CouponCode.most_uses)),
        "code {id}",
        "counted {used_count} of {most_uses}, used {uses} times",
    ),
    rule(
        "coupon: nobody uses one more often than a person may",
        sa.select(
            *(CouponCount.campaign_id, CouponCount.user_id, CouponCount.uses.label("counted")),
            *(CouponCampaign.most_per_person, _own.label("uses")),
        )
        .join(CouponCampaign, CouponCampaign.id == CouponCount.campaign_id)
        .outerjoin(
            _by_person,
            sa.and_(
                _by_person.c.campaign_id == CouponCount.campaign_id,
                _by_person.c.user_id == CouponCount.user_id,
            ),
        )
        .where(sa.or_(CouponCount.uses != _own, _own > CouponCampaign.most_per_person)),
        "campaign {campaign_id}",
        "account {user_id}: counted {counted} of {most_per_person}, used {uses} times",
    ),
    rule(
        "coupon: a use is as far as its order",
        sa.select(Order.number, Order.status, CouponUse.state.label("use"))
        .join(CouponUse, CouponUse.order_id == Order.id)
        .where(_wrong_state),
        "order {number}",
        "{status}, its coupon is {use}",
    ),
    rule(
        "coupon: an order costs less by what its coupons took off",
        sa.select(
            *(Order.number, Order.discount_fen, Order.freight_off_fen),
            *(_goods.label("goods"), _freight.label("freight")),
        )
        .outerjoin(_of_order, _of_order.c.order_id == Order.id)
        .outerjoin(_quoted, _quoted.c.order_id == Order.id)
        .where(sa.or_(Order.discount_fen != _goods + _agreed, Order.freight_off_fen != _freight)),
        "order {number}",
        "off {discount_fen} and {freight_off_fen} fen, its coupons took {goods} and {freight}",
    ),
    rule(
        "coupon: the books say what coupons took off a sale",
        sa.select(
            Order.number, (Order.discount_fen + Order.freight_off_fen).label("off"), _booked.label("booked")
        )
        .outerjoin(_sales, _sales.c.order_id == Order.id)
        .where(
            sa.case((Order.confirmed_at.is_(None), 0), else_=Order.discount_fen + Order.freight_off_fen)
            != _booked
        ),
        "order {number}",
        "off {off} fen, the ledger says {booked} fen",
    ),
)
