"""Who gives what of a refund that somebody bears: one place for the books and for the preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.money import split
from shop.ledger.models import Account, EntryKind, JournalEntry
from shop.ledger.posting import Place, gather, posted_for_order
from shop.ordering.models import OrderLine
from shop.payments.models import RefundBearer
from shop.payments.refund_limits import units_not_returned

_OF_THE_ORDER = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REFUND, EntryKind.REVERSAL)


@dataclass(frozen=True, slots=True)
class Part:
    """Money for units of a line; without a line, for freight or for nothing in particular."""

    fen: int
    line_id: int | None = None
    units: int = 0


@dataclass(frozen=True, slots=True)
class Supplied:
    """Units that left the shop, of one lot: the village that kept them, and what they weigh among others."""

    line_id: int
    lot_id: int
    village_id: int
    weight: int


@dataclass(frozen=True, slots=True)
class Supply:
    """Pure facts: what was supplied, what it still earns each household, and how many units of a line count."""

    supplied: Sequence[Supplied]
    earned: Mapping[Place, int]
    units: Mapping[int, int]


def borne_by(
    session: Session,
    order_id: int,
    bearer: RefundBearer,
    parts: Sequence[Part],
    *,
    refund_id: int | None = None,
) -> dict[Place, int]:
    """What each gives, as debits in fen that add up to the parts. `refund_id` is the refund itself, once it is there."""
    whole = sum(part.fen for part in parts)
    if bearer is RefundBearer.COURIER:
        return {Place(Account.FREIGHT_PAYABLE): whole}
    if bearer is RefundBearer.SHOP:
        return {Place(Account.REFUNDS_BORNE): whole}
    supply = _supply(session, order_id, refund_id)
    return by_villages(parts, supply) if bearer is RefundBearer.VILLAGE else by_households(parts, supply)


def by_households(parts: Sequence[Part], supply: Supply) -> dict[Place, int]:
    """Each gives in proportion to what the goods earned it and never more than that; the shop bears the rest. Pure.

    For units, that is what these units earned; for freight or a free amount, what the whole order did.
    """
    earned = dict(supply.earned)
    given: list[tuple[Place, int]] = []
    for part in sorted(parts, key=lambda one: one.line_id is None):
        places = [
            place
            for place in sorted(earned)
            if earned[place] > 0 and part.line_id in {None, place.order_line_id}
        ]
        most = sum(earned[place] for place in places)
        if part.line_id is not None:
            most = most * part.units // max(supply.units.get(part.line_id, 0), part.units)
        fen = min(part.fen, most)
        for place, share in zip(places, split(fen, [earned[place] for place in places]), strict=True):
            earned[place] -= share
            given.append((place, share))
        given.append((Place(Account.REFUNDS_BORNE), part.fen - fen))
    return gather(given)


def by_villages(parts: Sequence[Part], supply: Supply) -> dict[Place, int]:
    """From the funds of the villages that kept the goods, as these weigh in the households' part. Pure.

    A fund may owe for a while: later sales make up for it. Goods of nobody leave the refund to the shop.
    """
    given: list[tuple[Place, int]] = []
    for part in parts:
        kept = [one for one in supply.supplied if part.line_id in {None, one.line_id}]
        if not kept:
            given.append((Place(Account.REFUNDS_BORNE), part.fen))
            continue
        shares = split(part.fen, [one.weight for one in kept])
        given += [
            (Place(Account.VILLAGE_FUND, village_id=one.village_id), fen)
            for one, fen in zip(kept, shares, strict=True)
        ]
    return gather(given)


def _supply(session: Session, order_id: int, refund_id: int | None) -> Supply:
    rows = session.execute(
        sa.select(
            *(Allocation.order_line_id, Allocation.lot_id, Producer.village_id),
            *(sa.func.sum(Allocation.household_fen), sa.func.sum(Allocation.units)),
        )
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(OrderLine.order_id == order_id, Allocation.status == AllocationStatus.SHIPPED)
        .group_by(Allocation.order_line_id, Allocation.lot_id, Producer.village_id)
        .order_by(Allocation.order_line_id, Allocation.lot_id)
    )
    supplied = [
        Supplied(line_id, lot_id, village_id, int(fen) or int(units))
        for line_id, lot_id, village_id, fen, units in rows
    ]
    came = {(one.line_id, one.lot_id) for one in supplied}
    posted = posted_for_order(session, order_id, JournalEntry.kind.in_(_OF_THE_ORDER))
    earned = {
        place: -fen
        for place, fen in posted.items()
        if place.account is Account.HOUSEHOLD_PAYABLE and (place.order_line_id, place.lot_id) in came
    }
    return Supply(supplied, earned, units_not_returned(session, order_id, but=refund_id))
