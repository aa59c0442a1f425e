"""Standing orders: each day once and never twice, also after a stop of the shop; pauses, days of rest, and what is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.organisation_models import Span
from shop.accounts.spending_limits import set_limits
from shop.canteens import placing
from shop.canteens.errors import DayIsPast, StandingStopped
from shop.canteens.models import CanteenOrder
from shop.canteens.placing import place_standing_orders
from shop.canteens.reading import standing_page
from shop.canteens.standing import change_lines, go_on, pause, set_up, skip, stop, try_again
from shop.canteens.standing_models import DayState, StandingDay, StandingOrder, StandingPause
from shop.delivery.models import CalendarKind, CalendarSpan, Run, RunStop
from shop.kit.errors import InvalidInput, NotFound
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.storage.outbox import OutboxMessage
from tests.factories.canteens import a_standing, another_user, leave


def truck_after(session, shop, days):
    """Another journey of the same kind, so many days later."""
    run = session.get_one(Run, shop.run_id)
    later = {
        name: getattr(run, name) + timedelta(days=days) for name in ("cutoff_at", "departs_at", "arrives_at")
    }
    another = Run(code=f"later-{days}", capacity_g=run.capacity_g, **later)
    session.add(another)
    session.flush()
    session.add(RunStop(run_id=another.id, pickup_point_id=shop.point_id))


def stands(kitchen, first=None, **changes):
    wish = a_standing(kitchen.shop, first or kitchen.truck_day, **changes)
    own = kitchen.canteen
    return kitchen.run(lambda s: set_up(s, own.slug, own.buyer_id, wish, now=kitchen.now))


def turn(kitchen, days=0):
    """The worker, so many days later."""
    kitchen.trade.now += timedelta(days=days)
    kitchen.trade.shop.now = kitchen.trade.now
    return place_standing_orders(kitchen.trade.unit_of_work, now=kitchen.now)


def days(kitchen, standing_id):
    statement = sa.select(StandingDay).where(StandingDay.standing_id == standing_id).order_by(StandingDay.on)
    return kitchen.run(lambda s: s.scalars(statement).all())


def told(kitchen):
    return kitchen.run(
        lambda s: [
            one.payload for one in s.scalars(sa.select(OutboxMessage)) if "standing" in str(one.payload)
        ]
    )


def member(kitchen, work, *args, **kwargs):
    own = kitchen.canteen
    return kitchen.run(lambda s: work(s, own.slug, own.buyer_id, *args, now=kitchen.now, **kwargs))


def test_the_day_is_ordered_three_days_before_and_once(kitchen):
    standing_id = stands(kitchen)
    turn(kitchen)
    wait = (kitchen.truck_day - kitchen.now.date()).days - 3
    if wait > 0:
        assert days(kitchen, standing_id) == []
        turn(kitchen, wait)
    [day] = days(kitchen, standing_id)
    assert (day.on, day.state) == (kitchen.truck_day, DayState.PLACED)
    order = kitchen.run(lambda s: s.get_one(Order, day.order_id))
    assert (order.status, order.organisation_id) == (OrderStatus.CONFIRMED, kitchen.canteen.organisation_id)
    assert kitchen.run(lambda s: s.get_one(CanteenOrder, order.id)).standing_id == standing_id
    assert turn(kitchen) == 0
    assert kitchen.run(lambda s: s.scalar(sa.select(sa.func.count(Order.id)))) == 1
    assert told(kitchen) == []


def test_a_turn_that_was_cut_off_is_gone_on_with_and_orders_once(kitchen):
    """The order stood written when the machine stopped: the next turn accepts it and writes no other."""
    standing_id = stands(kitchen, days_before=30)
    day = kitchen.truck_day
    first = kitchen.run(lambda s: placing._begin_day(s, standing_id=standing_id, day=day, now=kitchen.now))
    assert first is True
    assert [one.state for one in days(kitchen, standing_id)] == [DayState.HELD]
    turn(kitchen)
    placed = [one for one in days(kitchen, standing_id) if one.on == day]
    assert [one.state for one in placed] == [DayState.PLACED]
    assert kitchen.run(lambda s: s.scalar(sa.select(sa.func.count(Order.id)))) == 1


def test_after_a_long_stop_days_that_went_by_are_told_and_not_ordered(kitchen):
    standing_id = stands(kitchen)
    turn(kitchen, 12)
    states = {one.state for one in days(kitchen, standing_id) if one.on <= kitchen.now.date()}
    assert states == {DayState.MISSED}
    assert kitchen.run(lambda s: s.scalar(sa.select(sa.func.count(Order.id)))) == 0
    assert any("too late" in str(one["facts"]["reason"]) for one in told(kitchen))


def test_other_quantities_count_from_their_day_on(kitchen):
    kitchen.run(lambda s: truck_after(s, kitchen.shop, 7))
    first = kitchen.truck_day
    standing_id = stands(kitchen, days_before=30, first=first)
    member(kitchen, change_lines, standing_id, {kitchen.shop.variants["eggs"]: 2}, first + timedelta(days=1))
    turn(kitchen)
    placed = {one.on: one.order_id for one in days(kitchen, standing_id) if one.state is DayState.PLACED}
    quantity = sa.select(OrderLine.order_id, OrderLine.quantity)
    found = kitchen.run(lambda s: dict(s.execute(quantity).all()))
    assert [found[placed[first]], found[placed[first + timedelta(days=7)]]] == [2, 4]


def test_a_pause_and_a_skipped_day_order_nothing_and_can_be_taken_back(kitchen):
    kitchen.run(lambda s: truck_after(s, kitchen.shop, 7))
    first = kitchen.truck_day
    standing_id = stands(kitchen, first=first, days_before=30)
    for _ in range(2):
        member(kitchen, skip, standing_id, first)
    member(kitchen, pause, standing_id, first + timedelta(days=5), first + timedelta(days=9))
    second = first + timedelta(days=7)
    page = kitchen.run(
        lambda s: standing_page(s, kitchen.canteen.organisation_id, standing_id, now=kitchen.now)
    )
    assert [one.is_coming for one in page.next_days[:2]] == [False, False]
    held = kitchen.run(
        lambda s: s.scalars(sa.select(StandingPause.id).where(StandingPause.last_on >= second)).one()
    )
    for _ in range(2):
        member(kitchen, go_on, standing_id, held)
    turn(kitchen)
    states = {one.on: one.state for one in days(kitchen, standing_id)}
    assert (states[first], states[second]) == (DayState.SKIPPED, DayState.PLACED)
    assert first.isoformat() not in str(told(kitchen))
    with pytest.raises(DayIsPast):
        member(kitchen, skip, standing_id, first)
    with pytest.raises(InvalidInput):
        member(kitchen, pause, standing_id, second, first)


def test_a_holiday_is_respected_and_told_by_its_name(kitchen):
    day = kitchen.truck_day

    def holiday(session):
        session.add(
            CalendarSpan(
                kind=CalendarKind.HOLIDAY, first_day=day, last_day=day, name_zh="元旦", name_en="New Year"
            )
        )

    kitchen.run(holiday)
    standing_id = stands(kitchen, days_before=30)
    page = kitchen.run(
        lambda s: standing_page(s, kitchen.canteen.organisation_id, standing_id, now=kitchen.now)
    )
    assert page.next_days[0].rest.name_zh == "元旦"
    turn(kitchen)
    [first, *_] = days(kitchen, standing_id)
    assert (first.state, first.code) == (DayState.SKIPPED, "holiday")
    assert "元旦" in str(told(kitchen))


def test_what_is_sold_out_is_told_once_and_tried_again_when_somebody_asks(kitchen):
    standing_id = stands(kitchen, days_before=30, cases={kitchen.shop.variants["eggs"]: 50})
    for _ in range(2):
        turn(kitchen)
    first = kitchen.truck_day
    [day] = [one for one in days(kitchen, standing_id) if one.on == first]
    assert (day.state, day.code) == (DayState.FAILED, "sold_out")
    assert len([one for one in told(kitchen) if one["facts"]["day"] == first.isoformat()]) == 1
    member(kitchen, change_lines, standing_id, {kitchen.shop.variants["eggs"]: 1}, first)
    assert member(kitchen, try_again, standing_id, first) is True
    assert member(kitchen, try_again, standing_id, first) is False
    turn(kitchen)
    [day] = [one for one in days(kitchen, standing_id) if one.on == first]
    assert day.state is DayState.PLACED


def test_a_day_without_a_truck_says_so(kitchen):
    standing_id = stands(kitchen, first=kitchen.truck_day + timedelta(days=1), days_before=30)
    turn(kitchen)
    assert {one.code for one in days(kitchen, standing_id)} == {"no_truck_that_day"}


def test_who_left_can_take_nothing_on_account_and_the_owners_are_told(kitchen):
    standing_id = stands(kitchen, days_before=30)
    kitchen.run(lambda s: leave(s, kitchen.canteen.buyer_id))
    turn(kitchen)
    day = days(kitchen, standing_id)[0]
    assert (day.state, day.code) == (DayState.UNACCEPTED, "no_terms")


def test_above_a_limit_an_approver_decides(kitchen):
    own = kitchen.canteen
    kitchen.run(
        lambda s: set_limits(
            s, own.organisation_id, None, {Span.ORDER: 100}, actor_id=own.buyer_id, now=kitchen.now
        )
    )
    standing_id = stands(kitchen, days_before=30)
    turn(kitchen)
    assert days(kitchen, standing_id)[0].state is DayState.WAITS


def test_stopped_it_orders_nothing_and_cannot_be_changed(kitchen):
    standing_id = stands(kitchen, days_before=30)
    assert [member(kitchen, stop, standing_id), member(kitchen, stop, standing_id)] == [True, False]
    turn(kitchen)
    assert days(kitchen, standing_id) == []
    with pytest.raises(StandingStopped):
        member(kitchen, pause, standing_id, kitchen.truck_day, kitchen.truck_day)


def test_it_is_set_up_once_and_by_who_orders_for_the_canteen(kitchen):
    wish = a_standing(kitchen.shop, kitchen.truck_day)
    own, another = kitchen.canteen, a_standing(kitchen.shop, kitchen.truck_day)
    ids = {member(kitchen, set_up, wish) for _ in range(2)}
    assert len(ids) == 1
    stranger = kitchen.run(lambda s: another_user(s, kitchen.now))
    for other in (own.viewer_id, own.approver_id, stranger):
        with pytest.raises(NotFound):
            kitchen.run(lambda s, by=other: set_up(s, own.slug, by, another, now=kitchen.now))
        with pytest.raises(NotFound):
            kitchen.run(lambda s, by=other: stop(s, own.slug, by, next(iter(ids)), now=kitchen.now))
    assert kitchen.run(lambda s: s.scalar(sa.select(sa.func.count(StandingOrder.id)))) == 1
    with pytest.raises(InvalidInput):
        stands(kitchen, first=kitchen.now.date())
