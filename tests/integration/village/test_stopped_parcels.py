"""A parcel that nobody is to be given any more: what counter, buyer and office read, and what becomes of a late press."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import depart, load
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.notifications.letters import compose
from shop.ordering.models import Order
from shop.ordering.recalls import RecallWords, recall_lot
from shop.payments.models import Refund
from shop.rounds import settle_recalls
from tests.conftest import OwnOriginClient
from tests.factories.people import csrf_token, make_person, sign_in
from tests.integration.storefront.test_orders import open_as_guest

CODE = "482913"
ARRIVED = 1_800_000_000_000


@pytest.fixture
def order_id(unit_of_work, county, place, task_of, keeper, press) -> int:
    """Its parcel stands at the point."""
    one = place({county.honey: 1}, pickup=True, code=CODE)
    task = task_of(one)
    unit_of_work.run(lambda s: receive(s, [task.id], by=WORKER, now=utc_now()))
    parcel = unit_of_work.run(lambda s: pack_parcel(s, one, task.packing_place_id, by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: load(s, county.run, [parcel], by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: depart(s, county.run, by=WORKER, now=utc_now()))
    press(keeper, f"/point/runs/{county.run}/arrived")
    return one


@pytest.fixture
def clerk(signed_in):
    return signed_in("clerk", RoleName.ADMIN)


@pytest.fixture
def pay_back(unit_of_work):
    """All the money goes back."""

    def _pay_back(order_id):
        mark = sa.update(Order).where(Order.id == order_id).values(money_back_at=utc_now())
        unit_of_work.run(lambda s: s.execute(mark))

    return _pay_back


def late_press(keeper, order_id: int, code: str) -> dict:
    """Handed over without a network, and sent now."""
    here = keeper.get("/point/actions", headers={"Accept": "application/json"}).json
    at = ARRIVED - int(timedelta(minutes=30).total_seconds() * 1000)
    fields = {"order": str(order_id), "chosen": "1", "parcel": [code], "code": CODE}
    body = {
        "person": here["person"], "id": str(uuid4()), "path": "/point/hand-over", "fields": fields, "at": at,
        "sent_at": ARRIVED,
    }  # fmt: skip
    return keeper.post("/point/actions", json=body, headers={"X-CSRFToken": here["token"]}).json


def settle(clerk, number: str, code: str, outcome: str):
    path = f"/admin/orders/{number}/parcels/{code}/given-late"
    return clerk.post(
        path,
        data={
            "csrf_token": csrf_token(clerk, f"/admin/orders/{number}"),
            "outcome": outcome,
            "word": "打过电话",
        },
    )


@pytest.mark.parametrize("paid_back", [True, False])
def test_given_out_offline_after_it_was_stopped_is_told_truly_listed_and_settled_by_the_office(
    keeper, clerk, press, order_id, parcel_of, pay_back, unit_of_work, paid_back
):
    code = parcel_of(order_id).code
    number = unit_of_work.run(lambda s: s.get_one(Order, order_id).number)
    press(keeper, f"/point/parcels/{code}/uncollected", step="sent_back", word="班车带回")
    if paid_back:
        pay_back(order_id)
    answer = late_press(keeper, order_id, code)
    assert answer["outcome"] == "refused"
    assert "下架" in answer["said"]
    assert "还没有到" not in answer["said"]
    late_press(keeper, order_id, code)
    assert "停止交货后才交出" in clerk.get("/admin").text
    page = clerk.get(f"/admin/orders/{number}").text
    assert page.count("given-late") == 1
    assert ("货和钱都有" in page) == paid_back
    assert number in clerk.get("/admin/orders?waits=parcels").text
    if not paid_back:
        settle(clerk, number, code, "written_off")
        assert "given-late" in clerk.get(f"/admin/orders/{number}").text, "no money went back"
        settle(clerk, number, code, "has_it")
    else:
        settle(clerk, number, code, "pays_again")
        assert number in clerk.get("/admin/orders?waits=parcels").text, "until the money came"
        settle(clerk, number, code, "written_off")
    assert "given-late" not in clerk.get(f"/admin/orders/{number}").text
    assert number not in clerk.get("/admin/orders?waits=parcels").text
    assert parcel_of(order_id).status is ParcelStatus.HANDED_OVER


def test_a_page_from_before_says_online_why_a_parcel_is_given_to_nobody(
    keeper, press, order_id, parcel_of, pay_back
):
    code = parcel_of(order_id).code
    pay_back(order_id)
    refused = press(keeper, "/point/hand-over", code=CODE, order=str(order_id), chosen="1", parcel=code)
    assert "货款全部退给买家" in keeper.get(refused.location, follow_redirects=True).text
    assert "不要交给任何人" in keeper.get("/point").text
    assert f"/point/parcels/{code}/uncollected" in keeper.get("/point/uncollected").text
    press(keeper, f"/point/parcels/{code}/uncollected", step="sent_back", word="班车带回")
    assert parcel_of(order_id).taken_off_at is not None
    assert code not in keeper.get("/point").text


def test_what_was_taken_off_is_on_the_teams_first_page_and_nothing_untrue_is_offered_of_it(
    keeper, clerk, press, order_id, parcel_of, unit_of_work
):
    parcel = parcel_of(order_id)
    number = unit_of_work.run(lambda s: s.get_one(Order, order_id).number)
    assert number not in clerk.get("/admin/orders?waits=uncollected").text
    arrived = {"message": "order_arrived", "order_id": order_id, "parcel_id": parcel.id}
    assert unit_of_work.run(lambda s: compose(s, arrived, now=utc_now())) is not None
    press(keeper, f"/point/parcels/{parcel.code}/uncollected", step="discarded", word="坏了")
    assert number in clerk.get("/admin/orders?waits=uncollected").text
    page = clerk.get(f"/admin/orders/{number}").text
    assert f"order_arrived:{parcel.id}" not in page
    assert "取货码仍然有效" not in page
    assert f"{parcel.code} 不再交给买家" in page
    assert unit_of_work.run(lambda s: compose(s, arrived, now=utc_now())) is None


def test_given_out_before_its_recall_was_heard_of_is_listed_and_its_buyer_reads_not_to_eat_it(
    app, keeper, clerk, client, county, order_id, parcel_of, unit_of_work
):
    code, lot_id = parcel_of(order_id).code, county.lots[county.honey, county.producers[0][0]]
    words = RecallWords("检出超标", "请不要食用")
    unit_of_work.run(lambda s: recall_lot(s, lot_id, words, actor_id=county.user, now=utc_now()))
    settle_recalls(unit_of_work, now=utc_now())
    answer = late_press(keeper, order_id, code)
    assert answer["outcome"] == "refused"
    assert "总店的单子上" in answer["said"]
    assert "停止交货后才交出" in keeper.get("/point").text
    assert "坏了</span>" not in keeper.get("/point").text, "nobody called it broken"
    order = unit_of_work.run(lambda s: s.get_one(Order, order_id))
    assert "停止交货后才交出" in clerk.get("/admin").text
    page = clerk.get(f"/admin/orders/{order.number}").text
    assert "它的货已召回" in page
    assert "货和钱都有" not in page, "nobody pays for recalled goods"
    open_as_guest(app, client, order.number)
    seen = client.get(f"/orders/{order.number}").text
    assert "请不要食用或使用" in seen
    assert "不会交出" not in seen
    assert settle(clerk, order.number, code, "has_it").status_code == 303
    assert parcel_of(order_id).status is ParcelStatus.HANDED_OVER
    assert order.number not in clerk.get("/admin/orders?waits=parcels").text


@pytest.fixture
def recall(county, unit_of_work):
    def _recall() -> str:
        """The lot's code."""
        lot_id = county.lots[county.honey, county.producers[0][0]]
        words = RecallWords("检出超标", "")
        unit_of_work.run(lambda s: recall_lot(s, lot_id, words, actor_id=county.user, now=utc_now()))
        settle_recalls(unit_of_work, now=utc_now())
        return unit_of_work.run(lambda s: s.get_one(Lot, lot_id).code)

    return _recall


