"""What somebody says of a movement, read: every field that cannot be is named, and nothing moves that is not held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Village
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.money import plain_yuan
from shop.kit.text import msg, tidy
from shop.kit.typed_amounts import NO_AMOUNT
from shop.ledger.models import JournalEntry, Posting
from shop.ledger.movements.errors import HOLDS_LESS, NotHeld
from shop.ledger.movements.kinds import WAYS
from shop.ledger.movements.listing import read_held
from shop.ledger.movements.models import MovementKind
from shop.ledger.movements.passing_on import passes_on
from shop.ledger.payouts.paying import LONGEST_REFERENCE

LONGEST_PURPOSE: Final = 200
LONG_AGO: Final = timedelta(days=366)  # a bank may charge before the shop has sold anything


@dataclass(frozen=True)
class Moved:
    """What our bank says of money that came or went; village and provider as its kind needs them."""

    kind: MovementKind
    amount_fen: int
    bank_reference: str
    moved_on: date
    purpose: str = ""
    village_id: int | None = None
    provider: str = ""


def read_moved(session: Session, said: Moved, *, now: datetime) -> Moved:
    """As it will stand, without what its kind does not need. Raises InvalidInput with every field that is wrong."""
    kind = said.kind
    said = replace(
        said,
        bank_reference=tidy(said.bank_reference),
        purpose=tidy(said.purpose),
        village_id=said.village_id if WAYS[kind].by_village else None,
        provider=said.provider if kind is MovementKind.PROVIDER_PAYOUT else "",
    )
    errors = _wrong(session, said)
    if day := _wrong_day(session, said, shanghai_date(now)):
        errors["moved_on"] = day
    if errors:
        raise InvalidInput(errors=errors)
    return said


def refuse_more_than_held(session: Session, said: Moved, *, own_fen: int = 0) -> None:
    """`own_fen`: of what waits, so much is this one itself. Raises NotHeld. The movements' name is locked."""
    way = WAYS[said.kind]
    if not way.takes_from:
        return
    held, place = read_held(session), way.place(said.village_id, said.provider)
    waiting = {**held.waiting, place: held.waiting.get(place, 0) - own_fen}
    free_fen = replace(held, waiting=waiting).free(said.kind, said.village_id, said.provider)
    if said.amount_fen > free_fen:
        message = HOLDS_LESS if way.by_provider else None
        raise NotHeld(message, field="amount", held=plain_yuan(free_fen))


def _wrong(session: Session, said: Moved) -> dict[str, str]:
    errors: dict[str, str] = {}
    if said.amount_fen <= 0:
        errors["amount"] = NO_AMOUNT
    if not said.bank_reference or len(said.bank_reference) > LONGEST_REFERENCE:
        errors["bank_reference"] = msg("Please enter what the bank calls the transfer.")
    if len(said.purpose) > LONGEST_PURPOSE:
        errors["purpose"] = msg("Please say it in at most 200 characters.")
    if WAYS[said.kind].by_village and not _is_village(session, said.village_id):
        errors["village_id"] = msg("Please choose the village that was paid.")
    if said.kind is MovementKind.PROVIDER_PAYOUT and not passes_on(session, said.provider):
        errors["provider"] = msg("Please choose the provider that paid.")
    return errors


def _is_village(session: Session, village_id: int | None) -> bool:
    return village_id is not None and session.get(Village, village_id) is not None


def _wrong_day(session: Session, said: Moved, today: date) -> str:
    if said.moved_on > today:
        return msg("This day has not come yet.")
    first = _first_booked(session, said)
    if WAYS[said.kind].takes_from:
        is_early = first is not None and said.moved_on < first
        return msg("Nothing stood on this account yet on this day.") if is_early else ""
    is_early = said.moved_on < min(first or today, today) - LONG_AGO
    return msg("This was long before the books began: please check the year.") if is_early else ""


def _first_booked(session: Session, said: Moved) -> date | None:
    """The day of the first entry on its account; of a cost of the bank, of all the books."""
    way, first = WAYS[said.kind], sa.select(sa.func.min(JournalEntry.posted_at))
    if way.takes_from:
        first = first.join(Posting, Posting.entry_id == JournalEntry.id).where(Posting.account == way.account)
    if way.by_village:
        first = first.where(Posting.village_id == said.village_id)
    moment = session.scalar(first)
    return shanghai_date(moment) if moment is not None else None
