"""A table of recipients becomes the gift's list: read at once, judged in steps, so that thousands hold nobody up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.freight import zones
from shop.gifts.access import lock_any, lock_gift
from shop.gifts.errors import TooManyRecipients
from shop.gifts.judging import Judged, Typed, judge
from shop.gifts.models import Gift, GiftRecipient, RecipientState
from shop.gifts.reading import MOST_RECIPIENTS, RowRead, read_recipients
from shop.gifts.twins import mark_twins
from shop.kit.text import tidy
from shop.storage.unit_of_work import UnitOfWork

AT_ONCE: Final = 300  # rows that are judged while somebody waits
STEP: Final = 500
UNSENT: Final = (
    RecipientState.WAITING,
    RecipientState.READY,
    RecipientState.BAD,
    RecipientState.TWIN,
    RecipientState.SKIPPED,
)


class Extent(StrEnum):
    WHOLE = "whole"  # in place of every row that was not sent
    MORE = "more"  # rows that were mended in place of themselves, others behind


@dataclass(frozen=True, slots=True)
class Taken:
    """`waiting`: rows that the worker still has to judge."""

    rows: int
    waiting: int


@dataclass(frozen=True)
class Table:
    """A file that was read; its content is not kept."""

    name: str
    digest: str
    rows: Sequence[RowRead]


def open_table(content: bytes, name: str) -> Table:
    """Takes a second for thousands of rows, so it is done before anything is locked. Raises InvalidInput."""
    return Table(tidy(name)[:120], hashlib.sha256(content).hexdigest(), read_recipients(content))


def take_table(
    session: Session, gift_id: int, table: Table, *, extent: Extent, actor_id: int, now: datetime
) -> Taken:
    """Put a table into the list. The same table sent twice is taken once.

    Raises NotFound, NotAllowed, GiftIsBusy, TooManyRecipients. Locks the gift.
    """
    gift = lock_gift(session, gift_id, actor_id)
    if table.digest == gift.list_digest:
        return Taken(0, _waiting(session, gift_id))
    rows = table.rows
    if extent is Extent.WHOLE:
        session.execute(
            sa.delete(GiftRecipient).where(GiftRecipient.gift_id == gift_id, GiftRecipient.state.in_(UNSENT))
        )
    else:
        rows = _mend(session, gift_id, rows)
    _append(session, gift_id, rows, extent)
    gift.list_name, gift.list_digest, gift.updated_at = table.name, table.digest, now
    waiting = _waiting(session, gift_id)
    if waiting <= AT_ONCE:
        _judge_some(session, gift_id, AT_ONCE)
        waiting = 0
    return Taken(len(table.rows), waiting)


def judge_waiting(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """The worker's part: judge what was uploaded, some hundred rows a transaction; returns how many rows."""

    def waiting(session: Session) -> Sequence[int]:
        statement = sa.select(GiftRecipient.gift_id).where(GiftRecipient.state == RecipientState.WAITING)
        return session.scalars(statement.distinct().order_by(GiftRecipient.gift_id).limit(50)).all()

    def step(session: Session, gift_id: int) -> int:
        lock_any(session, gift_id)
        return _judge_some(session, gift_id, STEP)

    judged = 0
    for gift_id in unit_of_work.run(waiting):
        while done := unit_of_work.run(lambda session, one=gift_id: step(session, one)):  # type: ignore[misc]
            judged += done
    return judged


def served_provinces(session: Session) -> frozenset[str]:
    return frozenset(str(name) for zone in zones(session) if zone.served for name in zone.provinces)


def facts_of(judged: Judged) -> dict[str, Any]:
    """The columns of a row that was judged."""
    place = judged.place
    return {
        "state": RecipientState.READY if judged.is_ready else RecipientState.BAD,
        "name": judged.name,
        "phone": judged.phone,
        "address": judged.address,
        "province": place.province if place else "",
        "city": place.city if place else "",
        "district": place.district if place else "",
        "street": place.street if place else "",
    }


def touch_list(gift: Gift, now: datetime) -> None:
    """Rows were changed by hand: the table that was sent last may come again."""
    gift.list_digest, gift.updated_at = "", now


def _judge_some(session: Session, gift_id: int, most: int) -> int:
    """With the last row the same telephones are looked for."""
    served = served_provinces(session)
    columns = (GiftRecipient.id, GiftRecipient.name, GiftRecipient.phone, GiftRecipient.address)
    rows = session.execute(
        sa.select(*columns)
        .where(GiftRecipient.gift_id == gift_id, GiftRecipient.state == RecipientState.WAITING)
        .order_by(GiftRecipient.row)
        .limit(most)
    ).all()
    facts = [
        {"id": row.id, **facts_of(judge(Typed(row.name, row.phone, row.address), served))} for row in rows
    ]
    if facts:
        session.execute(sa.update(GiftRecipient), facts)
    if len(rows) < most:
        mark_twins(session, gift_id)
    return len(rows)


def _mend(session: Session, gift_id: int, rows: Sequence[RowRead]) -> list[RowRead]:
    """Rows that say which they were are written in their place; returns the others."""
    unsent = sa.select(GiftRecipient.row, GiftRecipient.id).where(
        GiftRecipient.gift_id == gift_id, GiftRecipient.state.in_(UNSENT)
    )
    known = {row: one for row, one in session.execute(unsent)}  # noqa: C416  rows are no pairs to mypy
    changes = {
        known[one.mends]: {
            "state": RecipientState.WAITING,
            "name": one.typed.name,
            "phone": one.typed.phone,
            "address": one.typed.address,
        }
        for one in rows
        if one.mends in known
    }
    if changes:
        session.execute(sa.update(GiftRecipient), [{"id": key, **facts} for key, facts in changes.items()])
    return [one for one in rows if one.mends not in known]


def _append(session: Session, gift_id: int, rows: Sequence[RowRead], extent: Extent) -> None:
    """As the file counts them, behind those that stand there already."""
    last, count = session.execute(
        sa.select(sa.func.coalesce(sa.func.max(GiftRecipient.row), 0), sa.func.count()).where(
            GiftRecipient.gift_id == gift_id
        )
    ).one()
    if count + len(rows) > MOST_RECIPIENTS:
        raise TooManyRecipients(field="file", most=MOST_RECIPIENTS)
    values = [
        {
            "gift_id": gift_id,
            "row": last + one.row,
            "state": RecipientState.WAITING,
            "name": one.typed.name,
            "phone": one.typed.phone,
            "address": one.typed.address,
        }
        for one in rows
    ]
    if values:
        session.execute(sa.insert(GiftRecipient), values)


def _waiting(session: Session, gift_id: int) -> int:
    statement = sa.select(sa.func.count()).where(
        GiftRecipient.gift_id == gift_id, GiftRecipient.state == RecipientState.WAITING
    )
    return session.scalar(statement) or 0
