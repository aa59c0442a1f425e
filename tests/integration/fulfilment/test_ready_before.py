"""A "ready" that was pressed without a network before the task was given to another household."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Producer
from shop.check.all_rules import find_violations
from shop.fulfilment.accepting import accept
from shop.fulfilment.closing import close_waiting
from shop.fulfilment.declining import decline, reassign
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready, undo_ready
from shop.fulfilment.ready_before import Came, ready_as_pressed
from shop.fulfilment.tasks import short_number
from shop.inventory.candidates import read_offer
from shop.inventory.lot_writing import Author
from shop.inventory.lots import correct_lot, withdraw_lot
from shop.inventory.models import HouseholdMonth, Lot
from shop.kit.errors import Conflict, NotFound
from shop.kit.transitions import IllegalStep
from shop.ledger.models import Account, Posting
from shop.ordering.cancellation import cancel_confirmed
from shop.ordering.models import OrderEvent
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.villages import NOW, add_lot
from tests.factories.without_locks import goes_wrong, without_locks

PRESSED = NOW + timedelta(hours=3)
AWAY = NOW + timedelta(days=3)  # the task was given to another household
LATER = AWAY + timedelta(hours=2)  # the phone has a network again


@pytest.fixture
def place(unit_of_work, county):
    return lambda wanted, now=NOW, **facts: confirmed_order(unit_of_work, county, wanted, now=now, **facts)


@pytest.fixture
def do(unit_of_work):
    def _do(step, *args, now=LATER, by=WORKER, **facts):
        return unit_of_work.run(lambda session: step(session, *args, by=by, now=now, **facts))

    return _do


@pytest.fixture
def tasks(see):
    return lambda order_id: see(sa.select(Task).where(Task.order_id == order_id).order_by(Task.id))


@pytest.fixture
def given_away(place, do, tasks, county):
    """An order for three teas: the task of who was silent, and that of who has it now."""

    def _given_away(wanted=None):
        order_id = place(wanted or {county.tea: 3})
        [silent] = tasks(order_id)
        do(reassign, silent.id, now=AWAY)
        return [one for one in tasks(order_id) if one.id == silent.id or one.status is TaskStatus.OPEN]

    return _given_away


@pytest.fixture
def lot_of(see, county):
    def _lot_of(task: Task, variant_id: int = 0) -> Lot:
        mine = sa.select(Lot).where(Lot.producer_id == task.producer_id)
        [lot] = see(mine.where(Lot.variant_id == (variant_id or county.tea)))
        return lot

    return _lot_of


@pytest.fixture
def adds_up(unit_of_work):
    """Nothing is lost, and every household has in the books what its figures say."""

    def _adds_up():
        found = unit_of_work.run(lambda session: list(find_violations(session, now=LATER)))
        about = ("lot", "allocation", "task", "figures", "household", "ledger")
        assert [one for one in found if one.rule.startswith(about)] == []

    return _adds_up


@pytest.fixture
def earned(unit_of_work):
    """What a task's household has in the figures, and in the books."""

    def _earned(task: Task):
        def read(session):
            household = session.get_one(Producer, task.producer_id).household_id
            figures = sa.select(sa.func.coalesce(sa.func.sum(HouseholdMonth.earned_fen), 0))
            books = sa.select(-sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0))
            return (
                session.scalar(figures.where(HouseholdMonth.household_id == household)),
                session.scalar(
                    books.where(
                        Posting.household_id == household, Posting.account == Account.HOUSEHOLD_PAYABLE
                    )
                ),
            )

        return unit_of_work.run(read)

    return _earned


@pytest.fixture
def kinds(see):
    statement = sa.select(OrderEvent.kind).order_by(OrderEvent.id)
    return lambda order_id: see(statement.where(OrderEvent.order_id == order_id))


