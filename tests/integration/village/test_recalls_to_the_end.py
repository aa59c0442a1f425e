"""A recall where the goods are: boxes are opened by people, and what was put aside finds its way when it is lifted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.household_people import add_person
from shop.check import books, households, stock
from shop.check import tasks as tasks_rules
from shop.delivery.models import Run, RunStatus
from shop.fulfilment.errors import RecalledAboard
from shop.fulfilment.models import Parcel, Task, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.recall_list import set_aside
from shop.fulfilment.receiving import receive
from shop.fulfilment.replies.answers import too_late
from shop.fulfilment.replies.tasks import newest_task
from shop.fulfilment.runs import depart, load
from shop.fulfilment.take_out_models import TakeOut
from shop.inventory.models import Lot, LotChange, LotStatus
from shop.inventory.trace_models import LotRecall
from shop.kit.clock import utc_now
from shop.notifications.letters import compose
from shop.ordering.recalls import RecallWords, lift_recall, propose_recall, recall_lot, refuse_recall
from shop.rounds import settle_recalls
from shop.storage.outbox import OutboxMessage

WORDS = RecallWords("检出超标", "请不要食用")
KEEP_APART = "这批召回了，备好的请单独放好，别卖别吃"


@pytest.fixture
def honey(county) -> int:
    return county.lots[county.honey, county.producers[0][0]]


@pytest.fixture
def recall(unit_of_work, county):
    def _recall(lot_id: int) -> int:
        unit_of_work.run(lambda s: recall_lot(s, lot_id, WORDS, actor_id=county.user, now=utc_now()))
        settle_recalls(unit_of_work, now=utc_now())
        return unit_of_work.run(lambda s: s.scalar(sa.select(sa.func.max(LotRecall.id))))

    return _recall


@pytest.fixture
def lift(unit_of_work, county):
    return lambda lot_id: unit_of_work.run(
        lambda s: lift_recall(s, lot_id, "复检合格", actor_id=county.other_user, now=utc_now())
    )


@pytest.fixture
def aboard(unit_of_work, county, place):
    """An order by truck with honey and tea of one village in one box, which stands on the truck; its code."""

    def _aboard() -> tuple[int, str]:
        order_id = place({county.honey: 2, county.tea: 1}, pickup=True)
        tasks = unit_of_work.run(lambda s: s.scalars(sa.select(Task).where(Task.order_id == order_id)).all())
        unit_of_work.run(lambda s: mark_ready(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
        unit_of_work.run(lambda s: receive(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
        codes = [
            unit_of_work.run(
                lambda s, at=at: pack_parcel(s, order_id, at, partly=True, by=WORKER, now=utc_now())
            )
            for at in sorted({one.packing_place_id for one in tasks})
        ]
        unit_of_work.run(lambda s: load(s, county.run, codes, by=WORKER, now=utc_now()))
        own = sa.select(Parcel.code).where(Parcel.packing_place_id == county.places[0])
        return order_id, unit_of_work.run(lambda s: s.scalars(own).one())

    return _aboard


@pytest.fixture
def adds_up(unit_of_work):
    def _adds_up() -> None:
        rules = (*stock.RULES, *tasks_rules.RULES, *households.RULES, *books.RULES)
        found = unit_of_work.run(lambda s: [one for rule in rules for one in rule.violations(s, utc_now())])
        assert found == []

    return _adds_up


def told(rows, message: str) -> list[OutboxMessage]:
    return rows(sa.select(OutboxMessage).where(OutboxMessage.dedupe_key.startswith(f"{message}:")))


def test_a_box_with_recalled_goods_is_on_every_list_until_a_person_has_opened_it(
    county, honey, coordinator, stranger, hub, press, aboard, recall, rows, unit_of_work, adds_up
):
    _order_id, box = aboard()
    recall(honey)
    assert rows(sa.select(Parcel.id).where(Parcel.code == box)) == []
    pages = (
        "/village",
        "/village/work",
        "/village/parcels",
        "/village/packing",
        f"/village/runs/{county.run}",
    )
    for path in pages:
        assert f"Recalled: take box {box} off truck" in coordinator.get(f"{path}?lang=en").text, path
    for path in ("/village/work", "/village/hub", f"/village/runs/{county.run}"):
        assert box in hub.get(path).text, f"the hub has the truck in hand: {path}"
    for path in ("/village", "/village/work"):
        assert box not in stranger.get(path).text
    assert "Recalled goods lie in box" in coordinator.get(f"/village/parcels/{box}?lang=en").text
    loaded = press(coordinator, f"/village/runs/{county.run}/load", typed=box)
    assert "里有召回的货：不要装车" in coordinator.get(loaded.location).text
    later = utc_now() + timedelta(days=9)
    with pytest.raises(RecalledAboard):
        unit_of_work.run(lambda s: depart(s, county.run, by=WORKER, now=later))
    assert rows(sa.select(Run.status).where(Run.code == county.run)) == [RunStatus.PLANNED]
    page = coordinator.get(f"/village/runs/{county.run}/depart?lang=en").text
    assert "The truck leaves when these boxes are off it and open." in page

    people = {one.payload["user_id"] for one in told(rows, "recalled_boxes")}
    assert len(people) == 2, "the village where it was packed, and the hub, which has the truck"
    (message, *_) = told(rows, "recalled_boxes")
    letter = unit_of_work.run(lambda s: compose(s, message.payload, now=utc_now()))
    assert [(one.parcel_code, one.units) for one in letter.facts["recall"].boxes] == [(box, 2)]

    (waits,) = rows(sa.select(TakeOut))
    assert press(stranger, f"/village/take-outs/{waits.id}").status_code == 404
    for _ in range(2):
        assert press(hub, f"/village/take-outs/{waits.id}").status_code == 303
    (waits,) = rows(sa.select(TakeOut))
    assert waits.done_at is not None
    assert len(rows(sa.select(AuditEntry).where(AuditEntry.action == "lot.taken_out"))) == 1
    assert box not in coordinator.get("/village/work").text
    assert unit_of_work.run(lambda s: compose(s, message.payload, now=utc_now())) is None
    unit_of_work.run(lambda s: depart(s, county.run, by=WORKER, now=utc_now() + timedelta(days=9)))
    adds_up()


def test_a_box_is_opened_also_when_the_recall_was_lifted_meanwhile(
    county, honey, coordinator, aboard, recall, lift
):
    _order_id, box = aboard()
    recall(honey)
    lift(honey)
    assert box in coordinator.get("/village/work").text


def test_goods_that_lie_loose_at_the_hub_are_put_aside_by_the_hub(
    county, honey, hub, coordinator, press, place, recall, rows, unit_of_work
):
    order_id = place({county.box: 1}, pickup=True)
    tasks = unit_of_work.run(lambda s: s.scalars(sa.select(Task).where(Task.order_id == order_id)).all())
    unit_of_work.run(lambda s: mark_ready(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: receive(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
    recall(honey)
    assert "Recalled: put these aside" in hub.get("/village/work?lang=en").text
    assert "Recalled: put these aside" not in coordinator.get("/village/work?lang=en").text
    assert len(told(rows, "recalled_boxes")) == 1
    (waits,) = rows(sa.select(TakeOut))
    press(hub, f"/village/take-outs/{waits.id}")
    assert "Recalled: put these aside" not in hub.get("/village/work?lang=en").text


def test_goods_that_leave_their_task_keep_where_they_are(county, honey, place, recall, rows, unit_of_work):
    """Honey and tea of one household are one task: only a part of it is recalled."""
    lots = sa.update(Lot).where(Lot.id == county.lots[county.tea, county.producers[0][1]])
    unit_of_work.run(lambda s: s.execute(lots.values(available=0, withdrawn=Lot.withdrawn + Lot.available)))
    order_id = place({county.honey: 1, county.tea: 1})
    tasks = rows(sa.select(Task).where(Task.order_id == order_id))
    unit_of_work.run(lambda s: mark_ready(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: receive(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
    recall(honey)
    assert [(one.units, one.is_at_place) for one in unit_of_work.run(lambda s: set_aside(s, honey))] == [
        (1, True)
    ]
    (off,) = rows(sa.select(Task).where(Task.order_id == order_id, Task.status == TaskStatus.DECLINED))
    assert off.received_at is not None


def test_who_was_told_of_a_recall_is_told_of_its_end_and_nobody_says_recalled_any_more(
    county, honey, farmer, coordinator, keeper, place, task_of, travelling, recall, lift, rows, unit_of_work
):
    travelling("482913")
    order_id = place({county.honey: 1})
    person = unit_of_work.run(
        lambda s: add_person(
            s, county.households[0][0], name="王小妹", phone="+8613912345678", actor_id=county.user, now=utc_now()
        )
    )  # fmt: skip
    recall(honey)
    task = task_of(order_id)
    near = {one.payload["user_id"] for one in told(rows, "recall_near")}
    assert len(near) == 2, "the coordinator of its village, and the keeper before whom the parcel stands"
    (message, *_) = told(rows, "recall_near")
    assert unit_of_work.run(lambda s: compose(s, message.payload, now=utc_now())).facts["recall"].reason_zh
    everything_was_sent = sa.update(OutboxMessage).values(sent_at=utc_now(), attempts=1)
    unit_of_work.run(lambda s: s.execute(everything_was_sent))
    lift(honey)
    assert {one.payload["user_id"] for one in told(rows, "recall_over")} == near
    (text,) = [one for one in told(rows, "task_recall_lifted") if one.payload["user_id"] == person]
    assert unit_of_work.run(lambda s: compose(s, text.payload, now=utc_now())) is not None
    assert KEEP_APART not in farmer.get(f"/farm/tasks/{task.id}").text
    assert "召回解除了" in farmer.get(f"/farm/tasks/{task.id}").text
    meant = unit_of_work.run(lambda s: newest_task(s, [county.producers[0][0]], now=utc_now()))
    assert "召回解除了" in too_late(meant)
    assert "Until it decides" not in coordinator.get(f"/village/lots/{honey}/recall?lang=en").text


def test_who_had_not_been_told_of_a_recall_hears_of_neither(county, honey, coordinator, recall, lift, rows):
    recall(honey)
    lift(honey)
    assert told(rows, "recall_near") == told(rows, "recall_over") == []


def test_what_lies_apart_is_sold_again_by_count_or_written_off_and_the_stock_adds_up(
    county, honey, coordinator, stranger, press, place, recall, lift, rows, adds_up
):
    place({county.honey: 3})
    recall(honey)
    path = f"/village/lots/{honey}/apart"
    press(coordinator, path, good="5")
    assert rows(sa.select(Lot.status).where(Lot.id == honey)) == [LotStatus.CLOSED], "still recalled"
    lift(honey)
    assert "what becomes of what lies apart" in coordinator.get("/village/work?lang=en").text
    assert (
        "20 units of this lot were put aside" in coordinator.get(f"/village/lots/{honey}/recall?lang=en").text
    )
    assert press(stranger, path, good="5").status_code == 404
    for wrong in ("21", "-1", "x", "99999999999999999999"):
        press(coordinator, path, good=wrong)
    assert rows(sa.select(Lot.available).where(Lot.id == honey)) == [0]
    press(coordinator, path, good="18")
    press(coordinator, path, good="18")
    (lot,) = rows(sa.select(Lot).where(Lot.id == honey))
    assert (lot.status, lot.available, lot.withdrawn, lot.declared) == (LotStatus.OPEN, 18, 2, 20)
    changes = rows(
        sa.select(LotChange).where(LotChange.lot_id == honey, LotChange.reason.startswith("recall lifted"))
    )
    assert [one.withdrawn_change for one in changes] == [-18, 0]
    assert "what becomes of what lies apart" not in coordinator.get("/village/work?lang=en").text
    assert len(rows(sa.select(AuditEntry).where(AuditEntry.action == "lot.decided_apart"))) == 1
    adds_up()


def test_a_lot_that_is_proposed_for_recall_is_neither_sold_nor_packed_anew_until_it_is_decided(
    county, honey, client, coordinator, press, rows, unit_of_work
):
    unit_of_work.run(lambda s: propose_recall(s, honey, WORDS, actor_id=county.user, now=utc_now()))
    assert rows(sa.select(Lot.in_question).where(Lot.id == honey)) == [True]
    assert (
        "Nothing of it is sold or packed anew"
        in coordinator.get(f"/village/lots/{honey}/recall?lang=en").text
    )
    code = rows(sa.select(Lot.code).where(Lot.id == honey))[0]
    assert (
        code
        not in coordinator.get(f"/village/lots/{honey}/repack").text.split("</h1>")[-1].split("<form")[-1]
    )
    unit_of_work.run(lambda s: refuse_recall(s, honey, "复检合格", actor_id=county.other_user, now=utc_now()))
    assert rows(sa.select(Lot.in_question, Lot.status).where(Lot.id == honey)) == [False]
