"""A lot is called back: what has not left is stopped, what has left is told and paid back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.check import books, households, stock
from shop.check import tasks as tasks_rules
from shop.fulfilment.errors import BoxNotOpened
from shop.fulfilment.models import Parcel, Task, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.recall_list import recall_sums, recalled_orders, set_aside
from shop.fulfilment.receiving import receive
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.fulfilment.stopping import orders_to_stop, stop_recalled
from shop.fulfilment.take_out_models import TakeOut
from shop.fulfilment.take_outs import taken_out, to_take_out
from shop.inventory.errors import LotRecalled
from shop.inventory.lot_writing import Author
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotStatus
from shop.inventory.reopening import reopen_lot
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.mailroom import seal
from shop.notifications.letters import compose
from shop.ordering.models import Order, OrderLine
from shop.ordering.reasons import Reason
from shop.ordering.recall_errors import NothingProposed, NotRecalled, SecondPersonLifts
from shop.ordering.recalls import RecallWords, lift_recall, propose_recall, recall_lot, refuse_recall
from shop.rounds import settle_recalls
from shop.storage.outbox import OutboxMessage
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.counting import counted_statements
from tests.factories.villages import NOW

LATER = NOW + timedelta(hours=1)
WORDS = RecallWords("检出超标", "请不要食用", "Found above the limit", "Please do not eat it")


@pytest.fixture
def do(unit_of_work):
    def _do(step, *args, now=LATER, **facts):
        return unit_of_work.run(lambda session: step(session, *args, now=now, **facts))

    return _do


@pytest.fixture
def place(unit_of_work, county):
    return lambda wanted, **facts: confirmed_order(unit_of_work, county, wanted, **facts)


@pytest.fixture
def recall(do, unit_of_work, county):
    """Called back by the county's first user, and stopped by the worker."""

    def _recall(lot_id, *, settle=True):
        is_new = do(recall_lot, lot_id, WORDS, actor_id=county.user)
        if settle:
            settle_recalls(unit_of_work, now=LATER)
        return is_new

    return _recall


@pytest.fixture
def lot_of(see):
    """The lot that an order's only allocation of this state is of."""

    def _lot_of(order_id, status=AllocationStatus.COMMITTED):
        lots = sa.select(Allocation.lot_id).join(OrderLine, OrderLine.id == Allocation.order_line_id)
        return see(lots.where(OrderLine.order_id == order_id, Allocation.status == status))

    return _lot_of


@pytest.fixture
def adds_up(unit_of_work):
    def _adds_up():
        rules = (*stock.RULES, *tasks_rules.RULES, *households.RULES, *books.RULES)
        found = unit_of_work.run(lambda s: [one for rule in rules for one in rule.violations(s, utc_now())])
        assert found == []

    return _adds_up


def sent(see) -> list[str]:
    keys = see(sa.select(OutboxMessage.dedupe_key).order_by(OutboxMessage.id))
    return [key for key in keys if key.startswith("lot_recalled")]


def test_a_recalled_lot_is_off_sale_at_once_and_does_not_open_again(recall, do, see, county):
    lot_id = county.lots[county.tea, county.producers[0][0]]
    assert recall(lot_id) is True
    lot = see(sa.select(Lot).where(Lot.id == lot_id))[0]
    assert (lot.status, lot.available, lot.withdrawn) == (LotStatus.CLOSED, 0, 20)
    with pytest.raises(Conflict):
        do(reopen_lot, lot_id, reason="", author=Author(None))


def test_pressing_twice_recalls_once(recall, see, county):
    lot_id = county.lots[county.tea, county.producers[0][0]]
    assert (recall(lot_id), recall(lot_id)) == (True, False)
    assert len(see(sa.select(LotRecall))) == 1
    assert len(see(sa.select(AuditEntry).where(AuditEntry.action == "lot.recalled"))) == 1


def test_what_has_not_left_goes_to_another_household_and_its_buyer_is_told_once(
    place, recall, lot_of, see, adds_up, county
):
    order_id = place({county.tea: 2})
    (lot_id,) = lot_of(order_id)
    recall(lot_id)
    (instead,) = lot_of(order_id)
    assert instead != lot_id
    old, new = see(sa.select(Task).where(Task.order_id == order_id).order_by(Task.id))
    assert (old.status, old.decline_reason, new.status) == (
        TaskStatus.DECLINED,
        Reason.RECALLED,
        TaskStatus.OPEN,
    )
    assert len(sent(see)) == 1
    adds_up()


def test_only_the_recalled_goods_leave_a_task_that_has_others(place, recall, see, adds_up, county):
    order_id = place({county.honey: 1, county.tea: 1})
    honey = county.lots[county.honey, county.producers[0][0]]
    recall(honey)
    waits = [task for task in see(sa.select(Task).where(Task.order_id == order_id)) if task.needs_person_at]
    assert [task.status for task in waits] == [TaskStatus.DECLINED]  # nobody else has honey
    live = sa.select(Allocation.variant_id).where(Allocation.status == AllocationStatus.COMMITTED)
    assert see(live) == [county.tea]
    adds_up()


