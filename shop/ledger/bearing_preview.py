"""Who would give what of a refund, with names: read before it is asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.ledger.bearing import NOTHING_TAKEN, Part, borne_by
from shop.ledger.models import Account, JournalEntry, Payout, PayoutItem, PayoutStatus, Posting
from shop.ledger.posting import Place
from shop.ledger.sales import taken_back_with
from shop.payments.models import RefundBearer


@dataclass(frozen=True, slots=True)
class Restocked:
    """Units of a line, and the units of allocations that they are."""

    line_id: int
    units: int
    pieces: Mapping[int, int]


@dataclass(frozen=True)
class Giver:
    """An account, whose it is where somebody's, and what it gives in fen.

    `payout` is how far the money of this order went that the household had earned: what it gives of money that stands
    in a payout is taken off its next one. None: in no payout yet.
    """

    account: Account
    whose_zh: str
    whose_en: str
    fen: int
    payout: PayoutStatus | None = None


def preview_bearing(
    session: Session,
    order_id: int,
    bearer: RefundBearer,
    parts: Sequence[Part],
    *,
    taken: Mapping[Place, int] = NOTHING_TAKEN,
) -> list[Giver]:
    """Who bears these parts, as the books would say it now, once goods that go back in stock have `taken` theirs."""
    return givers_of(session, order_id, borne_by(session, order_id, bearer, parts, taken=taken))


def preview_restocking(session: Session, order_id: int, units: Sequence[Restocked]) -> dict[Place, int]:
    """What goods that go back in stock take from everybody who has a part of their sale."""
    of_lines, pieces = Counter[int](), Counter[int]()
    for one in units:
        of_lines[one.line_id] += one.units
        pieces.update(one.pieces)
    return taken_back_with(session, order_id, of_lines, pieces) if pieces else {}


def givers_of(session: Session, order_id: int, places: Mapping[Place, int]) -> list[Giver]:
    """With names, the largest first; a household or a village stands once."""
    given: dict[tuple[Account, int | None, int | None], int] = defaultdict(int)
    for place, fen in places.items():
        village_id = None if place.household_id else place.village_id
        given[place.account, place.household_id, village_id] += fen
    households = _names(session, Household, Household.alias_zh, Household.alias_en, {key[1] for key in given})
    villages = _names(session, Village, Village.name_zh, Village.name_en, {key[2] for key in given})
    drafted = _payouts(session, order_id)
    givers = [
        Giver(
            account,
            *(households.get(household_id) or villages.get(village_id) or ("", "")),
            fen,
            drafted.get(household_id) if household_id is not None else None,
        )
        for (account, household_id, village_id), fen in given.items()
        if fen
    ]
    return sorted(givers, key=lambda giver: -giver.fen)


def _payouts(session: Session, order_id: int) -> dict[int, PayoutStatus]:
    """By household whose money of this order stands in a payout: whether it is paid. The newest payout counts."""
    rows = session.execute(
        sa.select(Payout.household_id, Payout.status)
        .join(PayoutItem, PayoutItem.payout_id == Payout.id)
        .join(Posting, Posting.id == PayoutItem.posting_id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.order_id == order_id)
        .order_by(Payout.id)
    )
    return {household_id: status for household_id, status in rows}  # noqa: C416  rows are no pairs to mypy


def _names(
    session: Session, of: type[Household | Village], zh: Any, en: Any, ids: set[int | None]
) -> dict[int | None, tuple[str, str]]:
    rows = session.execute(sa.select(of.id, zh, en).where(of.id.in_([one for one in ids if one is not None])))
    return {one: (name_zh, name_en) for one, name_zh, name_en in rows}
