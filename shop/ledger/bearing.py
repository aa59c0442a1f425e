"""Who gives what of a refund that somebody bears: one place for the books and for the preview."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.returns import restocked_by_allocation
from shop.kit.money import split
from shop.ledger.models import Account, EntryKind, JournalEntry
from shop.ledger.posting import Place, gather, posted_for_order
from shop.ledger.weights import borne_by_weight
from shop.ordering.models import OrderLine
from shop.payments.models import RefundBearer
from shop.payments.refund_limits import UnitsOfLine, units_of_lines

NOTHING_TAKEN: Final[Mapping[Place, int]] = {}
_OF_SALES: Final = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REVERSAL)


@dataclass(frozen=True, slots=True)
class Part:
    """Money for units of a line; without a line, for freight or for nothing in particular.

    One of no money names a line of the refund whose units are back in stock: nobody bears these. With a lot, its
    households alone bear it: the other goods of the line, as those of a gift box, were sound.
    """

    fen: int
    line_id: int | None = None
    units: int = 0
    lot_id: int | None = None


@dataclass(frozen=True, slots=True)
class Supplied:
    """Units that left the shop, of one lot: the village that kept them, and what they weigh among others."""

    line_id: int
    lot_id: int
    village_id: int
    weight: int
    units: int = 0


@dataclass(frozen=True, slots=True)
class Supply:
    """Pure facts: what was supplied, what it earned households and still earns them, and the units of each line."""

    supplied: Sequence[Supplied]
    sold: Mapping[Place, int]  # before anybody bore a refund
    earned: Mapping[Place, int]
    units: Mapping[int, UnitsOfLine]
    boxes: Collection[int] = ()  # lines that are gift boxes


def borne_by(
    session: Session,
    order_id: int,
    bearer: RefundBearer,
    parts: Sequence[Part],
    *,
    refund_id: int | None = None,
    taken: Mapping[Place, int] = NOTHING_TAKEN,
) -> dict[Place, int]:
    """What each gives, as debits in fen that add up to the parts. `refund_id` is the refund itself, once it is there.

    `taken` is what the same refund will have taken from them before, for goods that go back in stock.
    """
    whole = sum(part.fen for part in parts)
    if bearer is RefundBearer.COURIER:
        return {Place(Account.FREIGHT_PAYABLE): whole}
    if bearer is RefundBearer.SHOP:
        return {Place(Account.REFUNDS_BORNE): whole}
    if bearer is RefundBearer.WEIGHT and refund_id is not None:
        return borne_by_weight(session, order_id, refund_id)
    supply = _supply(session, order_id, refund_id, taken)
    return by_villages(parts, supply) if bearer is RefundBearer.VILLAGE else by_households(parts, supply)


def by_households(parts: Sequence[Part], supply: Supply) -> dict[Place, int]:
    """Each gives in proportion to what the goods earned it and never more than that; the shop bears the rest. Pure.

    For units, that is what these units earned; for freight or a free amount, what the lines of the refund did, since
    the goods of the others were fine; of a refund without lines, what the whole order did.
    """
    earned = dict(supply.earned)
    given: list[tuple[Place, int]] = []
    for part in sorted((one for one in parts if one.fen), key=lambda one: one.line_id is None):
        concerned = _concerned(part, parts)
        places = [
            place
            for place in sorted(earned)
            if earned[place] > 0
            and (not concerned or place.order_line_id in concerned)
            and part.lot_id in (None, place.lot_id)
        ]
        fen = min(part.fen, _most(part, sum(earned[place] for place in places), supply))
        for place, share in zip(places, split(fen, [earned[place] for place in places]), strict=True):
            earned[place] -= share
            given.append((place, share))
        given.append((Place(Account.REFUNDS_BORNE), part.fen - fen))
    return gather(given)


def _concerned(part: Part, parts: Sequence[Part]) -> set[int]:
    """The lines whose goods a part is about; none: all of the order."""
    of = parts if part.line_id is None else (part,)
    return {one.line_id for one in of if one.line_id is not None}


def _most(part: Part, earned_fen: int, supply: Supply) -> int:
    """What households can be asked for: of units, their part of what is left, and not more than they earned by sale."""
    units = supply.units.get(part.line_id or 0)
    if part.line_id is None or units is None:
        return earned_fen
    of_line = sum(
        fen
        for place, fen in supply.sold.items()
        if place.order_line_id == part.line_id and part.lot_id in (None, place.lot_id)
    )
    if part.lot_id is not None and part.line_id not in supply.boxes:  # all its units are of the lot
        came = sum(one.units for one in _of_lot(part, supply))
        return min(earned_fen, -(-of_line * part.units // max(came, part.units)))
    by_sale = -(-of_line * part.units // max(units.sold, part.units))
    return min(earned_fen * part.units // max(units.left, part.units), by_sale)


def by_villages(parts: Sequence[Part], supply: Supply) -> dict[Place, int]:
    """From the funds of the villages that kept the goods, as these weigh in the households' part. Pure.

    Freight and a free amount concern the lines of the refund, and all of the order where it has none. A fund may owe for
    a while: later sales make up for it. Goods of nobody leave the refund to the shop.
    """
    given: list[tuple[Place, int]] = []
    for part in (one for one in parts if one.fen):
        concerned = _concerned(part, parts)
        kept = [one for one in supply.supplied if not concerned or one.line_id in concerned]
        if not kept:
            given.append((Place(Account.REFUNDS_BORNE), part.fen))
            continue
        in_full = part.lot_id is None or part.line_id not in supply.boxes
        if part.lot_id is not None and in_full:
            kept = _of_lot(part, supply) or kept
        shares = split(part.fen, [one.weight for one in kept])
        given += [
            (Place(Account.VILLAGE_FUND, village_id=one.village_id), fen)
            if in_full or one.lot_id == part.lot_id
            else (Place(Account.REFUNDS_BORNE), fen)
            for one, fen in zip(kept, shares, strict=True)
        ]
    return gather(given)


def _of_lot(part: Part, supply: Supply) -> list[Supplied]:
    return [one for one in supply.supplied if (one.line_id, one.lot_id) == (part.line_id, part.lot_id)]


def _supply(session: Session, order_id: int, refund_id: int | None, taken: Mapping[Place, int]) -> Supply:
    back = restocked_by_allocation()
    rows = session.execute(
        sa.select(
            *(Allocation.order_line_id, Allocation.lot_id, Producer.village_id),
            sa.func.sum(Allocation.household_fen - sa.func.coalesce(back.c.household_fen, 0)),
            sa.func.sum(Allocation.units - sa.func.coalesce(back.c.units, 0)),
        )
        .outerjoin(back, back.c.allocation_id == Allocation.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(OrderLine.order_id == order_id, Allocation.status == AllocationStatus.SHIPPED)
        .group_by(Allocation.order_line_id, Allocation.lot_id, Producer.village_id)
        .order_by(Allocation.order_line_id, Allocation.lot_id)
    )
    supplied = [
        Supplied(line_id, lot_id, village_id, int(fen) or int(units), int(units))
        for line_id, lot_id, village_id, fen, units in rows
        if units
    ]
    came = {(one.line_id, one.lot_id) for one in supplied}
    return Supply(
        supplied,
        sold=_earned(session, order_id, _OF_SALES, came, taken),
        earned=_earned(session, order_id, (*_OF_SALES, EntryKind.REFUND), came, taken),
        units=units_of_lines(session, order_id, but=refund_id),
        boxes=set(
            session.scalars(
                sa.select(OrderLine.id).where(OrderLine.order_id == order_id, OrderLine.is_bundle.is_(True))
            )
        ),
    )


def _earned(
    session: Session,
    order_id: int,
    kinds: Sequence[EntryKind],
    came: Collection[tuple[int | None, int | None]],
    taken: Mapping[Place, int],
) -> dict[Place, int]:
    posted = posted_for_order(session, order_id, JournalEntry.kind.in_(kinds))
    return {
        place: -fen - taken.get(place, 0)
        for place, fen in posted.items()
        if place.account is Account.HOUSEHOLD_PAYABLE and (place.order_line_id, place.lot_id) in came
    }
