"""Units that are back in stock, in the books: nobody earns of them before they are sold again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.figures import change_earned
from shop.inventory.models import ReturnedUnits, ReturnStatus
from shop.ledger.models import Account
from shop.ledger.months import open_moment
from shop.ledger.posting import Place
from shop.ledger.refunds import post_part_reversal, post_relief
from shop.ledger.returned import RESTOCKED, WRITTEN_OFF
from shop.payments.events import GoodsRestockedLate, RestockWrittenOff
from shop.payments.models import Refund, RefundLine


def is_restocked() -> sa.ColumnElement[bool]:
    """SQL: the units of this line of a refund are for sale again."""
    return sa.exists().where(
        ReturnedUnits.refund_line_id == RefundLine.id, ReturnedUnits.status == ReturnStatus.RESTOCKED
    )


def book_restocked(session: Session, refund: Refund, *, paid_from: Place, now: datetime) -> None:
    """Take the sale of the units back from everybody who has a part of it, whoever bears the rest of the refund.

    What was refunded of their price leaves `paid_from`; a rest that the buyer does not get again is the shop's.
    """
    back = sa.select(sa.func.sum(RefundLine.amount_fen)).where(
        RefundLine.refund_id == refund.id, is_restocked()
    )
    fen = session.scalar(back)
    if fen is None:
        return
    reference = f"refund:{refund.id}{RESTOCKED}"
    taken_back = post_part_reversal(
        session, refund.order_id, reference, int(fen), paid_from=paid_from, now=now
    )
    change_earned(session, taken_back, now, sign=-1)
    change_earned(session, post_relief(session, refund.order_id, refund.id, now=now), now)


def book_written_off_after_all(session: Session, event: RestockWrittenOff) -> None:
    """Everybody has their part of the units again; the shop bears what its mistake cost."""
    now = open_moment(session, event.at)
    reference = f"refund_line:{event.refund_line_id}{WRITTEN_OFF}"
    taken_back = post_part_reversal(
        session, event.order_id, reference, 0, paid_from=Place(Account.BANK), now=now
    )
    change_earned(session, taken_back, now, sign=-1)


def book_restocked_late(session: Session, event: GoodsRestockedLate) -> None:
    """Their price had gone back before; now their sale is taken back too, and the shop, which bore it, gets that again."""
    now = open_moment(session, event.at)
    reference = f"refund_line:{event.refund_line_ids[0]}{RESTOCKED}"
    taken_back = post_part_reversal(
        session, event.order_id, reference, 0, paid_from=Place(Account.BANK), now=now
    )
    change_earned(session, taken_back, now, sign=-1)
    refund_id = session.scalars(
        sa.select(RefundLine.refund_id).where(RefundLine.id == event.refund_line_ids[0])
    ).one()
    change_earned(session, post_relief(session, event.order_id, refund_id, now=now), now)
