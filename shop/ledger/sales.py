"""A confirmed order in the books: what came in, and whose it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.catalogue.models import Household, SplitRule
from shop.catalogue.split import split_price
from shop.fulfilment.models import Task, TaskItem
from shop.inventory.earnings import household_parts
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.money import split
from shop.ledger.models import Account, EntryKind
from shop.ledger.posting import Amounts, Place, already_posted, difference, gather, post, posted_for_order
from shop.ordering.models import Order, OrderLine

EARNING = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
OF_THE_SALE = (EntryKind.SALE, EntryKind.REASSIGNMENT)


def post_sale(session: Session, order_id: int, *, received_in: Account, now: datetime) -> None:
    """Post a confirmed order: debit where its money is, credit everybody it belongs to.

    `received_in` is PROVIDER_CLEARING, BANK, or RECEIVABLES for an order on terms. Posted before: nothing.
    """
    reference = sale_reference(order_id)
    if already_posted(session, reference):
        return
    order = _order(session, order_id)
    amounts = {Place(received_in): order.total_fen, **_owed(session, order)}
    post(session, EntryKind.SALE, reference, amounts, now=now, order_id=order_id)


def sale_reference(order_id: int) -> str:
    return f"sale:order:{order_id}"


def post_reassignment(
    session: Session, order_id: int, new_allocation_ids: Sequence[int], *, now: datetime
) -> None:
    """Units went to other households' lots: move what they earn, and no more than that."""
    order = _order(session, order_id)
    posted = posted_for_order(session, order_id, OF_THE_SALE)
    received = {place: fen for place, fen in posted.items() if fen > 0}
    moved = difference({**received, **_owed(session, order)}, posted)
    reference = f"reassignment:order:{order_id}:allocation:{max(new_allocation_ids)}"
    post(session, EntryKind.REASSIGNMENT, reference, moved, now=now, order_id=order_id)


def _order(session: Session, order_id: int) -> Order:
    in_full = selectinload(Order.lines).selectinload(OrderLine.allocations)
    lot = in_full.joinedload(Allocation.lot)
    query = sa.select(Order).where(Order.id == order_id).execution_options(populate_existing=True)
    return session.scalars(
        query.options(lot.joinedload(Lot.producer), lot.selectinload(Lot.shares), joinedload(Order.run))
    ).one()


def _owed(session: Session, order: Order) -> Amounts:
    rule = session.get_one(SplitRule, order.split_version)
    waiting = _waiting_allocations(session, order.id)
    return sale_credits(rule, order, _home_villages(session, order), waiting)


def sale_credits(
    rule: SplitRule, order: Order, villages: dict[int, int], waiting: Collection[int] = ()
) -> Amounts:
    """Everybody's part of an order, as credits in fen. Pure: lines, allocations, lots and shares are loaded.

    `villages` are the households' own; `waiting` are withdrawn allocations that nobody has replaced yet: what
    they earned stands until somebody does, or the money goes back.
    """
    owed = [part for line in order.lines for part in _line_parts(rule, line, villages, waiting)]
    owed.append((Place(Account.FREIGHT_PAYABLE), order.freight_fen))
    return {place: -fen for place, fen in gather(owed).items()}


def _waiting_allocations(session: Session, order_id: int) -> set[int]:
    waiting = sa.select(TaskItem.allocation_id).join(Task, Task.id == TaskItem.task_id)
    return set(session.scalars(waiting.where(Task.order_id == order_id, TaskItem.waits.is_(True))))


def _line_parts(
    rule: SplitRule, line: OrderLine, villages: dict[int, int], waiting: Collection[int]
) -> Iterator[tuple[Place, int]]:
    parts = split_price(rule, line.line_fen)
    earning = [one for one in line.allocations if one.status in EARNING or one.id in waiting]
    for allocation in earning:
        for household_id, fen in household_parts(allocation.household_fen, allocation.lot.shares).items():
            village_id = villages[household_id]
            yield (
                Place(
                    Account.HOUSEHOLD_PAYABLE,
                    household_id=household_id,
                    village_id=village_id,
                    order_line_id=line.id,
                    lot_id=allocation.lot_id,
                ),
                fen,
            )
    yield from _by_village(Account.PACKING_PAYABLE, parts.packing, earning)
    yield from _by_village(Account.VILLAGE_FUND, parts.village_fund, earning)
    yield Place(Account.FREIGHT_PAYABLE), parts.freight
    yield Place(Account.FEE_RESERVE), parts.payment_fee
    yield Place(Account.SHOP_INCOME), parts.shop


def _by_village(account: Account, fen: int, allocations: Sequence[Allocation]) -> Iterator[tuple[Place, int]]:
    """A village's part follows the units that its producers keep; nobody's part stays unassigned."""
    if not allocations:
        yield Place(account), fen
        return
    shares = split(fen, [allocation.household_fen or allocation.units for allocation in allocations])
    for allocation, part in zip(allocations, shares, strict=True):
        yield Place(account, village_id=allocation.lot.producer.village_id), part


def _home_villages(session: Session, order: Order) -> dict[int, int]:
    households = {
        share.household_id
        for line in order.lines
        for allocation in line.allocations
        for share in allocation.lot.shares
    }
    query = sa.select(Household.id, Household.village_id).where(Household.id.in_(households))
    return dict(session.execute(query).all())
