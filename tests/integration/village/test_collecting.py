"""Somebody else collects, and nobody collects: what the buyer, the colleague, the keeper and the shop see of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.models import RoleName
from shop.accounts.setting_values import DEFAULTS
from shop.accounts.shop_settings import set_shop_settings
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import depart, load
from shop.kit.clock import utc_now
from shop.notifications.letters import compose
from shop.ordering.access import guest_key
from shop.ordering.models import Order, OrderEvent, OrderStatus
from shop.rounds import remind_collectors
from shop.storage.outbox import OutboxMessage
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.people import csrf_token
from tests.factories.villages import NOW

LINK = re.compile(r'href="[^"]*(/collect/[^"]+)"')
CODE = "482913"


@pytest.fixture
def order_id(unit_of_work, county, place, task_of) -> int:
    """Its parcel has left with the truck."""
    one = place({county.honey: 1}, pickup=True, code=CODE)
    task = task_of(one)
    unit_of_work.run(lambda s: receive(s, [task.id], by=WORKER, now=utc_now()))
    parcel = unit_of_work.run(lambda s: pack_parcel(s, one, task.packing_place_id, by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: load(s, county.run, [parcel], by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: depart(s, county.run, by=WORKER, now=utc_now()))
    return one


@pytest.fixture
def number(unit_of_work, order_id) -> str:
    return unit_of_work.run(lambda s: s.get_one(Order, order_id).number)


@pytest.fixture
def buyer(app, number):
    """A browser that the guest's link has opened the order to."""
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    keys = (app.extensions["shop.settings"].secret_key,)
    client.get(f"/orders/{number}?key={guest_key(number, keys, now=utc_now())}")
    return client


def send(client, path: str):
    return client.post(path, data={"csrf_token": csrf_token(client)})


@pytest.fixture
def link(buyer, number) -> str:
    for _ in range(2):
        assert send(buyer, f"/orders/{number}/pass").status_code == 303
    return LINK.search(buyer.get(f"/orders/{number}").text).group(1)


def events(unit_of_work, order_id, kind) -> int:
    wanted = sa.select(sa.func.count()).where(OrderEvent.order_id == order_id, OrderEvent.kind == kind)
    return unit_of_work.run(lambda s: s.scalar(wanted))


def test_the_buyers_page_draws_the_code_for_the_keepers_camera(buyer, number):
    page = buyer.get(f"/orders/{number}").text
    assert f'aria-label="取货码 {CODE}"' in page


def test_a_colleague_sees_code_place_and_name_and_nothing_of_the_order(
    app, link, number, unit_of_work, order_id
):
    page = app.test_client().get(link).text
    assert CODE in page
    assert "林老师" in page
    assert "班车" in page
    for secret in (number, "138", "蜂蜜", "¥"):
        assert secret not in page.split("<main", 1)[1].split("</main", 1)[0]
    assert events(unit_of_work, order_id, "pickup_passed_on") == 1, "pressed twice, made once"


def test_the_buyer_ends_the_link_and_the_next_one_is_another(app, buyer, number, link):
    for _ in range(2):
        assert send(buyer, f"/orders/{number}/pass/end").status_code == 303
    ended = app.test_client().get(link)
    assert ended.status_code == 404
    assert "请问问发给您链接的人" in ended.text
    send(buyer, f"/orders/{number}/pass")
    fresh = LINK.search(buyer.get(f"/orders/{number}").text).group(1)
    assert fresh != link
    assert app.test_client().get(fresh).status_code == 200
    assert app.test_client().get(link).status_code == 404