def test_a_packed_parcel_is_unpacked_and_the_rest_can_be_packed_again(
    place, recall, do, see, adds_up, county
):
    order_id = place({county.honey: 1, county.tea: 1})
    tasks = see(sa.select(Task).where(Task.order_id == order_id))
    do(receive, [task.id for task in tasks], by=WORKER)
    for place_id in {task.packing_place_id for task in tasks}:
        do(pack_parcel, order_id, place_id, by=WORKER)
    honey = county.lots[county.honey, county.producers[0][0]]
    recall(honey)
    adds_up()
    assert [one.units for one in do(lambda s, now: set_aside(s, honey))] == [1]
    left = see(sa.select(Task).where(Task.order_id == order_id, Task.status == TaskStatus.READY))
    boxes = do(lambda s, now: to_take_out(s, WORKER))
    assert [(one.units, one.parcel_code != "") for one in boxes] == [(1, True)]
    in_box = [task for task in left if task.id in see(sa.select(TakeOut))[0].task_ids]
    for task in in_box:
        with pytest.raises(BoxNotOpened):
            do(pack_parcel, order_id, task.packing_place_id, by=WORKER, partly=True)
    for _ in range(2):
        do(taken_out, boxes[0].id, by=WORKER)
    assert do(lambda s, now: to_take_out(s, WORKER)) == []
    for task in left:
        do(pack_parcel, order_id, task.packing_place_id, by=WORKER, partly=True)
    assert see(sa.select(Parcel))
    adds_up()


def test_nothing_of_it_is_sent_before_the_worker_has_come(place, recall, do, see, county):
    order_id = place({county.honey: 1})
    task = see(sa.select(Task).where(Task.order_id == order_id))[0]
    do(receive, [task.id], by=WORKER)
    code = do(pack_parcel, order_id, task.packing_place_id, by=WORKER)
    recall(county.lots[county.honey, county.producers[0][0]], settle=False)
    with pytest.raises(LotRecalled):
        do(ship_parcels, [Consignment(code, "sf", "SF1234567890123")], by=WORKER)


def test_what_has_left_stays_sent_and_is_listed_first(place, recall, do, see, unit_of_work, county):
    honey = county.lots[county.honey, county.producers[0][0]]
    kept, gone = place({county.honey: 1}), place({county.honey: 2})
    task = see(sa.select(Task).where(Task.order_id == gone))[0]
    do(receive, [task.id], by=WORKER)
    code = do(pack_parcel, gone, task.packing_place_id, by=WORKER)
    do(ship_parcels, [Consignment(code, "sf", "SF1234567890123")], by=WORKER)
    recall(honey)
    (one,) = see(sa.select(LotRecall))
    page = unit_of_work.run(lambda s: recalled_orders(s, one.id))
    assert [(row.order_id, row.units, row.sent, row.waits) for row in page.items] == [
        (gone, 2, 2, 0),
        (kept, 1, 0, 0),
    ]
    sums = unit_of_work.run(lambda s: recall_sums(s, s.get_one(LotRecall, one.id)))
    assert (sums.orders, sums.units, sums.sent, sums.waiting) == (2, 3, 2, 0)


def test_a_buyer_with_three_orders_is_told_once(place, recall, see, unit_of_work, county):
    honey = county.lots[county.honey, county.producers[0][0]]
    orders = [place({county.honey: 1}) for _ in range(3)]
    unit_of_work.run(
        lambda s: s.execute(sa.update(Order).where(Order.id.in_(orders)).values(user_id=county.other_user))
    )
    recall(honey)
    settle = sa.select(RecalledOrder.order_id).where(RecalledOrder.settled_at.is_not(None))
    assert sorted(see(settle)) == sorted(orders)
    assert len(sent(see)) == 1


def test_stopping_an_order_twice_changes_nothing(place, recall, do, see, county):
    order_id = place({county.honey: 1})
    recall(county.lots[county.honey, county.producers[0][0]])
    (one,) = see(sa.select(LotRecall))
    before = [(task.id, task.status) for task in see(sa.select(Task))]
    do(stop_recalled, one.id, order_id)
    assert [(task.id, task.status) for task in see(sa.select(Task))] == before
    assert len(sent(see)) == 1