@pytest.fixture
def buyers_page(app, client, unit_of_work):
    def _page(order_id: int) -> str:
        number = unit_of_work.run(lambda s: s.get_one(Order, order_id).number)
        open_as_guest(app, client, number)
        return client.get(f"/orders/{number}").text

    return _page


def test_who_has_a_parcel_that_was_called_back_goes_on_reading_not_to_eat_it(
    keeper, clerk, press, order_id, parcel_of, recall, buyers_page, unit_of_work
):
    code = parcel_of(order_id).code
    number = unit_of_work.run(lambda s: s.get_one(Order, order_id).number)
    recall()
    press(keeper, f"/point/parcels/{code}/called-back")
    assert "没有交给任何人" in buyers_page(order_id)
    late_press(keeper, order_id, code)
    settle(clerk, number, code, "has_it")
    assert parcel_of(order_id).status is ParcelStatus.CALLED_BACK
    page = buyers_page(order_id)
    assert "没有交给任何人" not in page
    assert "不会交出" not in page
    assert page.count("请不要食用或使用") >= 1
    late_press(keeper, order_id, code)
    settle(clerk, number, code, "not_given")
    assert "没有交给任何人" in buyers_page(order_id), "what was settled last decides"


def test_nobody_is_asked_for_money_or_promised_it_twice_when_what_was_paid_back_is_recalled_since(
    keeper, clerk, order_id, parcel_of, pay_back, recall, buyers_page, unit_of_work
):
    code = parcel_of(order_id).code
    number = unit_of_work.run(lambda s: s.get_one(Order, order_id).number)
    pay_back(order_id)
    late_press(keeper, order_id, code)
    assert "货和钱都有" in clerk.get(f"/admin/orders/{number}").text
    recall()
    page = clerk.get(f"/admin/orders/{number}").text
    assert "货和钱都有" not in page
    assert "不向任何人收钱" in page
    seen = buyers_page(order_id)
    assert "请不要食用或使用" in seen
    assert "并把货款退给您" not in seen, "it went back already"
    settle(clerk, number, code, "pays_again")
    assert "given-late" in clerk.get(f"/admin/orders/{number}").text
    settle(clerk, number, code, "has_it")
    assert "given-late" not in clerk.get(f"/admin/orders/{number}").text


