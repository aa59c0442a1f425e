"""A quotation of each buyer's organisation, accepted, with an order of that buyer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import Organisation
from shop.catalogue.models import SplitRule
from shop.kit.clock import shanghai_date
from shop.ordering.events import OrderConfirmed
from shop.ordering.models import Channel, DeliveryKind, Order
from shop.purchases.counting import count_purchase
from shop.quotations.models import (
    AcceptedBy,
    Quotation,
    QuotationAgreement,
    QuotationItem,
    QuotationLine,
    QuotationState,
    QuotationTier,
    QuotationVersion,
)


def plant_quotations(session: Session, world: Any, slugs: dict[str, str], now: datetime) -> dict[str, str]:
    """Numbers by buyer."""
    return {
        buyer: _plant(session, slug, world.users[buyer], world.orders[side]["completed"].id, now)
        for (buyer, slug), side in zip(slugs.items(), "ab", strict=True)
    }


def _plant(session: Session, slug: str, user_id: int, order_id: int, now: datetime) -> str:
    order = session.get_one(Order, order_id, options=[selectinload(Order.lines)])
    organisation_id = session.scalars(sa.select(Organisation.id).where(Organisation.slug == slug)).one()
    order.channel, order.organisation_id = Channel.QUOTATION, organisation_id
    session.flush()
    count_purchase(session, OrderConfirmed(order_id, None))
    lines = [
        QuotationLine(
            variant_id=line.variant_id, product_name_zh=line.product_name_zh, product_name_en=line.product_name_en,
            variant_name_zh=line.variant_name_zh, variant_name_en=line.variant_name_en, quantity=line.quantity,
            unit_price_fen=line.unit_price_fen, line_fen=line.line_fen,
            price_tiers=[QuotationTier(from_quantity=1, unit_price_fen=line.unit_price_fen)],
        )
        for line in order.lines
    ]  # fmt: skip
    version = QuotationVersion(
        number=1, goods_fen=order.goods_fen, freight_fen=order.freight_fen, discount_fen=0,
        valid_until=shanghai_date(now) + timedelta(days=9),
        split_version=session.scalars(sa.select(sa.func.max(SplitRule.version))).one(), delivery=DeliveryKind.COURIER,
        province="陕西省", city="西安市", district="碑林区", address="咸宁西路 28 号", terms="当面验收", made_at=now,
        lines=lines,
    )  # fmt: skip
    quotation = Quotation(
        number=f"BJ-{slug.upper()}"[:20], organisation_id=organisation_id, state=QuotationState.ACCEPTED, title="冬天的茶",
        contact="何老师", phone="+8613900000000", requested_by_id=user_id, requested_at=now, waits_since=now,
        token=f"planted {slug}", items=[QuotationItem(variant_id=line.variant_id, quantity=line.quantity) for line in order.lines], versions=[version],
    )  # fmt: skip
    session.add(quotation)
    session.flush()
    version.sent_at = now
    session.add(
        QuotationAgreement(
            quotation_id=quotation.id, version_id=version.id, order_id=order_id, how=AcceptedBy.ONLINE, accepted_at=now,
            accepted_by_id=user_id,
        )
    )  # fmt: skip
    session.flush()
    return quotation.number
