"""All the money goes back while part of the order has not left: nobody prepares it, earns of it or waits for it any more."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.fulfilment.order_progress import order_progress
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.inventory.lot_writing import Author
from shop.inventory.lots import withdraw_lot
from shop.inventory.models import Lot
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import OrderStatus
from shop.payments.goods_back import origins_of_order
from shop.payments.models import Refund, RefundBearer
from shop.payments.part_refunds import RestNotSent
from shop.payments.refund_limits import left_to_refund
from shop.storage.outbox import OutboxMessage
from shop.web.admin.whole_refund import seen_mark
from tests.factories.trade import LIVE, open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    yield trade
    assert trade.violations() == []


@pytest.fixture
def partly_sent(trade):
    """Its tea has left by courier; its eggs have not. Which tasks the eggs are, and what their lot had before."""

    def _partly_sent(goods: dict[str, int]) -> int:
        order_id = trade.sell(goods, courier=True)
        tea = [task for task in trade.tasks(order_id) if task.producer_id == _producer(trade, "tea")]
        assert len(tea) < len(trade.tasks(order_id))
        _send(trade, order_id, tea)
        return order_id

    return _partly_sent


def _producer(trade, sku: str) -> int:
    lots = {"tea": ("tea-li", "tea-wang"), "eggs": ("eggs-yu",)}[sku]
    busy = sa.select(Lot.producer_id).where(
        Lot.id.in_([trade.shop.lots[one] for one in lots]), Lot.committed > 0
    )
    return trade.run(lambda s: s.scalars(busy).one())


def _send(trade, order_id: int, tasks: list[Task], *, pack_only: bool = False) -> None:
    ids, (place,) = [task.id for task in tasks], {task.packing_place_id for task in tasks}
    trade.run(lambda s: mark_ready(s, ids, by=WORKER, now=trade.now))
    trade.run(lambda s: receive(s, ids, by=WORKER, now=trade.now))
    code = trade.run(lambda s: pack_parcel(s, order_id, place, by=WORKER, now=trade.now, partly=True))
    if not pack_only:
        label = [Consignment(code, "sf", "SF0000000000001")]
        trade.run(lambda s: ship_parcels(s, label, by=WORKER, now=trade.now))


def owed(trade, order_id: int, lot: str) -> int:
    """What households are owed of the order's goods of a lot, in fen."""
    fen = (
        sa.select(sa.func.coalesce(-sa.func.sum(Posting.amount_fen), 0))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            JournalEntry.order_id == order_id,
            Posting.account == Account.HOUSEHOLD_PAYABLE,
            Posting.lot_id == trade.shop.lots[lot],
        )
    )
    return int(trade.run(lambda s: s.scalar(fen)))


def eggs(trade) -> Lot:
    return trade.run(lambda s: s.get_one(Lot, trade.shop.lots["eggs-yu"]))


def test_what_has_not_left_is_called_off_for_sale_again_and_nobody_earns_of_it(trade, partly_sent):
    before = eggs(trade).available
    order_id = partly_sent({"tea": 1, "eggs": 2})
    sent = owed(trade, order_id, "tea-li") + owed(trade, order_id, "tea-wang")
    assert owed(trade, order_id, "eggs-yu") > 0
    trade.refund(order_id)
    order = trade.order_row(order_id)
    assert (order.refunded_fen, order.status) == (order.total_fen, OrderStatus.SHIPPED)
    assert trade.tasks(order_id, TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.READY) == []
    assert (eggs(trade).available, eggs(trade).committed, eggs(trade).withdrawn) == (before, 0, 0)
    assert owed(trade, order_id, "eggs-yu") == 0
    assert owed(trade, order_id, "tea-li") + owed(trade, order_id, "tea-wang") == sent > 0
    bearers = sa.select(Refund.bearer).where(Refund.order_id == order_id).order_by(Refund.id)
    assert trade.run(lambda s: list(s.scalars(bearers))) == [RefundBearer.REVERSAL, RefundBearer.SHOP]


