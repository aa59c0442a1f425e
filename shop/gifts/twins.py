"""Rows of one list with the same telephone: kept apart until somebody says which of them are meant."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.gifts.models import GiftRecipient, RecipientState

_COUNTED: Final = (
    RecipientState.READY,
    RecipientState.TWIN,
    RecipientState.QUEUED,
    RecipientState.HELD,
    RecipientState.ORDERED,
)


def mark_twins(session: Session, gift_id: int) -> None:
    """What can be sent and has a telephone that another row has too waits; who is alone now does not any more.

    The caller has the gift locked. Two statements.
    """
    twice = (
        sa.select(GiftRecipient.phone)
        .where(GiftRecipient.gift_id == gift_id, GiftRecipient.state.in_(_COUNTED))
        .group_by(GiftRecipient.phone)
        .having(sa.func.count() > 1)
    )
    twins = list(session.scalars(twice))
    of_gift = sa.update(GiftRecipient).where(GiftRecipient.gift_id == gift_id)
    alone = sa.or_(GiftRecipient.phone.not_in(twins), GiftRecipient.sends_both.is_(True))
    for before, after, which in (
        (RecipientState.READY, RecipientState.TWIN, sa.not_(alone)),
        (RecipientState.TWIN, RecipientState.READY, alone),
    ):
        session.execute(
            of_gift.where(GiftRecipient.state == before, which)
            .values(state=after)
            .execution_options(synchronize_session=False)
        )
    session.expire_all()