def test_while_nobody_else_has_answered_the_task_comes_back_with_its_units_and_its_money(
    given_away, do, tasks, lot_of, earned, kinds, adds_up
):
    first, second = given_away()
    assert earned(first) == (0, 0)
    came = do(ready_as_pressed, first.id, made_at=PRESSED)
    assert (came.came, came.new_number) == (Came.BACK, "")
    first, second = tasks(first.order_id)
    assert (first.status, first.ready_at, first.ended_at) == (TaskStatus.READY, PRESSED, None)
    assert second.status is TaskStatus.CANCELLED
    assert (lot_of(first).committed, lot_of(first).withdrawn) == (3, 0)
    assert (lot_of(second).committed, lot_of(second).available) == (0, 20)
    assert earned(first) == (first.earns_fen, first.earns_fen)
    assert earned(second) == (0, 0)
    assert kinds(first.order_id)[-2:] == ["task_called_back", "task_came_back"]
    adds_up()


@pytest.mark.parametrize("answer", [accept, mark_ready])
def test_once_another_household_has_answered_the_order_stays_there_and_the_goods_go_first(
    answer, given_away, place, do, tasks, lot_of, earned, kinds, adds_up, county
):
    first, second = given_away()
    do(answer, [second.id])
    assert do(ready_as_pressed, first.id, made_at=PRESSED).came is Came.LEFT_OVER
    assert tasks(first.order_id)[0].status is TaskStatus.REASSIGNED
    assert (lot_of(first).available, lot_of(first).withdrawn, lot_of(first).goes_first) == (20, 0, 3)
    assert earned(first) == (0, 0)
    assert kinds(first.order_id)[-1] == "goods_left_over"
    adds_up()
    before = place({county.tea: 1}, now=LATER)
    [of_next] = tasks(before)
    assert of_next.producer_id == first.producer_id
    assert lot_of(first).goes_first == 2
    adds_up()


def test_what_was_left_over_goes_before_poorer_households_and_only_so_many_units(
    given_away, place, do, tasks, lot_of, county, unit_of_work, adds_up
):
    """Of two households alike the one with the first lot is asked first; the other has earned nothing yet."""
    first, second = given_away()
    do(accept, [second.id])
    unit_of_work.run(
        lambda s: s.add(
            HouseholdMonth(
                household_id=s.get_one(Producer, first.producer_id).household_id,
                month=NOW.date().replace(day=1, month=10),
                earned_fen=9_000_00,
            )
        )
    )
    do(ready_as_pressed, first.id, made_at=PRESSED)
    places = {one.producer_id for one in tasks(place({county.tea: 5}, now=LATER, pickup=True))}
    assert first.producer_id in places
    assert len(places) == 2  # three of them stood ready, and the other two are a poorer household's
    assert lot_of(first).goes_first == 0


def test_an_order_that_dies_without_money_takes_the_place_of_nothing(
    given_away, do, lot_of, county, unit_of_work
):
    first, second = given_away()
    do(accept, [second.id])
    do(ready_as_pressed, first.id, made_at=PRESSED)
    lot_id = lot_of(first).id
    held = sa.update(Lot).where(Lot.id == lot_id).values(held=2, available=18)
    unit_of_work.run(lambda s: s.execute(held))

    def first_in_line():
        offer = unit_of_work.run(lambda s: read_offer(s, [county.tea], LATER))
        return next(one.goes_first for one in offer.lots if one.lot_id == lot_id)

    assert first_in_line() == 1  # two of the three are promised
    unit_of_work.run(lambda s: s.execute(sa.update(Lot).where(Lot.id == lot_id).values(held=0, available=20)))
    assert first_in_line() == 3


def test_a_press_after_the_task_was_given_away_or_before_there_was_one_does_not_stand(given_away, do, tasks):
    first, _second = given_away()
    for made_at in (None, AWAY, AWAY + timedelta(minutes=1), NOW - timedelta(minutes=1)):
        with pytest.raises(IllegalStep):
            do(ready_as_pressed, first.id, made_at=made_at)
    assert tasks(first.order_id)[0].status is TaskStatus.REASSIGNED


def test_who_said_no_does_not_get_the_task_back(place, do, tasks, county):
    [task] = tasks(place({county.tea: 3}))
    do(decline, task.id, "没有货")
    with pytest.raises(IllegalStep):
        do(ready_as_pressed, task.id, made_at=PRESSED - timedelta(hours=2))


