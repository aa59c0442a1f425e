"""What buyers got of a recalled lot is paid back by the refunds there are, and the books hold."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.fulfilment.beside_recalled import goods_beside, units_beside
from shop.fulfilment.models import ParcelStatus
from shop.fulfilment.reach import keeper
from shop.fulfilment.recalled_parcels import call_back_parcel
from shop.inventory.models import Allocation, AllocationStatus, ReturnedUnits, ReturnStatus
from shop.inventory.trace_models import LotRecall, RecalledOrder
from shop.ordering.models import OrderLine
from shop.ordering.recalls import RecallWords, recall_lot
from shop.payments.errors import NothingToRefund
from shop.payments.models import Refund, RefundBearer
from shop.payments.recall_refunds import orders_to_refund, refund_recalled, refunds_of_recall
from shop.rounds import settle_recalls
from tests.factories.trade import open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def recall(trade):
    """Call a lot back by its short name; returns the recall's id."""

    def _recall(lot: str) -> int:
        lot_id = trade.shop.lots[lot]
        words = RecallWords("检出超标")
        trade.run(lambda s: recall_lot(s, lot_id, words, actor_id=trade.admin_id, now=trade.now))
        return trade.run(lambda s: s.scalar(sa.select(LotRecall.id).where(LotRecall.lot_id == lot_id)))

    return _recall


@pytest.fixture
def refund(trade):
    def _refund(recall_id: int, order_id: int, bearer: RefundBearer = RefundBearer.SHOP) -> int:
        by = {"bearer": bearer, "actor_id": trade.admin_id}
        return trade.run(lambda s: refund_recalled(s, recall_id, order_id, now=trade.now, **by))

    return _refund


def fen_of(trade, refund_id: int) -> int:
    return trade.run(lambda s: s.get_one(Refund, refund_id).amount_fen)


def line_fen(trade, order_id: int, sku: str) -> int:
    found = sa.select(OrderLine.line_fen).where(OrderLine.order_id == order_id, OrderLine.sku == sku)
    return trade.run(lambda s: s.scalars(found).one())


@pytest.mark.parametrize("bearer", [RefundBearer.SHOP, RefundBearer.HOUSEHOLD])
def test_the_price_of_the_units_goes_back_and_they_are_written_off(trade, recall, refund, bearer):
    order_id = trade.sell({"honey": 2, "tea": 1})
    trade.deliver(order_id)
    recall_id = recall("honey-pool")
    honey = refund(recall_id, order_id, bearer)
    assert fen_of(trade, honey) == line_fen(trade, order_id, "honey")
    assert refund(recall_id, order_id, bearer) == honey
    trade.send_refunds()
    (back,) = trade.run(lambda s: s.scalars(sa.select(ReturnedUnits)).all())
    assert (back.units, back.status) == (2, ReturnStatus.WRITTEN_OFF)
    assert trade.run(lambda s: orders_to_refund(s, recall_id, most=9)) == []
    assert trade.violations() == []


def test_sound_goods_in_a_parcel_that_nobody_is_given_go_back_too_and_their_household_bears_nothing(
    trade, recall
):
    order_id = trade.sell({"honey": 1, "tea": 2})
    trade.ready(order_id)
    trade.ship(order_id)
    recall_id = recall("honey-pool")
    honey = trade.shop.lots["honey-pool"]
    (parcel,) = trade.parcels(order_id)
    at_point = keeper(trade.admin_id, frozenset({trade.shop.point_id}))
    trade.run(lambda s: call_back_parcel(s, parcel.code, by=at_point, now=trade.now))
    assert trade.parcels(order_id)[0].status is ParcelStatus.CALLED_BACK
    (shown,) = trade.run(lambda s: goods_beside(s, honey, [order_id]))[order_id]
    assert (shown.name_en, shown.units) == ("Good tea", 2)

    by = {"bearer": RefundBearer.HOUSEHOLD, "actor_id": trade.admin_id, "beside": units_beside}
    for _ in range(2):
        trade.run(lambda s: refund_recalled(s, recall_id, order_id, now=trade.now, **by))
    asked = trade.run(lambda s: s.execute(sa.select(Refund.amount_fen, Refund.bearer)).all())
    assert set(asked) == {
        (line_fen(trade, order_id, "honey"), RefundBearer.HOUSEHOLD),
        (line_fen(trade, order_id, "tea"), RefundBearer.SHOP),
    }
    assert len(asked) == 2, "pressed again, nothing more goes back"
    trade.send_refunds()
    both = trade.run(lambda s: refunds_of_recall(s, recall_id, [order_id]))[order_id]
    assert both.recalled.amount_fen + both.beside.amount_fen == sum(fen for fen, _ in asked)
    assert trade.violations() == []


def test_a_gift_box_with_goods_of_it_goes_back_whole(trade, recall, refund):
    order_id = trade.sell({"box": 1}, courier=True)
    trade.deliver(order_id)
    recall_id = recall("honey-pool")
    assert fen_of(trade, refund(recall_id, order_id)) == line_fen(trade, order_id, "box")
    trade.send_refunds()
    assert trade.violations() == []


def test_what_never_left_is_not_paid_back_by_the_recall(trade, recall, refund):
    order_id = trade.sell({"honey": 1})
    recall_id = recall("honey-pool")
    assert trade.run(lambda s: orders_to_refund(s, recall_id, most=9)) == []
    with pytest.raises(NothingToRefund):
        refund(recall_id, order_id)


def test_what_was_refunded_before_is_not_refunded_again(trade, recall, refund):
    order_id = trade.sell({"honey": 2})
    trade.deliver(order_id)
    trade.part_refund(order_id, "shop", units={"honey": 1})
    left = line_fen(trade, order_id, "honey") // 2
    recall_id = recall("honey-pool")
    assert fen_of(trade, refund(recall_id, order_id)) == left
    trade.send_refunds()
    assert trade.violations() == []


def test_an_order_that_held_goods_of_it_gets_others_when_it_is_paid(trade, recall):
    order_id = trade.order({"tea": 1})
    lots = sa.select(Allocation.lot_id, Allocation.status).where(
        Allocation.status.in_([AllocationStatus.HELD, AllocationStatus.COMMITTED])
    )
    ((held, _),) = trade.run(lambda s: s.execute(lots).all())
    recall(next(name for name, lot_id in trade.shop.lots.items() if lot_id == held))
    assert trade.run(lambda s: s.scalars(sa.select(RecalledOrder)).all()) == []
    trade.pay(order_id)
    settle_recalls(trade.unit_of_work, now=trade.now)
    ((instead, status),) = trade.run(lambda s: s.execute(lots).all())
    assert (instead != held, status) == (True, AllocationStatus.COMMITTED)
    assert trade.violations() == []
