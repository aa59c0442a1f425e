"""What goes into a gift's parcel beside the goods: the card as its recipient reads it, and when it leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.calendar import calendar_from
from shop.delivery.freight import zone_of, zones
from shop.gifts.days import leaves_on
from shop.gifts.drafts import card_for
from shop.gifts.models import Gift
from shop.gifts.packaging_models import GiftPackaging
from shop.kit.clock import shanghai_date
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class GiftSlip:
    """Empty `text`: no card. Empty `packaging_zh`: packed as always. `leaves_on`: the last day to hand it to the courier; None: as soon as it is ready."""

    gift_name: str
    text: str
    signature: str
    hides_prices: bool
    origin_slip: bool
    packaging_zh: str
    packaging_en: str
    packaging_note: str
    deliver_on: date | None
    leaves_on: date | None


def gift_slips(session: Session, order_ids: Collection[int], *, now: datetime) -> Mapping[int, GiftSlip]:
    """By order, of those that are of a gift. Three statements."""
    rows = session.execute(
        sa.select(Order.id, Order.recipient, Order.province, Gift, GiftPackaging)
        .join(OrderGift, OrderGift.order_id == Order.id)
        .join(Gift, Gift.id == OrderGift.gift_id)
        .outerjoin(GiftPackaging, GiftPackaging.id == Gift.packaging_id)
        .where(Order.id.in_(order_ids))
    ).all()
    if not rows:
        return {}
    tariffs, calendar = zones(session), calendar_from(session, shanghai_date(now))
    found = {}
    for order_id, recipient, province, gift, packaging in rows:
        zone = zone_of(tariffs, province or "")
        leaves = None
        if gift.deliver_on is not None:
            leaves = leaves_on(calendar, gift.deliver_on, zone.days_max if zone is not None else 0)
        found[order_id] = GiftSlip(
            gift_name=gift.name,
            text=card_for(gift.card_text, recipient),
            signature=gift.signature,
            hides_prices=gift.hides_prices,
            origin_slip=gift.origin_slip,
            packaging_zh=packaging.name_zh if packaging is not None else "",
            packaging_en=packaging.name_en if packaging is not None else "",
            packaging_note=packaging.note_zh if packaging is not None else "",
            deliver_on=gift.deliver_on,
            leaves_on=leaves,
        )
    return found