def test_said_twice_it_is_said_once(given_away, do, lot_of, kinds, adds_up):
    first, second = given_away()
    do(accept, [second.id])
    for _ in range(2):
        assert do(ready_as_pressed, first.id, made_at=PRESSED).came is Came.LEFT_OVER
    assert lot_of(first).goes_first == 3
    assert kinds(first.order_id).count("goods_left_over") == 1
    back, _other = given_away()
    assert do(ready_as_pressed, back.id, made_at=PRESSED).came is Came.BACK
    assert do(ready_as_pressed, back.id, made_at=PRESSED).came is Came.READY
    assert kinds(back.order_id).count("task_came_back") == 1
    adds_up()


def test_units_that_nobody_else_had_come_back_to_who_has_them_ready(
    given_away, do, tasks, county, unit_of_work, adds_up
):
    """The second household declines, and nobody else has honey: it waits for a person."""
    unit_of_work.run(lambda s: add_lot(s, county, county.honey, county.producers[1][0], 5))
    first, second = given_away({county.honey: 2})
    do(decline, second.id, "蜂跑了", now=AWAY + timedelta(hours=1))
    assert do(ready_as_pressed, first.id, made_at=PRESSED).came is Came.BACK
    first, second = tasks(first.order_id)
    assert (first.status, second.status, second.needs_person_at) == (
        TaskStatus.READY, TaskStatus.DECLINED, None
    )  # fmt: skip
    adds_up()


def test_through_two_households_that_were_silent_it_comes_back_to_the_first(
    given_away, do, tasks, earned, adds_up
):
    first, second = given_away()
    do(reassign, second.id, now=AWAY + timedelta(hours=1))
    assert do(ready_as_pressed, first.id, made_at=PRESSED).came is Came.BACK
    of_order = tasks(first.order_id)
    assert [one.status for one in of_order] == [
        TaskStatus.READY, TaskStatus.REASSIGNED, TaskStatus.CANCELLED
    ]  # fmt: skip
    assert [earned(one)[0] for one in of_order] == [first.earns_fen, 0, 0]
    adds_up()
    made_at = AWAY + timedelta(minutes=30)  # and the second was ready too, before the third was asked
    assert do(ready_as_pressed, second.id, made_at=made_at).came is Came.LEFT_OVER
    adds_up()


def test_it_comes_back_goes_away_and_comes_back_again_and_the_books_follow(
    given_away, do, tasks, earned, adds_up
):
    first, _second = given_away()
    do(ready_as_pressed, first.id, made_at=PRESSED)
    do(undo_ready, first.id)
    again = LATER + timedelta(days=2)
    do(reassign, first.id, now=again)
    adds_up()
    came = do(
        ready_as_pressed, first.id, made_at=again - timedelta(minutes=5), now=again + timedelta(hours=1)
    )
    assert came.came is Came.BACK
    assert earned(first) == (first.earns_fen, first.earns_fen)
    adds_up()


def test_of_an_order_that_was_called_off_the_goods_go_first(given_away, unit_of_work, do, lot_of, adds_up):
    first, _second = given_away()
    unit_of_work.run(
        lambda s: cancel_confirmed(s, first.order_id, reason="cancelled", actor_id=None, now=LATER)
    )
    assert do(ready_as_pressed, first.id, made_at=PRESSED).came is Came.LEFT_OVER
    assert lot_of(first).goes_first == 3
    adds_up()


def test_of_a_lot_that_its_household_closed_nothing_is_sold_again(given_away, do, unit_of_work, lot_of):
    first, second = given_away()
    do(accept, [second.id])
    lot_id = lot_of(first).id
    unit_of_work.run(lambda s: withdraw_lot(s, lot_id, reason="不卖了", author=Author(None), now=LATER))
    with pytest.raises(IllegalStep):
        do(ready_as_pressed, first.id, made_at=PRESSED)
    assert (lot_of(first).available, lot_of(first).goes_first) == (0, 0)


def test_who_says_that_the_lot_has_fewer_units_has_fewer_first_in_the_queue(
    given_away, do, unit_of_work, lot_of, adds_up
):
    first, second = given_away()
    do(accept, [second.id])
    do(ready_as_pressed, first.id, made_at=PRESSED)
    lot_id = lot_of(first).id
    unit_of_work.run(
        lambda s: correct_lot(s, lot_id, declared=2, reason="数错了", author=Author(None), now=LATER)
    )
    assert (lot_of(first).available, lot_of(first).goes_first) == (2, 2)
    adds_up()


