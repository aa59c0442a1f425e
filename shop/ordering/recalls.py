"""A lot is called back: proposed by who found out, decided by the shop's team, lifted by another of them.

Recalling only stops the lot and writes down which orders had it: that must not wait for thousands of them. What has
not left is stopped order by order (`fulfilment/stopping.py`), and then its buyer is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Product, Variant
from shop.catalogue.version import bump_version
from shop.inventory.lot_writing import Author
from shop.inventory.lots import stop_lot
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.recall_state import active_recall
from shop.inventory.returns import sold_again
from shop.inventory.stock import note_moved_stock
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.events import LotCalledBack, RecallLifted
from shop.ordering.models import OrderLine
from shop.ordering.recall_errors import NothingProposed, NotRecalled, SecondPersonLifts
from shop.storage.event_log import record
from shop.storage.locks import LockRank, lock_row

LONGEST: Final = 300
_SAY_WHY: Final = msg("Please say why.")
_CONCERNED: Final = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


@dataclass(frozen=True, slots=True)
class RecallWords:
    """Why, and what buyers shall do; buyers read it in their language, where English is missing in Chinese."""

    reason_zh: str
    advice_zh: str = ""
    reason_en: str = ""
    advice_en: str = ""

    def tidied(self) -> RecallWords:
        """Raises InvalidInput, by field."""
        texts = {
            name: tidy(getattr(self, name)) for name in ("reason_zh", "advice_zh", "reason_en", "advice_en")
        }
        errors = {name: msg("This text is too long.") for name, text in texts.items() if len(text) > LONGEST}
        if not texts["reason_zh"]:
            errors["reason_zh"] = _SAY_WHY
        if errors:
            raise InvalidInput(errors=errors)
        return RecallWords(**texts)


def propose_recall(
    session: Session, lot_id: int, words: RecallWords, *, actor_id: int | None, now: datetime
) -> bool:
    """Ask the shop's team to call a lot back; False when it is asked or called back already. Locks the lot.

    Nothing more of it is sold or packed anew until the team has decided.

    Raises NotFound, InvalidInput.
    """
    said, lot = words.tidied(), _lock(session, lot_id)
    if _open_recall(session, lot_id) is not None:
        return False
    recall = LotRecall(lot_id=lot_id, state=RecallState.PROPOSED, proposed_by_id=actor_id, proposed_at=now)
    recall.proposed_reason_zh = said.reason_zh
    _say(recall, said)
    session.add(recall)
    lot.in_question = True
    session.flush()
    note_moved_stock(session, {lot.variant_id}, now=now)
    audit(session, actor_id, "lot.recall_proposed", "lot", lot.code, {"reason": said.reason_zh}, now=now)
    return True


def recall_lot(
    session: Session, lot_id: int, words: RecallWords, *, actor_id: int | None, now: datetime
) -> bool:
    """Call a lot back at once; False when it is called back already. Locks the lot.

    What is left of it is off sale, and each order that has goods of it waits to be stopped and told.
    Raises NotFound, InvalidInput.
    """
    said = words.tidied()
    lot = stop_lot(session, lot_id, author=Author(actor_id), now=now)
    recall = _open_recall(session, lot_id)
    if recall is not None and recall.state is RecallState.ACTIVE:
        return False
    if recall is None:
        recall = LotRecall(lot_id=lot_id)
        session.add(recall)
    recall.state, recall.recalled_by_id, recall.recalled_at = RecallState.ACTIVE, actor_id, now
    lot.in_question = False
    _say(recall, said)
    session.flush()
    orders = _write_orders(session, recall)
    facts = {"reason": said.reason_zh, "orders": orders}
    audit(session, actor_id, "lot.recalled", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)
    _mark_product(session, lot, 1)
    record(session, LotCalledBack(recall.id))
    return True


def refuse_recall(session: Session, lot_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """The team looked into a proposal and does not recall. Raises NotFound, NothingProposed, InvalidInput."""
    lot, said = _lock(session, lot_id), _reason(reason)
    recall = _open_recall(session, lot_id)
    if recall is None or recall.state is not RecallState.PROPOSED:
        raise NothingProposed()
    recall.state, recall.ended_at, recall.ended_reason = RecallState.REFUSED, now, said
    recall.refused_by_id = actor_id
    lot.in_question = False
    session.flush()
    note_moved_stock(session, {lot.variant_id}, now=now)
    audit(session, actor_id, "lot.recall_refused", "lot", lot.code, {"reason": said}, now=now)


def lift_recall(session: Session, lot_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """The goods are good after all, says another person than who recalled them. The lot stays closed until opened.

    Raises NotFound, NotRecalled, SecondPersonLifts, InvalidInput.
    """
    lot, said = _lock(session, lot_id), _reason(reason)
    recall = active_recall(session, lot_id)
    if recall is None:
        raise NotRecalled()
    if recall.recalled_by_id == actor_id:
        raise SecondPersonLifts()
    recall.state, recall.lifted_by_id = RecallState.LIFTED, actor_id
    recall.ended_at, recall.ended_reason = now, said
    audit(session, actor_id, "lot.recall_lifted", "lot", lot.code, {"reason": said}, now=now)
    session.flush()
    _mark_product(session, lot, -1)
    record(session, RecallLifted(recall.id))


def note_order_of_recall(session: Session, order_id: int) -> None:
    """An order was confirmed that has held goods of a recalled lot since before: it is stopped and told as well."""
    rows = session.execute(_units_by_order().where(OrderLine.order_id == order_id)).all()
    known = set(
        session.scalars(sa.select(RecalledOrder.recall_id).where(RecalledOrder.order_id == order_id))
        if rows
        else ()
    )
    session.add_all(
        RecalledOrder(recall_id=row.recall_id, order_id=row.order_id, units=row.units)
        for row in rows
        if row.recall_id not in known
    )


def _write_orders(session: Session, recall: LotRecall) -> int:
    """One statement, however many orders."""
    rows = _units_by_order().where(LotRecall.id == recall.id)
    into = sa.insert(RecalledOrder).from_select(["recall_id", "order_id", "units"], rows)
    return int(session.connection().execute(into).rowcount)


def _units_by_order() -> sa.Select[*tuple[Any, ...]]:
    """What confirmed orders have of lots that are called back now."""
    return (
        sa.select(
            LotRecall.id.label("recall_id"),
            OrderLine.order_id,
            sa.cast(sa.func.sum(_with_buyer()), sa.BigInteger).label("units"),
        )
        .join(Allocation, Allocation.lot_id == LotRecall.lot_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(LotRecall.state == RecallState.ACTIVE, Allocation.status.in_(_CONCERNED))
        .group_by(LotRecall.id, OrderLine.order_id)
        .having(sa.func.sum(_with_buyer()) > 0)
    )


def _with_buyer() -> sa.ColumnElement[int]:
    """SQL: without those that came back whole before: they are among the lot's own units again."""
    return Allocation.units - sold_again()


def _mark_product(session: Session, lot: Lot, change: int) -> None:
    """Its page says which lots are called back, and asks for them only where there are any."""
    of_lot = sa.select(Variant.product_id).where(Variant.id == lot.variant_id).scalar_subquery()
    session.execute(
        sa.update(Product)
        .where(Product.id == of_lot)
        .values(recalled_lots=Product.recalled_lots + change)
        .execution_options(synchronize_session=False)
    )
    bump_version(session)


def _say(recall: LotRecall, words: RecallWords) -> None:
    recall.reason_zh, recall.advice_zh = words.reason_zh, words.advice_zh
    recall.reason_en, recall.advice_en = words.reason_en, words.advice_en


def _reason(typed: str) -> str:
    said = tidy(typed)[:LONGEST]
    if not said:
        raise InvalidInput(_SAY_WHY, field="reason")
    return said


def _lock(session: Session, lot_id: int) -> Lot:
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    return lot


def _open_recall(session: Session, lot_id: int) -> LotRecall | None:
    is_open = LotRecall.state.in_((RecallState.PROPOSED, RecallState.ACTIVE))
    return session.scalar(sa.select(LotRecall).where(LotRecall.lot_id == lot_id, is_open))
