"""The recall of a lot at the shop's desk, to its end: what was made of it, who did what, what is still owed."""

# ruff: noqa: F811  the fixtures of the tests beside it

from __future__ import annotations

import sqlalchemy as sa

from shop.catalogue.models import Producer, Village
from shop.delivery.models import PickupPoint
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem, TaskStatus
from shop.fulfilment.recall_letter import recall_of_buyer
from shop.fulfilment.take_out_models import TakeOut
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.trace_codes import trace_code
from shop.inventory.trace_models import LotOrigin, LotRecall, RecallState
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from shop.ordering.recalls import RecallWords, propose_recall, recall_lot
from shop.payments.models import Refund
from shop.reports.inbox import read_inbox
from shop.reports.recall_board import find_recalls
from shop.rounds import settle_recalls
from shop.settings import DEMO_TRACE_KEY
from tests.factories.counting import counted_statements
from tests.integration.admin.test_recalls import WORDS, come, recalled  # noqa: F401


def made_of(unit_of_work, lot: Lot, name: str) -> int:
    """A lot into which units of another one were packed."""

    def make(session):
        made = Lot(
            code=name, variant_id=lot.variant_id, producer_id=lot.producer_id, best_before=lot.best_before,
            declared=4, available=4, created_at=utc_now(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        session.add(LotOrigin(lot_id=made.id, origin_id=lot.id, units=4))
        return made.id

    return unit_of_work.run(make)


def test_what_was_made_of_it_is_recalled_in_the_same_press_unless_somebody_unticks_it(
    admin,
    come,
    client,
    unit_of_work,
    see,
):
    _number, lot = come
    child, other = (made_of(unit_of_work, lot, name) for name in ("MADE-1", "MADE-2"))
    grandchild = made_of(unit_of_work, see(sa.select(Lot).where(Lot.id == child))[0], "MADE-3")
    page = admin.get(f"/admin/lots/{lot.code}/recall").text
    for name in ("MADE-1", "MADE-2", "MADE-3"):
        assert f'value="{name}" id="made-{name}" checked' in page
    assert "0 of 4 sold, 4 for sale" in page
    admin.post(f"/admin/lots/{lot.code}/recall", **WORDS, made=["MADE-1", "MADE-3", "NONE"])
    active = sa.select(LotRecall.lot_id).where(LotRecall.state == RecallState.ACTIVE)
    assert set(see(active)) == {lot.id, child, grandchild}
    bag = client.get(f"/trace/{trace_code(other, 0, DEMO_TRACE_KEY)}?lang=en").text
    assert "units were packed into this one is recalled" in bag
    assert "This lot itself is not recalled" in bag
    admin.post(f"/admin/lots/{lot.code}/recall/made", made="MADE-2")
    assert set(see(active)) == {lot.id, child, grandchild, other}


def at_its_point(unit_of_work, number: str, lot_id: int, status: ParcelStatus) -> None:
    """Goods of the lot lie in a parcel for a pickup point."""

    def put(session):
        order = session.scalars(sa.select(Order).where(Order.number == number)).one()
        producer = session.get_one(Producer, session.get_one(Lot, lot_id).producer_id)
        village = session.get_one(Village, producer.village_id)
        point = PickupPoint(slug="gate", name_zh="北门", name_en="Gate")
        session.add(point)
        session.flush()
        parcel = Parcel(
            code="CALLEDBACK", order_id=order.id, packing_place_id=village.packing_place_id, status=status,
            weight_g=1, packed_at=utc_now(), shipped_at=utc_now(), arrived_at=utc_now(), pickup_point_id=point.id,
        )  # fmt: skip
        session.add(parcel)
        session.flush()
        of_lot = sa.select(Allocation.id).where(Allocation.lot_id == lot_id)
        task = session.scalar(
            sa.select(Task)
            .join(TaskItem, TaskItem.task_id == Task.id)
            .where(TaskItem.allocation_id.in_(of_lot))
        )
        if task is None:
            task = Task(
                code="123456ABC", order_id=order.id, producer_id=producer.id, village_id=village.id,
                packing_place_id=village.packing_place_id, earns_fen=0, opened_at=utc_now(), deadline_at=utc_now(),
                items=[TaskItem(allocation_id=one) for one in session.scalars(of_lot)],
            )  # fmt: skip
            session.add(task)
        task.status, task.parcel_id = TaskStatus.PACKED, parcel.id

    unit_of_work.run(put)


def test_each_step_of_a_recall_is_told_with_its_person(admin, clerk, come, unit_of_work, see):
    lot = come[1]
    unit_of_work.run(lambda s: propose_recall(s, lot.id, RecallWords("长毛了"), actor_id=None, now=utc_now()))
    admin.post(f"/admin/lots/{lot.code}/recall", **WORDS)
    clerk.post(f"/admin/lots/{lot.code}/recall/lift", reason="复检合格")
    (one,) = see(sa.select(LotRecall))
    assert one.lifted_by_id != one.recalled_by_id
    log = admin.get(f"/admin/lots/{lot.code}/recall").text.split('<ul class="log">')[1].split("</ul>")[0]
    steps = [row.split("</time>")[1] for row in log.split("<li>")[1:]]
    assert [
        said in row for said, row in zip(("复检合格", WORDS["reason_zh"], "长毛了"), steps, strict=True)
    ] == [True] * 3
    names = [row.split("·")[0].strip() for row in steps]
    assert names[0] != names[1]


def test_a_parcel_that_was_called_back_stays_to_be_refunded_after_the_lift(
    admin,
    clerk,
    recalled,
    unit_of_work,
    see,
):
    number, lot = recalled
    at_its_point(unit_of_work, number, lot.id, ParcelStatus.CALLED_BACK)
    clerk.post(f"/admin/lots/{lot.code}/recall/lift", reason="复检合格")
    leads_there = f"/admin/lots/{lot.code}/recall"
    assert leads_there in admin.get("/admin").text
    page = admin.get(f"/admin/lots/{lot.code}/recall").text
    assert "Promised refunds" in page
    path = f"/admin/lots/{lot.code}/recall/refunds"
    assert admin.post(path, bearer="shop", order="NONE").status_code == 404
    admin.post(path, bearer="shop", order=number)
    assert len(see(sa.select(Refund))) >= 1
    assert leads_there not in admin.get("/admin").text
    assert admin.post(path, bearer="shop", order=number).status_code == 404, "nothing is owed any more"


def test_the_history_of_an_order_says_in_words_that_goods_were_recalled(admin, paid, unit_of_work, see):
    lots = sa.select(Allocation.lot_id).where(Allocation.status == AllocationStatus.COMMITTED)
    for lot_id in see(lots):
        unit_of_work.run(
            lambda s, lot_id=lot_id: recall_lot(s, lot_id, RecallWords("发霉"), actor_id=None, now=utc_now())
        )
    settle_recalls(unit_of_work, now=utc_now())
    page = admin.get(f"/admin/orders/{paid.number}").text
    assert "Recalled goods were taken out of the order" in page
    assert "goods_recalled" not in page


def test_the_letter_names_each_order_with_what_is_true_of_it(recalled, unit_of_work, see):
    (recall_id,) = see(sa.select(LotRecall.id))
    (order,) = see(sa.select(Order).where(Order.number == recalled[0]))
    letter = unit_of_work.run(lambda s: recall_of_buyer(s, recall_id, order))
    assert (letter.numbers, letter.sent, letter.kept) == ((order.number,), (order.number,), ())
    at_its_point(unit_of_work, order.number, recalled[1].id, ParcelStatus.SHIPPED)
    letter = unit_of_work.run(lambda s: recall_of_buyer(s, recall_id, order))
    assert (letter.sent, letter.kept, letter.paid_back) == ((), (order.number,), ())
    unit_of_work.run(
        lambda s: s.execute(
            sa.update(Allocation)
            .values(status=AllocationStatus.WITHDRAWN)
            .where(Allocation.lot_id == recalled[1].id)
        )
    )
    letter = unit_of_work.run(lambda s: recall_of_buyer(s, recall_id, order))
    assert (letter.stopped, letter.sent, letter.kept) == ((order.number,), (), ())


def board(session) -> list[tuple[str, int, int, int]]:
    return [(one.code, one.units_out, one.orders_out, one.parcels) for one in find_recalls(session).items]


def test_the_list_of_recalls_says_what_is_still_open_of_each_and_the_first_page_counts_it_before_the_keeper_presses(
    admin, come, unit_of_work
):
    number, lot = come
    assert "Nothing was ever recalled" in admin.get("/admin/recalls").text
    unit_of_work.run(lambda s: recall_lot(s, lot.id, RecallWords("长毛了"), actor_id=None, now=utc_now()))
    at_its_point(unit_of_work, number, lot.id, ParcelStatus.SHIPPED)
    ((code, units, orders, parcels),) = unit_of_work.run(board)
    assert (code, units > 0, orders, parcels) == (lot.code, True, 1, 1)
    waiting = next(
        one
        for one in unit_of_work.run(lambda s: read_inbox(s, now=utc_now()))
        if one.pile == "recall_refunds"
    )
    assert (waiting.count, [one.text_zh for one in waiting.items]) == (1, [number])
    page = admin.get("/admin/recalls", state="active").text
    assert f"/admin/lots/{lot.code}/recall" in page
    assert lot.code not in admin.get("/admin/recalls", state="lifted").text
    assert lot.code in admin.get("/admin/lots", shelf="recalled").text
    admin.post(f"/admin/lots/{lot.code}/recall/refunds", bearer="shop")
    assert unit_of_work.run(board) == [(lot.code, 0, 0, 1)]
    waiting = next(
        one
        for one in unit_of_work.run(lambda s: read_inbox(s, now=utc_now()))
        if one.pile == "recall_refunds"
    )
    assert waiting.count == 0


def test_the_list_takes_as_many_statements_for_one_recall_as_for_two(come, unit_of_work, engine):
    _number, lot = come
    other = made_of(unit_of_work, lot, "MADE-1")

    def looked() -> int:
        with counted_statements(engine) as statements:
            unit_of_work.run(find_recalls)
        return len(statements)

    for lot_id in (lot.id, other):
        unit_of_work.run(
            lambda s, one=lot_id: recall_lot(s, one, RecallWords("x"), actor_id=None, now=utc_now())
        )
        if lot_id == lot.id:
            before = looked()
    assert looked() == before


def test_who_pays_back_or_cancels_reads_of_the_boxes_that_are_still_to_be_opened(
    admin, recalled, unit_of_work, see
):
    number, _lot = recalled
    (recall_id,) = see(sa.select(LotRecall.id))

    def lies_in_a_box(session):
        place_id = session.scalars(sa.select(Village.packing_place_id)).first()
        order_id = session.scalars(sa.select(Order.id).where(Order.number == number)).one()
        session.add(
            TakeOut(
                recall_id=recall_id, order_id=order_id, packing_place_id=place_id, parcel_code="CLOSEDBOX1",
                task_code="", units=1, task_ids=[], at=utc_now(),
            )
        )  # fmt: skip

    unit_of_work.run(lies_in_a_box)
    assert "Box CLOSEDBOX1 holds recalled goods" in admin.get(f"/admin/orders/{number}").text
