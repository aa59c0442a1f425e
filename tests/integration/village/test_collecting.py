"""Somebody else collects, and nobody collects: what the buyer, the colleague, the keeper and the shop see of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.shop_settings import DEFAULTS
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import depart, load
from shop.kit.clock import utc_now
from shop.notifications.letters import compose
from shop.ordering.access import guest_key
from shop.ordering.models import Order, OrderEvent
from shop.rounds import remind_collectors
from shop.storage.outbox import OutboxMessage
from tests.conftest import OwnOriginClient
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
