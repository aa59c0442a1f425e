"""A lot is called back: its household and its coordinator hear of it, and nobody is given what has left already."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.household_people import add_person
from shop.fulfilment.handover import find_pickups, hand_over
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.point_errors import ParcelRecalled, TakenAway
from shop.fulfilment.point_list import waiting_people
from shop.fulfilment.reach import Reach
from shop.fulfilment.recall_list import parcels_of_recall, recalled_orders
from shop.fulfilment.receipt import buyer_states
from shop.inventory.models import Lot, LotChange
from shop.inventory.trace_codes import trace_code
from shop.inventory.trace_models import LotRecall
from shop.kit.clock import utc_now
from shop.notifications.letters import compose
from shop.ordering.models import OrderStatus
from shop.ordering.pass_models import PickupPass
from shop.ordering.passes import pass_key, pass_on
from shop.ordering.recalls import RecallWords, lift_recall, recall_lot
from shop.reports.cells import as_word
from shop.reports.definition import Span
from shop.reports.loads import LOAD_LIST
from shop.reports.notice_sheet import notice_sheet
from shop.reports.work import PUNCTUALITY
from shop.rounds import settle_recalls
from shop.storage.outbox import OutboxMessage
from tests.factories.villages import NOW

WORDS = RecallWords("检出超标", "请不要食用")
KEEP_APART = "这批召回了，备好的请单独放好，别卖别吃"


@pytest.fixture
def honey(county) -> int:
    return county.lots[county.honey, county.producers[0][0]]


@pytest.fixture
def recall(unit_of_work, county):
    def _recall(lot_id: int) -> None:
        unit_of_work.run(lambda s: recall_lot(s, lot_id, WORDS, actor_id=county.user, now=utc_now()))
        settle_recalls(unit_of_work, now=utc_now())

    return _recall


def test_a_recalled_parcel_is_given_to_nobody_and_stays_until_the_shop_has_decided(
    county, honey, keeper, client, settings, press, travelling, parcel_of, recall, rows, unit_of_work
):
    gone, stopped = travelling("482913", "482914")
    good = Parcel(
        order_id=gone, code="SECND00001", number=2, weight_g=1, packed_at=NOW, status=ParcelStatus.SHIPPED
    )
    code = parcel_of(gone).code
    good.packing_place_id = parcel_of(gone).packing_place_id
    good.pickup_point_id = county.points[0]
    unit_of_work.run(lambda s: s.add(good))
    recall(honey)
    assert "已召回，请留下" in keeper.get("/point/expected").text
    press(keeper, f"/point/runs/{county.run}/arrived")
    told = rows(
        sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.startswith("order_arrived"))
    )
    assert told == [], "nobody is asked to come for recalled goods"
    unit_of_work.run(
        lambda s: s.execute(sa.update(Parcel).where(Parcel.code == "SECND00001").values(arrived_at=NOW))
    )

    keeper.get(press(keeper, "/point/find", code="482913").location)
    page = keeper.get("/point/pickup").text
    assert f"已召回，不能交出：{code}" in page
    assert f'value="{code}"' not in page, "there is nothing to tick"
    press(keeper, "/point/hand-over", code="482913", parcel=[code, "SECND00001"], chosen="1")
    assert "请不要交给任何人" in keeper.get("/point").text
    assert parcel_of(gone).status is ParcelStatus.SHIPPED, "nothing of the press stands"
    press(keeper, "/point/hand-over", code="482913", parcel="SECND00001", chosen="1")
    kept, given = rows(sa.select(Parcel.status).where(Parcel.order_id == gone).order_by(Parcel.id))
    assert (kept, given) == (ParcelStatus.SHIPPED, ParcelStatus.HANDED_OVER)
    reach = Reach(pickup_point_ids=frozenset(county.points))
    with pytest.raises(ParcelRecalled) as alone:
        unit_of_work.run(lambda s: hand_over(s, "482914", by=reach, now=utc_now()))
    assert "press again" not in alone.value.default_message, "nothing else was ticked"
    (one, _) = unit_of_work.run(lambda s: waiting_people(s, reach))
    assert (one.here, one.coming, one.recalled) == ((), (), (code,)), "what a phone knows without a network"

    (recall_id,) = rows(sa.select(LotRecall.id))
    listed = unit_of_work.run(lambda s: [row.order_id for row in recalled_orders(s, recall_id).items])
    where = unit_of_work.run(lambda s: parcels_of_recall(s, honey, listed))
    assert {(one.look, one.can_be_stopped) for one in where[stopped]} == {("arrived", True)}

    unit_of_work.run(lambda s: pass_on(s, stopped, now=utc_now()))
    (link,) = rows(sa.select(PickupPass.id))
    passed = client.get(f"/collect/{pass_key(link, settings.secret_key)}").text
    assert "检出超标" in passed
    assert "请不要食用" in passed
    assert "482914" not in passed
    status = {stopped: OrderStatus.SHIPPED}
    assert unit_of_work.run(lambda s: buyer_states(s, status.items())) == {stopped: "recalled"}

    path = f"/point/parcels/{code}/called-back"
    for _ in range(2):
        assert press(keeper, path).status_code == 303
    assert rows(sa.select(Parcel.status).where(Parcel.code == code)) == [ParcelStatus.CALLED_BACK]
    assert code not in keeper.get("/point").text
    unit_of_work.run(lambda s: s.execute(sa.delete(Parcel).where(Parcel.code == "SECND00001")))
    with pytest.raises(TakenAway):
        unit_of_work.run(lambda s: find_pickups(s, "482913", by=reach))
    unit_of_work.run(lambda s: lift_recall(s, honey, "误报", actor_id=county.other_user, now=utc_now()))
    with pytest.raises(TakenAway):
        unit_of_work.run(lambda s: find_pickups(s, "482913", by=reach))
    loads = unit_of_work.run(
        lambda s: s.execute(
            LOAD_LIST.statement(Span(NOW.date() - timedelta(days=30), NOW.date() + timedelta(days=30)), "zh")
        ).all()
    )
    column = next(one for one in LOAD_LIST.columns if one.key == "status")
    looks = {as_word(column, row[list(LOAD_LIST.columns).index(column)], str) for row in loads}
    assert "Recalled: sent back or destroyed" in looks
    other = parcel_of(stopped).code
    press(keeper, f"/point/parcels/{other}/called-back")
    assert parcel_of(stopped).status is ParcelStatus.SHIPPED, (
        "it is recalled no more, and waits for its buyer"
    )
    press(keeper, "/point/hand-over", code="482914")
    assert parcel_of(stopped).status is ParcelStatus.HANDED_OVER


def test_the_household_and_the_coordinator_hear_of_a_recall_and_it_is_nobodys_refusal(
    county, honey, farmer, coordinator, stranger, press, place, task_of, recall, rows, unit_of_work
):
    person = unit_of_work.run(
        lambda s: add_person(
            s,
            county.households[0][0],
            name="王小妹",
            phone="+8613912345678",
            actor_id=county.user,
            now=utc_now(),
        )
    )
    orders = [place({county.honey: 1}) for _ in range(2)]
    recall(honey)
    keys = rows(sa.select(OutboxMessage).where(OutboxMessage.dedupe_key.startswith("task_taken_away")))
    (message,) = [one for one in keys if one.payload["user_id"] == person]
    letter = unit_of_work.run(lambda s: compose(s, message.payload, now=utc_now()))
    assert letter.facts["is_recalled"]
    task = task_of(orders[0])
    for path in (f"/farm/tasks/{task.id}", "/farm/tasks", "/farm/lots", f"/farm/lots/{honey}"):
        assert KEEP_APART in farmer.get(path).text, path
    assert "因为recalled" not in farmer.get("/farm/lots").text
    assert "检出超标" in farmer.get("/farm/lots").text

    assert "已拒绝" not in coordinator.get(f"/village/tasks/{task.id}").text
    assert "检出超标" in coordinator.get(f"/village/lots/{honey}").text
    assert "这张单有错" not in coordinator.get(f"/village/lots/{honey}/recall").text
    for path in ("/village", "/village/work"):
        assert "召回了，要单独放好" in coordinator.get(path).text
        assert "召回了，要单独放好" not in stranger.get(path).text
    assert press(stranger, f"/village/lots/{honey}/aside").status_code == 404
    for _ in range(2):
        assert press(coordinator, f"/village/lots/{honey}/aside").status_code == 303
    assert "召回了，要单独放好" not in coordinator.get("/village/work").text
    assert len(rows(sa.select(LotChange).where(LotChange.reason == "recalled goods put aside"))) == 1

    month = NOW.date().replace(day=1)
    sheet = unit_of_work.run(lambda s: notice_sheet(s, county.villages[0], month, now=utc_now()))
    assert [(one.given, one.declined, one.short) for one in sheet.given] == [(2, 0, 0)]
    span = Span(month, month + timedelta(days=31))
    assert unit_of_work.run(lambda s: s.execute(PUNCTUALITY.statement(span, "zh")).all()) == []


def test_what_is_for_sale_again_is_not_called_off_sale_and_what_was_packed_anew_is_told(
    county, honey, farmer, coordinator, press, unit_of_work
):
    press(coordinator, f"/village/lots/{honey}/withdraw", reason="看一下")
    assert "村里下架了" in farmer.get("/farm/lots").text
    press(coordinator, f"/village/lots/{honey}/reopen")
    assert "村里下架了" not in farmer.get("/farm/lots").text

    def pack_anew(session):
        into = session.scalar(sa.select(Lot).where(Lot.producer_id == county.producers[1][0]).limit(1))
        session.add(
            LotChange(lot_id=honey, at=utc_now(), actor_id=county.user, repacked_change=3, reason=into.code)
        )

    unit_of_work.run(pack_anew)
    assert "拿去重新包装了" in farmer.get("/farm/lots").text


def test_labels_beyond_a_corrected_lot_are_to_be_destroyed_and_a_bag_never_counts_against_fewer(
    county, honey, coordinator, client, press, settings, unit_of_work
):
    from_five = {"units": "3", "seen": "20", "reason": "数错了"}
    unit_of_work.run(lambda s: s.execute(sa.update(Lot).where(Lot.id == honey).values(bags_printed=5)))
    answer = press(coordinator, f"/village/lots/{honey}/correct", **from_five)
    page = coordinator.get(answer.location).text
    assert "袋签却印到了 5 号" in page
    assert "2 张销毁" in page
    code = unit_of_work.run(lambda s: s.get_one(Lot, honey).code)
    typed = client.get(f"/trace/{code}").text
    assert "是真的" not in typed
    assert "证明不了手里这一袋" in typed
    bag = client.get(f"/trace/{trace_code(honey, 5, settings.trace_keys[0])}").text
    assert "是真的" in bag
    assert "5 / 3" not in bag
