"""A person's wishlist: products to look at again, with what has changed since they were put there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.cards import Card, cards_in_order
from shop.catalogue.errors import NoSuchProduct
from shop.catalogue.models import Product, ProductStatus
from shop.favourites.errors import WishlistFull
from shop.favourites.models import Favourite
from shop.kit.text import tidy
from shop.storage.paging import Page, read_page

MOST: Final = 200
PAGE_SIZE: Final = 20


@dataclass(frozen=True)
class Wished:
    """`card` is None for what the shop does not sell any more; prices are of the cheapest pack."""

    slug: str
    name_zh: str
    name_en: str
    price_then_fen: int
    added_at: datetime
    card: Card | None

    @property
    def cheaper_fen(self) -> int:
        """By how much it is cheaper than then; negative where it costs more."""
        return self.price_then_fen - self.card.price_fen if self.card else 0


def add_favourite(session: Session, user_id: int, slug: str, *, now: datetime) -> bool:
    """Put a product on the list; False when it is there already. Raises NoSuchProduct, WishlistFull."""
    product = _published(session, slug)
    _lock_person(session, user_id)
    if session.get(Favourite, (user_id, product.id)) is not None:
        return False
    count = sa.select(sa.func.count()).select_from(Favourite).where(Favourite.user_id == user_id)
    if (session.scalar(count) or 0) >= MOST:
        raise WishlistFull(most=MOST)
    session.add(
        Favourite(user_id=user_id, product_id=product.id, price_fen=product.from_price_fen, added_at=now)
    )
    return True


def remove_favourite(session: Session, user_id: int, slug: str) -> None:
    """Take it off the list; again: nothing."""
    of_slug = sa.select(Product.id).where(Product.slug == tidy(slug)).scalar_subquery()
    session.execute(
        sa.delete(Favourite).where(Favourite.user_id == user_id, Favourite.product_id == of_slug),
        execution_options={"synchronize_session": False},
    )


def is_favourite(session: Session, user_id: int, slug: str) -> bool:
    """Raises NoSuchProduct for what the shop does not sell."""
    return session.get(Favourite, (user_id, _published(session, slug).id)) is not None


def read_wishlist(session: Session, user_id: int, *, page: int) -> Page[Wished]:
    """The newest first. Three statements."""
    statement = (
        sa.select(
            *(Product.id, Product.slug, Product.name_zh, Product.name_en, Product.status),
            *(Favourite.price_fen, Favourite.added_at),
        )
        .join(Product, Product.id == Favourite.product_id)
        .where(Favourite.user_id == user_id)
        .order_by(Favourite.added_at.desc(), Favourite.product_id.desc())
    )
    found = read_page(session, statement, number=page, size=PAGE_SIZE)
    on_sale = [row.id for row in found.items if row.status is ProductStatus.PUBLISHED]
    cards = {card.id: card for card in cards_in_order(session, on_sale)}
    return found.map(
        lambda row: Wished(row.slug, row.name_zh, row.name_en, row.price_fen, row.added_at, cards.get(row.id))
    )


def _published(session: Session, slug: str) -> Product:
    statement = sa.select(Product).where(
        Product.slug == tidy(slug)[:80], Product.status == ProductStatus.PUBLISHED
    )
    product = session.scalar(statement)
    if product is None:
        raise NoSuchProduct()
    return product


def _lock_person(session: Session, user_id: int) -> None:
    """Two tabs take turns, so that the list is never longer than it may be."""
    session.execute(sa.select(User.id).where(User.id == user_id).with_for_update(key_share=True))
