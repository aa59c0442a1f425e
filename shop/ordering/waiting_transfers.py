"""How many orders of one organisation may wait for their transfer: it takes days, and a purchase from several sellers
is several orders. What one account may leave unpaid is in `limits`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.accounts.shop_settings import read_shop_settings
from shop.kit.text import msg
from shop.ordering.errors import TooManyUnpaid
from shop.ordering.models import Channel, Order, OrderStatus
from shop.storage.locks import LockRank, lock_rows

TRANSFER: Final = "bank_transfer"
_BUYS: Final = OrganisationMember.role.in_(("owner", "buyer"))
WAIT: Final = msg(
    "%(most)s orders of your organisation wait for their transfer. Please pay or cancel one of them first; what you"
    " typed stays here."
)


def buys_for_one() -> sa.ColumnElement[bool]:
    """SQL that asks for `user_id`: this account buys for an organisation."""
    return sa.exists().where(OrganisationMember.user_id == sa.bindparam("user_id"), _BUYS)


def lock_buying_for(session: Session, user_id: int | None, payment_method: str) -> Sequence[int]:
    """The organisations that the account buys for, where it pays by transfer; their members take turns then."""
    if user_id is None or payment_method != TRANSFER:
        return ()
    own = sa.select(OrganisationMember.organisation_id).where(OrganisationMember.user_id == user_id, _BUYS)
    rows = lock_rows(session, LockRank.ORGANISATION, sa.select(Organisation).where(Organisation.id.in_(own)))
    return [organisation.id for organisation in rows]


def check_waiting_transfers(session: Session, organisation_ids: Sequence[int]) -> None:
    """Raise TooManyUnpaid when the orders of their members that wait for a transfer are as many as may be.

    Who buys for several may order while one of them has room: an order does not say for which it is. Call it after
    `lock_buying_for` and after the lots are locked.
    """
    most = read_shop_settings(session).most_waiting_transfers
    waiting = (
        sa.select(OrganisationMember.organisation_id, sa.func.count(Order.id))
        .join(Order, Order.user_id == OrganisationMember.user_id)
        .where(
            OrganisationMember.organisation_id.in_(organisation_ids),
            _BUYS,
            Order.status == OrderStatus.AWAITING_PAYMENT,
            Order.payment_method == TRANSFER,
            Order.channel != Channel.GIFT,  # many orders, one transfer: gifts have a limit of their own
        )
        .group_by(OrganisationMember.organisation_id)
    )
    counted = {row[0]: row[1] for row in session.execute(waiting)}
    if all(counted.get(one, 0) >= most for one in organisation_ids):
        raise TooManyUnpaid(WAIT, most=most)
