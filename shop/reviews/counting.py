"""How many reviews a product has, by their stars: kept on its row in the transaction that changes one."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.catalogue.version import bump_version
from shop.reviews.models import ReviewStatus

Counted = tuple[ReviewStatus, int]  # the state and the stars of a review


def recount(session: Session, product_id: int, before: Counted | None, after: Counted) -> None:
    """A review was `before` and is `after`; pages that show it are old from now on. Comes last in its transaction."""
    session.flush()
    change = Counter({_column(after): 1})
    if before is not None:
        change.subtract({_column(before): 1})
    steps = {name: by for name, by in change.items() if name and by}
    if steps:
        columns = Product.__table__.c
        session.execute(
            sa.update(Product)
            .where(Product.id == product_id)
            .values({name: columns[name] + by for name, by in steps.items()})
            .execution_options(synchronize_session=False)
        )
    bump_version(session)


def _column(counted: Counted) -> str:
    status, stars = counted
    if status is ReviewStatus.PUBLISHED:
        return f"stars_{stars}"
    return "hidden_reviews" if status is ReviewStatus.HIDDEN else ""