def test_its_buyer_reads_of_no_parcel_to_come_and_goods_back_names_what_was_sent_alone(trade, partly_sent):
    order_id = partly_sent({"tea": 1, "eggs": 2})
    trade.refund(order_id)
    assert [one.status for one in trade.run(lambda s: order_progress(s, order_id, by_truck=False))] == [
        "shipped"
    ]
    origins = trade.run(lambda s: origins_of_order(s, order_id, now=trade.now))
    assert [one.lot_code[:3] for of_line in origins.values() for one in of_line] != []
    assert sum(one.units for of_line in origins.values() for one in of_line) == 1
    trade.complete(order_id)


@pytest.mark.parametrize("packed", [False, True])
def test_its_household_is_told_unless_the_goods_lie_at_the_packing_place_to_be_given_back(
    trade, partly_sent, packed
):
    order_id = partly_sent({"tea": 1, "eggs": 2})
    (task,) = trade.tasks(order_id, TaskStatus.OPEN)
    if packed:
        _send(trade, order_id, [task], pack_only=True)
    trade.refund(order_id)
    (ended,) = trade.tasks(order_id, TaskStatus.CANCELLED)
    assert (ended.id, ended.received_at is not None) == (task.id, packed)
    standing = sa.select(Parcel.id).where(Parcel.order_id == order_id, Parcel.status == ParcelStatus.PACKED)
    assert trade.run(lambda s: s.scalars(standing).all()) == []


def test_units_that_wait_for_another_household_wait_no_more(trade, partly_sent):
    order_id = partly_sent({"tea": 1, "eggs": 2})
    trade.decline(order_id)
    trade.refund(order_id)
    assert [task.needs_person_at for task in trade.tasks(order_id)] == [None, None]
    assert trade.order_row(order_id).refunded_fen == trade.order_row(order_id).total_fen


def test_goods_of_a_lot_that_is_off_sale_stay_aside(trade, partly_sent):
    order_id = partly_sent({"tea": 1, "eggs": 2})
    lot_id, by = trade.shop.lots["eggs-yu"], Author(trade.admin_id)
    trade.run(lambda s: withdraw_lot(s, lot_id, reason="cracked", author=by, now=trade.now))
    before = eggs(trade).withdrawn
    trade.refund(order_id)
    assert (eggs(trade).withdrawn, eggs(trade).committed) == (before + 2, 0)


def test_pressed_twice_it_happens_once_and_what_becomes_of_each_part_is_compared(trade, partly_sent):
    order_id = partly_sent({"tea": 1, "eggs": 2})
    looked = trade.run(lambda s: seen_mark(order_progress(s, order_id, by_truck=False)))
    assert ":planned" in looked
    refund_id = trade.ask_refund(order_id)
    assert trade.ask_refund(order_id) == refund_id
    trade.send_refunds()
    assert trade.order_row(order_id).refunded_fen == trade.order_row(order_id).total_fen


def test_a_refund_of_parts_that_is_all_of_the_price_leads_to_that_of_the_whole(trade, partly_sent):
    order_id = partly_sent({"tea": 1, "eggs": 2})
    left = trade.run(lambda s: left_to_refund(s, order_id))
    with pytest.raises(RestNotSent):
        trade.part_refund(order_id, "shop", free_fen=left.fen)
    trade.part_refund(order_id, "shop", free_fen=left.fen - 100)
    trade.refund(order_id)
    assert trade.order_row(order_id).refunded_fen == trade.order_row(order_id).total_fen
    assert trade.tasks(order_id, *LIVE[:3]) == []


def test_of_a_debt_what_has_not_left_is_not_owed_and_nothing_is_sent(trade):
    order_id = trade.sell_on_terms({"tea": 1, "eggs": 2}, courier=True)
    tea = [task for task in trade.tasks(order_id) if task.producer_id == _producer(trade, "tea")]
    _send(trade, order_id, tea)
    trade.ask_refund(order_id)
    order = trade.order_row(order_id)
    assert order.refunded_fen == order.total_fen
    assert owed(trade, order_id, "eggs-yu") == 0
    assert trade.run(lambda s: s.scalars(sa.select(OutboxMessage.id)).first()) is not None
