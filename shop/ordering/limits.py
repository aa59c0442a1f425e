"""How much one buyer may have: units of a limited variant, and orders that nobody has paid yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.kit.text import msg
from shop.ordering.counting import COUNTS, FROM_SHOP, WINDOW
from shop.ordering.errors import LimitReached, TooManyUnpaid
from shop.ordering.lines import Line
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.waiting_transfers import TRANSFER, buys_for_one, check_waiting_transfers

_UNPAID = 0  # stands where a variant's id would
# It never says how many were ordered before: whoever types somebody's telephone would read it.
BY_NAME = msg("%(name)s: at most %(limit)s for each buyer in 30 days, what was ordered before included.")

OWN_UNPAID = msg(
    "%(most)s orders of yours wait for their payment. Please pay or cancel one of them first; what you typed stays here."
)
GUEST_UNPAID = msg(
    "%(most)s orders for this telephone wait for their payment. Please pay or cancel one of them first;"
    " what you typed stays here."
)


def check_limits(
    session: Session,
    lines: Sequence[Line],
    *,
    user_id: int | None,
    phone: str,
    language: str,
    buys_for: Sequence[int] = (),
    now: datetime,
) -> None:
    """Raise LimitReached when these lines and the buyer's orders of the last 30 days exceed a limit, or TooManyUnpaid
    when orders of the buyer that wait for their money hold enough of the stock already. One statement, one more where
    orders are unpaid, and two more where the order is to be paid by transfer and the account `buys_for` organisations:
    theirs are counted then.

    A guest is known by the telephone number, and what an account ordered for that number counts too; an account
    is charged with what was ordered for its telephone without signing in. Unpaid orders are counted more narrowly,
    so that nobody can close an account by typing its telephone. Call it after the basket and the lots are locked:
    two orders of one account, or of one telephone for the same goods, have then taken turns, and the second sees
    the first.
    """
    limited = {line.variant_id: line for line in lines if line.limit_per_buyer is not None}
    asked = {"user_id": user_id, "phone": phone, "variant_ids": list(limited), "since": now - WINDOW}
    counted = session.execute(_OF_GUEST if user_id is None else _OF_USER, asked)
    has = {int(row[0]): int(row[1]) for row in counted}
    if buys_for:
        check_waiting_transfers(session, buys_for)
    elif has[_UNPAID] and has[_UNPAID] >= (most := read_shop_settings(session).most_unpaid_orders):
        raise TooManyUnpaid(GUEST_UNPAID if user_id is None else OWN_UNPAID, most=most)
    for variant_id, line in limited.items():
        limit = line.limit_per_buyer or 0
        if has.get(variant_id, 0) + line.quantity > limit:
            name = line.product_name_zh if language == "zh" else line.product_name_en
            raise LimitReached(BY_NAME, field="basket", name=name, limit=limit)


def _counted(unpaid: sa.ColumnElement[bool], bought: sa.ColumnElement[bool]) -> sa.CompoundSelect[int, int]:
    """How many orders are unpaid; units of the variants in orders that were not cancelled."""
    return sa.union_all(
        sa.select(sa.literal(_UNPAID), sa.func.count()).where(
            unpaid, FROM_SHOP, Order.status == OrderStatus.AWAITING_PAYMENT
        ),
        sa.select(OrderLine.variant_id, sa.func.sum(OrderLine.quantity))
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            bought,
            OrderLine.variant_id.in_(sa.bindparam("variant_ids", expanding=True)),
            COUNTS,
        )
        .group_by(OrderLine.variant_id),
    )


# Made once: building a statement takes as long as running it.
_BY_PHONE: Final = Order.phone == sa.bindparam("phone")
_AS_GUEST: Final = sa.and_(Order.user_id.is_(None), _BY_PHONE)
_BY_USER: Final = Order.user_id == sa.bindparam("user_id")
# Transfers of who buys for an organisation are counted with those of the organisation.
_OWN_UNPAID: Final = sa.and_(_BY_USER, ~sa.and_(Order.payment_method == TRANSFER, buys_for_one()))
_OF_GUEST: Final = _counted(_AS_GUEST, _BY_PHONE)
_OF_USER: Final = _counted(_OWN_UNPAID, sa.or_(_BY_USER, _AS_GUEST))
