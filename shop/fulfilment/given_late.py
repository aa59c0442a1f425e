"""Given out without a network, after the shop had it otherwise: the buyer may have goods and money, or neither.

It stands among the team's reports of parcels until somebody says what became of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.fulfilment.finding import lock_orders, parcels_by_id
from shop.fulfilment.handover import Stopped, stopped_by
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem
from shop.fulfilment.parcel_reports import (
    GIVEN_LATE,
    LONGEST_WORD,
    SETTLED,
    Report,
    Trouble,
    open_reports,
)
from shop.fulfilment.point_errors import NothingReported
from shop.fulfilment.reach import Reach
from shop.fulfilment.recalled_parcels import recalled_among
from shop.fulfilment.transitions import PARCEL_STATES
from shop.inventory.models import Allocation, Lot, ReturnedUnits, ReturnStatus, ReturnWish
from shop.inventory.recall_state import recalled
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.history import note
from shop.ordering.models import Order, OrderEvent

ASKED_AGAIN: Final = "payment_asked_again"
_LOST: Final = (Stopped.TAKEN_OFF, Stopped.PAID_BACK, Stopped.CALLED_BACK, Stopped.RECALLED)
OF_A_RECALL: Final = (Stopped.CALLED_BACK, Stopped.RECALLED)  # nobody pays for goods that are not to be used


class Outcome(StrEnum):
    """What became of it, as somebody of the team says."""

    NOT_GIVEN = "not_given"  # nobody has it but the point, or who took it back
    HAS_IT = "has_it"  # the buyer has it, and no money went back
    PAYS_AGAIN = (
        "pays_again"  # the buyer has goods and money, and is asked for the money; it stays on the list
    )
    PAID_AGAIN = "paid_again"  # and the money came
    WRITTEN_OFF = "written_off"  # the buyer keeps both: the shop bears it


_HANDED_OVER: Final = frozenset(Outcome) - {Outcome.NOT_GIVEN}


def note_given_late(
    session: Session, codes: Collection[str], *, by: Reach, made_at: datetime, now: datetime
) -> None:
    """Put those of the parcels on the team's list that nobody was to be given any more. Locks their orders."""
    seen = sa.select(Parcel.id, Parcel.order_id).where(Parcel.code.in_(codes), by.parcels())
    found = session.execute(seen.order_by(Parcel.id)).all()
    lock_orders(session, {row.order_id for row in found})
    recalled = recalled_among(session, codes)
    for parcel in parcels_by_id(session, [row.id for row in found]):
        why = stopped_by(parcel.status, parcel.taken_off_at, parcel.order.money_back_at)
        if parcel.code in recalled and parcel.status is ParcelStatus.SHIPPED:
            why = Stopped.RECALLED
        if why not in _LOST or _is_listed(session, parcel):
            continue
        said = made_at.isoformat(timespec="seconds")
        note(
            session, parcel.order_id, GIVEN_LATE, now, by.user_id,
            parcel=parcel.code, word="", why=why.value, made_at=said,
        )  # fmt: skip


def settle_given_late(
    session: Session,
    parcel_code: str,
    outcome: Outcome,
    word: str,
    *,
    order_id: int,
    actor_id: int,
    now: datetime,
) -> bool:
    """What became of it. False when this was said before. Whoever has it, has it: the parcel is handed over.

    What is back in stock nobody has: it is written off first, unless its recall took it off sale. Who has a recalled
    one, recalled before or since, is asked for no money: that goes back, or has gone. One that was called back stays so.
    Locks the order. Raises InvalidInput without a word, or for an outcome that cannot be; NothingReported.
    """
    said = tidy(word)[:LONGEST_WORD]
    if not said:
        raise InvalidInput(msg("Please say in a word what was said or done."), field="word")
    order = lock_orders(session, [order_id])[order_id]
    reports = open_reports(session, [parcel_code], order_id=order_id)
    listed = [one for one in reports if one.trouble is Trouble.GIVEN_LATE]
    if not listed:
        raise NothingReported()
    _refuse_untrue(session, order, listed, outcome)
    facts = {"parcel": parcel_code, "outcome": outcome.value, "word": said}
    if outcome in _HANDED_OVER and _is_back_in_stock(session, parcel_code):
        raise InvalidInput(
            msg(
                "Goods of this parcel are back in stock. Where the buyer has them, please write them off first, under payments and refunds."
            ),
            field="outcome",
        )
    if outcome in _HANDED_OVER:
        _hand_over(session, parcel_code, now)
    if outcome is Outcome.PAYS_AGAIN:
        if is_asked_again(session, order_id, parcel_code):
            return False
        note(session, order_id, ASKED_AGAIN, now, actor_id, parcel=parcel_code, word=said)
    else:
        note(session, order_id, SETTLED, now, actor_id, **facts)
    audit(session, actor_id, "order.given_late_settled", "order", order.number, facts, now=now)
    return True