def test_a_number_that_other_goods_have_by_now_is_replaced(
    given_away, place, do, tasks, unit_of_work, county
):
    first, _second = given_away()
    [other] = tasks(place({county.honey: 1}))
    clash = sa.update(Task).where(Task.id == other.id).values(
        code=f"{short_number(first.code)}0000XYZ", village_id=first.village_id
    )  # fmt: skip
    unit_of_work.run(lambda s: s.execute(clash))
    came = do(ready_as_pressed, first.id, made_at=PRESSED)
    [again] = [one for one in tasks(first.order_id) if one.id == first.id]
    assert came.new_number == short_number(again.code) != short_number(first.code)


def test_nobody_reaches_the_task_of_another_household(given_away, do, people, county):
    first, second = given_away()
    village = next(n for n, ids in enumerate(county.producers) if second.producer_id in ids)
    stranger = people.farmer(village, county.producers[village].index(second.producer_id))
    with pytest.raises(NotFound):
        do(ready_as_pressed, first.id, made_at=PRESSED, by=stranger)


@pytest.fixture
def back_or_stays(given_away, tasks, lot_of, adds_up):
    """The other household says yes at the moment at which the first one's phone has a network again."""

    def _back_or_stays(run) -> None:
        first, second = given_away()
        before = lot_of(first).goes_first
        barrier = Barrier(2)

        def at_once(step):
            barrier.wait()
            try:
                return run(step) or "done"
            except Conflict:
                return "refused"

        def say_yes(session):
            for _ in range(5):  # about as long as the other looks who has answered
                session.scalar(sa.select(1))
            accept(session, [second.id], by=WORKER, now=LATER)

        steps = (lambda s: ready_as_pressed(s, first.id, made_at=PRESSED, by=WORKER, now=LATER), say_yes)
        with ThreadPoolExecutor(2) as pool:
            came, yes = pool.map(at_once, steps)
        stands = {one.id: one.status for one in tasks(first.order_id)}
        if yes == "refused":
            assert came.came is Came.BACK
            assert (stands[first.id], stands[second.id]) == (TaskStatus.READY, TaskStatus.CANCELLED)
        else:
            assert came.came is Came.LEFT_OVER
            assert (stands[first.id], stands[second.id]) == (TaskStatus.REASSIGNED, TaskStatus.ACCEPTED)
            assert lot_of(first).goes_first == before + 3
        adds_up()

    return _back_or_stays


@pytest.mark.race(twin="test_without_locks_both_households_may_have_the_order")
def test_of_two_at_once_either_the_task_comes_back_or_the_order_stays(back_or_stays, unit_of_work):
    for _ in range(3):
        back_or_stays(unit_of_work.run)


def test_without_locks_both_households_may_have_the_order(back_or_stays, unit_of_work):
    assert goes_wrong(lambda: back_or_stays(without_locks(unit_of_work).run))


def test_units_that_left_their_order_are_left_over(place, do, tasks, county, unit_of_work, lot_of, adds_up):
    """Nobody else had them, and the shop gives their price back."""
    honey_house = county.producers[0][0]
    unit_of_work.run(lambda s: add_lot(s, county, county.honey, county.producers[1][0], 5))
    none = (
        sa.update(Lot).where(Lot.id == county.lots[county.tea, honey_house]).values(declared=0, available=0)
    )
    unit_of_work.run(lambda s: s.execute(none))
    order_id = place({county.honey: 2, county.tea: 1})
    first = next(one for one in tasks(order_id) if one.producer_id == honey_house)
    do(reassign, first.id, now=AWAY)
    do(decline, tasks(order_id)[-1].id, "蜂跑了", now=AWAY)
    unit_of_work.run(lambda s: close_waiting(s, order_id, reason="没有了", actor_id=county.user, now=LATER))
    assert do(ready_as_pressed, first.id, made_at=PRESSED).came is Came.LEFT_OVER
    assert lot_of(first, county.honey).goes_first == 2
