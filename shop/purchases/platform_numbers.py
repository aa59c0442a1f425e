"""Numbers of orders that the public platform's tables have already: entered here as well, an order counts instead of its rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.purchases.platform_models import PlatformPurchase

_AT_ONCE: Final = 400  # numbers asked for in one statement


class OnPlatform(InvalidInput):
    """Nobody has said yet that it is the same order; nothing is counted twice, and nothing falls out unseen."""

    code = "number_on_platform"
    default_message = msg(
        "In the tables of the public platform (832) stands already: %(numbers)s. Please say that it is the same order, or give"
        " it another number."
    )


def on_platform(session: Session, numbers: Collection[str]) -> dict[str, int]:
    """By number what its rows there come to, in fen, and will count no more. A statement for every 400."""
    wanted, found = sorted(set(numbers)), dict[str, int]()
    fen = sa.cast(sa.func.sum(PlatformPurchase.amount_fen), sa.BigInteger)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            sa.select(PlatformPurchase.order_number, fen)
            .where(PlatformPurchase.order_number.in_(wanted[start : start + _AT_ONCE]))
            .group_by(PlatformPurchase.order_number)
        )
        found |= {number: amount for number, amount in rows}  # noqa: C416  rows are no pairs to mypy
    return found


def refuse_unsure(session: Session, numbers: Collection[str], *, is_sure: bool) -> None:
    """Raises OnPlatform."""
    known = {} if is_sure else on_platform(session, numbers)
    if known:
        raise OnPlatform(field="platform_sure", numbers="、".join(list(known)[:5]))