def _refuse_untrue(session: Session, order: Order, listed: Collection[Report], outcome: Outcome) -> None:
    """Raises InvalidInput for what does not go with where the order's money is, or with a recall."""
    if outcome is Outcome.NOT_GIVEN:
        return
    is_recalled = any(one.why in OF_A_RECALL for one in listed) or bool(
        recalled_among(session, [one.parcel for one in listed])
    )
    is_paid_back = order.money_back_at is not None or order.refunded_fen > 0
    if is_recalled and outcome in (Outcome.PAYS_AGAIN, Outcome.PAID_AGAIN):
        raise InvalidInput(
            msg("Goods in it are recalled: nobody is asked for money for them."), field="outcome"
        )
    if outcome is Outcome.HAS_IT and is_paid_back and not is_recalled:
        raise InvalidInput(
            msg("Money went back for this order: please say what becomes of it."), field="outcome"
        )
    if outcome is not Outcome.HAS_IT and not is_paid_back:
        raise InvalidInput(
            msg("No money went back for this order: there is nothing to ask for."), field="outcome"
        )


def units_given_late(session: Session, order_id: int) -> frozenset[int]:
    """Allocations in parcels that were given out too late: their buyer has them, or nobody has said yet. Two statements."""
    events = session.scalars(
        sa.select(OrderEvent)
        .where(OrderEvent.order_id == order_id, OrderEvent.kind.in_((GIVEN_LATE, SETTLED)))
        .order_by(OrderEvent.id)
    )
    given: dict[str, bool] = {}
    for one in events:
        code, outcome = one.facts["parcel"], one.facts.get("outcome")
        if one.kind == GIVEN_LATE:
            given[code] = True
        elif code in given and outcome is not None:
            given[code] = outcome != Outcome.NOT_GIVEN
    inside = _allocations_in([code for code, is_given in given.items() if is_given])
    return frozenset(session.scalars(inside)) if given else frozenset()


def is_asked_again(session: Session, order_id: int, parcel_code: str) -> bool:
    asked = sa.select(OrderEvent.id).where(
        OrderEvent.order_id == order_id,
        OrderEvent.kind == ASKED_AGAIN,
        OrderEvent.facts["parcel"].as_string() == parcel_code,
    )
    return session.scalar(asked.limit(1)) is not None


def _is_back_in_stock(session: Session, parcel_code: str) -> bool:
    """And for sale: what a recall took off sale is not, nor can what came back with it in one box be written off."""
    off_sale = (
        sa.select(ReturnedUnits.refund_line_id)
        .join(Allocation, Allocation.id == ReturnedUnits.allocation_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(ReturnedUnits.allocation_id.in_(_allocations_in([parcel_code])), recalled())
    )
    back = sa.select(ReturnedUnits.id).where(
        ReturnedUnits.allocation_id.in_(_allocations_in([parcel_code])),
        ReturnedUnits.status.in_((ReturnStatus.RESTOCKED, ReturnStatus.EXPECTED)),
        ReturnedUnits.wish == ReturnWish.RESTOCK,
        ReturnedUnits.refund_line_id.not_in(off_sale),
    )
    return session.scalar(back.limit(1)) is not None


def _allocations_in(parcel_codes: Collection[str]) -> sa.Select[int]:
    return (
        sa.select(TaskItem.allocation_id)
        .join(Task, Task.id == TaskItem.task_id)
        .join(Parcel, Parcel.id == Task.parcel_id)
        .where(Parcel.code.in_(parcel_codes))
    )


def _hand_over(session: Session, parcel_code: str, now: datetime) -> None:
    parcel = session.scalars(sa.select(Parcel).where(Parcel.code == parcel_code)).one()
    if parcel.status is not ParcelStatus.SHIPPED:
        return
    parcel.taken_off_at = parcel.taken_off_as = None
    parcel.arrived_at = parcel.arrived_at or now
    parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.HANDED_OVER)
    parcel.handed_over_at = now
    note(session, parcel.order_id, "parcel_handed_over", now, parcel=parcel.code)


def _is_listed(session: Session, parcel: Parcel) -> bool:
    return any(one.trouble is Trouble.GIVEN_LATE for one in open_reports(session, [parcel.code]))
