"""What waits about goods: lots that spoil, certificates that end, products that run out, photos that were refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.models import (
    Certificate,
    PictureState,
    Producer,
    Product,
    ProductPicture,
    ProductStatus,
    Seller,
    StockState,
)
from shop.inventory.lot_list import spoils_soon
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date
from shop.reports.piles import Item, Pile, Waiting
from shop.storage.paging import read_first


def waiting_lots(session: Session, now: datetime, most: int) -> Waiting:
    """Lots that spoil soon and still have units, by the rule of the list that the pile leads to."""
    statement = (
        sa.select(Lot.id, Lot.code, Lot.best_before, Lot.available, Producer.name_zh, Producer.name_en)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(spoils_soon(shanghai_date(now)))
        .order_by(Lot.best_before, Lot.id)
    )
    found = read_first(session, statement, most=most, adding=Lot.available)
    items = [
        Item(str(lot_id), f"{code} · {zh}", f"{code} · {en}", kind=str(available), due=best_before)
        for lot_id, code, best_before, available, zh, en in found.items
    ]
    return Waiting(Pile.LOTS, found.total, items, found.added)


def waiting_certificates(session: Session, now: datetime, most: int) -> Waiting:
    today = shanghai_date(now)
    names = [(Product.name_zh, Product.name_en), (Producer.name_zh, Producer.name_en)]
    holder_zh = sa.func.coalesce(*(zh for zh, _ in names), Seller.name_zh)
    holder_en = sa.func.coalesce(*(en for _, en in names), Seller.name_en)
    statement = (
        sa.select(Certificate.id, Certificate.number, Certificate.expires_on, holder_zh, holder_en)
        .outerjoin(Product, Product.id == Certificate.product_id)
        .outerjoin(Producer, Producer.id == Certificate.producer_id)
        .outerjoin(Seller, Seller.id == Certificate.seller_id)
        .where(
            Certificate.expires_on <= today + timedelta(days=read_shop_settings(session).certificate_days),
            ~_is_followed(),
            sa.or_(Product.id.is_(None), Product.status != ProductStatus.WITHDRAWN),
        )
        .order_by(Certificate.expires_on, Certificate.id)
    )
    found = read_first(session, statement, most=most)
    items = [
        Item(
            ref=str(number_id),
            text_zh=f"{zh} · {number}",
            text_en=f"{en} · {number}",
            kind="expired" if expires_on < today else "expiring",
            due=expires_on,
        )
        for number_id, number, expires_on, zh, en in found.items
    ]
    return Waiting(Pile.CERTIFICATES, found.total, items)


def waiting_stock(session: Session, now: datetime, most: int) -> Waiting:
    statement = (
        sa.select(Product.id, Product.name_zh, Product.name_en, Product.stock_state)
        .where(Product.status == ProductStatus.PUBLISHED, Product.stock_state != StockState.AVAILABLE)
        .order_by(Product.stock_state.desc(), Product.sold_units.desc(), Product.id)
    )
    found = read_first(session, statement, most=most)
    items = [Item(str(product_id), zh, en, kind=state) for product_id, zh, en, state in found.items]
    return Waiting(Pile.STOCK, found.total, items)


def waiting_pictures(session: Session, now: datetime, most: int) -> Waiting:
    statement = (
        sa.select(Product.id, Product.name_zh, Product.name_en, ProductPicture.created_at, ProductPicture.id)
        .join(Product, Product.id == ProductPicture.product_id)
        .where(ProductPicture.state == PictureState.REFUSED)
        .order_by(ProductPicture.id)
    )
    found = read_first(session, statement, most=most)
    items = [
        Item(str(product_id), zh, en, since=at, key=str(one_id))
        for product_id, zh, en, at, one_id in found.items
    ]
    return Waiting(Pile.PICTURES, found.total, items)


def _is_followed() -> sa.ColumnElement[bool]:
    """SQL: a certificate has a newer one of its kind and its holder."""
    newer = aliased(Certificate)
    holders = (
        sa.and_(mine.is_not(None), theirs == mine)
        for mine, theirs in (
            (Certificate.product_id, newer.product_id),
            (Certificate.producer_id, newer.producer_id),
            (Certificate.seller_id, newer.seller_id),
        )
    )
    is_newer = sa.or_(newer.expires_on.is_(None), newer.expires_on > Certificate.expires_on)
    return sa.exists().where(newer.kind == Certificate.kind, sa.or_(*holders), is_newer)
