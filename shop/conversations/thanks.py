"""A buyer thanks the households of a completed order, once, and reads what they say to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.conversations.errors import AlreadyThanked, NoHouseholds
from shop.conversations.thanks_models import LetterState, SignedAs, Thanks, ThanksLetter
from shop.conversations.typed import LONGEST_THANKS, words_without_contacts
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotShare
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.locking import lock_order
from shop.ordering.models import OrderLine, OrderStatus


def give_thanks(
    session: Session, order_id: int, text: str, signed_as: SignedAs | None, *, now: datetime
) -> int:
    """A letter to each household whose goods came; its coordinator reads it first. Locks the order.

    Raises InvalidInput, NoHouseholds, AlreadyThanked.
    """
    said = words_without_contacts(text, LONGEST_THANKS)
    if signed_as is None:
        raise InvalidInput(msg("Please choose how you sign."), field="signed_as")
    order = lock_order(session, order_id)
    if session.scalar(sa.select(Thanks.id).where(Thanks.order_id == order_id)) is not None:
        raise AlreadyThanked()
    households = households_of_order(session, order_id) if order.status is OrderStatus.COMPLETED else []
    if not households:
        raise NoHouseholds()
    thanks = Thanks(
        order_id=order_id,
        signed_as=signed_as,
        text=said,
        at=now,
        letters=[ThanksLetter(household_id=one) for one in households],
    )
    session.add(thanks)
    session.flush()
    return thanks.id


def households_of_order(session: Session, order_id: int) -> Sequence[int]:
    """Whose goods were sent."""
    return session.scalars(
        sa.select(LotShare.household_id)
        .join(Lot, Lot.id == LotShare.lot_id)
        .join(Allocation, Allocation.lot_id == Lot.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id == order_id, Allocation.status == AllocationStatus.SHIPPED)
        .distinct()
        .order_by(LotShare.household_id)
    ).all()


@dataclass(frozen=True)
class Reply:
    """What one household says. Its alias is empty without consent."""

    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    text: str
    at: datetime


@dataclass(frozen=True)
class OwnThanks:
    text: str
    signed_as: SignedAs
    at: datetime
    replies: Sequence[Reply]


def thanks_of_order(session: Session, order_id: int) -> OwnThanks | None:
    """As its buyer reads it: what was kept back is not said. One statement."""
    is_sent = sa.and_(ThanksLetter.thanks_id == Thanks.id, ThanksLetter.state == LetterState.SENT)
    rows: Sequence[Any] = session.execute(
        sa.select(
            *(Thanks.text, Thanks.signed_as, Thanks.at),
            *(Household.alias_zh, Household.alias_en, Household.consented_at),
            *(Village.name_zh, Village.name_en, ThanksLetter.reply, ThanksLetter.sent_at),
        )
        .select_from(Thanks)
        .outerjoin(ThanksLetter, is_sent)
        .outerjoin(Household, Household.id == ThanksLetter.household_id)
        .outerjoin(Village, Village.id == Household.village_id)
        .where(Thanks.order_id == order_id)
        .order_by(ThanksLetter.sent_at, ThanksLetter.id)
    ).all()
    if not rows:
        return None
    text, signed_as, at = rows[0][:3]
    replies = [
        Reply(zh if consented_at else "", en if consented_at else "", village_zh, village_en, reply, sent_at)
        for _, _, _, zh, en, consented_at, village_zh, village_en, reply, sent_at in rows
        if sent_at is not None
    ]
    return OwnThanks(text, signed_as, at, replies)
