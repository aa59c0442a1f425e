"""To which account the money of an order is transferred; where there is none, nobody can pay it by transfer or on terms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.models import Product, Seller, Variant


@dataclass(frozen=True)
class Account:
    """Where buyers transfer to."""

    payee: str
    bank: str
    number: str


def receiving_account(session: Session, sellers: Collection[int]) -> Account | None:
    """The shop's one account if it has one, else that of the only seller: nobody collects another seller's money."""
    chosen = read_shop_settings(session)
    if chosen.bank_number:
        return Account(chosen.bank_payee, chosen.bank_name, chosen.bank_number)
    if len(set(sellers)) != 1:
        return None
    seller = session.get_one(Seller, next(iter(sellers)))
    if not seller.bank_account:
        return None
    return Account(seller.legal_name, seller.bank_name, seller.bank_account)


def sellers_of(session: Session, variant_ids: Collection[int]) -> dict[int, Seller]:
    """By variant, who sells it. One statement."""
    rows = sa.select(Variant.id, Seller).join(Product, Product.id == Variant.product_id)
    rows = rows.join(Seller, Seller.id == Product.seller_id).where(Variant.id.in_(variant_ids))
    return dict(session.execute(rows).all())
