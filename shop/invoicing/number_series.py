"""Our own numbers of requests and vouchers: each seller's follow one another without a gap.

A number is taken in the transaction that uses it, behind the lock of its series: what is undone gives it back, and
nobody else has taken the next one meanwhile. No row with a number is ever deleted.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.models import NumberSeries, Series
from shop.storage.locks import LockRank, note_lock

_LETTERS: Final = {Series.REQUEST: "KP", Series.VOUCHER: "SG"}


class OwnNumber(NamedTuple):
    sequence: int
    text: str


def take_number(session: Session, seller_id: int, series: Series) -> OwnNumber:
    """The next number, such as KP3-000042. Locks the series until the end of the transaction."""
    note_lock(session, LockRank.NUMBER_SERIES)
    sequence = _next(session, seller_id, series)
    return OwnNumber(sequence, number_text(seller_id, series, sequence))


def number_text(seller_id: int, series: Series, sequence: int) -> str:
    return f"{_LETTERS[series]}{seller_id}-{sequence:06d}"


def _next(session: Session, seller_id: int, series: Series) -> int:
    taken = session.scalar(
        sa.update(NumberSeries)
        .where(NumberSeries.seller_id == seller_id, NumberSeries.series == series)
        .values(last=NumberSeries.last + 1)
        .returning(NumberSeries.last)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        # Of two who begin a series at once, one finds the other's row and tries again.
        session.add(NumberSeries(seller_id=seller_id, series=series, last=1))
        session.flush()
        return 1
    return taken
