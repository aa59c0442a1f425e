"""A lot is counted: what is on its shelf, what should be, and what becomes of the difference.

On the shelf should be what is for sale and what is promised, without what was handed in at the packing place already.
An order that comes in between changes none of that: goods on the shelf are there, sold or not. The rule for a
difference: what is missing is first missed of what is for sale; only then of what is promised, and then the lot is
closed, ``short_harvest`` says how many there really are, and the orders that were placed last are served elsewhere or
paid back, as after a short harvest. What is found again comes back the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.count_models import COUNT_WORDS, LONGEST_WORDS, CountReason, StockCount
from shop.inventory.errors import CountedOffSale, CountHitsOrders, CountOvertaken, NotHarvested
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot, LotChange, LotStatus
from shop.inventory.recall_state import is_recalled
from shop.inventory.stock import note_moved_stock
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

MOST_COUNTED = 100_000
REASON_NEEDED = msg("The number differs: please say why.")
WORDS_NEEDED = msg("Please write in a few words what happened.")


@dataclass(frozen=True, slots=True)
class Counting:
    """What a person says. `seen` should be there, as its page showed; `agreed`: so many promised units are missing."""

    counted: int
    seen: int
    reason: CountReason | None
    words: str
    token: str
    agreed: int = 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """Units of a lot, `handed_in` of the promised ones at the packing place. `there`: where fewer are than promised."""

    available: int
    promised: int
    handed_in: int
    there: int | None = None

    @property
    def expected(self) -> int:
        by_promise = self.available + self.promised - self.handed_in
        return by_promise if self.there is None else max(min(by_promise, self.there - self.handed_in), 0)

    @property
    def missing(self) -> int:
        """Promised units that are known not to be there."""
        return max(self.promised - self.handed_in - self.expected, 0)

    def spare(self, counted: int) -> int:
        """With so many on the shelf: units that nobody was promised; below nothing, promised ones that are missing."""
        return counted + self.handed_in - self.promised


def shelf_of(lot: Lot, handed_in: int) -> Shelf:
    there = None if lot.short_harvest is None else max(lot.short_harvest - lot.shipped, 0)
    return Shelf(lot.available, lot.held + lot.committed, handed_in, there)


def apply_count(
    session: Session, lot: Lot, said: Counting, *, handed_in: int, author: Author, now: datetime
) -> StockCount:
    """Write the count down and move what differs. The caller has the lot locked.

    Raises NotHarvested, InvalidInput; CountOvertaken when something else should be there than was shown;
    CountHitsOrders when other promised units would be missing than were agreed to; CountedOffSale for units too
    many of a lot that is off sale.
    """
    if lot.expected_on is not None:
        raise NotHarvested()
    shelf = shelf_of(lot, handed_in)
    _judge(said, shelf)
    spare = shelf.spare(said.counted)
    short = max(-spare, 0)
    if short > shelf.missing and said.agreed != short:
        raise CountHitsOrders(short=short)
    count = StockCount(
        lot_id=lot.id,
        at=now,
        actor_id=author.user_id,
        for_producer=author.for_producer,
        expected=shelf.expected,
        counted=said.counted,
        added=0,
        taken_off=0,
        shorter=short - shelf.missing,
        reason=said.reason if said.counted != shelf.expected else None,
        words=said.words[:LONGEST_WORDS] if said.counted != shelf.expected else "",
        token=said.token,
    )
    _move(session, lot, count, max(spare, 0) - lot.available, now)
    _follow_promises(session, lot, count, short, now)
    session.add(count)
    session.flush()
    _write_down(session, lot, count, author, now)
    note_moved_stock(session, {lot.variant_id}, now=now)
    return count


def count_sent_before(session: Session, token: str) -> StockCount | None:
    return session.scalar(sa.select(StockCount).where(StockCount.token == token))


def says_the_same(count: StockCount, lot_id: int, said: Counting) -> bool:
    """Whether this is the form of that count once more: the reason is kept only where the number differed."""
    differs = count.counted != count.expected
    why = (said.reason, said.words[:LONGEST_WORDS]) if differs else (None, "")
    return (count.lot_id, count.counted, count.reason, count.words) == (lot_id, said.counted, *why)


def missing_of(lot: Lot) -> int:
    """Units that are promised, paid or not, and are known not to be there."""
    return (
        0 if lot.short_harvest is None else max(lot.held + lot.committed + lot.shipped - lot.short_harvest, 0)
    )


def _judge(said: Counting, shelf: Shelf) -> None:
    if not 0 <= said.counted <= MOST_COUNTED:
        raise InvalidInput(msg("At most 100,000 units."), field="counted")
    if said.seen != shelf.expected:
        raise CountOvertaken(before=said.seen, after=shelf.expected)
    if said.counted == shelf.expected:
        return
    if said.reason is None:
        raise InvalidInput(REASON_NEEDED, field="reason")
    if said.reason is CountReason.FOUND and said.counted < shelf.expected:
        raise InvalidInput(msg("Fewer are there than should be: nothing was found."), field="reason")
    if said.reason in (CountReason.SPOILED, CountReason.LOST) and said.counted > shelf.expected:
        raise InvalidInput(msg("More are there than should be: nothing is missing."), field="reason")
    if said.reason is CountReason.OTHER and not said.words:
        raise InvalidInput(WORDS_NEEDED, field="words")


def _move(session: Session, lot: Lot, count: StockCount, change: int, now: datetime) -> None:
    """Units leave the sale, or come to it: first what counts took off before, then what nobody had declared."""
    if change <= 0:
        count.taken_off = -change
    else:
        if not _can_sell(session, lot, now):
            raise CountedOffSale()
        count.taken_off = -min(change, missed_by_counts(session, lot.id), lot.withdrawn)
        count.added = change + count.taken_off
    lot.available += change
    lot.withdrawn += count.taken_off
    lot.declared += count.added
    lot.goes_first = min(lot.goes_first, lot.available + lot.held)


def _can_sell(session: Session, lot: Lot, now: datetime) -> bool:
    """Whether the lot is for sale, or is not for the one reason that a count closed it."""
    if lot.in_question or lot.best_before < shanghai_date(now) or is_recalled(session, lot.id):
        return False
    closed = sa.select(StockCount.id).where(StockCount.lot_id == lot.id, StockCount.closed_lot.is_(True))
    return lot.status is LotStatus.OPEN or session.scalar(closed.limit(1)) is not None


def _follow_promises(session: Session, lot: Lot, count: StockCount, short: int, now: datetime) -> None:
    """A lot with fewer units than it promised is closed until they are there after all."""
    if short:
        count.closed_lot = lot.status is LotStatus.OPEN
        lot.status = LotStatus.CLOSED
        lot.short_harvest = lot.held + lot.committed + lot.shipped - short
    elif lot.short_harvest is not None and count.counted > count.expected:
        lot.short_harvest = None
        if _can_sell(session, lot, now):
            lot.status = LotStatus.OPEN


def missed_by_counts(session: Session, lot_id: int) -> int:
    """Units that counts took off sale and did not find again."""
    total = sa.select(sa.func.coalesce(sa.func.sum(StockCount.taken_off), 0))
    return int(session.scalar(total.where(StockCount.lot_id == lot_id)) or 0)


def _write_down(session: Session, lot: Lot, count: StockCount, author: Author, now: datetime) -> None:
    """On the lot's page where units moved, and always in the audit trail."""
    if count.added or count.taken_off:
        session.add(
            LotChange(
                lot_id=lot.id,
                at=now,
                actor_id=author.user_id,
                for_producer=author.for_producer,
                declared_change=count.added,
                missing_change=count.taken_off,
                reason=count.words or (COUNT_WORDS[count.reason] if count.reason else ""),
            )
        )
    facts = {
        "counted": [count.expected, count.counted],
        "reason": count.reason or "",
        "words": count.words,
        "short": count.shorter,
    }
    audit(session, author.user_id, "lot.counted", "lot", lot.code, facts, now=now)
    session.flush()
