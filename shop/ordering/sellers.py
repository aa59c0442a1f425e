"""Who sells the goods of an order: the legal names that stand on its page, its messages and its invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Seller
from shop.ordering.models import OrderLine


@dataclass(frozen=True, slots=True)
class SellerGoods:
    """A seller by its legal name, and its lines of one order."""

    legal_name: str
    lines: tuple[OrderLine, ...]


def goods_by_seller(session: Session, lines: Sequence[OrderLine]) -> list[SellerGoods]:
    """The sellers in the order of their first lines. One statement."""
    by_seller: dict[int, list[OrderLine]] = {}
    for line in lines:
        by_seller.setdefault(line.seller_id, []).append(line)
    rows = session.execute(sa.select(Seller.id, Seller.legal_name).where(Seller.id.in_(by_seller)))
    names: dict[int, str] = {row.id: row.legal_name for row in rows}
    return [SellerGoods(names[seller_id], tuple(theirs)) for seller_id, theirs in by_seller.items()]
