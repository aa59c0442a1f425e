"""What counts of lots took off sale, or found again, is what the lots themselves say."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule
from shop.inventory.count_models import StockCount
from shop.inventory.models import Lot, LotChange

_counted = (
    sa.select(StockCount.lot_id, sa.func.sum(StockCount.taken_off).label("missing"))
    .group_by(StockCount.lot_id)
    .subquery()
)
_noted = (
    sa.select(LotChange.lot_id, sa.func.sum(LotChange.missing_change).label("missing"))
    .group_by(LotChange.lot_id)
    .subquery()
)
_missing, _said = or_nothing(_counted.c.missing), or_nothing(_noted.c.missing)

RULES = (
    rule(
        "count: what is missing stands among the lot's withdrawn",
        sa.select(Lot.code, _missing.label("missing"), _said.label("noted"), Lot.withdrawn)
        .outerjoin(_counted, _counted.c.lot_id == Lot.id)
        .outerjoin(_noted, _noted.c.lot_id == Lot.id)
        .where(sa.or_(_missing != _said, _missing < 0, _missing > Lot.withdrawn)),
        "lot {code}",
        "counts miss {missing}, the lot says {noted} of {withdrawn} withdrawn",
    ),
)
