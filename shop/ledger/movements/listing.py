"""Money that moved outside orders as finance reads it: what its accounts hold, what waits, and all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.catalogue.models import Village
from shop.kit.errors import NotFound
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ledger.movements.kinds import HELD_IN, WAYS
from shop.ledger.movements.models import BankMovement, MovementKind, MovementStatus
from shop.ledger.posting import Place
from shop.storage.paging import Page, read_page

IS_WAITING = BankMovement.status == MovementStatus.PROPOSED
_IS_ASKED_BACK = sa.and_(
    BankMovement.status == MovementStatus.BOOKED, BankMovement.back_asked_at.is_not(None)
)
_NEEDS_SECOND = sa.or_(IS_WAITING, _IS_ASKED_BACK)


@dataclass(frozen=True)
class Held:
    """What movements can still take, in fen, by whose it is; negative where more is gone than came.

    `waiting` is said already, and nobody else has agreed yet.
    """

    fen: Mapping[Place, int]
    waiting: Mapping[Place, int]

    def of(self, account: Account) -> int:
        """What the account holds, whosever it is."""
        return sum(fen for place, fen in self.fen.items() if place.account is account)

    def free(self, kind: MovementKind, village_id: int | None = None, provider: str = "") -> int:
        """What a movement of this kind can take of that village's or provider's money beside those that wait."""
        way = WAYS[kind]
        place = way.place(village_id, provider)
        is_somebodys = way.by_village or way.by_provider
        held = self.fen.get(place, 0) if is_somebodys else self.of(way.account)
        return max(0, held - self.waiting.get(place, 0))


@dataclass(frozen=True)
class VillageHeld:
    """What a village can be paid, in fen."""

    id: int
    name_zh: str
    name_en: str
    packing_fen: int
    fund_fen: int


@dataclass(frozen=True)
class MovementRow:
    """`entry_id` is its entry in the books, `line_id` the line of a bank statement that said it.

    `back_asked_at`: one person wants it taken back, for the `reversal_reason`; `back_id` is the entry that did.
    """

    id: int
    kind: MovementKind
    status: MovementStatus
    amount_fen: int
    bank_reference: str
    moved_on: date
    village_zh: str
    village_en: str
    provider: str
    purpose: str
    line_id: int | None
    entry_id: int | None
    proposed_at: datetime
    proposed_by_id: int | None
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    back_asked_at: datetime | None
    back_asked_by_id: int | None
    back_asked_by: str
    reversed_at: datetime | None
    reversed_by: str
    reversal_reason: str
    back_id: int | None

    @property
    def comes_in(self) -> bool:
        return WAYS[self.kind].comes_in


def read_held(session: Session) -> Held:
    """Two statements."""
    fen = sa.cast(sa.func.sum(Posting.amount_fen), sa.BigInteger)
    whose = (Posting.account, Posting.village_id, Posting.provider)
    booked = sa.select(*whose, fen).where(Posting.account.in_(HELD_IN)).group_by(*whose)
    held = {
        Place(account, village_id=village_id, provider=provider): _held(account, amount)
        for account, village_id, provider, amount in session.execute(booked)
    }
    said = sa.cast(sa.func.sum(BankMovement.amount_fen), sa.BigInteger)
    by = (BankMovement.kind, BankMovement.village_id, BankMovement.provider)
    waits = session.execute(sa.select(*by, said).where(IS_WAITING).group_by(*by))
    waiting = {WAYS[kind].place(village_id, provider): fen for kind, village_id, provider, fen in waits}
    return Held(held, waiting)


def villages_held(session: Session, held: Held) -> list[VillageHeld]:
    """Every village, and what is left to be paid to it. One statement."""
    rows = session.execute(sa.select(Village.id, Village.name_zh, Village.name_en).order_by(Village.id))
    return [
        VillageHeld(
            *(village_id, zh, en),
            held.free(MovementKind.PACKING_PAID, village_id),
            held.free(MovementKind.VILLAGE_FUND_PAID, village_id),
        )
        for village_id, zh, en in rows
    ]


def waiting_columns() -> tuple[sa.ScalarSelect[Any], ...]:
    """SQL: how many movements wait for a second person, their fen, and since when. The dashboard asks for it."""
    fen = sa.cast(sa.func.coalesce(sa.func.sum(BankMovement.amount_fen), 0), sa.BigInteger)
    since = sa.func.coalesce(BankMovement.back_asked_at, BankMovement.proposed_at)
    return tuple(
        sa.select(one).select_from(BankMovement).where(_NEEDS_SECOND).scalar_subquery()
        for one in (sa.func.count(), fen, sa.func.min(since))
    )


def movement_row(session: Session, movement_id: int) -> MovementRow:
    """Raises NotFound."""
    row = session.execute(_movements().where(BankMovement.id == movement_id)).one_or_none()
    if row is None:
        raise NotFound()
    return MovementRow(*row)


def movements(session: Session, *, page: int = 1) -> Page[MovementRow]:
    """The newest first. Two statements."""
    statement = _movements().order_by(BankMovement.id.desc())
    return read_page(session, statement, number=page).map(lambda row: MovementRow(*row))


def waiting_movements(session: Session) -> list[MovementRow]:
    """Those that wait for a second person, to be booked or to be taken back; the oldest first."""
    rows = session.execute(_movements().where(_NEEDS_SECOND).order_by(BankMovement.id))
    return [MovementRow(*row) for row in rows]


def movement_of_line(session: Session, line_id: int) -> MovementRow | None:
    """What a line of a bank statement is booked as, if it is a provider's payout."""
    of_line = sa.and_(BankMovement.line_id == line_id, BankMovement.status == MovementStatus.BOOKED)
    row = session.execute(_movements().where(of_line)).one_or_none()
    return MovementRow(*row) if row is not None else None


def entry_name() -> sa.ColumnElement[str]:
    """SQL: the reference of a movement's entry in the books."""
    return sa.literal("movement:") + sa.cast(BankMovement.id, sa.String)


def _movements() -> sa.Select[*tuple[Any, ...]]:
    proposer, decider, asker, reverser = (aliased(User) for _ in range(4))
    back = aliased(JournalEntry)
    row = BankMovement
    return (
        sa.select(
            *(row.id, row.kind, row.status, row.amount_fen, row.bank_reference, row.moved_on),
            *(sa.func.coalesce(name, "") for name in (Village.name_zh, Village.name_en)),
            *(row.provider, row.purpose, row.line_id, JournalEntry.id),
            *(row.proposed_at, row.proposed_by_id, _who(proposer)),
            *(row.decided_at, _who(decider), row.back_asked_at, row.back_asked_by_id, _who(asker)),
            *(row.reversed_at, _who(reverser), row.reversal_reason, back.id),
        )
        .outerjoin(Village, Village.id == row.village_id)
        .outerjoin(JournalEntry, JournalEntry.reference == entry_name())
        .outerjoin(proposer, proposer.id == row.proposed_by_id)
        .outerjoin(decider, decider.id == row.decided_by_id)
        .outerjoin(asker, asker.id == row.back_asked_by_id)
        .outerjoin(reverser, reverser.id == row.reversed_by_id)
        .outerjoin(back, back.reverses_id == JournalEntry.id)
    )


def _held(account: Account, booked_fen: int) -> int:
    """Of an asset its debit, of what is owed and of income its credit."""
    return booked_fen if account is Account.PROVIDER_CLEARING else -booked_fen


def _who(person: Any) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(person.name, ""), person.email, "")
