"""What can be typed where a list would be too long to choose from: codes with their names, for the team's forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant

MOST: Final = 1000  # more would weigh more than the rest of the page


@dataclass(frozen=True, slots=True)
class Suggested:
    code: str
    name_zh: str
    name_en: str


def packs_by_sku(session: Session) -> Sequence[Suggested]:
    """Packs that can be bought, by their SKU."""
    found = (
        sa.select(
            Variant.sku,
            Product.name_zh + " " + Variant.name_zh,
            Product.name_en + " " + Variant.name_en,
        )
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.active)
        .order_by(Variant.sku)
    )
    return [Suggested(*row) for row in session.execute(found.limit(MOST))]


def producers_by_slug(session: Session) -> Sequence[Suggested]:
    """Households and workshops that supply goods now, by their short name."""
    found = sa.select(Producer.slug, Producer.name_zh, Producer.name_en).where(Producer.active)
    return [Suggested(*row) for row in session.execute(found.order_by(Producer.slug).limit(MOST))]
