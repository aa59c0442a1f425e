"""Mending the list row by row: corrected, left out, taken back in, one of two kept, one added."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.gifts.access import lock_gift
from shop.gifts.errors import TooManyRecipients
from shop.gifts.judging import Judged, Typed, judge
from shop.gifts.listing import UNSENT, facts_of, served_provinces, touch_list
from shop.gifts.models import GiftRecipient, RecipientState
from shop.gifts.reading import MOST_RECIPIENTS
from shop.gifts.twins import mark_twins
from shop.kit.errors import NotFound


def mend_row(
    session: Session, gift_id: int, row_id: int, typed: Typed, *, actor_id: int, now: datetime
) -> Judged:
    """What it says now. Raises NotFound, also for a row that was sent; GiftIsBusy. Locks the gift."""
    row = _row(session, gift_id, row_id, actor_id, now)
    if (row.name, row.phone) != (typed.name, typed.phone):
        row.sends_both = False
    judged = judge(typed, served_provinces(session))
    _write(row, judged)
    session.flush()
    mark_twins(session, gift_id)
    return judged


def skip_row(session: Session, gift_id: int, row_id: int, *, actor_id: int, now: datetime) -> None:
    """不寄. Skipping twice is once. Raises NotFound, GiftIsBusy."""
    row = _row(session, gift_id, row_id, actor_id, now)
    row.state = RecipientState.SKIPPED
    session.flush()
    mark_twins(session, gift_id)


def take_back_row(session: Session, gift_id: int, row_id: int, *, actor_id: int, now: datetime) -> None:
    """A row that was left out is judged again. Raises NotFound, GiftIsBusy."""
    row = _row(session, gift_id, row_id, actor_id, now)
    if row.state is RecipientState.SKIPPED:
        _write(row, judge(Typed(row.name, row.phone, row.address), served_provinces(session)))
        session.flush()
        mark_twins(session, gift_id)


def keep_row(session: Session, gift_id: int, row_id: int, *, actor_id: int, now: datetime) -> None:
    """Of the rows with one telephone this one is meant; the others that were not sent are left out."""
    row = _row(session, gift_id, row_id, actor_id, now)
    phone, row.sends_both = row.phone, True
    session.flush()
    session.execute(
        sa.update(GiftRecipient)
        .where(
            GiftRecipient.gift_id == gift_id,
            GiftRecipient.phone == phone,
            GiftRecipient.id != row_id,
            GiftRecipient.state.in_((RecipientState.READY, RecipientState.TWIN)),
        )
        .values(state=RecipientState.SKIPPED)
        .execution_options(synchronize_session=False)
    )
    mark_twins(session, gift_id)


def send_all_of(session: Session, gift_id: int, row_id: int, *, actor_id: int, now: datetime) -> None:
    """Every row with this telephone is meant. Raises NotFound, GiftIsBusy."""
    phone = _row(session, gift_id, row_id, actor_id, now).phone
    session.execute(
        sa.update(GiftRecipient)
        .where(
            GiftRecipient.gift_id == gift_id,
            GiftRecipient.phone == phone,
            GiftRecipient.state == RecipientState.TWIN,
        )
        .values(sends_both=True)
        .execution_options(synchronize_session=False)
    )
    mark_twins(session, gift_id)


def add_row(session: Session, gift_id: int, typed: Typed, *, actor_id: int, now: datetime) -> Judged:
    """One more, typed by hand; the very same row twice is one. Raises NotFound, GiftIsBusy, TooManyRecipients."""
    gift = lock_gift(session, gift_id, actor_id)
    judged = judge(typed, served_provinces(session))
    of_gift = GiftRecipient.gift_id == gift_id
    same = sa.and_(
        GiftRecipient.name == judged.name,
        GiftRecipient.phone == judged.phone,
        GiftRecipient.address == judged.address,
    )
    if session.scalar(sa.select(GiftRecipient.id).where(of_gift, same).limit(1)) is not None:
        return judged
    last, count = session.execute(
        sa.select(sa.func.coalesce(sa.func.max(GiftRecipient.row), 0), sa.func.count()).where(of_gift)
    ).one()
    if count >= MOST_RECIPIENTS:
        raise TooManyRecipients(field="name", most=MOST_RECIPIENTS)
    session.add(GiftRecipient(gift_id=gift_id, row=last + 1, **facts_of(judged)))
    touch_list(gift, now)
    session.flush()
    mark_twins(session, gift_id)
    return judged


def _row(session: Session, gift_id: int, row_id: int, actor_id: int, now: datetime) -> GiftRecipient:
    touch_list(lock_gift(session, gift_id, actor_id), now)
    row = session.scalar(
        sa.select(GiftRecipient).where(
            GiftRecipient.id == row_id, GiftRecipient.gift_id == gift_id, GiftRecipient.state.in_(UNSENT)
        )
    )
    if row is None:
        raise NotFound()
    return row


def _write(row: GiftRecipient, judged: Judged) -> None:
    for name, value in facts_of(judged).items():
        setattr(row, name, value)
