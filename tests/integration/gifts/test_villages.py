"""What a gift of many parcels is for the household that makes it: one card, one press, one text message."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.fulfilment.farm_tasks import farm_day
from shop.fulfilment.gift_papers import orders_of_same_gift
from shop.fulfilment.gift_tasks import accept_gift, gift_tasks, ready_gift, undo_gift
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import Reach, farmer
from shop.kit.errors import NotFound
from shop.ordering.models import OrderEvent
from tests.factories.gifts import PEOPLE, a_gift, a_list, place, submit


@pytest.fixture
def sent(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    place(trade, gift_id)
    return gift_id


@pytest.fixture
def house(trade):
    """The household that has most of the gift's tasks."""
    counted = sa.select(Task.producer_id).group_by(Task.producer_id).order_by(sa.func.count().desc())
    return lambda: farmer(trade.union_id, frozenset([trade.run(lambda s: s.scalar(counted.limit(1)))]))


def day(trade, by):
    return trade.run(lambda session: farm_day(session, by, now=trade.now))


def statuses(trade, by):
    of_house = sa.select(Task.status).where(Task.producer_id.in_(by.producer_ids)).order_by(Task.id)
    return trade.run(lambda session: [one.value for one in session.scalars(of_house)])


def press(trade, work, gift_id, by, upto):
    return trade.run(partial(work, gift_id=gift_id, upto=upto, by=by, now=trade.now))


def test_all_parcels_of_a_gift_are_one_card_and_one_press(trade, sent, house):
    trade.sell({"tea": 1}, courier=True)
    by = house()
    before = day(trade, by)
    (card,) = before.gifts
    assert card.tasks == len(statuses(trade, by)) - len(before.to_do)
    assert sum(one.units for one in card.goods) == 2 * card.tasks
    assert before.more == 0
    assert press(trade, accept_gift, sent, by, card.upto) == card.tasks
    assert press(trade, accept_gift, sent, by, card.upto) == 0
    (accepted,) = day(trade, by).gifts
    assert (accepted.status, accepted.tasks) == (TaskStatus.ACCEPTED, card.tasks)
    assert press(trade, ready_gift, sent, by, card.upto) == card.tasks
    (ready,) = day(trade, by).gifts
    assert (ready.status, ready.can_undo) == (TaskStatus.READY, True)
    assert press(trade, undo_gift, sent, by, card.upto) == card.tasks
    pressed = sa.select(sa.func.count()).where(OrderEvent.kind == "task_accepted")
    assert trade.run(lambda session: session.scalar(pressed)) == card.tasks


def test_a_press_that_was_kept_takes_no_parcels_along_that_came_later(trade, house):
    gift_id = a_gift(trade)
    a_list(trade, gift_id, PEOPLE[:1])
    submit(trade, gift_id)
    place(trade, gift_id)
    by = house()
    (card,) = day(trade, by).gifts
    a_list(trade, gift_id, PEOPLE[1:2])
    submit(trade, gift_id)
    place(trade, gift_id)
    press(trade, accept_gift, gift_id, by, card.upto)
    assert sorted(statuses(trade, by))[:1] == ["accepted"]
    assert (
        trade.run(lambda s: s.scalar(sa.select(sa.func.count()).where(Task.status == TaskStatus.OPEN))) == 1
    )


def test_another_household_has_no_such_gift(trade, sent, house):
    other = farmer(trade.union_id, frozenset([trade.shop.producers["yu"]]))
    assert day(trade, other).gifts == ()
    with pytest.raises(NotFound):
        press(trade, accept_gift, sent, other, 10_000)
    with pytest.raises(NotFound):
        trade.run(lambda session: gift_tasks(session, sent, other))


def test_each_parcel_can_still_be_looked_at_by_itself(trade, sent, house):
    by = house()
    found = trade.run(lambda session: gift_tasks(session, sent, by))
    assert found.total == day(trade, by).gifts[0].tasks
    assert all(len(one.number) == 3 for one in found.items)


def test_the_cards_of_a_gift_are_printed_together_where_its_parcels_are_packed_and_nowhere_else(trade, sent):
    other = trade.sell({"tea": 1}, courier=True)
    tasks = trade.run(lambda s: s.scalars(sa.select(Task).where(Task.order_id != other)).all())
    place_ids = frozenset(one.packing_place_id for one in tasks)
    first = tasks[0].order_id

    def papers(places, order_id=first):
        by = Reach(trade.admin_id, packing_place_ids=frozenset(places))
        return trade.run(lambda s: orders_of_same_gift(s, order_id, by))

    here, count = papers(place_ids)
    assert count == len(here) == len(PEOPLE)
    assert other not in {one.id for one in here}
    assert {task for one in here for task in one.tasks} == {one.id for one in tasks}
    assert papers({max(place_ids) + 100}) == ([], 0)
    assert papers(place_ids, other) == ([], 0)