@pytest.mark.parametrize(
    "turn", [lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"), lambda key: "0" + key]
)
def test_a_forged_link_shows_nothing(app, link, turn):
    key = link.rsplit("/", 1)[1]
    for wrong in (turn(key), "x", "0" * 35):
        assert app.test_client().get(f"/collect/{wrong}").status_code == 404


def test_nobody_else_passes_the_code_on(app, number, unit_of_work, order_id):
    stranger = OwnOriginClient(app, app.response_class, use_cookies=True)
    for path in (f"/orders/{number}/pass", f"/orders/{number}/pass/end"):
        assert send(stranger, path).status_code == 404
    assert events(unit_of_work, order_id, "pickup_passed_on") == 0


def test_the_keeper_notes_that_somebody_else_collected_and_the_link_is_over(
    app, county, keeper, press, link, unit_of_work, order_id
):
    press(keeper, f"/point/runs/{county.run}/arrived")
    press(keeper, "/point/hand-over", code=CODE, by_other="1")
    assert events(unit_of_work, order_id, "collected_by_other") == 1
    assert app.test_client().get(link).status_code == 404


@pytest.fixture
def reminders(unit_of_work):
    """Run the round at a moment; return how many letters there are then."""

    def _reminders(at) -> int:
        with time_machine.travel(at):
            remind_collectors(unit_of_work, now=at)
        wanted = sa.select(sa.func.count()).where(OutboxMessage.dedupe_key.like("order_uncollected:%"))
        return unit_of_work.run(lambda s: s.scalar(wanted))

    return _reminders


def test_a_buyer_is_reminded_once_when_the_parcel_has_stood_for_the_shops_number_of_days(
    county, keeper, press, order_id, reminders, unit_of_work
):
    days = timedelta(days=DEFAULTS.remind_uncollected_after_days)
    assert reminders(NOW + 2 * days) == 0, "it is not there yet"
    press(keeper, f"/point/runs/{county.run}/arrived")
    arrived = NOW + timedelta(hours=1)
    assert reminders(arrived + days - timedelta(hours=1)) == 0
    for later in (days + timedelta(hours=1), days + timedelta(days=1), 2 * days):
        assert reminders(arrived + later) == 1
    assert events(unit_of_work, order_id, "collection_reminded") == 1


def test_who_collected_is_not_reminded_not_even_by_a_letter_that_was_waiting(
    county, keeper, press, order_id, reminders, unit_of_work
):
    press(keeper, f"/point/runs/{county.run}/arrived")
    assert reminders(NOW + timedelta(days=4)) == 1
    payload = {"message": "order_uncollected", "order_id": order_id}
    assert unit_of_work.run(lambda s: compose(s, payload, now=utc_now())) is not None
    press(keeper, "/point/hand-over", code=CODE)
    assert unit_of_work.run(lambda s: compose(s, payload, now=utc_now())) is None


def test_the_counters_list_begins_on_the_day_on_which_the_shop_reminds(
    county, keeper, press, order_id, parcel_of, unit_of_work
):
    def set_days(days: str) -> None:
        wanted = {"remind_uncollected_after_days": days}
        unit_of_work.run(lambda s: set_shop_settings(s, wanted, actor_id=None, now=utc_now()))

    press(keeper, f"/point/runs/{county.run}/arrived")
    code = parcel_of(order_id).code
    with time_machine.travel(NOW + timedelta(days=3, hours=3)):
        assert code in keeper.get("/point/uncollected").text
        set_days("5")
        page = keeper.get("/point/uncollected").text
        assert code not in page
        assert "到点 5 天以上" in page


def test_what_nobody_collects_is_reminded_of_twice_kept_taken_off_and_put_back(
    county,
    keeper,
    other_keeper,
    signed_in,
    press,
    order_id,
    number,
    buyer,
    parcel_of,
    reminders,
    unit_of_work,
    engine,
):
    """By the rule, unless the buyer asked for a day; taken off, the code opens nothing and the buyer is told."""
    press(keeper, f"/point/runs/{county.run}/arrived")
    arrived, code = NOW + timedelta(hours=2), parcel_of(order_id).code
    day = timedelta(days=1)
    assert [reminders(arrived + n * day) for n in (1, 2, 3, 4, 5, 9, 30)] == [0, 1, 1, 2, 2, 2, 2]
    here = f"/point/parcels/{code}/uncollected"
    assert other_keeper.get(here).status_code == 404
    assert press(other_keeper, here, step="sent_back", word="退").status_code == 404

    def at_counter(path, **fields):
        """The session of the day is over by then, and the counter's device is known still."""
        return keeper.post(path, data=fields | {"csrf_token": csrf_token(keeper, "/point")})

    with time_machine.travel(arrived + 6 * day + timedelta(hours=1)):
        clerk = signed_in("clerk", RoleName.ADMIN)
        assert all(one in keeper.get("/point/uncollected").text for one in (code, "该决定了", "2 次"))
        assert "138" not in keeper.get(here).text
        assert "13812345678" in clerk.get(f"/admin/uncollected/{code}").text
        assert "该决定了" in clerk.get("/admin/uncollected").text
        until = (NOW + 12 * day).date().isoformat()
        refused = at_counter(here, step="keep", day="2027-06-01", word="出差")
        assert (refused.status_code, "出差" in refused.text) == (400, True)
        assert at_counter(here, step="sent_back", word=" ").status_code == 400
        for _ in range(2):
            assert (
                press(clerk, f"/admin/uncollected/{code}", step="called", word="说周五来").status_code == 303
            )
            at_counter(here, step="keep", day=until, word="出差")
        assert events(unit_of_work, order_id, "collection_kept") == 1, "pressed twice, done once"
        at_counter(here, step="keep", day=until, word="出差，让室友来")
        assert "让室友来" in keeper.get(here).text, "the same day with another word"
        assert "留到" in keeper.get("/point/uncollected").text
        for _ in range(2):
            at_counter(here, step="sent_back", word="班车带回")
        assert events(unit_of_work, order_id, "parcel_sent_back") == 1
        assert code not in keeper.get("/point").text
        assert "已经不在这里了" in at_counter("/point/find", code=CODE).text
        seen = buyer.get(f"/orders/{number}").text
        assert "退回去了" in seen
        for untrue in (CODE, "等班车", "找同事代取", "可以取货", 'class="tl tl-h"', "/confirm"):
            assert untrue not in seen, untrue
        assert "没有可取的" in send(buyer, f"/orders/{number}/pass").get_data(as_text=True) + (
            buyer.get(f"/orders/{number}").text
        )
        assert events(unit_of_work, order_id, "pickup_passed_on") == 0
        assert at_counter("/point/hand-over", code=CODE, order=str(order_id)).status_code == 303
        assert parcel_of(order_id).handed_over_at is None
        assert code in clerk.get("/admin/uncollected?look=taken_off").text
        told = {"message": "order_taken_off", "order_id": order_id, "parcel_id": parcel_of(order_id).id}
        assert unit_of_work.run(lambda s: compose(s, told, now=utc_now())) is not None
        assert "完成" in clerk.get(f"/admin/orders/{number}").text
        at_counter(f"/point/parcels/{code}/back")
        assert unit_of_work.run(lambda s: compose(s, told, now=utc_now())) is None
        at_counter(here, step="discarded", word="坏了")
        press(clerk, f"/admin/orders/{number}/complete")
        assert unit_of_work.run(lambda s: s.get_one(Order, order_id)).status is OrderStatus.COMPLETED
        press(clerk, f"/admin/uncollected/{code}/back")
        assert parcel_of(order_id).taken_off_at is not None, "its order is completed"
        assert CODE not in buyer.get(f"/orders/{number}").text


def test_the_list_of_what_nobody_collects_asks_as_often_for_many(county, keeper, press, travelling, engine):
    travelling("111111")
    press(keeper, f"/point/runs/{county.run}/arrived")
    with time_machine.travel(NOW + timedelta(days=5)), counted_statements(engine) as one:
        keeper.get("/point/uncollected")
    assert len(one) <= 12
