"""A keeper says that a parcel is not at the point, or came broken: the shop's team has to see to it.

A report is a line of the order's history, and so is its end; a missing parcel that arrives after all ends it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.audit import audit
from shop.fulfilment.events import ParcelReported
from shop.fulfilment.finding import lock_orders, lock_parcel
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.point_errors import NothingReported, NotToReport
from shop.fulfilment.reach import Reach
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.history import note
from shop.ordering.models import Order, OrderEvent
from shop.storage.event_log import record

LONGEST_WORD: Final = 200
SETTLED: Final = "parcel_report_settled"
_MISSING: Final = "parcel_missing"
GIVEN_LATE: Final = "parcel_given_late"
NOT_GIVEN: Final = "not_given"  # how a report of that can end: nobody has the parcel
_REPORTED: Final = {"missing": _MISSING, "broken": "parcel_broken", "given_late": GIVEN_LATE}
_TURNED_UP: Final = ("parcel_arrived", "parcel_handed_over")


class Trouble(StrEnum):
    MISSING = "missing"
    BROKEN = "broken"
    GIVEN_LATE = "given_late"  # given out without a network, when nobody was to be given it any more


@dataclass(frozen=True, slots=True)
class Report:
    """What a keeper said about a parcel, and nobody has settled."""

    order_id: int
    order_number: str
    parcel: str
    trouble: Trouble
    word: str
    at: datetime
    why: str = ""  # of what was given out too late: why nobody was to be given it


def report_parcel(
    session: Session, parcel_code: str, trouble: Trouble, word: str, *, by: Reach, now: datetime
) -> bool:
    """Tell the team and the buyer; a missing parcel has not arrived. False when this was reported before.

    Locks the order. Raises InvalidInput without a word, NotFound for another point's, NotToReport for a parcel that has
    not left or was handed over.
    """
    said = tidy(word)[:LONGEST_WORD]
    if not said:
        raise InvalidInput(msg("Please say in a word what is wrong."), field="word")
    parcel = lock_parcel(session, parcel_code, by)
    if parcel.pickup_point_id not in by.pickup_point_ids:
        raise NotFound()
    if parcel.status is not ParcelStatus.SHIPPED or parcel.taken_off_at is not None:
        raise NotToReport()
    if any(one.trouble is trouble for one in open_reports(session, [parcel.code])):
        return False
    if trouble is Trouble.MISSING:
        parcel.arrived_at = None
    note(session, parcel.order_id, _REPORTED[trouble], now, by.user_id, parcel=parcel.code, word=said)
    record(session, ParcelReported(parcel.id, parcel.order_id, trouble.value, now))
    return True


def settle_report(
    session: Session, parcel_code: str, word: str, *, order_id: int, actor_id: int, now: datetime
) -> bool:
    """The team has seen to what was reported of this parcel of the order. False when somebody had done it before.

    Locks the order. Raises InvalidInput without a word, NotFound, or NothingReported.
    """
    said = tidy(word)[:LONGEST_WORD]
    if not said:
        raise InvalidInput(msg("Please say what was done."), field="word")
    lock_orders(session, [order_id])
    if not open_reports(session, [parcel_code], order_id=order_id):
        settled = sa.select(OrderEvent.id).where(
            OrderEvent.order_id == order_id, OrderEvent.kind == SETTLED, _parcel_of(OrderEvent) == parcel_code
        )
        if session.scalar(settled.limit(1)) is None:
            raise NothingReported()
        return False
    note(session, order_id, SETTLED, now, actor_id, parcel=parcel_code, word=said)
    number = session.get_one(Order, order_id).number
    audit(session, actor_id, "order.parcel_report_settled", "order", number, {"parcel": parcel_code}, now=now)
    return True


def open_reports(
    session: Session, parcel_codes: Collection[str] | None = None, *, order_id: int | None = None
) -> list[Report]:
    """What waits for the team, the longest waiting first: of these parcels, of an order, or all. One statement."""
    event, end = aliased(OrderEvent), aliased(OrderEvent)
    parcel = _parcel_of(event)
    ends = sa.or_(
        end.kind == SETTLED,
        sa.and_(event.kind == _MISSING, end.kind.in_(_TURNED_UP)),
    )
    is_over = sa.exists().where(
        end.order_id == event.order_id, end.id > event.id, ends, _parcel_of(end) == parcel
    )
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(event.order_id, Order.number, event.kind, event.facts, event.at)
        .join(Order, Order.id == event.order_id)
        .where(event.kind.in_([sa.literal_column(f"'{kind}'") for kind in _REPORTED.values()]), ~is_over)
        .order_by(event.id)
    )
    if parcel_codes is not None:
        statement = statement.where(
            event.order_id.in_(sa.select(Parcel.order_id).where(Parcel.code.in_(parcel_codes))),
            parcel.in_(parcel_codes),
        )
    if order_id is not None:
        statement = statement.where(event.order_id == order_id)
    return [_report(row) for row in session.execute(statement)]


def by_parcel(reports: Iterable[Report]) -> dict[str, list[Report]]:
    found: dict[str, list[Report]] = {}
    for one in reports:
        found.setdefault(one.parcel, []).append(one)
    return found


def is_lost() -> sa.ColumnElement[bool]:
    """SQL: this parcel was reported missing, and the team has seen to it."""
    said, end = aliased(OrderEvent), aliased(OrderEvent)
    return sa.exists().where(
        *(said.order_id == Parcel.order_id, said.kind == _MISSING, _parcel_of(said) == Parcel.code),
        *(end.order_id == said.order_id, end.kind == SETTLED, _parcel_of(end) == Parcel.code),
        end.id > said.id,
    )


def is_said_given() -> sa.ColumnElement[bool]:
    """SQL: its keeper says that this parcel was given out though nobody was to be given it; nobody has settled that."""
    said, end = aliased(OrderEvent), aliased(OrderEvent)
    is_over = sa.exists().where(
        end.order_id == said.order_id,
        end.id > said.id,
        end.kind == SETTLED,
        _parcel_of(end) == _parcel_of(said),
    )
    return sa.exists().where(
        said.order_id == Parcel.order_id, said.kind == GIVEN_LATE, _parcel_of(said) == Parcel.code, ~is_over
    )


def is_known_given() -> sa.ColumnElement[bool]:
    """SQL: the team has settled that its buyer has this parcel; what was settled last decides."""
    end, later = aliased(OrderEvent), aliased(OrderEvent)
    is_over = sa.exists().where(
        *(later.order_id == end.order_id, later.kind == SETTLED, later.id > end.id),
        *(_parcel_of(later) == _parcel_of(end), later.facts["outcome"].as_string() == NOT_GIVEN),
    )
    return sa.exists().where(
        *(end.order_id == Parcel.order_id, end.kind == SETTLED, _parcel_of(end) == Parcel.code),
        end.facts["outcome"].as_string() != NOT_GIVEN,  # of other reports it says nothing
        ~is_over,
    )


def _report(row: Any) -> Report:
    trouble = next(key for key, kind in _REPORTED.items() if kind == row.kind)
    facts = row.facts
    return Report(
        row.order_id,
        row.number,
        facts["parcel"],
        Trouble(trouble),
        facts["word"],
        row.at,
        facts.get("why", ""),
    )


def _parcel_of(event: type[OrderEvent]) -> sa.ColumnElement[str]:
    code: sa.ColumnElement[str] = event.facts["parcel"].as_string()
    return code
