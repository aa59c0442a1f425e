"""Whose purchases are asked for: the same words for orders of this shop and for rows of the public platform."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from shop.kit.clock import day_range
from shop.ordering.models import Order
from shop.purchases.channels import PLATFORM
from shop.purchases.models import CountedPurchase, Funding, PurchaseKind
from shop.purchases.platform_models import PlatformPurchase


@dataclass(frozen=True, slots=True)
class Scope:
    """What is left None is not asked for."""

    unit_id: int | None = None
    organisation_id: int | None = None
    funding: Funding | None = None
    kind: PurchaseKind | None = None
    channel: str | None = None

    def said(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    def of_orders(self) -> list[sa.ColumnElement[bool]]:
        """On `CountedPurchase` and `Order`."""
        wanted = (
            (CountedPurchase.unit_id, self.unit_id),
            (CountedPurchase.organisation_id, self.organisation_id),
            (CountedPurchase.funding, self.funding),
            (CountedPurchase.kind, self.kind),
            (sa.type_coerce(Order.channel, sa.String(32)), self.channel),
        )
        return [column == value for column, value in wanted if value is not None]

    def of_platform(self) -> list[sa.ColumnElement[bool]]:
        """On `PlatformPurchase`, which are all bought directly, and for no organisation of this shop."""
        wanted = ((PlatformPurchase.unit_id, self.unit_id), (PlatformPurchase.funding, self.funding))
        conditions = [column == value for column, value in wanted if value is not None]
        if (
            self.organisation_id is not None
            or self.kind not in (None, PurchaseKind.DIRECT)
            or self.channel not in (None, PLATFORM)
        ):
            conditions.append(sa.false())
        return conditions


def bought_between(first: date, last: date) -> sa.ColumnElement[bool]:
    """Of `Order`: a purchase belongs to the Shanghai day on which it was confirmed."""
    start, end = day_range(first, last)
    return sa.and_(Order.confirmed_at >= start, Order.confirmed_at < end)


def counts_nowhere_else() -> sa.ColumnElement[bool]:
    """Of `PlatformPurchase`: no order of this shop is the same purchase."""
    same = sa.exists().where(CountedPurchase.outside_number == PlatformPurchase.order_number)
    return sa.not_(same)
