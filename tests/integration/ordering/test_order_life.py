"""From awaiting its money to completed, and the ways out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from shop.delivery.models import Run, RunStop
from shop.inventory.holds import ship_allocations
from shop.inventory.models import Allocation, AllocationStatus, HouseholdMonth, Lot
from shop.kit.transitions import IllegalStep
from shop.ordering import confirmation
from shop.ordering.cancellation import AlreadyOnItsWay, cancel_confirmed, cancel_unpaid
from shop.ordering.claim_desk import open_claims
from shop.ordering.claim_models import ClaimKind, ClaimRule, ClaimStatus
from shop.ordering.claims import Told, decide_claim, open_claim
from shop.ordering.completion import complete, due_for_completion, mark_shipped
from shop.ordering.confirmation import ConfirmOutcome, confirm
from shop.ordering.events import OrderCancelled, OrderConfirmed, OrderPlaced
from shop.ordering.models import Order, OrderEvent, OrderStatus
from shop.storage.event_log import next_event
from tests.factories.buying import buy
from tests.factories.small_shop import add_product, open_small_shop


@pytest.fixture
def shop(session):
    return open_small_shop(session)


def recorded(session) -> list[object]:
    """What happened and is still to be answered; nobody answers here."""
    return list(iter(lambda: next_event(session), None))


def order_of(session, placed) -> Order:
    return session.get_one(Order, placed.order_id, populate_existing=True)


def counters(session) -> tuple[int, ...]:
    names = ("available", "held", "committed", "shipped", "withdrawn")
    return tuple(session.execute(sa.select(*(sa.func.sum(getattr(Lot, name)) for name in names))).one())


def figures(session) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        sa.select(
            HouseholdMonth.household_id,
            sa.func.sum(HouseholdMonth.earned_fen),
            sa.func.sum(HouseholdMonth.held_fen),
        ).group_by(HouseholdMonth.household_id)
    )
    return {household: (int(earned), int(held)) for household, earned, held in rows}


def ship_everything(session, placed, now):
    ids = session.scalars(
        sa.select(Allocation.id).where(Allocation.status == AllocationStatus.COMMITTED)
    ).all()
    ship_allocations(session, ids, now=now)
    session.commit()
    assert mark_shipped(session, placed.order_id, now=now)
    session.commit()


def test_money_confirms_an_order_once_however_often_it_is_told(session, shop):
    placed = buy(session, shop, {"tea": 2})
    later = shop.now + timedelta(minutes=3)
    assert confirm(session, placed.order_id, now=later, payment_id=7) is ConfirmOutcome.CONFIRMED
    session.commit()
    assert confirm(session, placed.order_id, now=later, payment_id=7) is ConfirmOutcome.ALREADY
    order = order_of(session, placed)
    assert (order.status, order.confirmed_at) == (OrderStatus.CONFIRMED, later)
    assert len(order.pickup_code) == 6
    assert counters(session) == (48, 0, 2, 0, 0)
    assert figures(session) == {shop.households["li"]: (13600 * 76 // 100, 0)}
    assert [event for event in recorded(session) if isinstance(event, OrderConfirmed)] == [
        OrderConfirmed(order.id, 7)
    ]


def test_no_two_orders_that_may_be_collected_at_a_point_have_one_code(session, shop, monkeypatch):
    drawn = iter(["111111", "111111", "222222", "222222", "111111"])
    monkeypatch.setattr(confirmation, "random_digits", lambda _: next(drawn))
    first, second = (buy(session, shop, {"tea": 1}) for _ in range(2))
    for placed in (first, second):
        confirm(session, placed.order_id, now=shop.now)
        session.commit()
    assert [order_of(session, one).pickup_code for one in (first, second)] == ["111111", "222222"]
    order_of(session, second).pickup_code = "111111"
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    order_of(session, first).status = OrderStatus.COMPLETED
    session.commit()
    third = buy(session, shop, {"tea": 1})
    confirm(session, third.order_id, now=shop.now)
    session.commit()
    assert order_of(session, third).pickup_code == "111111", "a code comes round again"


def test_a_dead_order_frees_stock_truck_and_figures(session, shop):
    placed = buy(session, shop, {"tea": 2})
    assert cancel_unpaid(session, placed.order_id, now=shop.now, reason="unpaid")
    session.commit()
    assert not cancel_unpaid(session, placed.order_id, now=shop.now, reason="unpaid")
    assert counters(session) == (50, 0, 0, 0, 0)
    assert figures(session) == {shop.households["li"]: (0, 0)}
    assert session.get_one(Run, shop.run_id, populate_existing=True).booked_g == 0
    assert recorded(session) == [
        OrderPlaced(placed.order_id, "sandbox"),
        OrderCancelled(placed.order_id, was_confirmed=False),
    ]


def test_late_money_revives_a_dead_order_when_the_stock_is_there(session, shop):
    placed = buy(session, shop, {"tea": 2}, courier=True)
    cancel_unpaid(session, placed.order_id, now=shop.now, reason="unpaid")
    session.commit()
    assert confirm(session, placed.order_id, now=shop.now) is ConfirmOutcome.CONFIRMED
    assert order_of(session, placed).status == OrderStatus.CONFIRMED
    assert counters(session) == (48, 0, 2, 0, 0)


def test_late_money_goes_to_the_next_truck_when_the_first_has_left(session, shop):
    placed = buy(session, shop, {"tea": 2})
    cancel_unpaid(session, placed.order_id, now=shop.now, reason="unpaid")
    later = shop.now + timedelta(days=5)
    run = Run(
        code="R2", cutoff_at=later + timedelta(days=2), departs_at=later + timedelta(days=3),
        arrives_at=later + timedelta(days=4), capacity_g=500_000,
    )  # fmt: skip
    session.add(run)
    session.flush()
    session.add(RunStop(run_id=run.id, pickup_point_id=shop.point_id))
    session.commit()
    assert confirm(session, placed.order_id, now=later) is ConfirmOutcome.CONFIRMED
    assert order_of(session, placed).run_id == run.id


@pytest.mark.parametrize("missing", ["stock", "truck", "wish"])
def test_late_money_is_told_when_the_order_cannot_live_again(session, shop, missing):
    placed = buy(session, shop, {"eggs": 10})
    cancel_unpaid(session, placed.order_id, now=shop.now, reason="unpaid")
    session.commit()
    now = shop.now
    if missing == "stock":
        buy(session, shop, {"eggs": 1})
    elif missing == "truck":
        now += timedelta(days=5)
    else:
        order_of(session, placed).cancel_requested_at = now
        session.commit()
    before = counters(session)
    assert confirm(session, placed.order_id, now=now) is ConfirmOutcome.DEAD_WITHOUT_STOCK
    session.commit()
    assert order_of(session, placed).status == OrderStatus.CANCELLED
    assert counters(session) == before


def test_a_confirmed_order_is_called_off_before_it_leaves(session, shop):
    placed = buy(session, shop, {"tea": 2})
    confirm(session, placed.order_id, now=shop.now)
    session.commit()
    cancel_confirmed(session, placed.order_id, now=shop.now, reason="by_shop")
    session.commit()
    assert counters(session) == (50, 0, 0, 0, 0)
    assert order_of(session, placed).status == OrderStatus.CANCELLED
    # What it earned goes back with the money, not before.
    assert figures(session)[shop.households["li"]][0] > 0
    assert confirm(session, placed.order_id, now=shop.now) is ConfirmOutcome.ALREADY


def test_an_order_of_which_a_parcel_left_cannot_be_called_off(session, shop):
    placed = buy(session, shop, {"tea": 2, "eggs": 1})
    confirm(session, placed.order_id, now=shop.now)
    session.commit()
    first = session.scalars(sa.select(Allocation.id).order_by(Allocation.id)).first()
    ship_allocations(session, [first], now=shop.now)
    session.commit()
    assert not mark_shipped(session, placed.order_id, now=shop.now)
    session.commit()
    with pytest.raises(AlreadyOnItsWay):
        cancel_confirmed(session, placed.order_id, now=shop.now, reason="by_shop")


def test_an_unpaid_order_is_neither_completed_nor_called_off_as_paid(session, shop):
    placed = buy(session, shop, {"tea": 1})
    with pytest.raises(IllegalStep):
        complete(session, placed.order_id, now=shop.now)
    session.rollback()
    with pytest.raises(IllegalStep):
        cancel_confirmed(session, placed.order_id, now=shop.now, reason="by_shop")


def test_an_order_that_left_completes_by_the_buyers_word_or_after_days_of_silence(session, shop):
    placed = buy(session, shop, {"tea": 2})
    confirm(session, placed.order_id, now=shop.now)
    session.commit()
    ship_everything(session, placed, shop.now)
    assert counters(session) == (48, 0, 0, 2, 0)
    almost, enough = shop.now + timedelta(days=9), shop.now + timedelta(days=10)
    assert due_for_completion(session, now=almost, after_days=10) == []
    assert due_for_completion(session, now=enough, after_days=10) == [placed.order_id]
    assert complete(session, placed.order_id, now=enough)
    session.commit()
    assert not complete(session, placed.order_id, now=enough)
    assert order_of(session, placed).completed_at == enough


def claim(session, placed, shop, text):
    told = Told(ClaimKind.OTHER, text, "once")
    return open_claim(session, placed.order_id, told, received_at=None, now=shop.now)


def test_a_claim_waits_for_a_decision_and_keeps_the_order_open(session, shop):
    placed = buy(session, shop, {"tea": 2})
    with pytest.raises(IllegalStep):
        claim(session, placed, shop, "a tin is dented")
    session.rollback()
    confirm(session, placed.order_id, now=shop.now)
    session.commit()
    ship_everything(session, placed, shop.now)
    claim_id = claim(session, placed, shop, "  a tin\u0000 is dented ")
    session.commit()
    assert [row.text for row in open_claims(session)] == ["a tin is dented"]
    assert due_for_completion(session, now=shop.now + timedelta(days=99), after_days=10) == []
    decided = {"rule": ClaimRule.GOODWILL, "answer": "We send another.", "actor_id": None, "now": shop.now}
    decide_claim(session, claim_id, ClaimStatus.ACCEPTED, **decided)
    session.commit()
    assert not open_claims(session)
    assert due_for_completion(session, now=shop.now + timedelta(days=99), after_days=10) == [placed.order_id]


def test_the_history_tells_what_happened(session, shop):
    add_product(session, shop, "box", price_fen=20_000, parts={"tea": 2, "eggs": 1})
    session.commit()
    placed = buy(session, shop, {"box": 1})
    cancel_unpaid(session, placed.order_id, now=shop.now, reason="unpaid")
    session.commit()
    assert confirm(session, placed.order_id, now=shop.now) is ConfirmOutcome.CONFIRMED
    session.commit()
    kinds = session.scalars(sa.select(OrderEvent.kind).order_by(OrderEvent.id)).all()
    assert kinds == ["placed", "cancelled", "revived", "confirmed"]
