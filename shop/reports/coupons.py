"""Coupons by campaign: how many there are, how many were used, what they took off, and what was sold with them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.kit.text import msg
from shop.ordering.coupons.models import CouponBearer, CouponCampaign, CouponCode, CouponUse, UseState
from shop.ordering.models import Order
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised, sum_fen


def _campaigns(span: Span, language: str) -> sa.Select[Any]:
    """Campaigns that ran or were used in these days; uses by the day on which their order was placed."""
    start, end = span.moments
    issued = (
        sa.select(sa.func.count(CouponCode.id))
        .where(CouponCode.campaign_id == CouponCampaign.id)
        .correlate(CouponCampaign)
        .scalar_subquery()
    )
    in_days = sa.and_(CouponUse.at >= start, CouponUse.at < end)
    used = sa.case((CouponUse.state == UseState.USED, 1), else_=0)
    bearer = sa.case(
        (CouponCampaign.bearer == CouponBearer.FUND, CouponCampaign.fund_name),
        else_=localised(language, "超市", "The shop"),
    )
    name = localised(language, CouponCampaign.name_zh, CouponCampaign.name_en)
    return (
        sa.select(
            name,
            *(issued, _count(CouponUse.state == UseState.RESERVED), _count(CouponUse.state == UseState.USED)),
            _count(CouponUse.state == UseState.RELEASED),
            sum_fen(used * CouponUse.off_fen),
            sum_fen(used * (Order.total_fen - Order.refunded_fen)),
            *(bearer, CouponCampaign.budget_fen, CouponCampaign.spent_fen, CouponCampaign.id),
        )
        .outerjoin(CouponUse, sa.and_(CouponUse.campaign_id == CouponCampaign.id, in_days))
        .outerjoin(Order, Order.id == CouponUse.order_id)
        .where(CouponCampaign.approved_at.is_not(None), CouponCampaign.starts_at < end)
        .group_by(
            *(CouponCampaign.id, name, CouponCampaign.bearer, CouponCampaign.fund_name),
            *(CouponCampaign.budget_fen, CouponCampaign.spent_fen, CouponCampaign.ends_at),
        )
        .having(sa.or_(CouponCampaign.ends_at >= start, sa.func.count(CouponUse.id) > 0))
        .order_by(CouponCampaign.id.desc())
    )


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0), sa.BigInteger)


COUPONS = Report(
    "coupons",
    msg("Coupons by campaign"),
    (
        Column("campaign", msg("Campaign")),
        Column("issued", msg("Codes"), Unit.COUNT, total=True),
        Column("reserved", msg("Orders not paid yet"), Unit.COUNT, total=True),
        Column("used", msg("Used"), Unit.COUNT, total=True),
        Column("released", msg("Given back"), Unit.COUNT, total=True),
        Column("off_fen", msg("Taken off by coupons"), Unit.FEN, total=True),
        Column("sales_fen", msg("Paid for these orders, after refunds"), Unit.FEN, total=True),
        Column("paid_by", msg("Who pays for it")),
        Column("budget_fen", msg("Budget"), Unit.FEN, total=True),
        Column("spent_fen", msg("Of the budget"), Unit.FEN, total=True),
        key_column("campaign_id"),
    ),
    _campaigns,
    Group.SELLING,
    chart=("campaign", "off_fen"),
    note=msg(
        "Uses go by the day on which their order was placed. Codes and budget are those of the whole campaign."
    ),
)
