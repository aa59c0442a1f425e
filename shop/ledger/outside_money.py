"""What each source of orders from elsewhere has collected for the shop, kept, given back and handed in, by the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.movements.deciding import propose_movement
from shop.ledger.movements.listing import IS_WAITING
from shop.ledger.movements.models import BankMovement, MovementKind
from shop.ledger.movements.reading import Moved
from shop.ordering.outside.models import OutsideSource, provider_of_source
from shop.ordering.outside.sources import all_sources, get_source


class HandedIn(StrEnum):
    CASH = "cash"
    TRANSFER = "transfer"


# What stands with the movement: the bank's statement shows cash and transfers alike.
HANDED_IN: Final = {
    HandedIn.CASH: msg("Cash, paid in at our bank"),
    HandedIn.TRANSFER: msg("Transfer to our bank"),
}
_PURPOSE: Final = {HandedIn.CASH: "现金缴存", HandedIn.TRANSFER: "转账缴存"}


@dataclass(frozen=True)
class SourceMoney:
    """Fen. `held_fen` is still with the source, negative where it gave back more than it had; `waiting_fen` of it is said to be handed in, and waits for a second person."""

    source: OutsideSource
    collected_fen: int
    kept_fen: int
    given_back_fen: int
    handed_in_fen: int
    waiting_fen: int
    missing_fen: int = 0  # of cash, when two persons counted

    @property
    def held_fen(self) -> int:
        return (
            self.collected_fen - self.kept_fen - self.given_back_fen - self.handed_in_fen - self.missing_fen
        )


def money_of_sources(session: Session) -> list[SourceMoney]:
    """Every source, those in use first. Three statements."""
    booked = session.execute(
        sa.select(
            Posting.provider, JournalEntry.kind, sa.cast(sa.func.sum(Posting.amount_fen), sa.BigInteger)
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account == Account.PROVIDER_CLEARING, Posting.provider.is_not(None))
        .group_by(Posting.provider, JournalEntry.kind)
    )
    by_kind = {(provider, kind): int(fen) for provider, kind, fen in booked}
    said = session.execute(
        sa.select(BankMovement.provider, sa.cast(sa.func.sum(BankMovement.amount_fen), sa.BigInteger))
        .where(IS_WAITING, BankMovement.kind == MovementKind.PROVIDER_PAYOUT)
        .group_by(BankMovement.provider)
    )
    waiting = dict(said.all())
    return [_money(source, by_kind, int(waiting.get(provider_of_source(source.slug), 0)))
            for source in all_sources(session)]  # fmt: skip


def _money(
    source: OutsideSource, by_kind: dict[tuple[str | None, EntryKind], int], waiting_fen: int
) -> SourceMoney:
    own = {
        kind: fen for (provider, kind), fen in by_kind.items() if provider == provider_of_source(source.slug)
    }
    kept, handed_in = -own.pop(EntryKind.PAYMENT_FEE, 0), -own.pop(EntryKind.MOVEMENT, 0)
    collected, missing = own.pop(EntryKind.SALE, 0), -own.pop(EntryKind.CASH_COUNT, 0)
    return SourceMoney(source, collected, kept, -sum(own.values()), handed_in, waiting_fen, missing)


def money_of_source(session: Session, source_id: int) -> SourceMoney:
    """Raises NotFound."""
    get_source(session, source_id)
    return next(one for one in money_of_sources(session) if one.source.id == source_id)


def waiting_of_source(session: Session, source: OutsideSource) -> Sequence[BankMovement]:
    """What is said to be handed in, and nobody else has seen yet; the oldest first."""
    own = BankMovement.provider == provider_of_source(source.slug)
    return session.scalars(sa.select(BankMovement).where(IS_WAITING, own).order_by(BankMovement.id)).all()


def hand_in(
    session: Session,
    source_id: int,
    amount_fen: int,
    how: HandedIn,
    reference: str,
    moved_on: date,
    *,
    actor_id: int,
    now: datetime,
) -> int:
    """Write down what a source handed in, for a second person; returns the movement's id. Saying it twice is once.

    Raises NotFound, InvalidInput, NotHeld where it is more than the source has, MovementKnown.
    """
    source = get_source(session, source_id)
    said = Moved(
        *(MovementKind.PROVIDER_PAYOUT, amount_fen, reference, moved_on),
        purpose=f"{_PURPOSE[how]} · {source.name_zh}",
        provider=provider_of_source(source.slug),
    )
    return propose_movement(session, said, actor_id=actor_id, now=now)
