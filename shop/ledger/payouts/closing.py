"""What completed orders owe each household, as a batch of draft payouts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.clock import day_range, shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.references import random_code
from shop.kit.text import msg
from shop.ledger.models import Account, JournalEntry, Payout, PayoutItem, PayoutRun, Posting
from shop.ordering.models import Order, OrderStatus
from shop.payments.closed_units import is_settled

Due = dict[int, list[tuple[int, int]]]  # household id → (posting id, fen owed)


@dataclass(frozen=True)
class Closed:
    """What a closing drafted, in all."""

    number: str
    households: int
    total_fen: int


def close_payouts(
    session: Session, until: date, *, now: datetime, actor_id: int | None = None, advance: bool = False
) -> Closed | None:
    """Draft a payout for each household that completed orders owe money up to and with the day `until`.

    None when nothing is due, so closing twice does nothing. A household whose refunds outweigh its sales is
    carried forward: its postings stay unclaimed until later sales make up for them. Postings are claimed by
    the unique `payout_items.posting_id`: of two closings at once one fails, runs again and finds them taken.
    With `advance` also what buyers on terms still owe: that part is paid from the advance account.
    Raises InvalidInput for a day that has not come: its number would promise what nobody knows yet.
    """
    refuse_future(until, now)
    due = {
        household_id: items
        for household_id, items in unpaid_postings(session, until, advance=advance).items()
        if sum(fen for _, fen in items) > 0
    }
    if not due:
        return None
    run = PayoutRun(
        number=f"P{until:%Y%m%d}-{random_code(4)}",
        until=until,
        advance=advance,
        created_at=now,
        created_by_id=actor_id,
    )
    session.add(run)
    session.flush()
    _draft(session, run, due)
    closed = Closed(run.number, len(due), sum(map(_total, due.values())))
    facts = {"until": until.isoformat(), "households": closed.households, "total_fen": closed.total_fen}
    audit(session, actor_id, "payout.closed", "payout_run", run.number, facts, now=now)
    return closed


def is_closed(session: Session, until: date) -> bool:
    """Whether some run holds what was completed by this day; one that was discarded holds nothing."""
    stands = sa.exists().where(Payout.run_id == PayoutRun.id)
    found = sa.select(PayoutRun.id).where(PayoutRun.until >= until, stands).limit(1)
    return session.scalar(found) is not None


def refuse_future(until: date, now: datetime) -> None:
    if until > shanghai_date(now):
        raise InvalidInput(msg("This day has not come yet."), field="until")


def unpaid_postings(session: Session, until: date, *, advance: bool = False) -> Due:
    """Postings to households that no payout has claimed, of orders completed by the end of `until`.

    Only from money received, unless in `advance`: what an organisation on terms still owes waits until it has come. What units
    earned that nobody delivered waits until their refund has taken it back.
    """
    _, end = day_range(until, until)
    claimed = sa.exists().where(PayoutItem.posting_id == Posting.id)
    rows = session.execute(
        sa.select(Posting.household_id, Posting.id, -Posting.amount_fen)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .where(
            Posting.account == Account.HOUSEHOLD_PAYABLE,
            Posting.household_id.is_not(None),
            Order.status == OrderStatus.COMPLETED,
            Order.completed_at < end,
            sa.true() if advance else Order.id.not_in(owed_by_buyers()),
            ~_on_its_way_back(),
            ~claimed,
        )
        .order_by(Posting.household_id, Posting.id)
    )
    due: Due = defaultdict(list)
    for household_id, posting_id, fen in rows:
        if household_id is not None:
            due[household_id].append((posting_id, fen))
    return due


def owed_by_buyers() -> sa.Select[int | None]:
    """SQL: orders whose money has not come yet."""
    return (
        sa.select(JournalEntry.order_id)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(Posting.account == Account.RECEIVABLES, JournalEntry.order_id.is_not(None))
        .group_by(JournalEntry.order_id)
        .having(sa.func.sum(Posting.amount_fen) > 0)
    )


def _on_its_way_back() -> sa.ColumnElement[bool]:
    """SQL: a posting for units that left the order and whose price is not with the buyer yet."""
    return sa.exists().where(
        Allocation.order_line_id == Posting.order_line_id,
        Allocation.lot_id == Posting.lot_id,
        Allocation.status == AllocationStatus.CLOSED,
        ~is_settled(),
    )


def _draft(session: Session, run: PayoutRun, due: Due) -> None:
    payouts = [
        Payout(run_id=run.id, household_id=household_id, amount_fen=_total(items))
        for household_id, items in due.items()
    ]
    session.add_all(payouts)
    session.flush()
    session.execute(
        sa.insert(PayoutItem),
        [
            {"payout_id": payout.id, "posting_id": posting_id}
            for payout in payouts
            for posting_id, _ in due[payout.household_id]
        ],
    )


def _total(items: Iterable[tuple[int, int]]) -> int:
    return sum(fen for _, fen in items)