def test_a_coordinator_proposes_and_the_team_refuses_or_recalls(do, see, county):
    lot_id = county.lots[county.honey, county.producers[0][0]]
    assert do(propose_recall, lot_id, WORDS, actor_id=county.other_user) is True
    assert do(propose_recall, lot_id, WORDS, actor_id=county.other_user) is False
    assert see(sa.select(Lot).where(Lot.id == lot_id))[0].status is LotStatus.OPEN
    do(refuse_recall, lot_id, "复检合格", actor_id=county.user)
    with pytest.raises(NothingProposed):
        do(refuse_recall, lot_id, "复检合格", actor_id=county.user)
    do(propose_recall, lot_id, WORDS, actor_id=county.other_user)
    do(recall_lot, lot_id, WORDS, actor_id=county.user)
    assert [one.state for one in see(sa.select(LotRecall).order_by(LotRecall.id))] == [
        RecallState.REFUSED,
        RecallState.ACTIVE,
    ]


def test_another_person_lifts_it_and_only_once(do, recall, see, county):
    lot_id = county.lots[county.honey, county.producers[0][0]]
    recall(lot_id)
    with pytest.raises(SecondPersonLifts):
        do(lift_recall, lot_id, "误报", actor_id=county.user)
    with pytest.raises(InvalidInput):
        do(lift_recall, lot_id, " ", actor_id=county.other_user)
    do(lift_recall, lot_id, "误报", actor_id=county.other_user)
    with pytest.raises(NotRecalled):
        do(lift_recall, lot_id, "误报", actor_id=county.other_user)
    assert do(reopen_lot, lot_id, reason="", author=Author(None)) == 20


def test_who_was_told_of_it_is_told_once_that_it_is_good_after_all_and_nobody_else(
    place, recall, do, see, unit_of_work, county
):
    honey = county.lots[county.honey, county.producers[0][0]]
    mine = [place({county.honey: 1}) for _ in range(2)]
    place({county.honey: 1})
    unit_of_work.run(
        lambda s: s.execute(sa.update(Order).where(Order.id.in_(mine)).values(user_id=county.other_user))
    )
    recall(honey)
    key = f"recall {see(sa.select(LotRecall.id))[0]} user {county.other_user}"
    gone = sa.update(OutboxMessage).where(OutboxMessage.dedupe_key == f"lot_recalled:{key}")
    unit_of_work.run(lambda s: s.execute(gone.values(sent_at=LATER, attempts=1)))
    do(lift_recall, honey, "误报", actor_id=county.other_user)
    keys = see(sa.select(OutboxMessage.dedupe_key).order_by(OutboxMessage.id))
    assert [one for one in keys if "recall" in one] == [f"lot_recalled:{key}", f"recall_lifted:{key}"]
    payload = see(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id.desc()))[0]
    letter = unit_of_work.run(lambda s: compose(s, payload, now=LATER))
    assert letter.facts["recall"].numbers == tuple(
        see(sa.select(Order.number).where(Order.id.in_(mine)).order_by(Order.id))
    )


@pytest.mark.parametrize("words", [RecallWords(" "), RecallWords("长" * 301), RecallWords("有", "长" * 301)])
def test_a_recall_needs_a_reason_that_fits(do, see, county, words):
    lot_id = county.lots[county.honey, county.producers[0][0]]
    with pytest.raises(InvalidInput):
        do(recall_lot, lot_id, words, actor_id=county.user)
    assert see(sa.select(LotRecall)) == []


def test_the_list_takes_as_many_statements_for_one_order_as_for_nine(
    place, recall, engine, unit_of_work, see, county
):
    honey, tea = county.lots[county.honey, county.producers[0][0]], county.tea
    place({county.honey: 1})
    for _ in range(9):
        place({tea: 1})
    recall(honey)
    counts = []
    for lot_id in (honey, *(county.lots[tea, one] for village in county.producers for one in village)):
        recall(lot_id)
    for one in see(sa.select(LotRecall).order_by(LotRecall.id)):
        with counted_statements(engine) as statements:
            unit_of_work.run(lambda s, one=one: recalled_orders(s, one.id))
        counts.append(len(statements))
    assert len(set(counts)) == 1
    assert see(sa.select(sa.func.count()).select_from(RecalledOrder))[0] >= 10
    assert unit_of_work.run(orders_to_stop) == []


@pytest.mark.parametrize(("language", "words"), [("zh", "检出超标"), ("en", "Found above the limit")])
def test_the_letter_says_why_and_what_to_do_in_the_buyers_language(
    place, recall, app, settings, unit_of_work, see, county, language, words
):
    order_id = place({county.honey: 1})
    unit_of_work.run(lambda s: s.execute(sa.update(Order).values(language=language, email="lin@example.com")))
    recall(county.lots[county.honey, county.producers[0][0]])
    (message,) = see(sa.select(OutboxMessage).where(OutboxMessage.dedupe_key.startswith("lot_recalled")))
    with app.test_request_context():
        letter = unit_of_work.run(lambda s: compose(s, message.payload, now=LATER))
        sealed = seal(letter, settings, now=LATER)
    assert words in sealed.text
    assert words in sealed.html
    assert see(sa.select(Order.number).where(Order.id == order_id))[0] in sealed.text
    assert "recalled before it left" in sealed.subject or "发出前已召回" in sealed.subject
