"""A point's own shelf in the demo, and goods that were taken along to a fair: sold today, one sale undone."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, UserRole
from shop.catalogue.models import BundleItem, Product, ProductStatus, StockState, Variant
from shop.delivery.models import PointKeeper
from shop.kit.errors import ShopError
from shop.kit.references import token_digest
from shop.ordering.direct.wish import Item
from shop.ordering.lines import asked_lines
from shop.ordering.outside.models import OutsideSource, PaidHow, SourceKind
from shop.ordering.shelves.bringing import Brought, bring
from shop.ordering.shelves.counting import Counted, count_shelf
from shop.ordering.shelves.models import Shelf
from shop.ordering.shelves.opening import open_shelf
from shop.ordering.shelves.queries import lots_there
from shop.payments.counter.selling import Sale, Sold, sell
from shop.payments.counter.undoing import undo_sale
from shop.storage.unit_of_work import UnitOfWork

_BROUGHT: Final = (12, 8, 6)
_SALES: Final = ((0, 2, PaidHow.CASH), (1, 1, PaidHow.TRANSFER), (2, 1, PaidHow.CARD), (0, 1, PaidHow.CASH))


def add_shelves(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """Nothing where a shelf is there already, or nobody keeps a point."""
    keeper = unit_of_work.run(_keeper)
    if keeper is None:
        return
    for slug, kind, zh, en in (
        ("campus-shelf", SourceKind.SHELF, "驿站助农货架", "Shelf at the campus point"),
        ("winter-fair", SourceKind.FAIR, "冬至助农集市", "Winter fair"),
    ):
        try:
            _fill(unit_of_work, keeper, OutsideSource(
                slug=slug, kind=kind, name_zh=zh, name_en=en, collector="驿站值班同学", contact_phone="+8613700000104",
            ), now)  # fmt: skip
        except ShopError:
            continue  # sold out: the other is there all the same


def _keeper(session: Session) -> tuple[int, int, int] | None:
    """Somebody of the team, who keeps a point, and the point."""
    kept = session.execute(
        sa.select(PointKeeper.user_id, PointKeeper.pickup_point_id).order_by(
            PointKeeper.pickup_point_id, PointKeeper.user_id
        )
    ).first()
    team = session.scalar(sa.select(sa.func.min(UserRole.user_id)).where(UserRole.role == RoleName.ADMIN))
    if kept is None or team is None or session.scalar(sa.select(Shelf.id).limit(1)) is not None:
        return None
    return team, kept.user_id, kept.pickup_point_id


def _fill(
    unit_of_work: UnitOfWork, people: tuple[int, int, int], source: OutsideSource, now: datetime
) -> None:
    team, keeper, point = people

    def set_up(session: Session) -> tuple[int, list[int]]:
        session.add(source)
        session.flush()
        shelf_id = open_shelf(session, source.id, point, actor_id=team, now=now)
        sold = session.scalars(
            sa.select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .where(Product.status == ProductStatus.PUBLISHED, Variant.active)
            .where(Variant.id.not_in(sa.select(BundleItem.bundle_id)))
            .where(Variant.stock_state == StockState.AVAILABLE)
            .order_by(Variant.id)
            .limit(len(_BROUGHT))
        )
        return shelf_id, list(sold)

    shelf_id, variants = unit_of_work.run(set_up)
    for number, (variant, units) in enumerate(zip(variants, _BROUGHT, strict=False)):
        said = Brought(variant, units, token_digest(f"{source.slug}:{number}"))
        unit_of_work.run(partial(bring, shelf_id=shelf_id, said=said, actor_id=team, now=now))
    _sell(unit_of_work, shelf_id, variants, keeper, point, now)
    unit_of_work.run(partial(_miscount, shelf_id=shelf_id, keeper=keeper, now=now))


def _sell(
    unit_of_work: UnitOfWork, shelf_id: int, variants: list[int], keeper: int, point: int, now: datetime
) -> None:
    """The last sale is undone: its buyer had no cash."""
    last: Sold | None = None
    for number, (place, units, how) in enumerate(_SALES):
        if place >= len(variants):
            continue

        def work(
            session: Session, place: int = place, units: int = units, how: PaidHow = how, number: int = number
        ) -> Sold:
            (line,) = asked_lines(session, {variants[place]: units}, now=now)
            token = token_digest(f"sale:{shelf_id}:{number}")
            sale = Sale(shelf_id, (Item(line.variant_id, units),), how, line.line_fen, token)
            return sell(session, sale, point_ids={point}, actor_id=keeper, now=now)

        last = unit_of_work.run(work)
    if last is not None:
        undone = partial(
            undo_sale,
            order_number=last.order_number,
            reason="顾客没带现金",
            point_ids={point},
            actor_id=keeper,
            now=now,
        )
        unit_of_work.run(undone)


def _miscount(session: Session, shelf_id: int, keeper: int, now: datetime) -> None:
    """One pack was missing when the keeper counted."""
    lots = lots_there(session, shelf_id, now=now)
    if lots and lots[-1].units:
        last = lots[-1]
        said = Counted(
            last.lot_id, last.units - 1, last.units, "包装破损，已丢弃", token_digest(f"count:{shelf_id}")
        )
        count_shelf(session, shelf_id, said, actor_id=keeper, now=now)
