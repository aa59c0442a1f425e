"""Tables that are made from the others so that lists and search stay quick: they can be rebuilt at any time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

ANY = 0  # instead of a category or a village: the list is not narrowed by it


class ProductListing(Base):
    """One published product's place in one public list, with all that lists are sorted and filtered by.

    A product stands in the list of all goods, of its category, of each of its villages, and of category and
    village together. So each list in each order is a walk along one index, which holds the filters too:
    its cost does not grow with the catalogue.
    """

    __tablename__ = "product_listings"
    __table_args__ = (
        sa.Index(
            "ix_product_listings_recommended",
            *("category_id", "village_id", "recommended", "product_id"),
            *("in_stock", "season_mask", "from_price_fen"),
        ),
        sa.Index(
            "ix_product_listings_newest",
            *("category_id", "village_id", "published_at", "product_id"),
            *("in_stock", "season_mask", "from_price_fen"),
        ),
        sa.Index(
            "ix_product_listings_price",
            *("category_id", "village_id", "from_price_fen", "product_id", "in_stock", "season_mask"),
        ),
        sa.Index(
            "ix_product_listings_best_selling",
            *("category_id", "village_id", "sold_units", "product_id"),
            *("in_stock", "season_mask", "from_price_fen"),
        ),
        sa.Index("ix_product_listings_product", "product_id"),
    )

    category_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # or ANY
    village_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # or ANY
    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    recommended: Mapped[int]
    published_at: Mapped[datetime]
    from_price_fen: Mapped[int]
    sold_units: Mapped[int]
    in_stock: Mapped[bool]
    season_mask: Mapped[int]


class DocumentKind(StrEnum):
    CATEGORY = "category"
    VILLAGE = "village"
    PRODUCT = "product"


class SearchDocument(Base):
    """The words that one thing is found by, separated by spaces; full-text indexes in a migration stand on it.

    ``id`` is made by ``document_id``: a smaller one ranks higher, so the best matches are the first that a
    walk along the index meets.
    """

    __tablename__ = "search_documents"
    __table_args__ = (sa.UniqueConstraint("kind", "target_id"),)

    id: Mapped[PrimaryKey] = mapped_column(autoincrement=False)
    kind: Mapped[DocumentKind]
    target_id: Mapped[int]
    name_tokens: Mapped[str] = mapped_column(sa.Text)  # of names and synonyms
    all_tokens: Mapped[str] = mapped_column(sa.Text)  # these, and those of summary, description and origin


# Compared byte by byte, so that "begins with" is a range of the index whatever the database's language.
_Word = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")


class SearchSpelling(Base):
    """A word as somebody may mistype it: itself, and itself with any one letter left out."""

    __tablename__ = "search_spellings"

    spelling: Mapped[str] = mapped_column(_Word, primary_key=True)
    word: Mapped[str] = mapped_column(_Word, primary_key=True)


_RANK_STEPS = 1_000_000
_TARGET_BITS = 32
_TARGET_MASK = (1 << _TARGET_BITS) - 1


def document_id(kind: DocumentKind, target_id: int, recommended: int = 0) -> int:
    """Categories first, then villages, then products, those with a higher ``recommended`` first."""
    if kind is DocumentKind.PRODUCT:
        rank = 2 + _RANK_STEPS - min(max(recommended, 0), _RANK_STEPS)
    else:
        rank = 0 if kind is DocumentKind.CATEGORY else 1
    return rank << _TARGET_BITS | target_id


def target_of(document: int) -> int:
    """The row that a document stands for: a product's, a category's or a village's id."""
    return document & _TARGET_MASK


def product_of(document: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """`target_of` in SQL."""
    return document.bitwise_and(_TARGET_MASK)
