"""Writing to the books: each business event once, each entry in balance, nothing ever changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.months import open_moment


@dataclass(frozen=True, order=True)
class Place:
    """Where an amount stands: an account, and whose it is."""

    account: Account
    household_id: int | None = None
    village_id: int | None = None
    order_line_id: int | None = None
    lot_id: int | None = None
    provider: str | None = None


Amounts = Mapping[Place, int]  # fen; debits positive, credits negative


def held_by(provider: str) -> Place:
    """What a provider has received for us and not passed on."""
    return Place(Account.PROVIDER_CLEARING, provider=provider)


class OutOfBalance(ValueError):
    """A programming mistake: the books refuse an entry that does not sum to zero."""


def already_posted(session: Session, reference: str) -> bool:
    found = session.scalar(sa.select(JournalEntry.id).where(JournalEntry.reference == reference))
    return found is not None


def post(
    session: Session,
    kind: EntryKind,
    reference: str,
    amounts: Amounts,
    *,
    now: datetime,
    order_id: int | None = None,
    reverses_id: int | None = None,
) -> JournalEntry | None:
    """Write one entry; None when `reference` was posted before, or nothing would move.

    It stands at `now`, or at the first moment after the closed months when `now` lies in one of them. Raises OutOfBalance. The unique reference is the last defence when two transactions post at once.
    """
    moving = {place: fen for place, fen in amounts.items() if fen}
    if sum(moving.values()) != 0:
        raise OutOfBalance(f"{reference}: {sum(moving.values())} fen too much")
    if not moving or already_posted(session, reference):
        return None
    posted_at = open_moment(session, now)
    entry = JournalEntry(
        kind=kind, reference=reference, order_id=order_id, reverses_id=reverses_id, posted_at=posted_at
    )
    session.add(entry)
    session.flush()
    session.execute(sa.insert(Posting), _rows(entry.id, moving))
    return entry


def post_many(session: Session, kind: EntryKind, entries: Mapping[str, Amounts], *, now: datetime) -> None:
    """As `post`, for hundreds of entries by their references that are about no order. Four statements."""
    known = sa.select(JournalEntry.reference).where(JournalEntry.reference.in_(entries))
    posted = set(session.scalars(known))
    moving = {
        reference: {place: fen for place, fen in amounts.items() if fen}
        for reference, amounts in entries.items()
        if reference not in posted
    }
    moving = {reference: amounts for reference, amounts in moving.items() if amounts}
    for reference, amounts in moving.items():
        if sum(amounts.values()) != 0:
            raise OutOfBalance(f"{reference}: {sum(amounts.values())} fen too much")
    if not moving:
        return
    posted_at = open_moment(session, now)
    heads = [{"kind": kind, "reference": reference, "posted_at": posted_at} for reference in moving]
    written = sa.insert(JournalEntry).returning(JournalEntry.reference, JournalEntry.id)
    ids = dict(session.execute(written, heads).all())
    rows = [row for reference, amounts in moving.items() for row in _rows(ids[reference], amounts)]
    session.execute(sa.insert(Posting), rows)


def _rows(entry_id: int, amounts: Amounts) -> list[dict[str, object]]:
    return [
        {
            "entry_id": entry_id,
            "account": place.account,
            "amount_fen": fen,
            "household_id": place.household_id,
            "village_id": place.village_id,
            "order_line_id": place.order_line_id,
            "lot_id": place.lot_id,
            "provider": place.provider,
        }
        for place, fen in sorted(amounts.items(), key=lambda item: _sort_key(item[0]))
    ]


def _sort_key(place: Place) -> tuple[str, int, int, int, int, str]:
    return (
        place.account.value,
        place.household_id or 0,
        place.village_id or 0,
        place.order_line_id or 0,
        place.lot_id or 0,
        place.provider or "",
    )


def gather(pairs: Iterable[tuple[Place, int]]) -> dict[Place, int]:
    """Add up amounts that stand in the same place."""
    total: dict[Place, int] = {}
    for place, fen in pairs:
        total[place] = total.get(place, 0) + fen
    return total


def difference(wanted: Amounts, posted: Amounts) -> dict[Place, int]:
    """What must be posted so that `posted` becomes `wanted`."""
    places = {*wanted, *posted}
    return {place: wanted.get(place, 0) - posted.get(place, 0) for place in places}


def posted_for_order(session: Session, order_id: int, which: sa.ColumnElement[bool]) -> dict[Place, int]:
    """The sum of everything that stands in the books for an order, of these entries."""
    columns = (
        Posting.account,
        Posting.household_id,
        Posting.village_id,
        Posting.order_line_id,
        Posting.lot_id,
        Posting.provider,
    )
    rows = session.execute(
        sa.select(*columns, sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.order_id == order_id, which)
        .group_by(*columns)
    )
    return {
        Place(account, household, village, line, lot, provider): int(fen)
        for account, household, village, line, lot, provider, fen in rows
    }
