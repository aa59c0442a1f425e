"""A confirmed order in the books: what came in, and whose it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import Household, SplitRule
from shop.catalogue.split import split_price
from shop.fulfilment.models import Task, TaskItem
from shop.inventory.earnings import HasShare, household_parts
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.money import split
from shop.ledger.coupons import COUPON_ACCOUNT
from shop.ledger.models import OF_A_SALE, Account, EntryKind, JournalEntry
from shop.ledger.posting import Amounts, Place, already_posted, difference, gather, post, posted_for_order
from shop.ledger.returned import NOTHING_RETURNED, Returned, returned_of_order, with_more
from shop.ordering.closing import price_of
from shop.ordering.coupons.judging import discount_of
from shop.ordering.coupons.models import CouponBearer
from shop.ordering.coupons.queries import coupons_of_order
from shop.ordering.models import Order, OrderLine
from shop.payments.closed_units import is_settled

# Closed units are of the sale until their money has gone back.
EARNING = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED, AllocationStatus.CLOSED)
OF_THE_SALE = (EntryKind.SALE, EntryKind.REASSIGNMENT)


def of_the_sale_as_it_stands() -> sa.ColumnElement[bool]:
    """SQL: entries that say what a sale is now: units that left it are taken off, its reversal as a whole is not."""
    part = sa.and_(JournalEntry.kind == EntryKind.REVERSAL, JournalEntry.reverses_id.is_(None))
    return sa.or_(JournalEntry.kind.in_(OF_THE_SALE), part)


@dataclass(frozen=True, slots=True)
class SoldUnits:
    """Units of one lot that earn: whose goods they are, and the village that keeps them."""

    lot_id: int
    village_id: int
    units: int
    household_fen: int
    shares: Sequence[HasShare]


@dataclass(frozen=True, slots=True)
class SoldLine:
    line_id: int
    line_fen: int
    sold: Sequence[SoldUnits]


def post_sale(session: Session, order_id: int, *, received_in: Place, now: datetime) -> None:
    """Post a confirmed order: debit where its money is, credit everybody it belongs to.

    `received_in` is what a provider holds, BANK, or RECEIVABLES for an order on terms. Posted before: nothing.
    """
    reference = sale_reference(order_id)
    if already_posted(session, reference):
        return
    order = _order(session, order_id)
    amounts = {received_in: order.total_fen, **_owed(session, order)}
    post(session, EntryKind.SALE, reference, amounts, now=now, order_id=order_id)


def sale_reference(order_id: int) -> str:
    return f"sale:order:{order_id}"


def post_reassignment(
    session: Session,
    order_id: int,
    new_allocation_ids: Sequence[int],
    *,
    leaving: Collection[int] = (),
    now: datetime,
) -> None:
    """Units went to other households' lots: move what they earn, and no more than that.

    What is `leaving` the order counts as if it stayed: its own booking takes it back.
    """
    moved = owed_anew(session, order_id, leaving=leaving)
    reference = reassignment_reference(order_id, max(new_allocation_ids))
    post(session, EntryKind.REASSIGNMENT, reference, moved, now=now, order_id=order_id)


def owed_anew(session: Session, order_id: int, *, leaving: Collection[int] = ()) -> dict[Place, int]:
    """What must be posted so that everybody has what the sale, as its units are now, earns them."""
    posted = posted_for_order(session, order_id, of_the_sale_as_it_stands())
    owed = {place: fen for place, fen in posted.items() if place.account in OF_A_SALE}
    order = _order(session, order_id)
    gone = set(_gone(session, order_id)) - set(leaving)
    returned = returned_of_order(session, order_id)
    return difference(_owed(session, order, gone=gone, returned=returned), owed)


def taken_back_with(
    session: Session, order_id: int, units: Mapping[int, int], pieces: Mapping[int, int]
) -> dict[Place, int]:
    """What would be taken back if these units of lines, which are these units of allocations, came back in stock."""
    order, gone = _order(session, order_id), _gone(session, order_id)
    before = returned_of_order(session, order_id)
    after = with_more(session, before, units, pieces)
    now, then = (_owed(session, order, gone=gone, returned=one) for one in (before, after))
    return {place: fen for place, fen in difference(then, now).items() if fen}


def reassignment_reference(order_id: int, newest_allocation_id: int) -> str:
    return f"reassignment:order:{order_id}:allocation:{newest_allocation_id}"


def _order(session: Session, order_id: int) -> Order:
    lot = selectinload(Order.lines).selectinload(OrderLine.allocations).joinedload(Allocation.lot)
    query = sa.select(Order).where(Order.id == order_id).execution_options(populate_existing=True)
    return session.scalars(query.options(lot.joinedload(Lot.producer), lot.selectinload(Lot.shares))).one()


def _owed(
    session: Session, order: Order, *, gone: Collection[int] = (), returned: Returned = NOTHING_RETURNED
) -> Amounts:
    rule = session.get_one(SplitRule, order.split_version)
    waiting = _waiting_allocations(session, order.id)
    lines = [_sold_line(rule, line, waiting, gone, returned) for line in order.lines]
    freight_fen = order.freight_fen - order.packaging_fen
    owed = sale_credits(rule, lines, freight_fen, _home_villages(session, lines), order.packaging_fen)
    if not order.off_fen:
        return owed
    standing = {line.line_id: line.line_fen for line in lines}
    return gather([*owed.items(), *_paid_by_coupons(session, order, standing)])


def _paid_by_coupons(
    session: Session, order: Order, standing: Mapping[int, int]
) -> Iterator[tuple[Place, int]]:
    """What coupons paid of the goods that stand in the sale, and of its freight, as debits of who bears it.

    What was agreed to go off without a coupon, as in a quotation, the shop bears.
    """
    bearers = {one.of_freight: one.bearer for one in coupons_of_order(session, order.id)}
    of_goods = sum(
        line.discount_fen
        - discount_of(line.line_fen, line.discount_fen, line.line_fen - standing.get(line.id, line.line_fen))
        for line in order.lines
    )
    for of_freight, fen in ((False, of_goods), (True, order.freight_off_fen)):
        if fen:
            yield Place(COUPON_ACCOUNT[bearers.get(of_freight, CouponBearer.SHOP)]), fen


def _waiting_allocations(session: Session, order_id: int) -> set[int]:
    """Withdrawn units that nobody has replaced yet: what they earned stands until somebody does, or the refund."""
    waiting = sa.select(TaskItem.allocation_id).join(Task, Task.id == TaskItem.task_id)
    return set(session.scalars(waiting.where(Task.order_id == order_id, TaskItem.waits.is_(True))))


def _gone(session: Session, order_id: int) -> set[int]:
    """Allocations that left the order and whose money is settled."""
    closed = sa.select(Allocation.id).join(OrderLine, OrderLine.id == Allocation.order_line_id)
    return set(
        session.scalars(
            closed.where(
                OrderLine.order_id == order_id, Allocation.status == AllocationStatus.CLOSED, is_settled()
            )
        )
    )


def _sold_line(
    rule: SplitRule,
    line: OrderLine,
    waiting: Collection[int],
    gone: Collection[int],
    returned: Returned,
) -> SoldLine:
    left = [one for one in line.allocations if one.id in gone]
    earning = [
        one for one in line.allocations if one.id not in gone and (one.status in EARNING or one.id in waiting)
    ]
    sold = [
        SoldUnits(
            one.lot_id,
            one.lot.producer.village_id,
            one.units - returned.units[one.id],
            one.household_fen - returned.fen[one.id],
            one.lot.shares,
        )
        for one in earning
        if one.units > returned.units[one.id]
    ]
    off_fen = price_of(rule, line, left) + line.unit_price_fen * returned.of_lines[line.id]
    return SoldLine(line.id, line.line_fen - off_fen, sold)


def _home_villages(session: Session, lines: Iterable[SoldLine]) -> dict[int, int]:
    households = {share.household_id for line in lines for sold in line.sold for share in sold.shares}
    query = sa.select(Household.id, Household.village_id).where(Household.id.in_(households))
    return dict(session.execute(query).all())


def sale_credits(
    rule: SplitRule,
    lines: Sequence[SoldLine],
    freight_fen: int,
    villages: Mapping[int, int],
    packaging_fen: int = 0,
) -> Amounts:
    """Everybody's part of an order, as credits in fen. Pure. `villages` are the households' own.

    What a gift's packaging costs is owed for packing, to the villages that pack its goods.
    """
    owed = [part for line in lines for part in _line_parts(rule, line, villages)]
    owed.append((Place(Account.FREIGHT_PAYABLE), freight_fen))
    if packaging_fen:
        sold = [one for line in lines for one in line.sold]
        owed += _by_village(Account.PACKING_PAYABLE, packaging_fen, sold)
    return {place: -fen for place, fen in gather(owed).items()}


def _line_parts(rule: SplitRule, line: SoldLine, villages: Mapping[int, int]) -> Iterator[tuple[Place, int]]:
    parts = split_price(rule, line.line_fen)
    rounding = parts.household - sum(sold.household_fen for sold in line.sold)
    for sold in line.sold:
        for household_id, fen in household_parts(sold.household_fen, sold.shares).items():
            village_id = villages[household_id]
            yield (
                Place(Account.HOUSEHOLD_PAYABLE, household_id, village_id, line.line_id, sold.lot_id),
                fen,
            )
    yield from _by_village(Account.PACKING_PAYABLE, parts.packing, line.sold)
    yield from _by_village(Account.VILLAGE_FUND, parts.village_fund, line.sold)
    yield Place(Account.FREIGHT_PAYABLE), parts.freight
    yield Place(Account.FEE_RESERVE), parts.payment_fee
    yield Place(Account.SHOP_INCOME), parts.shop
    yield Place(Account.ROUNDING), rounding


def _by_village(account: Account, fen: int, sold: Sequence[SoldUnits]) -> Iterator[tuple[Place, int]]:
    """A village's part follows the units that its producers keep; nobody's part stays unassigned."""
    if not sold:
        yield Place(account), fen
        return
    shares = split(fen, [one.household_fen or one.units for one in sold])
    for one, part in zip(sold, shares, strict=True):
        yield Place(account, village_id=one.village_id), part