def test_sound_goods_are_not_paid_back_while_a_keeper_says_that_their_buyer_has_them(
    app, keeper, press, county, place, recall, unit_of_work
):
    """Neither alone nor with all the others; the recall's page names the report."""
    order_id = place({county.honey: 1, county.tea: 1}, pickup=True, code=CODE)
    tasks = unit_of_work.run(lambda s: s.scalars(sa.select(Task).where(Task.order_id == order_id)).all())
    unit_of_work.run(lambda s: mark_ready(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: receive(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
    for at in {one.packing_place_id for one in tasks}:
        code = unit_of_work.run(
            lambda s, at=at: pack_parcel(s, order_id, at, partly=True, by=WORKER, now=utc_now())
        )
        unit_of_work.run(lambda s, code=code: load(s, county.run, [code], by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: depart(s, county.run, by=WORKER, now=utc_now()))
    press(keeper, f"/point/runs/{county.run}/arrived")
    lot = recall()
    own = sa.select(Parcel.code).where(
        Parcel.order_id == order_id, Parcel.packing_place_id == county.places[0]
    )
    late_press(keeper, order_id, unit_of_work.run(lambda s: s.scalars(own).one()))

    person = make_person(unit_of_work, "both@example.com", roles=[RoleName.ADMIN, RoleName.FINANCE])
    desk = OwnOriginClient(app, app.response_class, use_cookies=True)
    sign_in(desk, person.email)
    page = f"/admin/lots/{lot}/recall"
    assert "没网时已经交出：请先在订单页上说清下落" in desk.get(page).text
    number = unit_of_work.run(lambda s: s.get_one(Order, order_id).number)
    for chosen in ({"order": number}, {}):
        press(desk, f"{page}/refunds", bearer="shop", **chosen)
        assert "请先在订单页上说清它的下落" in desk.get(page).text
    assert unit_of_work.run(lambda s: s.scalars(sa.select(Refund)).all()) == []
