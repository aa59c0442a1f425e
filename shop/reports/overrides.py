"""Every override of the fairness rule, with whom the rule would have chosen."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.catalogue.models import Producer, Product, Variant, Village
from shop.fulfilment.override_models import Override
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reports.definition import Column, Group, Report, Span, Unit, localised


def in_span(span: Span) -> sa.ColumnElement[bool]:
    start, end = span.moments
    return sa.and_(Override.at >= start, Override.at < end)


def _overrides(span: Span, language: str) -> sa.Select[Any]:
    rule, given = aliased(Producer), aliased(Producer)
    return (
        sa.select(
            *(Override.at, localised(language, Village.name_zh, Village.name_en), Order.number),
            localised(language, Product.name_zh, Product.name_en),
            localised(language, Variant.name_zh, Variant.name_en),
            Override.units,
            sa.func.coalesce(localised(language, rule.name_zh, rule.name_en), ""),
            localised(language, given.name_zh, given.name_en),
            *(Override.reason, sa.func.coalesce(User.name, "")),
        )
        .join(Village, Village.id == Override.village_id)
        .join(Order, Order.id == Override.order_id)
        .join(Variant, Variant.id == Override.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(given, given.id == Override.given_to_id)
        .outerjoin(rule, rule.id == Override.by_rule_id)
        .outerjoin(User, User.id == Override.actor_id)
        .where(in_span(span))
        .order_by(Override.at, Override.id)
    )


def moved_by_household(session: Session, span: Span) -> dict[int, int]:
    """By household, in fen: what overrides brought it (more than 0) or took from it. Pooled lots are left out."""
    given, rule = aliased(Producer), aliased(Producer)
    rows = session.execute(
        sa.select(given.household_id, rule.household_id, Override.household_fen)
        .join(given, given.id == Override.given_to_id)
        .join(rule, rule.id == Override.by_rule_id)
        .where(in_span(span))
    )
    moved: dict[int, int] = defaultdict(int)
    for given_id, rule_id, fen in rows:
        for household_id, sign in ((given_id, 1), (rule_id, -1)):
            if household_id is not None:
                moved[household_id] += sign * fen
    return moved


OVERRIDES = Report(
    "overrides",
    msg("Overrides of the fairness rule"),
    (
        Column("at", msg("Decided on"), Unit.MOMENT),
        Column("village", msg("Village")),
        Column("order", msg("Order number"), Unit.ORDER),
        Column("goods", msg("Goods")),
        Column("pack", msg("Pack")),
        Column("units", msg("Units"), Unit.COUNT, total=True),
        Column("passed_over", msg("By the rule")),
        Column("given_to", msg("Given to")),
        Column("reason", msg("Reason")),
        Column("by", msg("Decided by")),
    ),
    _overrides,
    Group.VILLAGES,
)
