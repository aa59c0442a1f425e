"""What the back office keeps about departments' purchases, one of each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date
from shop.ordering.models import Order
from shop.purchases.exports import Written, note_export
from shop.purchases.layouts import LayoutColumn, create_layout
from shop.purchases.models import CountedPurchase, Funding, OriginStatus, PurchaseBuyer
from shop.purchases.platform_models import PlatformImport, PlatformPurchase
from shop.purchases.scope import Scope


def plant_purchases(session: Session, found: dict[str, Any], now: datetime) -> dict[str, Any]:
    """`counted` is an order's number, `layout` a short name, the others are ids."""
    buyer = session.scalar(sa.select(PurchaseBuyer).order_by(PurchaseBuyer.id).limit(1))
    if buyer is None:
        buyer = PurchaseBuyer(
            organisation_id=found["organisation"], unit_id=found["unit"], funding=Funding.UNION
        )
    origin = OriginStatus(county_zh="远山县", status_zh="脱贫县", status_en="Lifted out of poverty")
    today = shanghai_date(now)
    sent = PlatformImport(digest="a" * 64, rows=1, amount_fen=5000, imported_at=now)
    session.add_all([buyer, origin, sent])
    session.flush()
    session.add(
        PlatformPurchase(
            import_id=sent.id, order_number="832-planted", item=1, bought_on=today - timedelta(days=1),
            unit_id=found["unit"], funding=Funding.CANTEEN, supplier="某合作社", product="大米", quantity=2,
            amount_fen=5000,
        )
    )  # fmt: skip
    layout = create_layout(
        session, "planted", "某表", [LayoutColumn("net_fen", "金额")], actor_id=None, now=now
    )
    export = note_export(
        session, (today, today), Scope(), Written(0, 0, "b" * 64),
        layout_version_id=layout.version_id, language="zh", actor_id=None, now=now,
    )  # fmt: skip
    counted = (
        sa.select(Order.number)
        .join(CountedPurchase, CountedPurchase.order_id == Order.id)
        .order_by(Order.id)
        .limit(1)
    )
    return {
        "purchase_buyer": buyer.id,
        "origin_status": origin.id,
        "platform_import": sent.id,
        "layout": layout.slug,
        "statement_export": export,
        "counted": session.scalars(counted).one(),
    }
