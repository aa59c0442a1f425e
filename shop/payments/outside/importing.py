"""A table of orders from elsewhere is entered: each order by itself, so that one that cannot be placed stops no other.

Killed half way it leaves nothing wrong: what is entered is known by its number, and the next turn does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.lot_import import stored_name
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound, ShopError, Unavailable
from shop.kit.text import msg
from shop.ordering.outside.models import OutsideImport, RefusedOrder
from shop.payments.outside.entering import enter_outside_order
from shop.payments.outside.errors import EnteredBefore
from shop.payments.outside.planning import ImportPlan, PlannedOrder, plan_import
from shop.payments.providers.base import Providers
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

AT_ONCE: Final = 50  # so many orders are entered while somebody waits
A_TURN: Final = 200  # and so many in one turn of the worker


class TableHasMistakes(InvalidInput):
    code = "outside_table_has_mistakes"
    default_message = msg("Some rows cannot be right. Nothing was entered.")


class PricesToConfirm(InvalidInput):
    code = "outside_prices_to_confirm"
    default_message = msg("Some prices are far from the shop's own. Please say that they are right.")


def begin_import(
    session: Session,
    source_id: int,
    content: bytes,
    *,
    token: str,
    actor_id: int,
    now: datetime,
    prices_sure: bool = False,
) -> int | None:
    """The import's id; None where all of it is entered already. The same form begins it once.

    Raises NotFound, InvalidInput, TableHasMistakes, PricesToConfirm.
    """
    known = session.scalar(sa.select(OutsideImport.id).where(OutsideImport.request_token == token))
    if known is not None:
        return known
    plan = plan_import(session, source_id, content, now=now)
    if plan.mistakes:
        raise TableHasMistakes(field="file")
    if not plan.orders:
        return None
    if plan.doubts and not prices_sure:
        raise PricesToConfirm(field="prices_sure")
    row = OutsideImport(
        source_id=source_id,
        digest=plan.digest,
        orders=len(plan.orders),
        request_token=token,
        made_at=now,
        made_by_id=actor_id,
    )
    session.add(row)
    session.flush()
    facts = {"source": plan.source.name_zh, "orders": len(plan.orders)}
    audit(session, actor_id, "outside_import.begun", "outside_import", row.id, facts, now=now)
    return row.id


def go_on(
    unit_of_work: UnitOfWork,
    providers: Providers,
    store: MediaStore,
    import_id: int,
    *,
    now: datetime,
    most: int,
) -> bool:
    """Enter up to `most` orders of it; True when none is left. Raises NotFound."""
    row = unit_of_work.run(partial(_read, import_id=import_id))
    if row.ended_at is not None:
        return True
    try:
        content = store.read(stored_name(row.digest))
    except NotFound:
        unit_of_work.run(partial(_end, import_id=import_id, now=now, lost=True))
        return True
    plan, left = unit_of_work.run(partial(_left, row=row, content=content, now=now))
    for one in left[:most]:
        _enter(unit_of_work, providers, row, one)
    if len(left) > most:
        return False
    unit_of_work.run(partial(_end_with, plan=plan, import_id=import_id, now=now))
    return True


def go_on_with_imports(
    unit_of_work: UnitOfWork, providers: Providers, store: MediaStore, *, now: datetime
) -> int:
    """The worker's turn; returns how many imports it ended."""
    waiting = unit_of_work.run(_running)
    work = partial(go_on, unit_of_work, providers, store, now=now, most=A_TURN)
    return sum(work(import_id) for import_id in waiting)


def _running(session: Session) -> Sequence[int]:
    running = sa.select(OutsideImport.id).where(OutsideImport.ended_at.is_(None))
    return session.scalars(running.order_by(OutsideImport.id)).all()


def _read(session: Session, import_id: int) -> OutsideImport:
    row = session.get(OutsideImport, import_id)
    if row is None:
        raise NotFound()
    return row


def _left(
    session: Session, row: OutsideImport, content: bytes, now: datetime
) -> tuple[ImportPlan, list[PlannedOrder]]:
    """Of its orders those that are neither entered nor refused yet."""
    plan = plan_import(session, row.source_id, content, now=now)
    refused = set(session.scalars(sa.select(RefusedOrder.number).where(RefusedOrder.import_id == row.id)))
    return plan, [one for one in plan.orders if one.taken.number not in refused]


def _enter(unit_of_work: UnitOfWork, providers: Providers, row: OutsideImport, planned: PlannedOrder) -> None:
    """Raises Unavailable: then the database is too busy, and the next turn tries again."""
    try:
        enter_outside_order(
            *(unit_of_work, providers, planned.taken),
            actor_id=row.made_by_id,
            now=utc_now(),
            import_id=row.id,
        )
    except EnteredBefore:
        return  # by somebody else, meanwhile
    except Unavailable:
        raise
    except ShopError as error:
        unit_of_work.run(partial(_refuse, import_id=row.id, planned=planned, error=error))


def _refuse(session: Session, import_id: int, planned: PlannedOrder, error: ShopError) -> None:
    number = planned.taken.number
    known = sa.select(RefusedOrder.id).where(
        RefusedOrder.import_id == import_id, RefusedOrder.number == number
    )
    if session.scalar(known) is not None:
        return
    errors: dict[str, str] = getattr(error, "errors", {})
    message = next(iter(errors.values()), error.message)
    facts = {name: value for name, value in error.facts.items() if isinstance(value, str | int)}
    session.add(
        RefusedOrder(import_id=import_id, number=number, row=planned.row, message=message, facts=facts)
    )


def _end_with(session: Session, plan: ImportPlan, import_id: int, now: datetime) -> None:
    """What became wrong since it was begun, such as a truck that has left, is refused like what cannot be placed."""
    row = session.get_one(OutsideImport, import_id, populate_existing=True)
    if row.ended_at is not None:
        return
    for mistake in {one.row: one for one in plan.mistakes}.values():
        number = f"#{mistake.row}"
        facts = {name: value for name, value in mistake.facts.items() if isinstance(value, str | int)}
        session.add(
            RefusedOrder(
                import_id=import_id, number=number, row=mistake.row, message=mistake.message, facts=facts
            )
        )
    _end(session, import_id, now)


def _end(session: Session, import_id: int, now: datetime, *, lost: bool = False) -> None:
    row = session.get_one(OutsideImport, import_id)
    row.ended_at, row.lost = row.ended_at or now, row.lost or lost
