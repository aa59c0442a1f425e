"""What buyers got of a recalled lot is paid back by the refunds there are, and the books hold."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.fulfilment.beside_recalled import beside_once_settled, goods_beside, units_beside
from shop.fulfilment.given_late import Outcome, note_given_late, settle_given_late
from shop.fulfilment.models import ParcelStatus, TakenOff
from shop.fulfilment.point_errors import GivenLateFirst
from shop.fulfilment.reach import keeper
from shop.fulfilment.recall_letter import recall_of_buyer
from shop.fulfilment.recall_list import parcels_of_recall, recall_sums, recalled_orders
from shop.fulfilment.recalled_parcels import call_back_parcel
from shop.fulfilment.uncollected import take_off
from shop.inventory.models import Allocation, AllocationStatus, Lot, ReturnedUnits, ReturnStatus
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.ordering.models import Order, OrderLine
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


def test_sound_goods_that_their_buyer_was_given_too_late_stay_paid(trade, recall):
    """Nothing goes back before it is settled; then the recalled goods alone, also of a parcel that was called back."""
    order_id = trade.sell({"honey": 1, "tea": 2})
    trade.ready(order_id)
    trade.ship(order_id)
    recall_id = recall("honey-pool")
    (parcel,) = trade.parcels(order_id)
    at_point = keeper(trade.admin_id, frozenset({trade.shop.point_id}))
    trade.run(lambda s: call_back_parcel(s, parcel.code, by=at_point, now=trade.now))
    trade.run(lambda s: note_given_late(s, [parcel.code], by=at_point, made_at=trade.now, now=trade.now))
    by = {"actor_id": trade.admin_id, "now": trade.now}
    ask = by | {"bearer": RefundBearer.SHOP, "beside": beside_once_settled}
    with pytest.raises(GivenLateFirst):
        trade.run(lambda s: refund_recalled(s, recall_id, order_id, **ask))
    said = {"word": "rang up", "order_id": order_id}
    trade.run(lambda s: settle_given_late(s, parcel.code, Outcome.HAS_IT, **said, **by))
    honey = trade.run(lambda s: refund_recalled(s, recall_id, order_id, **ask))
    assert fen_of(trade, honey) == line_fen(trade, order_id, "honey")
    trade.send_refunds()
    assert len(trade.run(lambda s: s.scalars(sa.select(Refund)).all())) == 1
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


@pytest.fixture
def sent_back(trade):
    """Sold, and taken off its point as nobody came; by order."""

    def _sent_back(goods: dict[str, int]) -> int:
        order_id = trade.sell(goods)
        trade.ready(order_id)
        trade.ship(order_id)
        (parcel,) = trade.parcels(order_id)
        by = keeper(trade.admin_id, frozenset({trade.shop.point_id}))
        trade.run(lambda s: take_off(s, parcel.code, TakenOff.SENT_BACK, "班车带回", by=by, now=trade.now))
        return order_id

    return _sent_back


def letter(trade, recall_id: int, order_id: int, state: RecallState = RecallState.ACTIVE):
    return trade.run(lambda s: recall_of_buyer(s, recall_id, s.get_one(Order, order_id), state))


def test_an_order_whose_goods_came_back_whole_before_is_none_of_the_recalls(trade, recall, sent_back):
    order_id = sent_back({"honey": 1, "tea": 2})
    trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock")
    recall_id = recall("honey-pool")
    assert trade.run(lambda s: recalled_orders(s, recall_id).items) == []
    assert trade.run(lambda s: orders_to_refund(s, recall_id, most=9)) == []
    assert trade.run(lambda s: recall_sums(s, s.get_one(LotRecall, recall_id)).sent) == 0
    assert trade.violations() == [], "what came back whole is the lot's own again"


def test_what_comes_back_of_a_lot_that_is_recalled_meanwhile_is_not_for_sale_again(trade, recall, sent_back):
    order_id = sent_back({"honey": 1, "tea": 2})
    trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock", send=False)
    recall("honey-pool")
    trade.send_refunds()
    of_line = sa.select(ReturnedUnits.status)
    assert trade.run(lambda s: s.scalars(of_line).all()) == [ReturnStatus.WRITTEN_OFF]
    assert trade.run(lambda s: s.get_one(Lot, trade.shop.lots["honey-pool"]).available) == 0
    assert trade.violations() == []


def test_what_came_back_in_part_counts_and_is_refunded_for_the_rest_alone(trade, recall, refund):
    order_id = trade.sell({"honey": 3})
    trade.deliver(order_id)
    trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock")
    recall_id = recall("honey-pool")
    (row,) = trade.run(lambda s: recalled_orders(s, recall_id).items)
    assert (row.units, row.sent, row.back) == (2, 2, 1)
    assert fen_of(trade, refund(recall_id, order_id)) == line_fen(trade, order_id, "honey") // 3 * 2
    trade.send_refunds()
    assert trade.violations() == []


def test_a_parcel_that_nobody_collected_is_shown_where_it_is_and_its_buyer_is_told_so(
    trade, recall, sent_back
):
    order_id = sent_back({"honey": 1, "tea": 2})
    recall_id = recall("honey-pool")
    lot_id = trade.shop.lots["honey-pool"]
    ((parcel,),) = trade.run(lambda s: parcels_of_recall(s, lot_id, [order_id])).values()
    assert (parcel.look, parcel.can_be_stopped) == ("sent_back", False)
    said = letter(trade, recall_id, order_id)
    assert (said.sent, said.kept, said.stopped, said.back) == ((), (), (), said.numbers)


def test_who_had_all_of_the_money_back_is_not_offered_it_again(trade, recall, sent_back):
    order_id = sent_back({"honey": 1, "tea": 2})
    trade.refund(order_id)
    recall_id = recall("honey-pool")
    rows = trade.run(lambda s: recalled_orders(s, recall_id).items)
    assert [one.is_repaid for one in rows] == [True]
    assert trade.run(lambda s: orders_to_refund(s, recall_id, most=9)) == []


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
