"""The end of an order's way, and its parcels'."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import AuditEntry
from shop.fulfilment.handover import find_pickup
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.point_errors import ComplaintOpen, NotUncollected, StillToCollect
from shop.fulfilment.reach import keeper
from shop.fulfilment.receipt import buyer_states, complete_uncollected, receive_order, uncollected_orders
from shop.kit.transitions import IllegalStep
from shop.ordering.claim_models import ClaimKind, ClaimStatus
from shop.ordering.claims import Told, open_claim
from shop.ordering.models import OrderStatus
from shop.rounds import complete_orders
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.trade import Trade, open_for_trade

DAYS = 10


@pytest.fixture
def trade(session: Session, unit_of_work: UnitOfWork) -> Trade:
    return open_for_trade(session, unit_of_work)


def receive(trade: Trade, order_id: int) -> bool:
    return trade.run(lambda session: receive_order(session, order_id, now=trade.now))


def look(trade: Trade, order_id: int) -> str:
    order = trade.order_row(order_id)
    return trade.run(lambda session: buyer_states(session, [(order.id, order.status)]))[order_id]


def test_a_bag_at_the_point_must_be_collected_before_its_order_ends(trade: Trade):
    order_id = trade.sell({"tea": 1})
    trade.ship(order_id)
    with pytest.raises(StillToCollect):
        receive(trade, order_id)
    assert trade.order_row(order_id).status is OrderStatus.SHIPPED
    trade.hand_over(order_id)
    assert receive(trade, order_id)
    assert not receive(trade, order_id)
    assert trade.order_row(order_id).status is OrderStatus.COMPLETED


def test_a_couriers_parcel_is_delivered_when_its_buyer_says_so(trade: Trade):
    order_id = trade.sell({"tea": 1}, courier=True)
    with pytest.raises(IllegalStep):
        receive(trade, order_id)
    trade.ship(order_id)
    receive(trade, order_id)
    (parcel,) = trade.parcels(order_id)
    assert (parcel.status, parcel.delivered_at) == (
        ParcelStatus.DELIVERED,
        trade.order_row(order_id).completed_at,
    )


def test_silence_delivers_what_a_courier_brought_and_not_what_lies_at_the_point(trade: Trade):
    by_courier, by_truck = trade.sell({"tea": 1}, courier=True), trade.sell({"tea": 1})
    trade.ship(by_courier)
    trade.ship(by_truck)
    later = trade.now + timedelta(days=DAYS, hours=1)
    assert complete_orders(trade.unit_of_work, now=later) == 1
    assert trade.parcels(by_courier)[0].status is ParcelStatus.DELIVERED
    assert trade.order_row(by_truck).status is OrderStatus.SHIPPED
    waiting = trade.run(lambda s: uncollected_orders(s, after_days=DAYS, now=later))
    assert [row.number for row in waiting] == [trade.order_row(by_truck).number]
    trade.hand_over(by_truck)
    assert complete_orders(trade.unit_of_work, now=later) == 1


def test_the_team_ends_an_order_that_nobody_collects_and_its_code_still_opens_the_bag(trade: Trade):
    order_id = trade.sell({"tea": 1})
    trade.ship(order_id)
    trade.run(lambda s: complete_uncollected(s, order_id, actor_id=trade.admin_id, now=trade.now))
    order = trade.order_row(order_id)
    assert order.status is OrderStatus.COMPLETED
    actions = trade.run(lambda s: s.scalars(sa.select(AuditEntry.action)).all())
    assert "order.completed_uncollected" in actions
    by = keeper(trade.admin_id, frozenset({trade.shop.point_id}))
    assert trade.run(lambda s: find_pickup(s, order.pickup_code, by=by)).here


def give_up(trade: Trade, order_id: int) -> None:
    trade.run(lambda s: complete_uncollected(s, order_id, actor_id=trade.admin_id, now=trade.now))


def on_the_road(trade: Trade, order_id: int) -> None:
    trade.run(lambda s: s.execute(sa.update(Parcel).values(arrived_at=None)))


@pytest.mark.parametrize("how", ["courier", "on the road", "fetched"])
def test_the_team_ends_no_order_whose_parcels_do_not_all_wait_at_the_point(trade: Trade, how: str):
    order_id = trade.sell({"tea": 1}, courier=how == "courier")
    trade.ship(order_id)
    if how == "on the road":
        on_the_road(trade, order_id)
    if how == "fetched":
        trade.hand_over(order_id)
    with pytest.raises(NotUncollected):
        give_up(trade, order_id)
    assert trade.order_row(order_id).status is OrderStatus.SHIPPED


def test_the_team_ends_no_order_about_which_its_buyer_waits_for_an_answer(trade: Trade):
    order_id = trade.sell({"tea": 1})
    trade.ship(order_id)
    told = Told(ClaimKind.OTHER, "一袋是湿的", "form")
    claim_id = trade.run(lambda s: open_claim(s, order_id, told, received_at=None, now=trade.now))
    with pytest.raises(ComplaintOpen):
        give_up(trade, order_id)
    trade.grant(claim_id, ClaimStatus.REFUSED)
    give_up(trade, order_id)
    give_up(trade, order_id)
    assert trade.order_row(order_id).status is OrderStatus.COMPLETED


def test_a_buyer_reads_that_a_bag_can_be_collected_and_that_it_was(trade: Trade):
    order_id = trade.sell({"tea": 1})
    assert look(trade, order_id) == "confirmed"
    trade.ship(order_id)
    assert look(trade, order_id) == "ready"
    trade.hand_over(order_id)
    assert look(trade, order_id) == "received"
    receive(trade, order_id)
    assert look(trade, order_id) == "completed"
