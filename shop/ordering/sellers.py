"""Who sells the goods of an order: the legal names on its page, its messages and its invoice, and their tax numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Seller
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, tidy
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


def refuse_own_number(session: Session, tax_number: str, seller_ids: Collection[int]) -> None:
    """Nobody invoices themselves. Raises InvalidInput for `tax_number`. One statement, none without a number."""
    typed = tidy(half_width(tax_number)).replace(" ", "").upper()
    if not typed:
        return
    own = sa.select(Seller.id).where(Seller.id.in_(seller_ids), Seller.tax_number == typed)
    if session.scalar(own.limit(1)) is not None:
        raise InvalidInput(
            msg("This is the seller's own tax number. Please enter the buyer's."), field="tax_number"
        )
